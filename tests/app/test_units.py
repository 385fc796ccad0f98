"""The text of systemd's units and of the crontab's line: what stands in them is what is run, whatever is in a path."""

import os
import re
import shlex
import shutil
import subprocess
import time as clock
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.app.schedule import cron as lines
from favsync.app.schedule import systemd as units
from favsync.app.schedule.nightly import SPREAD, Nightly, name_of
from favsync.errors import ScheduleTrouble

AT = time(3, 30)
NASTY = "a b%h $HOME ${x} 'q\" \\x\\\\y\\%z;#é"
PATHS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)


def nightly(
    *, program: tuple[str, ...] = ("/opt/favsync/bin/favsync",), database: str = "/data/my.db", at: time = AT
) -> Nightly:
    """A night of some user's."""
    return Nightly(program, Path(database), Path("/config/favsync/config.toml"), at)


# ---- systemd ----


def test_the_units_are_these() -> None:
    """To the letter: people read them."""
    timer, service, files = (make(nightly()) for make in (units.timer_text, units.service_text, units.files_text))
    assert timer.partition("\n")[2] == (
        "[Unit]\nDescription=Every night's sync of /data/my.db (favsync)\n\n"
        "[Timer]\nOnCalendar=*-*-* 03:30:00\nRandomizedDelaySec=30m\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    assert service.partition("\n")[2] == (
        f"[Unit]\nDescription=Sync of /data/my.db (favsync)\nWants={nightly().name}-files.service\n\n"
        "[Service]\nType=oneshot\nTimeoutStartSec=2h\nExecStart=/opt/favsync/bin/favsync --quiet --database /data/my.db"
        " --config /config/favsync/config.toml sync --no-files\n"
    )
    assert files.partition("\n")[2] == (
        f"[Unit]\nDescription=Files of /data/my.db (favsync)\nAfter={nightly().name}.service\n\n"
        "[Service]\nType=oneshot\nTimeoutStartSec=5h\nSuccessExitStatus=3\nExecStart=/opt/favsync/bin/favsync --quiet"
        " --database /data/my.db --config /config/favsync/config.toml files fetch --scheduled --for 4h\n"
    )
    for text in (timer, service, files):
        assert re.match(r"# favsync [0-9a-f]{12}, from 'favsync schedule install'\. .*\n\[Unit\]\n", text)


KNOWN = {
    "Unit": {"Description", "Wants", "After"},
    "Timer": {"OnCalendar", "RandomizedDelaySec", "Persistent"},
    "Install": {"WantedBy"},
    "Service": {"Type", "TimeoutStartSec", "SuccessExitStatus", "ExecStart"},
}


def strictly(text: str) -> Iterator[tuple[str, str]]:
    """Read a unit as strictly as it can be: sections and keys that exist, one a line, nothing that runs on."""
    section = ""
    for line in text.splitlines():
        assert not line.endswith("\\")
        if found := re.fullmatch(r"\[(\w+)\]", line):
            section = found[1]
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals
            assert key in KNOWN[section]
            yield key, value


def systemd_runs(line: str) -> list[str]:
    """What systemd makes of an ExecStart: words, quotes and escapes, then specifiers, then variables but in the path.

    Written from its manual (systemd.service, "Command lines"; systemd.unit, "Specifiers"), not from the code under
    test. Whatever it would replace, or complain of, fails here.
    """
    words, word, quote, rest = [], None, "", iter(line)
    for char in rest:
        if char == "\\":
            escaped = next(rest)
            assert escaped in "\\\"'"
            word = (word or "") + escaped
        elif quote:
            word = (word or "") + ("" if char == quote else char)
            quote = "" if char == quote else quote
        elif char in "\"'":
            assert word is None, "a quotation mark within a word"
            word, quote = "", char
        elif char == " ":
            words.append(word or "")
            word = None
        else:
            word = (word or "") + char
    assert not quote
    words.append(word or "")
    assert all(re.fullmatch("(?:[^%]|%%)*", word) for word in words), "a specifier"
    program, *arguments = [word.replace("%%", "%") for word in words]
    assert program.startswith("/")
    assert not set("'\"\\") & set(program), "systemd takes no such program"
    assert all(re.fullmatch(r"(?:[^$]|\$\$)*", argument) for argument in arguments), "a variable"
    assert ";" not in arguments
    return [program, *(argument.replace("$$", "$") for argument in arguments)]


def exec_start(text: str) -> list[str]:
    """What systemd would run, without the shell that stands in for a program of an impossible name."""
    [line] = [value for key, value in strictly(text) if key == "ExecStart"]
    words = systemd_runs(line)
    return words[4:] if words[:4] == ["/bin/sh", "-c", 'exec "$@"', "sh"] else words


@given(program=PATHS, database=PATHS)
def test_systemd_runs_what_was_meant(program: str, database: str) -> None:
    """Whatever characters stand in the paths."""
    night = nightly(program=(f"/opt/{program}", "-P"), database=f"/data/{database}")
    assert exec_start(units.service_text(night)) == list(night.command)
    assert exec_start(units.files_text(night)) == list(night.files_command)
    assert dict(strictly(units.timer_text(night)))["OnCalendar"] == "*-*-* 03:30:00"


