"""Settings: what the command line, the environment and `config.toml` say, and what is said about mistakes in them."""

import os
import stat
from pathlib import Path

import pytest

from favsync.config.durations import parse_duration
from favsync.config.kinds import RemovalLimit
from favsync.config.settings import Settings, load_settings
from favsync.core.retention import Keep
from favsync.errors import ConfigInvalid
from tests.cli.conftest import Favsync

KNOWN = (
    "Known are: database, request_interval, timeout, retry_for, max_removals, full_every, backup_dir,"
    " backup_after_sync, keep_last, keep_daily, keep_weekly, keep_monthly, keep_yearly, on_failure, aliases,"
    " files, files_dir, file_connections, file_interval, file_rate, file_hours."
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Where a configuration file may be."""
    return tmp_path / "config.toml"


def load(config: Path, text: str, environ: dict[str, str] | None = None, database: Path | None = None) -> Settings:
    """Read settings from a file of this text."""
    config.write_text(text)
    return load_settings(config=config, database=database, environ=environ or {})


# ---- what is said where ----


def test_every_setting_stands_in_the_file(config: Path) -> None:
    """Each is read in its own unit; a relative path counts from the file."""
    settings = load(
        config,
        'database = "sub/my.db"\nrequest_interval = 1.5\ntimeout = 10\nretry_for = "1m30s"\n'
        'max_removals = "50%"\nfull_every = "2d"\nbackup_dir = "copies"\nbackup_after_sync = true\n'
        "keep_last = 1\nkeep_daily = 2\nkeep_weekly = 3\nkeep_monthly = 4\nkeep_yearly = 5\n"
        'on_failure = \'notify "it failed"\'\naliases = ["www.Mirror.example", "https://b.example:8443"]\n',
    )
    assert settings == Settings(
        database=config.parent / "sub" / "my.db",
        config=config,
        request_interval=1.5,
        timeout=10.0,
        retry_for=90.0,
        max_removals=RemovalLimit(percent=50.0),
        full_every=172_800.0,
        backup_dir=config.parent / "copies",
        backup_after_sync=True,
        keep_last=1,
        keep_daily=2,
        keep_weekly=3,
        keep_monthly=4,
        keep_yearly=5,
        on_failure='notify "it failed"',
        aliases=("mirror.example", "b.example:8443"),
    )
    assert settings.keep == Keep(last=1, daily=2, weekly=3, monthly=4, yearly=5)
    assert settings.backup_folder == config.parent / "copies"


def test_every_setting_is_a_variable_too(config: Path, tmp_path: Path) -> None:
    """The environment goes over the file, and the command line over both."""
    environ = {
        "FAVSYNC_DATABASE": str(tmp_path / "env.db"),
        "FAVSYNC_REQUEST_INTERVAL": "0",
        "FAVSYNC_TIMEOUT": "0.5",
        "FAVSYNC_RETRY_FOR": "2h",
        "FAVSYNC_MAX_REMOVALS": "7",
        "FAVSYNC_FULL_EVERY": "90s",
        "FAVSYNC_BACKUP_DIR": str(tmp_path / "copies"),
        "FAVSYNC_BACKUP_AFTER_SYNC": "on",
        "FAVSYNC_KEEP_LAST": "1",
        "FAVSYNC_KEEP_DAILY": "2",
        "FAVSYNC_KEEP_WEEKLY": "3",
        "FAVSYNC_KEEP_MONTHLY": "4",
        "FAVSYNC_KEEP_YEARLY": "5",
        "FAVSYNC_ON_FAILURE": 'notify "it failed"',
        "FAVSYNC_ALIASES": "mirror.example, b.example:8443",
        "FAVSYNC_KEYRING": "off",
        "OTHER": "x",
    }
    text = 'database = "file.db"\ntimeout = 99\nmax_removals = 1\n'
    assert load(config, text, environ) == Settings(
        database=tmp_path / "env.db",
        config=config,
        request_interval=0.0,
        timeout=0.5,
        retry_for=7200.0,
        max_removals=RemovalLimit(number=7),
        full_every=90.0,
        backup_dir=tmp_path / "copies",
        backup_after_sync=True,
        keep_last=1,
        keep_daily=2,
        keep_weekly=3,
        keep_monthly=4,
        keep_yearly=5,
        on_failure='notify "it failed"',
        aliases=("mirror.example", "b.example:8443"),
        use_keyring=False,
    )
    assert load(config, text, environ, tmp_path / "line.db").database == tmp_path / "line.db"
    assert load(config, text).database == tmp_path / "file.db"


def test_an_empty_variable_says_nothing(config: Path) -> None:
    """As if it were not set: that is how shells unset one for a single command."""
    assert load(config, "timeout = 9\n", {"FAVSYNC_TIMEOUT": "", "FAVSYNC_CONFIG": ""}).timeout == 9.0


def test_without_a_file_the_defaults_hold(favsync: Favsync, monkeypatch: pytest.MonkeyPatch) -> None:
    """The paths are the user's own folders."""
    for name, value in favsync.environ.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(config=None, database=None, environ={})
    assert settings == Settings(database=favsync.database, config=favsync.config)
    assert (settings.request_interval, settings.timeout, settings.retry_for) == (1.0, 30.0, 120.0)
    assert (settings.max_removals, settings.full_every) == (RemovalLimit(percent=25.0), 604_800.0)
    assert settings.key_file == favsync.key_file
    assert settings.backup_folder == favsync.database.with_name("backups")
    assert settings.keep.is_empty
    assert not settings.backup_after_sync


def test_the_file_can_be_named_by_option_and_by_variable(favsync: Favsync, tmp_path: Path) -> None:
    """A file that was named must be there; the one that is looked for need not."""
    named = tmp_path / "other.toml"
    for arguments, environ in ((["--config", str(named)], {}), ([], {"FAVSYNC_CONFIG": str(named)})):
        outcome = Favsync(favsync.home, favsync.environ | environ)(*arguments, "status")
        assert (outcome.code, outcome.err) == (2, f"favsync: {named} cannot be read: No such file or directory.\n")


def test_the_database_can_be_named_before_the_command(alice: Favsync, tmp_path: Path) -> None:
    """`--database` reaches every command."""
    other = tmp_path / "other.db"
    assert alice("--database", str(other), "status").code == 2
    other.write_bytes(alice.database.read_bytes())
    assert str(other) in alice("--database", str(other), "status").out


# ---- mistakes in the file ----


def test_a_misspelt_setting_is_named_with_its_line_and_the_known_ones(favsync: Favsync) -> None:
    """File, line, what was probably meant, and all there are; exit code 2, and nothing is made."""
    favsync.config.parent.mkdir(parents=True)
    favsync.config.write_text('# my settings\n\ntimeout = 5\nretry_fro = "2m"\n')
    outcome = favsync("status")
    assert outcome.code == 2
    assert outcome.err == (
        f"favsync: {favsync.config}, line 4: there is no setting 'retry_fro'. Did you mean retry_for? {KNOWN}\n"
    )
    assert favsync.files() == ["config/favsync/config.toml"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("timeout = \n", 1, "this is not TOML"),
        ('a = 1\nb = "open\n', 2, "this is not TOML"),
        ("timeout = 1\ntimeout = 2\n", 2, "this is not TOML"),
        ("# x\n[timeout]\nx = 1\n", 2, "timeout must be a number of seconds above zero"),
        ("timeout = 0\n", 1, "timeout must be a number of seconds above zero and at most a day, not '0'"),
        ("timeout = nan\n", 1, "timeout must be"),
        ("timeout = true\n", 1, "not 'true'"),
        ("timeout = 100000\n", 1, "at most a day"),
        ("\n\nrequest_interval = -1\n", 3, "request_interval must be a number of seconds, zero or more"),
        ("retry_for = 5\n", 1, "retry_for must be a duration in quotes"),
        ('retry_for = "5 parsecs"\n', 1, "retry_for must be a duration such as 90s"),
        ('full_every = "0d"\n', 1, "longer than zero"),
        ('max_removals = "101%"\n', 1, "max_removals must be a number, or a share of the list"),
        ("max_removals = -1\n", 1, "max_removals must be"),
        ("max_removals = true\n", 1, "max_removals must be"),
        ('max_removals = "ten"\n', 1, "max_removals must be"),
        ('backup_after_sync = "maybe"\n', 1, "backup_after_sync must be true or false, not 'maybe'"),
        ("backup_after_sync = 1\n", 1, "backup_after_sync must be true or false, not '1'"),
        ("backup_dir = 5\n", 1, "backup_dir must be a path in quotes"),
        ("keep_daily = -1\n", 1, "keep_daily must be a number, 0 or more, not '-1'"),
        ("keep_weekly = 1.5\n", 1, "keep_weekly must be a number, 0 or more, not '1.5'"),
        ("keep_monthly = true\n", 1, "keep_monthly must be a number, 0 or more, not 'true'"),
        ("on_failure = 5\n", 1, "on_failure must be a command line in quotes, or 'off', not '5'"),
        ('on_failure = ""\n', 1, "on_failure must be a command line in quotes"),
        ('on_failure = "a\\u0000b"\n', 1, "on_failure must be a command line in quotes"),
        ('on_failure = "notify \'x"\n', 1, "with each quotation mark in it closed"),
        ("keep_yearly = 99999999999\n", 1, "keep_yearly must be a number, 0 or more"),
        ("aliases = 5\n", 1, "aliases must be a list of hosts, not '5'"),
        ("aliases = [5]\n", 1, "aliases must be a list of hosts"),
        ('aliases = ["https://a.example/posts"]\n', 1, "aliases must be a list of hosts, such as mirror.example"),
        ("database = 5\n", 1, "database must be a path in quotes"),
        ('database = ""\n', 1, "database must be a path in quotes"),
        ('database = "~nobody-of-that-name/x"\n', 1, "must be a user of this machine"),
        ('x = """\ntimeout = 3\n"""\n', 1, "there is no setting 'x'"),
        ('timeout = 1\n"\\u001b[31m" = 1\n', 2, "there is no setting"),
    ],
)
def test_a_mistake_is_named_with_its_line(favsync: Favsync, text: str, line: int, said: str) -> None:
    """Where it is, what is wrong, and what is accepted: exit code 2."""
    favsync.config.parent.mkdir(parents=True)
    favsync.config.write_text(text)
    outcome = favsync("account", "list")
    assert outcome.code == 2
    assert outcome.err.startswith(f"favsync: {favsync.config}, line {line}: ")
    assert said in outcome.err
    assert "\x1b" not in outcome.err


