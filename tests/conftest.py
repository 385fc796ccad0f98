"""What holds for every test: how Hypothesis is to search."""

from hypothesis import settings

# An example may take as long as it does: how fast this machine is today is nothing that a test should find out.
settings.register_profile("favsync", deadline=None)
settings.load_profile("favsync")
