"""The two schedulers, behind programs that behave as the system's own: what is left of a schedule that they refuse."""

import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from favsync.app.schedule import external
from favsync.app.schedule.cron import Cron
from favsync.app.schedule.external import ask
from favsync.app.schedule.nightly import Installed, Kind, Nightly
from favsync.app.schedule.systemd import Systemd, lingers, units_folder
from favsync.errors import ScheduleTrouble
from tests.schedulers import Schedulers

NIGHT = Nightly(("/opt/favsync",), Path("/data/my.db"), Path("/config/config.toml"), time(3, 30))
LATER = Nightly(("/opt/favsync",), Path("/data/my.db"), Path("/config/config.toml"), time(4, 5))
NAME = NIGHT.name
FOREIGN = b"# mine\r\nMAILTO=alice\n\n5 * * * * date +\\%H # favsync schedule: favsync-00000000 0123456789ab\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Schedulers:
    """A machine on whose PATH there is nothing yet."""
    machine = Schedulers(tmp_path)
    machine.bin.mkdir()
    monkeypatch.setenv("PATH", str(machine.bin))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return machine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where units are; it is not there yet."""
    return tmp_path / "home" / ".config" / "systemd" / "user"


@pytest.fixture
def systemd(machine: Schedulers, folder: Path) -> Systemd:
    """A systemd that runs."""
    machine.add_systemd(folder)
    return Systemd(folder)


@pytest.fixture
def cron(machine: Schedulers) -> Cron:
    """A cron in November, without a crontab."""
    machine.add_cron()
    return Cron(lambda: datetime(2026, 11, 25, 12, tzinfo=UTC))


def installed(scheduler: Systemd | Cron) -> Installed:
    """What is there."""
    found = scheduler.load(NAME)
    assert found is not None
    return found


# ---- systemd ----


def test_units_are_written_started_and_told(systemd: Systemd, machine: Schedulers, folder: Path) -> None:
    """Two files for their owner's eyes; systemd is told, and says when the timer runs."""
    assert systemd.load(NAME) is None
    systemd.install(NIGHT)
    found = installed(systemd)
    assert found == Installed(
        kind=Kind.SYSTEMD,
        name=NAME,
        parts=systemd.draft(NIGHT),
        is_edited=False,
        at=time(3, 30),
        next_run=datetime(2026, 11, 26, 3, 39, 38, tzinfo=UTC),
    )
    assert machine.systemd["active"] == [f"{NAME}.timer"]
    assert machine.systemd["loaded"] == {Path(part.where).name: part.text for part in found.parts}
    assert {stat.S_IMODE(Path(part.where).stat().st_mode) for part in found.parts} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    changes = [line for line in machine.systemd["asked"] if not line.startswith(("is-", "show"))]
    assert changes == ["daemon-reload", f"enable --now {NAME}.timer"]


def test_a_schedule_is_replaced_and_then_removed_without_a_trace(
    systemd: Systemd, machine: Schedulers, folder: Path
) -> None:
    """Files, link, the time of the last run and a failure that is remembered; and it can be said twice."""
    systemd.install(NIGHT)
    systemd.install(LATER)
    assert installed(systemd).at == time(4, 5)
    assert systemd.remove(NAME)
    assert [path for path in folder.rglob("*") if not path.is_dir()] == []
    assert (machine.systemd["active"], machine.systemd["loaded"]) == ([], {})
    assert f"clean --what=state {NAME}.timer" in machine.systemd["asked"]
    assert f"reset-failed {NAME}.service {NAME}-files.service" in machine.systemd["asked"]
    assert not systemd.remove(NAME)
    assert systemd.load(NAME) is None