def test_a_file_that_is_no_text_is_refused(config: Path) -> None:
    """The line that has the wrong bytes is named."""
    config.write_bytes(b"# fine\ntimeout = 1 # \xff\n")
    with pytest.raises(ConfigInvalid, match=r"line 2: this is not UTF-8 text"):
        load_settings(config=config, database=None, environ={})


def test_a_folder_is_no_file(config: Path) -> None:
    """What the system says about it is passed on."""
    config.mkdir()
    with pytest.raises(ConfigInvalid, match=r"cannot be read: Is a directory\."):
        load_settings(config=config, database=None, environ={})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("FAVSYNC_TIMOUT", "5", "There is no variable FAVSYNC_TIMOUT. Did you mean FAVSYNC_TIMEOUT?"),
        ("FAVSYNC_API_KEY", "secret", "There is no variable FAVSYNC_API_KEY."),
        ("FAVSYNC_TIMEOUT", "soon", "The variable FAVSYNC_TIMEOUT must be a number of seconds above zero"),
        ("FAVSYNC_KEEP_DAILY", "a week", "The variable FAVSYNC_KEEP_DAILY must be a number, 0 or more, not 'a week'."),
        ("FAVSYNC_KEYRING", "maybe", "The variable FAVSYNC_KEYRING must be 'on' or 'off', not 'maybe'."),
    ],
)
def test_a_mistake_in_the_environment_is_named(favsync: Favsync, name: str, value: str, said: str) -> None:
    """A variable with the program's prefix that nothing reads is a typo, not a stranger's."""
    outcome = Favsync(favsync.home, favsync.environ | {name: value})("status")
    assert outcome.code == 2
    assert said in outcome.err
    assert "secret" not in outcome.err


