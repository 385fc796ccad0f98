"""favsync keeps a true copy of an account's favorites on an e621ng site, and carries queued wishes out."""

__version__ = "0.1.0"
