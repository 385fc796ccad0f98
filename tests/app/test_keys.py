"""Where API keys live, and that they stay there."""

import fcntl
import logging
import os
import shlex
import signal
import stat
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import keyring.backend
import keyring.core
import pytest

from favsync.app.check.permissions import find_open_files, private_files
from favsync.config import key_file, keys, system_keyring
from favsync.config.keys import ApiKey, KeyPlace, KeyStore, entry_name, parse_key, run_key_command
from favsync.errors import ConfigInvalid, FavsyncError, KeyMissing
from tests.app.plain_keyring import FileKeyring, ForgetfulKeyring, LockedKeyring, StuckKeyring

SITE = "https://example.net"
KEY = "invented0key1"


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    """Keys in a file, on a machine without a keyring."""
    return KeyStore(tmp_path / "config" / "keys.toml", keyring_allowed=False)


@pytest.fixture
def use_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[keyring.backend.KeyringBackend]:
    """A machine whose keyring works."""
    monkeypatch.setenv("TEST_KEYRING_FILE", str(tmp_path / "keyring.json"))
    monkeypatch.setattr(keyring.core, "_keyring_backend", FileKeyring())
    return FileKeyring


def printing(text: str, code: int = 0) -> str:
    """A command that prints `text` and ends with `code`."""
    return shlex.join([sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); sys.exit({code})"])


def words_of(exc: BaseException) -> str:
    """All that could be shown of an exception: its traceback with every cause and context, and its fields."""
    chain: list[str] = []
    seen: BaseException | None = exc
    while seen is not None:
        chain.append(f"{seen!r} {vars(seen)}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "".join(traceback.format_exception(exc)) + "".join(chain)


# ---- the file ----


def test_a_key_in_the_file_is_found_again(store: KeyStore) -> None:
    """Without a keyring a key goes into the key file and comes back, whatever the case of the user's name."""
    assert store.save_key("Alice", SITE, ApiKey(KEY)).place is KeyPlace.FILE
    found = store.load_key("alice", SITE)
    assert (found.key.reveal(), found.place, found.notice) == (KEY, KeyPlace.FILE, None)


def test_only_the_owner_can_read_the_key_file(store: KeyStore) -> None:
    """The file is made with mode 600 and its folder with 700, whatever the umask."""
    before = os.umask(0)
    try:
        store.save_key("alice", SITE, ApiKey(KEY))
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_read_is_fixed_and_said(store: KeyStore, mode: int) -> None:
    """Permissions that are too wide are narrowed once, and the user is told once."""
    store.save_key("alice", SITE, ApiKey(KEY))
    store.path.chmod(mode)
    notice = store.load_key("alice", SITE).notice
    assert notice is not None
    assert f"{mode:03o}" in notice
    assert str(store.path) in notice
    assert stat.S_IMODE(store.path.stat().st_mode) & 0o077 == 0
    assert store.load_key("alice", SITE).notice is None


def test_saving_and_deleting_tell_of_wide_permissions_too(store: KeyStore) -> None:
    """Whatever is done with the file, that it was open to others is said."""
    store.save_key("alice", SITE, ApiKey(KEY))
    store.path.chmod(0o644)
    assert store.save_key("bob", SITE, ApiKey(KEY)).notice is not None
    store.path.chmod(0o644)
    assert store.delete_key("bob", SITE) is not None


def test_a_key_file_of_another_user_is_refused(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns the file chooses the commands that run from it: only this user, or root, may."""
    store.save_key("alice", SITE, ApiKey(KEY))
    if os.geteuid() == 0:
        os.chown(store.path, 12345, -1)
    else:
        monkeypatch.setattr("os.geteuid", lambda: 12345)
    with pytest.raises(ConfigInvalid, match="another user"):
        store.load_key("alice", SITE)


def test_keys_of_other_users_stay_when_one_is_saved_or_deleted(store: KeyStore) -> None:
    """The file holds many keys, and each is changed on its own; with the last one the file goes."""
    store.save_key("alice", SITE, ApiKey(KEY))
    store.save_key("bob", SITE, ApiKey("other0key"))
    store.save_key("alice", "https://example.org:8443", ApiKey("third0key"))
    store.delete_key("bob", SITE)
    assert store.load_key("alice", SITE).key.reveal() == KEY
    assert store.load_key("alice", "https://example.org:8443").key.reveal() == "third0key"
    with pytest.raises(KeyMissing):
        store.load_key("bob", SITE)
    store.delete_key("alice", SITE)
    store.delete_key("alice", "https://example.org:8443")
    assert not store.path.exists()


def test_deleting_what_is_not_there_does_nothing(store: KeyStore) -> None:
    """Forgetting an unknown key neither fails nor makes a file."""
    assert store.delete_key("alice", SITE) is None
    assert not store.path.exists()


@pytest.mark.parametrize("username", ['quo"te', "back\\slash", "sp ace", "Ünï", "t\tab", "del\x7f", "[a]", "a.b", "#"])
def test_every_user_name_survives_the_file(store: KeyStore, username: str) -> None:
    """Names are quoted as TOML wants it, so that none of them can break the file or another entry."""
    store.save_key("alice", SITE, ApiKey(KEY))
    store.save_key(username, SITE, ApiKey("other0key"))
    assert store.load_key(username, SITE).key.reveal() == "other0key"
    assert store.load_key("alice", SITE).key.reveal() == KEY


@pytest.mark.parametrize(
    "content",
    [
        "key = ",
        "\xff",
        '["a@b"]\nkey = 5',
        '["a@b"]\nother = "x"',
        '["a@b"]\nkey = "x"\ncommand = "y"',
        '["a@b"]\n',
        'key = "bare"',
        "a = 1",
    ],
)
def test_a_damaged_key_file_is_said_without_its_content(store: KeyStore, content: str) -> None:
    """A file that makes no sense names itself; nothing of it is quoted, for it may be a key."""
    store.path.parent.mkdir()
    store.path.write_bytes(f"{content} # {KEY}".encode("latin-1"))
    store.path.chmod(0o600)
    with pytest.raises(ConfigInvalid, match="damaged") as caught:
        store.load_key("alice", SITE)
    assert str(store.path) in caught.value.message
    assert KEY not in words_of(caught.value)


def test_a_failed_write_leaves_the_old_file(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is replaced whole or not at all, and no half-written one stays beside it."""
    store.save_key("alice", SITE, ApiKey(KEY))

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(ConfigInvalid, match="No space left on device") as caught:
        store.save_key("alice", SITE, ApiKey("newer0key"))
    assert "newer0key" not in str(caught.value)
    monkeypatch.undo()
    assert [path.name for path in store.path.parent.iterdir()] == ["keys.toml"]
    assert store.load_key("alice", SITE).key.reveal() == KEY


def test_a_symbolic_link_stays_one(store: KeyStore, tmp_path: Path) -> None:
    """Who keeps the file elsewhere and links to it finds the new keys there."""
    store.path.parent.mkdir()
    (tmp_path / "elsewhere.toml").touch(mode=0o600)
    store.path.symlink_to(tmp_path / "elsewhere.toml")
    store.save_key("alice", SITE, ApiKey(KEY))
    assert store.path.is_symlink()
    assert KEY in (tmp_path / "elsewhere.toml").read_text()


def test_a_missing_key_says_where_it_was_looked_for(store: KeyStore) -> None:
    """KeyMissing names the user, the file, and the command that puts it right."""
    with pytest.raises(KeyMissing) as caught:
        store.load_key("alice", SITE)
    assert "'alice'" in caught.value.message
    assert str(store.path) in caught.value.message
    assert "favsync account login" in caught.value.message


# ---- the keyring ----


@pytest.mark.usefixtures("use_keyring")
def test_a_keyring_that_works_is_preferred(tmp_path: Path) -> None:
    """With a keyring there is no key file at all."""
    store = KeyStore(tmp_path / "keys.toml")
    assert store.save_key("alice", SITE, ApiKey(KEY)).place is KeyPlace.KEYRING
    assert not store.path.exists()
    found = store.load_key("alice", SITE)
    assert (found.key.reveal(), found.place) == (KEY, KeyPlace.KEYRING)
    assert store.find_place("alice", SITE).place is KeyPlace.KEYRING
    assert keyring.get_password("favsync", "alice@example.net") == KEY


@pytest.mark.usefixtures("use_keyring")
def test_the_key_file_comes_before_the_keyring(tmp_path: Path) -> None:
    """Where both have a key, the file's is taken: it was put there on purpose."""
    KeyStore(tmp_path / "keys.toml").save_key("alice", SITE, ApiKey("in0keyring"))
    KeyStore(tmp_path / "keys.toml", keyring_allowed=False).save_key("alice", SITE, ApiKey("in0file"))
    assert KeyStore(tmp_path / "keys.toml").load_key("alice", SITE).key.reveal() == "in0file"


@pytest.mark.usefixtures("use_keyring")
def test_saving_in_one_place_takes_it_out_of_the_other(tmp_path: Path) -> None:
    """A newer key is never hidden by an older one."""
    KeyStore(tmp_path / "keys.toml", keyring_allowed=False).save_key("alice", SITE, ApiKey("older0key"))
    store = KeyStore(tmp_path / "keys.toml")
    store.save_key("alice", SITE, ApiKey("newer0key"))
    assert store.load_key("alice", SITE).key.reveal() == "newer0key"
    assert not store.path.exists()
    store.save_command("alice", SITE, printing("printed0key"))
    assert keyring.get_password("favsync", "alice@example.net") is None
    assert store.load_key("alice", SITE).key.reveal() == "printed0key"


@pytest.mark.usefixtures("use_keyring")
def test_a_deleted_key_is_nowhere(tmp_path: Path) -> None:
    """Deleting takes a key out of the file and out of the keyring."""
    KeyStore(tmp_path / "keys.toml").save_key("alice", SITE, ApiKey(KEY))
    KeyStore(tmp_path / "keys.toml", keyring_allowed=False).save_key("alice", SITE, ApiKey(KEY))
    store = KeyStore(tmp_path / "keys.toml")
    assert store.delete_key("alice", SITE) is None
    assert store.find_place("alice", SITE).place is None
    assert store.delete_key("alice", SITE) is None


@pytest.mark.usefixtures("use_keyring")
def test_a_keyring_that_is_switched_off_is_not_touched(tmp_path: Path) -> None:
    """`keyring_allowed=False` neither writes to the keyring nor reads from it."""
    store = KeyStore(tmp_path / "keys.toml", keyring_allowed=False)
    keyring.set_password("favsync", "alice@example.net", KEY)
    assert store.find_place("alice", SITE).place is None
    store.delete_key("alice", SITE)
    assert keyring.get_password("favsync", "alice@example.net") == KEY


@pytest.mark.parametrize("backend", [LockedKeyring, ForgetfulKeyring])
def test_a_keyring_that_does_not_keep_a_key_gives_way_to_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backend: type[keyring.backend.KeyringBackend]
) -> None:
    """One that raises, whatever it raises, and one that keeps nothing: the key is in the file, and is found there."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend())
    store = KeyStore(tmp_path / "keys.toml")
    assert store.save_key("alice", SITE, ApiKey(KEY)).place is KeyPlace.FILE
    assert store.load_key("alice", SITE).key.reveal() == KEY


def test_a_locked_keyring_is_not_taken_for_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the key may be in a keyring that cannot be read, that is said, and how to do without it."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", LockedKeyring())
    store = KeyStore(tmp_path / "keys.toml")
    with pytest.raises(KeyMissing, match=r"could not be read .*FAVSYNC_KEYRING=off"):
        store.load_key("alice", SITE)
    notice = store.delete_key("alice", SITE)
    assert notice is not None
    assert "alice@example.net" in notice


@pytest.mark.parametrize("name", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring", "no.such.Backend"])
def test_no_keyring_means_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The backends that stand for 'none', and one that cannot be loaded, are no keyring."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
    store = KeyStore(tmp_path / "keys.toml")
    assert store.save_key("alice", SITE, ApiKey(KEY)).place is KeyPlace.FILE
    with pytest.raises(KeyMissing, match="no system keyring works here"):
        store.load_key("bob", SITE)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[StuckKeyring]:
    """A machine whose keyring asks somebody who is not there, and a short patience."""
    backend = StuckKeyring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    monkeypatch.setattr(system_keyring, "TIME_LIMIT", 0.1)
    monkeypatch.setattr(system_keyring, "_is_stuck", Event())
    yield backend
    backend.answers.set()


def test_a_keyring_that_does_not_answer_is_not_waited_for(tmp_path: Path, stuck: StuckKeyring) -> None:
    """Its prompt may be where nobody sees it: that is said, once for all keys, and a new key goes into the file."""
    store = KeyStore(tmp_path / "keys.toml")
    for _ in range(2):
        with pytest.raises(KeyMissing, match=r"did not answer within 0\.1 seconds: .*FAVSYNC_KEYRING=off"):
            store.load_key("alice", SITE)
    assert stuck.asked == 1
    assert store.save_key("alice", SITE, ApiKey(KEY)).place is KeyPlace.FILE
    assert store.load_key("alice", SITE).key.reveal() == KEY


# ---- commands ----


def test_a_command_is_remembered_and_its_key_is_not(store: KeyStore) -> None:
    """Only the command is in the file; the key is what it prints first, each time again."""
    command = printing("printed\x30key\nsecond line\n")
    assert store.save_command("alice", SITE, command).place is KeyPlace.COMMAND
    found = store.load_key("alice", SITE)
    assert (found.key.reveal(), found.place) == ("printed0key", KeyPlace.COMMAND)
    assert store.find_place("alice", SITE).place is KeyPlace.COMMAND


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", "is empty"),
        ("'", "quotation mark"),
        ("no-such-program-anywhere --now", "'no-such-program-anywhere' could not be started: No such file"),
        (printing(f"{KEY}\n", code=3), "failed with exit code 3"),
        (printing(""), "printed nothing"),
        (printing(f"\n{KEY}\n"), "printed nothing on its first line"),
        (printing(f"{KEY} and more\n"), "not an API key"),
        (printing(f"{KEY}\u00fc\n"), "not an API key"),
    ],
)
def test_a_command_without_a_key_is_said_in_words(command: str, words: str) -> None:
    """Every way to fail is a KeyMissing that names the program, and neither its arguments nor what it printed."""
    with pytest.raises(KeyMissing, match=words) as caught:
        run_key_command(command)
    assert KEY not in words_of(caught.value).replace(repr(command), "")


def test_a_command_is_given_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that prints a key and then hangs is ended, and its key is in no exception."""
    monkeypatch.setattr(keys, "COMMAND_TIMEOUT", 0.5)
    endless = f"import sys, time; print({KEY!r}, flush=True); time.sleep(600)"
    with pytest.raises(KeyMissing, match=r"within 0\.5 seconds") as caught:
        run_key_command(shlex.join([sys.executable, "-c", endless]))
    assert caught.value.__suppress_context__
    assert caught.value.__cause__ is None


def test_a_command_that_prints_without_end_fills_no_memory() -> None:
    """It is ended when it has printed a million bytes, long before its time is over."""
    endless = shlex.join([sys.executable, "-c", "while True: print('x' * 1000)"])
    with pytest.raises(KeyMissing, match="printed far more than a key"):
        run_key_command(endless)


def test_a_command_does_not_pass_through_a_shell(tmp_path: Path) -> None:
    """What a shell would act on is an argument like any other."""
    echo = shlex.join([sys.executable, "-c", "import sys; print(len(sys.argv) - 1)"])
    assert run_key_command(f"{echo} ; touch {tmp_path}/made > {tmp_path}/too").reveal() == "5"
    assert not any(tmp_path.iterdir())


# ---- secrecy ----


def test_a_key_does_not_show_itself() -> None:
    """Neither repr nor str, of a key or of what holds one, tells it."""
    found = keys.FoundKey(ApiKey(KEY), KeyPlace.FILE)
    for shown in (repr(found), str(found), f"{found.key}", repr(found.key), repr(key_file.Entry("key", KEY))):
        assert KEY not in shown
    assert found.key.reveal() == KEY


def test_a_key_is_in_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """At the most talkative level, with a keyring that fails at everything, no log line holds the key."""
    monkeypatch.setattr(keyring.core, "_keyring_backend", LockedKeyring())
    store = KeyStore(tmp_path / "keys.toml")
    with caplog.at_level(logging.DEBUG):
        store.save_key("alice", SITE, ApiKey(KEY))
        store.load_key("alice", SITE)
        store.delete_key("alice", SITE)
    assert caplog.records
    assert KEY not in caplog.text


@pytest.mark.parametrize("text", ["", "  \n", "two words", "tab\tbed", "ünicode", "line\nbreak", "nul\0"])
def test_what_cannot_be_a_key_is_refused_unquoted(text: str) -> None:
    """A slip at the prompt (a sentence, a password with blanks) is refused, and not repeated on the screen."""
    with pytest.raises(KeyMissing) as caught:
        parse_key(text)
    assert isinstance(caught.value, FavsyncError)
    assert not text.strip() or text not in caught.value.message


def test_white_space_around_a_key_is_dropped() -> None:
    """A key that was pasted with its line end is the same key."""
    assert parse_key(f" {KEY}\r\n").reveal() == KEY


def test_entries_are_named_by_user_and_host() -> None:
    """The name holds the port where there is one, and no scheme, and is in small letters."""
    assert entry_name("Alice", "https://example.net") == "alice@example.net"
    assert entry_name("alice", "http://127.0.0.1:8000") == "alice@127.0.0.1:8000"


# ---- a save that was killed ----

_KILLED = """
import os, signal, sys
from pathlib import Path
from favsync.config import key_file
from favsync.config.keys import ApiKey, KeyStore
os.fsync = lambda _fd: os.kill(os.getpid(), signal.SIGKILL)
KeyStore(Path(sys.argv[1]), keyring_allowed=False).save_key("bob", "https://example.net", ApiKey("leftover2key2"))
"""


def left_by_a_kill(store: KeyStore) -> Path:
    """What a save leaves that is killed when all is written and nothing is in its place."""
    store.path.parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([sys.executable, "-c", _KILLED, str(store.path)], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = store.path.parent.glob(".keys.toml.*.unfinished")
    assert "leftover2key2" in left.read_text()
    return left


@pytest.mark.parametrize("act", ["save", "forget", "forget another", "forget the only one"])
def test_what_a_killed_save_left_goes_with_the_next_one(store: KeyStore, act: str) -> None:
    """And when an account is forgotten, also one whose key was in that file alone."""
    store.save_key("alice", SITE, ApiKey(KEY))
    left = left_by_a_kill(store)
    match act:
        case "save":
            store.save_key("carol", SITE, ApiKey(KEY))
        case "forget":
            store.delete_key("bob", SITE)
        case "forget another":
            store.delete_key("nobody", SITE)
        case _:
            store.delete_key("alice", SITE)
    assert not left.exists()
    assert "leftover2key2" not in "".join(file.read_text() for file in store.path.parent.iterdir())


def test_what_another_save_writes_just_now_stays(store: KeyStore) -> None:
    """It is claimed by a process that lives; so is what is no file of ours."""
    store.save_key("alice", SITE, ApiKey(KEY))
    folder = store.path.parent
    at_work, other = folder / ".keys.toml.xyz.unfinished", folder / ".keys.toml.other"
    other.touch()
    (folder / ".keys.toml.link.unfinished").symlink_to(other)
    with at_work.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        store.save_key("bob", SITE, ApiKey(KEY))
        assert at_work.exists()
    store.save_key("bob", SITE, ApiKey(KEY))
    assert not at_work.exists()
    assert other.exists()


def test_a_check_names_what_a_killed_save_left(store: KeyStore, tmp_path: Path) -> None:
    """Also where nothing else is open to others; it goes with the next save."""
    left = left_by_a_kill(store)
    files = private_files(tmp_path / "favsync.db", tmp_path / "config.toml", store.path)
    found = list(find_open_files(files, []))
    assert [(finding.code, finding.place) for finding in found] == [("keys-left", str(left))]
    store.save_key("alice", SITE, ApiKey(KEY))
    files = private_files(tmp_path / "favsync.db", tmp_path / "config.toml", store.path)
    assert list(find_open_files(files, [])) == []