@pytest.mark.parametrize("name", ["favsync", NASTY])
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path, name: str) -> None:
    """`systemd-analyze verify` reads all units without a word, where this machine has it."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here; the tests above read the units strictly all the same")
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    night = nightly(program=(str(program),), database=str(tmp_path / NASTY))
    paths = [Path(part.where) for part in units.Systemd(tmp_path).draft(night)]
    for part in units.Systemd(tmp_path).draft(night):
        Path(part.where).write_text(part.text)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    for expected, spoil in (("", None), ("Persistence", "Persistence=true")):
        if spoil:
            paths[0].write_text(paths[0].read_text().replace("Persistent=true", spoil))
        done = subprocess.run(
            [analyze, "--user", "verify", *paths],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if "Failed to initialize manager" in done.stderr:
            pytest.skip("systemd-analyze cannot work here; the tests above read the units strictly all the same")
        if expected:
            assert expected in done.stderr
        else:
            assert (done.returncode, done.stderr) == (0, "")


def test_a_change_by_hand_shows() -> None:
    """In any place of the text; also where the first line was taken away."""
    text = units.timer_text(nightly())
    assert units.is_as_written(text)
    for changed in (text.replace("03:30", "04:30"), f"{text}#\n", text.partition("\n")[2], "", text[1:]):
        assert not units.is_as_written(changed)


@pytest.mark.parametrize(
    ("found", "at"),
    [
        ("OnCalendar=*-*-* 03:30:00", time(3, 30)),
        ("OnCalendar=*-*-* 25:30:00", None),
        ("OnCalendar=*-*-* 05:60:00", None),
        ("OnCalendar=Mon *-*-* 03:30:00", None),
        ("OnCalendar=weekly", None),
        ("OnCalendar=*-*-* 03:30:00\nOnCalendar=*-*-* 15:30:00", None),
    ],
)
def test_the_time_of_a_timer_is_read_where_it_is_one_of_every_day(found: str, at: time | None) -> None:
    """Anything else is somebody's own, and not for favsync to understand."""
    assert units.time_in(f"[Timer]\n{found}\nPersistent=true\n") == at


# ---- cron ----


def minute_and_command(line: str) -> tuple[str, str]:
    """The five fields of a line, and what is after them."""
    fields = line.split(" ", 5)
    return " ".join(fields[:5]), fields[5]


def of_vixie(command: str) -> str:
    """What most crons hand to the shell: they end at a percent sign, and take a backslash from it, or from another."""
    out, escaped = "", False
    for char in command:
        if escaped:
            out = out[:-1] + char if char in "%\\" else out + char
            escaped = False
        else:
            assert char != "%", "the command would end here"
            escaped = char == "\\"
            out += char
    return out


def of_others(command: str) -> str:
    """What the others hand to it: the command as it stands."""
    return command


@pytest.mark.parametrize("cron", [of_vixie, of_others])
@given(program=PATHS, database=PATHS)
def test_cron_runs_what_was_meant(cron: Callable[[str], str], program: str, database: str) -> None:
    """Whatever characters stand in the paths, and whichever cron it is."""
    night = nightly(program=(f"/opt/{program}", "-P"), database=f"/data/{database}")
    _, command = minute_and_command(lines.line_of(night))
    run, _, mark = cron(command).rpartition(" > /dev/null ")
    words = shlex.split(run)
    assert re.fullmatch(rf"# favsync schedule: {night.name} [0-9a-f]{{12}}", mark)
    between = len(night.command)
    assert words[between:][:2] == [">", "/dev/null;"]
    assert (words[:between], words[between + 2 :]) == (list(night.command), list(night.files_command))


