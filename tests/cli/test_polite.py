"""Promise 8 between accounts: what the site asked of one holds for the next."""

import pytest

from favsync.sandbox import Fault, Site
from tests.cli.conftest import Favsync


@pytest.mark.parametrize("command", [["sync"], ["account", "check"]], ids=" ".join)
def test_an_account_does_not_ask_a_site_that_told_another_to_come_back(
    alice: Favsync, site: Site, command: list[str]
) -> None:
    """One run over two accounts is one visitor: one request, and both are told when to come back."""
    assert alice("account", "add", "bob", "--site", site.url, "--username", "bob", "--public").code == 0
    site.clear_log()
    site.fault(Fault("html", status=429, retry_after=60))
    outcome = alice(*command)
    assert len(site.log) == 1
    assert outcome.code == 5
    assert outcome.err.count("It asks to be tried again in ") == 2
