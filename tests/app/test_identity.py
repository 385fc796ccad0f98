"""Whose key it is: told apart over HTTP from every way in which it can be nobody's."""

import pytest

from favsync.app.sync.identity import identify
from favsync.errors import LoginRefused, NotThisUser, UserNotFound
from favsync.sandbox import Fault
from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from tests.app.rig import Rig


def asked(rig: Rig, username: str, key: str) -> int:
    with SiteClient(rig.site.url, login=Login(username, key), request_interval=0, retry_for=0) as client:
        return identify(client, username, anonymous=lambda: rig.client(key=False)).id


def test_the_key_of_the_user(rig: Rig) -> None:
    """In whatever case the name is written."""
    assert asked(rig, "alice", "alice-key") == asked(rig, "ALICE", "alice-key") == rig.world.user("alice").id


def test_a_wrong_key_and_an_unknown_user_are_told_apart(rig: Rig) -> None:
    """The site answers both alike."""
    with pytest.raises(LoginRefused):
        asked(rig, "alice", "another")
    with pytest.raises(UserNotFound):
        asked(rig, "nobody_of_that_name", "alice-key")


def test_an_answer_as_to_a_stranger_proves_no_key(rig: Rig) -> None:
    """200 without the fields that only oneself is shown: the login was taken for anonymous."""
    rig.site.fault(
        Fault(
            "status",
            path="/users/alice.json",
            status=200,
            body='{"id": 1, "name": "alice", "favorite_count": 25}',
        )
    )
    with pytest.raises(NotThisUser):
        asked(rig, "alice", "alice-key")