@pytest.mark.parametrize("cron", [of_vixie, of_others])
def test_a_real_shell_agrees(cron: Callable[[str], str], tmp_path: Path) -> None:
    """The whole command, with its mark, in /bin/sh: both programs get their arguments, and their stdout goes nowhere.

    The files come even after a sync that failed.
    """
    program = tmp_path / NASTY
    program.write_text('#!/bin/sh\nfor word; do printf "%s\\n" "$word" >&2; done\necho not seen\nexit 3\n')
    program.chmod(0o700)
    night = nightly(program=(str(program),), database=f"/data/{NASTY}")
    _, command = minute_and_command(lines.line_of(night))
    done = subprocess.run(["/bin/sh", "-c", cron(command)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stderr.splitlines(), done.stdout) == ([*night.command[1:], *night.files_command[1:]], "")


def test_the_minute_is_spread_and_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each database and each machine has a delay of its own below SPREAD, and the same one every time."""
    found = {lines.offset_of(Path(f"/data/{n}.db")) for n in range(500)}
    assert {delay.total_seconds() for delay in found} == {60.0 * n for n in range(SPREAD)}
    assert lines.line_of(nightly()) == lines.line_of(nightly())
    here = lines.offset_of(Path("/data/my.db"))
    machines = [os.uname_result(("Linux", f"machine{n}", "", "", "")) for n in range(50)]
    others = set()
    for machine in machines:
        monkeypatch.setattr(os, "uname", lambda machine=machine: machine)
        others.add(lines.offset_of(Path("/data/my.db")))
    assert len(others) > 10
    assert here in found


def test_a_delay_may_lead_into_the_next_day() -> None:
    """The last minutes of a day are spread as well."""
    late = {lines.time_in(lines.line_of(nightly(database=f"/data/{n}.db", at=time(23, 50)))) for n in range(200)}
    assert None not in late
    assert {at.hour for at in late if at} == {23, 0}


def test_a_line_that_was_changed_by_hand_shows() -> None:
    """Or one that was switched off; and its time is read where it is one of every day."""
    line = lines.line_of(nightly())
    name = nightly().name
    assert lines.is_as_written(line, name)
    assert lines.time_in(line) is not None
    for changed in (f"#{line}", line.replace("--quiet", ""), f"{line}0", line.replace("# favsync", "#favsync")):
        assert not lines.is_as_written(changed, name)
    for changed in (f"#{line}", f"@daily {line}", f"77{line}", f"0 24 * * * x {line}", f"0 3 * * 1 x {line}"):
        assert lines.time_in(changed) is None


OTHERS = st.lists(
    st.one_of(
        st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")),
        st.sampled_from(
            [
                b"# favsync schedule: favsync",
                b"0 3 * * * favsync sync # favsync schedule: favsync-00000000 0123456789ab",
                b"0 3 * * * x # favsync schedule: favsyncs 0123456789ab\r",
                b"MAILTO=alice",
                b"",
            ]
        ),
    )
)


@given(OTHERS, OTHERS, st.booleans())
def test_no_other_line_changes(before: list[bytes], after: list[bytes], is_ended: bool) -> None:
    """Installing and removing leave every other line as it was, byte for byte, and so does replacing."""
    crontab = b"\n".join([*before, *after]) + (b"\n" if is_ended and [*before, *after] else b"")
    assert lines.lines_in(crontab, "favsync") == []
    ended = crontab if crontab.endswith(b"\n") or not crontab else crontab + b"\n"
    line = "0 3 * * * x # favsync schedule: favsync 0123456789ab"
    installed = lines.with_line(crontab, "favsync", line)
    assert installed == ended + line.encode() + b"\n"
    assert lines.without(installed, "favsync") == ended
    assert lines.without(crontab, "favsync") == crontab
    head = b"".join(one + b"\n" for one in before)
    tail = b"".join(one + b"\n" for one in after)
    twice = head + b"#off " + line.encode() + b"\r\n" + tail + line.encode()
    new = line.replace("0 3", "0 4")
    assert lines.with_line(twice, "favsync", new) == head + new.encode() + b"\n" + tail
    assert lines.lines_in(twice, "favsync") == [b"#off " + line.encode(), line.encode()]


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("UTC0", "2026-11-25T03:29:59Z", "2026-11-25T03:30:00Z"),
        ("UTC0", "2026-11-25T03:30:00Z", "2026-11-26T03:30:00Z"),
        # Central Europe: an hour later by summer time, from the last Sunday of March on.
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-27T12:00:00Z", "2026-03-28T02:30:00Z"),
    ],
)
def test_the_next_run_is_when_the_clock_on_the_wall_says_so(
    monkeypatch: pytest.MonkeyPatch, zone: str, now: str, expected: str
) -> None:
    """Through a change of the clocks, too."""
    monkeypatch.setenv("TZ", zone)
    clock.tzset()
    try:
        assert lines.next_run(AT, datetime.fromisoformat(now).astimezone()) == datetime.fromisoformat(expected)
        assert datetime.fromisoformat(expected).tzinfo == UTC
    finally:
        monkeypatch.undo()
        clock.tzset()


# ---- both ----


def test_each_database_has_a_name_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the usual place has the plain one, wherever a shell thinks that data belongs; a link changes nothing."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "elsewhere"))
    usual = tmp_path / ".local/share/favsync/favsync.db"
    link = tmp_path / "link.db"
    link.symlink_to(usual)
    assert name_of(usual) == name_of(link) == "favsync"
    others = [name_of(tmp_path / "elsewhere/favsync/favsync.db"), name_of(tmp_path / "b.db")]
    assert len({*others, "favsync"}) == 3
    assert all(re.fullmatch(r"favsync-[0-9a-f]{8}", name) for name in others)


def test_a_user_without_a_home_has_no_usual_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """But a name for each database all the same."""

    def no_home(_: Path) -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "expanduser", no_home)
    assert re.fullmatch(r"favsync-[0-9a-f]{8}", name_of(Path("/data/my.db")))


@pytest.mark.parametrize("database", ["/data/two\nlines.db", "/data/bell\x07.db", "/data/\udcff.db", "/data/\u2028.db"])
def test_a_path_that_no_line_can_hold_is_refused(database: str) -> None:
    """In words that show it harmlessly."""
    with pytest.raises(ScheduleTrouble, match=r"has a character that no schedule can hold"):
        nightly(database=database).require_writable()
    nightly(database=f"/data/{NASTY}.db").require_writable()
