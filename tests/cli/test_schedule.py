"""`favsync schedule` as a person and a script meet it, on machines with a systemd, with cron, and with neither."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from favsync.app.schedule.nightly import checksum, name_of
from favsync.cli.commands.schedule import program
from favsync.errors import ScheduleTrouble
from tests.cli.conftest import Favsync, Outcome
from tests.cli.hardship import obey_modes
from tests.cli.terminal import at_a_terminal
from tests.readme import page
from tests.schedulers import Schedulers
from tests.test_readme import shape, squeezed

ROOT = Path(__file__).parents[2]


@pytest.fixture
def machine(tmp_path: Path, favsync: Favsync) -> Schedulers:
    """A machine on whose PATH there is nothing; the settings are those that the nights see, too."""
    machine = Schedulers(tmp_path)
    machine.bin.mkdir()
    for name in [name for name in favsync.environ if name.startswith("FAVSYNC_") and name != "FAVSYNC_KEYRING"]:
        del favsync.environ[name]
    favsync.environ["PATH"] = str(machine.bin)
    return machine


@pytest.fixture
def folder(favsync: Favsync) -> Path:
    """Where systemd looks for units."""
    return favsync.home / "config" / "systemd" / "user"


@pytest.fixture
def systemd(machine: Schedulers, folder: Path, favsync: Favsync) -> Schedulers:
    """A machine with a systemd that runs, and a database."""
    machine.add_systemd(folder, environment={"XDG_CONFIG_HOME": str(favsync.home / "config")})
    favsync.database.parent.mkdir(parents=True)
    favsync.database.touch()
    return machine


@pytest.fixture
def cron(machine: Schedulers, favsync: Favsync) -> Schedulers:
    """A machine with a crontab and without a systemd, and a database."""
    machine.add_cron()
    favsync.database.parent.mkdir(parents=True)
    favsync.database.touch()
    return machine


def install(favsync: Favsync, *options: str) -> Outcome:
    """Install a schedule, which must work."""
    outcome = favsync("schedule", "install", "--yes", *options)
    assert outcome.code == 0, outcome.err
    return outcome


def shown(favsync: Favsync) -> list[dict[str, object]]:
    """What `show --json` says."""
    outcome = favsync("schedule", "show", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found: list[dict[str, object]] = json.loads(outcome.out)
    return found


# ---- systemd ----


def test_a_schedule_is_shown_installed_shown_and_removed(favsync: Favsync, systemd: Schedulers, folder: Path) -> None:
    """The text is on stdout, to the letter, before and after; all else is on stderr."""
    name = name_of(favsync.database)
    assert favsync("schedule", "show").out == (
        f"No schedule is installed for {favsync.database}. Install one: favsync schedule install\n"
    )
    assert shown(favsync) == []
    outcome = install(favsync, "--at", "4:05")
    paths = [folder / f"{name}.timer", folder / f"{name}.service", folder / f"{name}-files.service"]
    text = "".join(f"{path}:\n{path.read_text()}\n" for path in paths)
    assert outcome.out == text
    assert f"ExecStart={Path(sys.executable).parent / 'favsync'} --quiet --database {favsync.database}" in text
    assert f"--config {favsync.config} sync --no-files\n" in text
    assert f"--config {favsync.config} files fetch --scheduled --for 4h\n" in text
    assert outcome.err == (
        f"{favsync.config} did not exist: it was created, without settings.\n"
        "Installed: every day at 04:05 and up to 30 minutes later. The next run is on 2026-11-26 at 03:39 UTC.\n"
        "It runs while you are logged in, and makes up for a night when you were not. To run every night,\n"
        "run once: loginctl enable-linger\n"
    )
    outcome = favsync("schedule", "show")
    assert outcome.err == ""
    head, _, rest = outcome.out.partition("\n\n")
    assert head == (
        f"{name}, by systemd: every day at 04:05 and up to 30 minutes later."
        " The next run is on 2026-11-26 at 03:39 UTC."
    )
    assert rest == text
    assert shown(favsync) == [
        {
            "name": name,
            "kind": "systemd",
            "database": str(favsync.database),
            "at": "04:05",
            "next_run_at": "2026-11-26T03:39:38.000Z",
            "is_edited": False,
            "parts": [{"where": str(path), "text": path.read_text()} for path in paths],
        }
    ]
    assert favsync("schedule", "remove").err == f"The schedule of {favsync.database} is removed (systemd).\n"
    again = favsync("schedule", "remove")
    assert (again.code, again.err) == (
        0,
        f"No schedule is installed for {favsync.database}. Nothing was changed.\n",
    )
    assert favsync.files() == ["config/favsync/config.toml", "data/favsync/favsync.db"]


def test_where_systemd_outlives_the_session_nothing_is_asked_for(favsync: Favsync, systemd: Schedulers) -> None:
    """The advice is for those who need it."""
    systemd.set(lingers="yes")
    assert "linger" not in install(favsync).err


def test_another_schedule_takes_the_place_of_the_first(favsync: Favsync, systemd: Schedulers) -> None:
    """And that is said before and after."""
    install(favsync)
    outcome = install(favsync, "--at", "23:59")
    assert "It replaces the schedule that is there (systemd, every day at 03:30 and up to 30 minutes later)." in (
        outcome.err
    )
    assert "Installed, in the place of the one that was there: every day at 23:59" in outcome.err
    assert [each["at"] for each in shown(favsync)] == ["23:59"]


NO_LIMIT = "It differs from today's: no time limit ends a sync that hangs."
NO_FILES = "It differs from today's: files have no run of their own."


@pytest.mark.parametrize("lacks", ["files", "a limit and files"])
def test_a_schedule_of_an_older_favsync_is_said_to_differ(
    favsync: Favsync, systemd: Schedulers, folder: Path, lacks: str
) -> None:
    """It works, and is shown as it was written; installed again, it has what it lacked, and all of it is removed."""
    install(favsync)
    name = name_of(favsync.database)
    (folder / f"{name}-files.service").unlink()
    service = folder / f"{name}.service"
    head, _, text = service.read_text().partition("\n")
    older = text.replace(f"Wants={name}-files.service\n", "").replace(" --no-files", "")
    if lacks != "files":
        older = older.replace("TimeoutStartSec=2h\n", "")
    service.write_text(f"{head.replace(checksum(text), checksum(older))}\n{older}")
    reported = favsync("schedule", "show").out
    assert (NO_FILES in reported, NO_LIMIT in reported) == (True, lacks != "files")
    assert (shown(favsync)[0]["is_edited"], "changed by hand" in reported) == (False, False)
    assert "--config" in reported
    install(favsync)
    assert "It differs" not in favsync("schedule", "show").out
    assert len(list(folder.glob("favsync*"))) == 3
    favsync("schedule", "remove")
    assert not list(folder.glob("favsync*"))


def test_a_line_of_an_older_favsync_is_said_to_differ(favsync: Favsync, cron: Schedulers) -> None:
    """As with systemd: it is no line that somebody changed, and the next one that is installed takes its place."""
    install(favsync)
    text, _, mark = cron.crontab.read_text().rpartition(" # favsync schedule: ")
    older = f"{text.partition(';')[0].replace(' --no-files', '')}"
    cron.crontab.write_text(f"{older} # favsync schedule: {mark.split()[0]} {checksum(older)}\n")
    reported = favsync("schedule", "show").out
    assert (NO_FILES in reported, "changed by hand" in reported) == (True, False)
    install(favsync)
    assert "It differs" not in favsync("schedule", "show").out
    assert len(cron.crontab.read_text().splitlines()) == 1


def test_what_was_changed_by_hand_is_shown_before_it_is_lost(
    favsync: Favsync, systemd: Schedulers, folder: Path
) -> None:
    """On stderr, where even --quiet does not hide it; an override stays, and is named."""
    install(favsync)
    timer = folder / f"{name_of(favsync.database)}.timer"
    timer.write_text(timer.read_text().replace("Persistent=true", "Persistent=false"))
    override = timer.with_name(f"{timer.name}.d") / "override.conf"
    override.parent.mkdir()
    override.write_text("[Timer]\n")
    reported = favsync("schedule", "show").out
    assert "It was changed by hand since favsync wrote it.\n" in reported
    assert f"Changed by your own file: {override}\n" in reported
    assert shown(favsync)[0]["is_edited"] is True
    refused = favsync("-q", "schedule", "install")
    assert refused.code == 2
    assert "Persistent=false" in refused.err
    assert "Persistent=false" in timer.read_text()
    outcome = favsync("-q", "schedule", "install", "--yes")
    assert outcome.err.startswith("favsync: warning: It replaces a schedule that was changed by hand (systemd).")
    assert "Persistent=false" in outcome.err
    assert "Persistent=true" in timer.read_text()
    assert f"It is changed by your own file: {override}\n" in install(favsync).err
    assert f"Your own override was left: {override}\n" in favsync("schedule", "remove").err
    assert override.exists()


def test_a_timer_that_was_stopped_has_no_next_run(favsync: Favsync, systemd: Schedulers) -> None:
    """And the way to find out why is named."""
    install(favsync)
    systemd.set(active=[])
    name = name_of(favsync.database)
    assert f"No next run is known: see 'systemctl --user status {name}.timer'." in favsync("schedule", "show").out
    assert shown(favsync)[0]["next_run_at"] is None


def test_each_database_has_a_schedule_of_its_own(favsync: Favsync, systemd: Schedulers, tmp_path: Path) -> None:
    """One is installed, shown and removed without the other's being touched."""
    install(favsync)
    other = Favsync(favsync.home, favsync.environ | {"FAVSYNC_DATABASE": str(tmp_path / "a b%c.db")})
    install(other)
    assert f'"{tmp_path}/a b%%c.db"' in str(shown(other))
    assert len({shown(favsync)[0]["name"], shown(other)[0]["name"]}) == 2
    favsync("schedule", "remove")
    assert shown(favsync) == []
    assert len(shown(other)) == 1