def test_help_needs_no_settings(favsync: Favsync) -> None:
    """A mistake in the file does not keep anybody from reading how to do it right."""
    favsync.config.parent.mkdir(parents=True)
    favsync.config.write_text("no TOML at all\n")
    for arguments in (["--help"], ["--version"], ["status", "--help"], ["account", "add", "--help"]):
        assert favsync(*arguments).code == 0


# ---- the file's owner alone ----


def test_a_config_file_is_made_its_owners_alone(alice: Favsync) -> None:
    """It names paths and habits; what others could read is closed, and what it says holds."""
    alice.config.write_text("timeout = 5\n")
    alice.config.chmod(0o664)
    assert alice("status").code == 0
    assert stat.S_IMODE(alice.config.stat().st_mode) == 0o600


def test_what_is_no_file_of_ones_own_keeps_its_rights(favsync: Favsync) -> None:
    """`--config /dev/null` is everybody's."""
    before = Path(os.devnull).stat().st_mode
    assert favsync("--config", os.devnull, "status").code == 2
    assert Path(os.devnull).stat().st_mode == before


# ---- the parts ----


@pytest.mark.parametrize(
    ("limit", "of", "allowed"),
    [
        (RemovalLimit(number=0), 1000, 0),
        (RemovalLimit(number=5), 1_000_000, 5),
        (RemovalLimit(percent=25.0), 1000, 250),
        (RemovalLimit(percent=25.0), 101, 25),
        (RemovalLimit(percent=25.0), 80, 20),
        (RemovalLimit(percent=25.0), 10, 20),
        (RemovalLimit(percent=0.0), 1000, 20),
    ],
)
def test_a_share_of_a_short_list_is_never_less_than_twenty(limit: RemovalLimit, of: int, allowed: int) -> None:
    """A plain number is taken as it is; a share is rounded down, and of few favorites still allows some."""
    assert limit.allowed(of) == allowed


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("7d", 604_800), ("1h30m", 5400), ("0.5s", 0.5), (" 1D ", 86_400)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    """As the documentation writes them."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "s", "1m1h", "-1s", "1 h", "1y", "40000d", "1e5s", "٣s", "0s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """In words that say what is accepted."""
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_every_beginning_of_a_file_is_read_or_refused_in_words(config: Path) -> None:
    """A file that was cut off anywhere is no reason for a traceback."""
    whole = 'timeout = 5 # "x\nmax_removals = "25%"\ndatabase = """\na/b"""\n'
    for end in range(len(whole)):
        try:
            load(config, whole[:end])
        except ConfigInvalid as exc:
            assert f"{config}, line " in exc.message  # noqa: PT017 - some beginnings are whole files
