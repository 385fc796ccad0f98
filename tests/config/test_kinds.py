"""The kinds of settings: what each accepts at its limits, and that nothing else gets through."""

import re
from pathlib import Path
from typing import Any

import pytest

from favsync.config import kinds
from favsync.config.kinds import Hours, Kind, RemovalLimit
from favsync.config.settings import CONFIG, KINDS, Settings, load_settings
from favsync.errors import ConfigInvalid


@pytest.mark.parametrize(
    ("kind", "said", "read"),
    [
        (kinds.WAIT, 86_400, 86_400.0),
        (kinds.WAIT, "0.5", 0.5),
        (kinds.WAIT, ".5", 0.5),
        (kinds.WAIT, " +5. ", 5.0),
        (kinds.PAUSE, 0, 0.0),
        (kinds.COUNT, 999_999_999, 999_999_999),
        (kinds.COUNT, " 007 ", 7),
        (kinds.SWITCH, True, True),
        (kinds.SWITCH, " ON ", True),
        (kinds.SWITCH, "false", False),
        (kinds.ON_OR_OFF, "off", False),
        (kinds.ON_OR_OFF, " ON", True),
        (kinds.DURATION, "1h30m", 5400.0),
        (kinds.REMOVAL_LIMIT, 7, RemovalLimit(number=7)),
        (kinds.REMOVAL_LIMIT, " 0.5 %", RemovalLimit(percent=0.5)),
        (kinds.PATH, "a b\n", Path("a b\n")),
        (kinds.HOSTS, ["a.example", " "], ("a.example",)),
        (kinds.HOSTS, "a.example, b.example:84", ("a.example", "b.example:84")),
        (kinds.FILE_KINDS, " Off", ()),
        (kinds.FILE_KINDS, "preview, original", ("original", "preview")),
        (kinds.FILE_KINDS, ["sample"], ("sample",)),
        (kinds.CONNECTIONS, "4", 4),
        (kinds.RATE, "2MB/s", 2e6),
        (kinds.RATE, " 0.5 mb/s ", 5e5),
        (kinds.RATE, "off", None),
        (kinds.HOURS, "01:00-07:30", Hours(60, 450)),
        (kinds.HOURS, "23:00-1:00", Hours(1380, 60)),
        (kinds.HOURS, "OFF", None),
        (kinds.COMMAND_LINE, " off ", None),
        (kinds.COMMAND_LINE, "notify 'it failed'", "notify 'it failed'"),
    ],
)
def test_what_a_kind_accepts(kind: Kind, said: object, read: Any) -> None:
    """From TOML and from the text of a variable, to its limits."""
    value = kind.read(said)
    assert (value, type(value)) == (read, type(read))


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (kinds.WAIT, [0, 86_400.5, float("nan"), float("inf"), 10**400, True, "soon", "", [1], {"x": 1}]),
        (kinds.PAUSE, [-1, -0.001, "nan", "-1", False]),
        (
            kinds.COUNT,
            [-1, 1_000_000_000, 1.0, True, "+5", "1_0", "-0", "1.5", "\N{ARABIC-INDIC DIGIT THREE}", "9" * 5000],
        ),
        (kinds.SWITCH, [0, 1, "1", "yes", ""]),
        (kinds.ON_OR_OFF, ["true", "1", True]),
        (kinds.DURATION, [5, 0.5, True]),
        (kinds.REMOVAL_LIMIT, [True, -1, 7.5, "101%", "-1%", "nan%", "%", "ten", [5]]),
        (kinds.PATH, [5, "", " \n", "a\0b", "a\0", "\0\n", ["x"]]),
        (kinds.HOSTS, [5, [5], {"a": 1}]),
        (kinds.FILE_KINDS, [5, "", "originals", "off,original", ["preview", "x"], True]),
        (kinds.CONNECTIONS, [0, 5, 1.5, True, "many"]),
        (
            kinds.RATE,
            [
                0,
                5,
                "0MB/s",
                "1B/s",
                "2MB",
                "2 Mbit/s",
                "-1MB/s",
                "1e3kB/s",
                "9999999GB/s",
                "\N{ARABIC-INDIC DIGIT THREE}MB/s",
            ],
        ),
        (kinds.HOURS, [5, "", "1-7", "25:00-07:00", "01:60-07:00", "01:00-01:00", "01:00 - 07:00", "01:00-07:00x"]),
        (kinds.COMMAND_LINE, [5, "", " ", "a\0b", "# not a word\0"]),
    ],
)
def test_what_a_kind_refuses_is_told_what_it_accepts(kind: Kind, refused: list[object]) -> None:
    """In its own words, whichever part of it refuses: a library's words are no advice."""
    for said in refused:
        with pytest.raises(ValueError, match=rf"^{re.escape(kind.accepted)}$"):
            kind.read(said)


def test_every_default_is_of_its_kind() -> None:
    """What a declaration says of a setting agrees with itself; None stands for a place or command that is not set."""
    plain = Settings(Path("/x.db"), Path("/config.toml"))
    for name, kind in KINDS.items():
        default = getattr(plain, name)
        if isinstance(default, int | float) and kind is not kinds.DURATION and kind is not kinds.ON_OR_OFF:
            assert kind.read(default) == default


def test_settings_can_be_said_otherwise_and_not_changed() -> None:
    """`replace` gives others; those that there are stay as they were."""
    settings = Settings(Path("/x.db"), Path("/config.toml"))
    other = settings.replace(full_every=86_400)
    assert (other.full_every, settings.full_every, other.database) == (86_400, 604_800, settings.database)
    with pytest.raises(AttributeError):
        settings.timeout = 1  # type: ignore[misc]  # that is the test
    with pytest.raises(TypeError):
        settings.replace(full_evry=1)


def test_a_variable_that_an_option_goes_over_is_not_looked_at(tmp_path: Path) -> None:
    """What `FAVSYNC_CONFIG` names does not matter where `--config` is given."""
    config = tmp_path / "config.toml"
    config.touch()
    settings = load_settings(config=config, database=None, environ={CONFIG: "~nobody-of-that-name/x", "HOME": "/"})
    assert settings.config == config


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("timeout = 0\n", 1),
        ("\r\n# timeout = 1\r\ntimeout = 0\r\n", 3),
        ('database = """\ntimeout = 0\n"""\n\ntimeout = 0\n', 5),
        ("aliases = [\n  'a.example',\n  5,\n]\n", 1),
        ('"time\\u006fut" = 0\n', 1),
        ("database = 'x'\n[timeout]\nx = 1\n", 2),
    ],
)
def test_a_line_is_that_on_which_a_setting_begins(tmp_path: Path, text: str, line: int) -> None:
    """Not where its name stands in a comment or in a text."""
    config = tmp_path / "config.toml"
    config.write_bytes(text.encode())
    with pytest.raises(ConfigInvalid, match=rf"config\.toml, line {line}: (timeout|aliases) must be"):
        load_settings(config=config, database=None, environ={})


@pytest.mark.parametrize(("minute", "left"), [(59.5, 0), (60, 21_600), (419.5, 30), (420, 0), (1439, 0)])
def test_the_hours_of_a_day_end(minute: float, left: float) -> None:
    """From the first minute on, and up to the last."""
    assert Hours(60, 420).seconds_left(minute) == left


@pytest.mark.parametrize(("minute", "left"), [(1379, 0), (1380, 7_200), (1439.5, 3_630), (0, 3_600), (60, 0), (700, 0)])
def test_hours_may_go_over_midnight(minute: float, left: float) -> None:
    """From eleven to one, say."""
    assert Hours(23 * 60, 60).seconds_left(minute) == left