def test_a_folder_that_may_not_be_written_is_said(favsync: Favsync, systemd: Schedulers, folder: Path) -> None:
    """Exit code 2, the way out, and nothing changed."""
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    try:
        outcome = favsync.process("schedule", "install", "--yes", before=obey_modes)
    finally:
        folder.chmod(0o700)
    assert outcome.code == 2
    assert outcome.err.splitlines()[-1].startswith(f"favsync: {folder}/")
    assert (
        "cannot be written: Permission denied. Check the permissions of that folder, or use --kind cron." in outcome.err
    )
    assert list(folder.iterdir()) == []


def test_the_json_has_the_shape_that_is_documented(favsync: Favsync, systemd: Schedulers) -> None:
    """Every name in its place, for scripts."""
    install(favsync)
    assert squeezed("schedule show" + shape(json.dumps(shown(favsync)))) in squeezed(page("json").text)


# ---- cron ----


def test_without_systemd_it_is_a_line_of_the_crontab(favsync: Favsync, cron: Schedulers) -> None:
    """The delay is told; every other line stays."""
    cron.crontab.write_bytes(b"5 * * * * date\r\n\n# mine\n")
    outcome = install(favsync, "--at", "03:30")
    assert outcome.out.startswith("crontab:\n")
    line = cron.crontab.read_text().splitlines()[-1]
    assert outcome.out == f"crontab:\n{line}\n\n"
    assert "Cron knows no random delay." in outcome.err
    assert f"Installed: every day at 03:{int(line.split()[0]):02}. The next run is on " in outcome.err
    assert "cron mails you when something goes wrong" in outcome.err
    (found,) = shown(favsync)
    assert (found["kind"], found["parts"]) == ("cron", [{"where": "crontab", "text": f"{line}\n"}])
    assert str(found["next_run_at"]).endswith(":00.000Z")
    assert favsync("schedule", "remove").err == f"The schedule of {favsync.database} is removed (cron).\n"
    assert cron.crontab.read_bytes() == b"5 * * * * date\r\n\n# mine\n"