@pytest.mark.parametrize("refused", ["daemon-reload", "enable"])
@pytest.mark.parametrize("is_there", [False, True])
def test_what_systemd_refuses_leaves_all_as_it_was(
    systemd: Systemd, machine: Schedulers, folder: Path, refused: str, is_there: bool
) -> None:
    """Its own words are passed on; the old units are back, or none is left."""
    if is_there:
        systemd.install(NIGHT)
    before = {path: path.read_bytes() for path in folder.rglob("favsync*") if path.is_file()}
    machine.set(refused=[refused])
    with pytest.raises(
        ScheduleTrouble, match=f"Failed to {refused} unit: Access denied.*Nothing was changed"
    ) as caught:
        systemd.install(LATER)
    assert caught.value.exit_code == 2
    assert {path: path.read_bytes() for path in folder.rglob("favsync*") if path.is_file()} == before
    if refused == "enable":
        assert set(machine.systemd["loaded"].values()) == {held.decode() for held in before.values()}


@pytest.mark.parametrize(
    ("state", "complaint"),
    [
        ("offline", "No systemd runs for this user (offline)."),
        ("unreachable", "No systemd runs for this user (Failed to connect to bus: No medium found)."),
    ],
)
def test_a_systemd_that_does_not_run_is_given_nothing(
    systemd: Systemd, machine: Schedulers, folder: Path, state: str, complaint: str
) -> None:
    """And why is told."""
    machine.set(**{"is": state})
    assert systemd.complaint() == complaint
    with pytest.raises(ScheduleTrouble, match="No systemd runs"):
        systemd.install(NIGHT)
    assert not folder.exists()


def test_a_systemd_with_a_failed_unit_runs(systemd: Systemd, machine: Schedulers) -> None:
    """It says so with an exit code, which means nothing for a new timer."""
    machine.set(**{"is": "degraded"})
    assert systemd.complaint() is None


def test_units_are_removed_where_systemd_does_not_run_any_more(
    systemd: Systemd, machine: Schedulers, folder: Path
) -> None:
    """The link that would start the timer at the next login, too."""
    systemd.install(NIGHT)
    machine.set(**{"is": "unreachable"})
    assert installed(systemd).next_run is None
    asked = len(machine.systemd["asked"])
    assert systemd.remove(NAME)
    assert [path for path in folder.rglob("*") if not path.is_dir()] == []
    assert [line for line in machine.systemd["asked"][asked:] if not line.startswith(("is-", "show"))] == []


def test_without_the_program_there_is_no_systemd(machine: Schedulers, folder: Path) -> None:
    """What was left there is shown and removed all the same."""
    systemd = Systemd(folder)
    assert systemd.complaint() == "'systemctl' could not be started: No such file or directory."
    folder.mkdir(parents=True)
    for part in systemd.draft(NIGHT):
        Path(part.where).write_text(part.text)
    assert installed(systemd).next_run is None
    assert systemd.remove(NAME)


def test_a_change_by_hand_is_seen_and_an_override_is_left(systemd: Systemd, folder: Path) -> None:
    """A unit of its own that is gone, or bytes that are no text, are changes as well."""
    systemd.install(NIGHT)
    timer, *services = (folder / f"{NAME}{rest}" for rest in (".timer", ".service", "-files.service"))
    override = folder / f"{NAME}.timer.d" / "override.conf"
    override.parent.mkdir()
    override.write_text("[Timer]\nRandomizedDelaySec=2h\n")
    assert (installed(systemd).is_edited, installed(systemd).overrides) == (False, (override,))
    timer.write_bytes(timer.read_bytes().replace(b"03:30", b"05:30") + b"\xff")
    assert (installed(systemd).is_edited, installed(systemd).at) == (True, time(5, 30))
    timer.unlink()
    assert (installed(systemd).is_edited, installed(systemd).at) == (True, None)
    for service in services:
        systemd.install(NIGHT)
        assert not installed(systemd).is_edited
        service.unlink()
        assert (installed(systemd).is_edited, installed(systemd).has_no_files) == (True, False)
    other = folder / f"{NAME}-files.service.d" / "override.conf"
    other.parent.mkdir()
    other.write_text("[Service]\nTimeoutStartSec=9h\n")
    assert installed(systemd).overrides == (other, override)
    systemd.remove(NAME)
    assert override.exists()