def test_what_the_line_says_is_what_runs(favsync: Favsync, cron: Schedulers) -> None:
    """In a shell, as cron does it, from another folder and with next to no environment: here, there is no account."""
    install(favsync)
    command = cron.crontab.read_text().split(" ", 5)[5]
    environ = {"HOME": "/", "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=environ, cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")  # of the files, which are off
    [line] = done.stderr.splitlines()
    assert line.startswith("favsync: There is no account yet in ")


def test_a_line_switched_off_by_hand_is_no_time(favsync: Favsync, cron: Schedulers) -> None:
    """It is shown, and what is not known is said."""
    install(favsync)
    cron.crontab.write_text(f"#{cron.crontab.read_text()}")
    assert "by cron: at another time. No next run is known.\n" in favsync("schedule", "show").out
    assert shown(favsync)[0]["at"] is None


# ---- which of the two ----


def test_the_kind_can_be_chosen_and_the_other_is_taken_away(favsync: Favsync, systemd: Schedulers) -> None:
    """One database is never synced twice a night."""
    systemd.add_cron()
    install(favsync)
    assert [each["kind"] for each in shown(favsync)] == ["systemd"]
    assert "Installed, in the place of the one that was there" in install(favsync, "--kind", "cron").err
    assert [each["kind"] for each in shown(favsync)] == ["cron"]
    install(favsync, "--kind", "systemd")
    assert [each["kind"] for each in shown(favsync)] == ["systemd"]
    assert not systemd.crontab.exists()


def test_a_kind_that_is_not_there_is_refused(favsync: Favsync, systemd: Schedulers) -> None:
    """Exit code 2, with what could be done instead."""
    outcome = favsync("schedule", "install", "--kind", "cron", "--yes")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == ("favsync: There is no program 'crontab'. Without --kind, favsync uses what there is.\n")


def test_with_neither_there_are_words(favsync: Favsync, machine: Schedulers) -> None:
    """Exit code 2, and nothing is made; to ask and to remove are no mistakes."""
    outcome = favsync("schedule", "install", "--yes")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err == (
        "favsync: Nothing here can start favsync every night. 'systemctl' could not be started: No such file or"
        " directory. There is no program 'crontab'. Install cron, or another scheduler.\n"
    )
    assert favsync("schedule", "show").code == 0
    assert favsync("schedule", "remove").code == 0
    assert favsync.files() == []


# ---- asking ----


def test_without_a_terminal_nothing_is_done_unasked(favsync: Favsync, systemd: Schedulers) -> None:
    """The text is shown all the same: that is how a script looks at it."""
    outcome = favsync("schedule", "install")
    assert outcome.code == 2
    assert "OnCalendar=*-*-* 03:30:00" in outcome.out
    assert outcome.err.endswith(
        "There is no terminal to ask on, so nothing was changed. Confirm on the command line: --yes\n"
    )
    assert favsync.files() == ["data/favsync/favsync.db"]


def test_at_a_terminal_it_is_asked_for(favsync: Favsync, systemd: Schedulers) -> None:
    """After the text was shown; no is the answer that nothing but a yes changes."""
    code, seen = at_a_terminal(favsync, "schedule", "install", answers={"Install it? [y/N]: ": ""})
    assert (code, "Nothing was changed." in seen) == (0, True)
    assert seen.index("OnCalendar=") < seen.index("Install it?")
    assert favsync.files() == ["data/favsync/favsync.db"]
    code, seen = at_a_terminal(favsync, "schedule", "install", answers={"Install it? [y/N]: ": "y"})
    assert (code, "Installed: every day" in seen) == (0, True)
    assert len(shown(favsync)) == 1


@pytest.mark.parametrize("at", ["25:00", "3", "03:60", "3:3", "", "03:30:00", "half past three", "-1:30", "٣:30"])
def test_what_is_no_time_of_day_is_refused(favsync: Favsync, machine: Schedulers, at: str) -> None:
    """In words that say what is one."""
    outcome = favsync("schedule", "install", "--yes", "--at", at)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"'{at}' is not a time of day from 00:00 to 23:59, such as 03:30." in outcome.err


# ---- what the nights would lack ----