def test_a_file_where_the_folder_should_be_is_said(systemd: Systemd, folder: Path) -> None:
    """No error of the system's passes through, whether it is to be read, written or deleted."""
    folder.parent.mkdir(parents=True)
    folder.write_text("")
    works: list[Callable[[], object]] = [lambda: systemd.install(NIGHT), lambda: systemd.load(NAME)]
    for work in works:
        with pytest.raises(ScheduleTrouble, match=r"cannot be (read|written): .*--kind cron"):
            work()
    folder.unlink()
    (folder / f"{NAME}.timer").mkdir(parents=True)
    with pytest.raises(ScheduleTrouble, match=r"favsync-\w+\.timer cannot be read: Is a directory"):
        systemd.install(NIGHT)
    with pytest.raises(ScheduleTrouble, match=r"cannot be deleted"):
        systemd.remove(NAME)
    assert [path.name for path in folder.iterdir()] == [f"{NAME}.timer"]


def test_nothing_is_left_of_a_unit_that_could_not_be_put_in_its_place(
    systemd: Systemd, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one, which could, is taken back; and no temporary file stays."""
    replace = Path.replace

    def full(path: Path, target: Path) -> Path:
        if str(target).endswith(".service"):
            raise OSError(28, "No space left on device")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ScheduleTrouble, match="cannot be written: No space left on device"):
        systemd.install(NIGHT)
    assert list(folder.iterdir()) == []


def test_units_are_where_systemd_looks(machine: Schedulers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own XDG_CONFIG_HOME counts, not that of a shell; without a systemd, the shell's, if it is a path."""
    home = tmp_path / "home" / ".config" / "systemd" / "user"
    assert units_folder() == home
    monkeypatch.setenv("XDG_CONFIG_HOME", "/shell")
    assert units_folder() == Path("/shell/systemd/user")
    machine.add_systemd(home)
    assert units_folder() == home
    machine.set(environment={"XDG_CONFIG_HOME": "/manager"})
    assert units_folder() == Path("/manager/systemd/user")
    for unknown in ({"environment": {"XDG_CONFIG_HOME": r"$'/a\tb'"}}, {"is": "unreachable"}):
        machine.set(**unknown)
        assert units_folder() == Path("/shell/systemd/user")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    assert units_folder() == home


def test_a_user_without_a_home_has_no_units(machine: Schedulers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said what is missing."""

    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(ScheduleTrouble, match="set HOME"):
        units_folder()


def test_whether_systemd_outlives_the_session_is_asked(machine: Schedulers, folder: Path) -> None:
    """No, where nobody can tell."""
    assert not lingers()
    machine.add_systemd(folder)
    assert not lingers()
    machine.set(lingers="yes")
    assert lingers()


# ---- cron ----


def test_a_line_is_added_replaced_and_removed(cron: Cron, machine: Schedulers) -> None:
    """The other lines of the crontab stay, byte for byte."""
    machine.crontab.write_bytes(FOREIGN)
    assert cron.load(NAME) is None
    cron.install(NIGHT)
    [part] = cron.draft(NIGHT)
    assert machine.crontab.read_bytes() == FOREIGN + part.text.encode()
    found = installed(cron)
    assert (found.parts, found.is_edited, found.overrides, found.has_no_files) == ((part,), False, (), False)
    assert found.at is not None
    assert found.at.hour == 3
    assert found.next_run is not None
    assert found.next_run.astimezone().time() == found.at
    cron.install(LATER)
    assert machine.crontab.read_bytes() == FOREIGN + cron.draft(LATER)[0].text.encode()
    assert cron.remove(NAME)
    assert machine.crontab.read_bytes() == FOREIGN
    assert not cron.remove(NAME)


def test_a_crontab_that_was_not_there_is_not_there_afterwards(cron: Cron, machine: Schedulers) -> None:
    """One with nothing in it would be something else."""
    assert not cron.remove(NAME)
    cron.install(NIGHT)
    assert cron.remove(NAME)
    assert not machine.crontab.exists()


def test_a_line_that_was_copied_or_changed_is_said_to_be(cron: Cron, machine: Schedulers) -> None:
    """Both are shown; the next one that is installed takes the place of them all."""
    cron.install(NIGHT)
    line = machine.crontab.read_bytes()
    machine.crontab.write_bytes(b"#" + line)
    assert (installed(cron).is_edited, installed(cron).at, installed(cron).next_run) == (True, None, None)
    machine.crontab.write_bytes(line + FOREIGN + line)
    assert (installed(cron).is_edited, len(installed(cron).parts), installed(cron).at) == (True, 2, None)
    cron.install(NIGHT)
    assert machine.crontab.read_bytes() == line + FOREIGN


@pytest.mark.parametrize(
    ("said", "is_none"),
    [
        ("no crontab for alice", True),
        ("crontab: can't open 'alice': No such file or directory", True),
        ("You (alice) are not allowed to use this program (crontab)", False),
        ("", False),
    ],
)
def test_a_crontab_that_cannot_be_read_is_not_overwritten(
    machine: Schedulers, cron: Cron, said: str, is_none: bool
) -> None:
    """No crontab is one thing, and not to be told what is in it another."""
    code = f"import sys; sys.exit(0 if sys.argv[1:] == ['-'] else {said!r} or 1)"
    machine.add("crontab", code, machine.crontab)
    if is_none:
        cron.install(NIGHT)
        return
    works: list[Callable[[], object]] = [
        lambda: cron.install(NIGHT),
        lambda: cron.load(NAME),
        lambda: cron.remove(NAME),
    ]
    for work in works:
        with pytest.raises(ScheduleTrouble, match=r"Your crontab cannot be read \((You|exit code 1)"):
            work()


def test_what_crontab_refuses_is_said(machine: Schedulers, cron: Cron) -> None:
    """In its own words."""
    machine.add("crontab", "import sys; sys.exit(0 if '-l' in sys.argv else 'too long')", machine.crontab)
    with pytest.raises(ScheduleTrouble, match=r"'crontab' did not accept it \(too long\)\. Nothing was changed"):
        cron.install(NIGHT)


def test_without_the_program_there_is_no_cron(machine: Schedulers) -> None:
    """Nothing is there, and nothing can be put there."""
    cron = Cron()
    assert (cron.load(NAME), cron.remove(NAME)) == (None, False)
    with pytest.raises(ScheduleTrouble, match="no program 'crontab'"):
        cron.install(NIGHT)


# ---- their programs ----


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for an answer."""
    monkeypatch.setattr(external, "TIME_LIMIT", 0.2)


@pytest.mark.usefixtures("impatience")
def test_a_program_that_hangs_is_ended(machine: Schedulers) -> None:
    """And is a reason to give up."""
    machine.add("systemctl", "import signal; signal.pause()", machine.crontab)
    with pytest.raises(ScheduleTrouble, match=r"'systemctl' did not answer within 0\.2 seconds"):
        ask("systemctl", "--user")
    assert Systemd(machine.root).complaint() == "'systemctl' did not answer within 0.2 seconds. Try again later."


def test_a_program_that_prints_without_end_is_ended(machine: Schedulers) -> None:
    """It fills no memory."""
    machine.add("crontab", "while True: print('x' * 1000)", machine.crontab)
    with pytest.raises(ScheduleTrouble, match="'crontab' printed more than 1,000,000 bytes"):
        ask("crontab", "-l")


def test_a_program_is_given_more_than_a_pipe_holds(machine: Schedulers) -> None:
    """While it prints as much: neither waits for the other. One that does not read it is no failure."""
    given = b"x" * 300_000
    echo = "import sys; sys.stdout.write(sys.stdin.read()); sys.stderr.write('y' * 300_000)"
    answer = ask(sys.executable, "-c", echo, given=given)
    assert (answer.code, answer.out, len(answer.complaint)) == (0, given, 300_000)
    assert ask(sys.executable, "-c", "", given=given).code == 0


def test_programs_answer_in_english_and_in_utc(machine: Schedulers) -> None:
    """What they say is read by favsync, and not by a person."""
    machine.add("asked", "import os; print(os.environ['LC_ALL'], os.environ['TZ'])", machine.crontab)
    assert ask("asked").text == "C UTC"
    assert ask(sys.executable, "-c", "import sys; sys.exit(7)").code == 7