def test_settings_of_this_shell_alone_are_named(favsync: Favsync, systemd: Schedulers) -> None:
    """The nights read the file, and know neither the variables of an evening nor their values."""
    evening = Favsync(favsync.home, favsync.environ | {"FAVSYNC_TIMEOUT": "9", "FAVSYNC_RETRY_FOR": "5m"})
    err = install(evening).err
    assert (
        "favsync: warning: The nightly sync does not get these variables: FAVSYNC_RETRY_FOR, FAVSYNC_TIMEOUT."
        f" Write them into {favsync.config}.\n"
    ) in err
    assert "does not get" not in install(favsync).err


def test_a_database_that_is_not_there_yet_is_said(favsync: Favsync, systemd: Schedulers) -> None:
    """Every night would fail; to add an account afterwards is no mistake."""
    favsync.database.unlink()
    assert f"There is no database at {favsync.database} yet" in install(favsync).err
    assert not favsync.database.exists()


def test_the_settings_file_is_made_or_left_as_it_is(favsync: Favsync, systemd: Schedulers) -> None:
    """A night names it, so it has to be there; what a user wrote stays."""
    install(favsync)
    assert stat.S_IMODE(favsync.config.stat().st_mode) == 0o600
    assert favsync("status").code == 2  # it is a good one: only an account is missing
    favsync.config.write_text("timeout = 9\n")
    assert "was not there" not in install(favsync).err
    assert favsync.config.read_text() == "timeout = 9\n"


def test_a_settings_file_that_cannot_be_made_is_said(favsync: Favsync, systemd: Schedulers, folder: Path) -> None:
    """And then there is no schedule, which would fail every night."""
    favsync.config.parent.parent.mkdir()
    favsync.config.parent.write_text("in the way")
    outcome = favsync("schedule", "install", "--yes")
    assert outcome.code == 2
    assert f"{favsync.config} cannot be made" in outcome.err
    assert not folder.exists()


def test_a_path_that_cannot_be_scheduled_is_refused(favsync: Favsync, systemd: Schedulers) -> None:
    """Before anything is shown or done."""
    outcome = favsync("--database", "two\nlines.db", "schedule", "install", "--yes")
    assert (outcome.code, outcome.out) == (2, "")
    assert "has a character that no schedule can hold" in outcome.err


def test_without_home_the_systems_own_record_counts(favsync: Favsync, systemd: Schedulers) -> None:
    """HOME is not there in every script; where the user lives is known all the same."""
    environ = {name: text for name, text in favsync.environ.items() if name != "HOME"}
    outcome = Favsync(favsync.home, environ | {"HOME": ""})("schedule", "show")
    assert outcome.code == 0


# ---- the program ----


def test_the_program_is_that_of_this_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside its Python, without following the link that makes it an environment's; else where pip puts programs."""
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    scripts = tmp_path / "local" / "bin"
    scripts.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(scripts))
    assert program() == (str(python), "-P", "-m", "favsync")
    for folder in (scripts, python.parent):
        installed = folder / "favsync"
        installed.write_text("#!/bin/sh\n")
        assert program()[0] != str(installed)  # it cannot be run
        installed.chmod(0o700)
        assert program() == (str(installed),)
    monkeypatch.setattr(sys, "executable", "")
    with pytest.raises(ScheduleTrouble, match="not known which Python"):
        program()


def test_a_python_alone_runs_favsync_from_anywhere(tmp_path: Path) -> None:
    """Where no program was installed, and something in the folder has the name of a module."""
    (tmp_path / "click.py").write_text("raise SystemExit(99)")
    command = [sys.executable, "-P", "-m", "favsync", "--version"]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0


def test_it_is_quick(systemd: Schedulers, favsync: Favsync) -> None:
    """Neither the database's nor the network's nor the terminal's library is imported to show a schedule."""
    code = (
        "import sys; from favsync.cli.main import main; code = main(['schedule', 'show']);"
        "sys.exit(code or ', '.join({'sqlalchemy', 'httpcore', 'httpx', 'rich', 'keyring'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | favsync.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
