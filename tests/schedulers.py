"""Small programs that behave as `systemctl`, `loginctl` and `crontab` do, and remember what they were asked.

They are real processes on a PATH of their own, on which nothing else is: no test may come near the schedules of the
machine that it runs on.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SYSTEMCTL = """
import json, pathlib, sys
state_file = pathlib.Path(STATE)
state = json.loads(state_file.read_text())
assert sys.argv[1:3] == ["--user", "--no-pager"], sys.argv
verb, *words = sys.argv[3:]
state["asked"].append(" ".join(sys.argv[3:]))
folder = pathlib.Path(state["folder"])

def end(code, complaint=""):
    state_file.write_text(json.dumps(state))
    if complaint:
        print(complaint, file=sys.stderr)
    sys.exit(code)

if state["is"] == "unreachable":
    end(1, "Failed to connect to bus: No medium found")
if verb in state["refused"]:
    end(1, f"Failed to {verb} unit:\\n  Access denied")
names = [word for word in words if not word.startswith("--")]
if verb == "is-system-running":
    print(state["is"])
    end(0 if state["is"] == "running" else 1)
elif verb == "show-environment":
    print("PATH=/usr/bin", *(f"{name}={text}" for name, text in state["environment"].items()), sep="\\n")
elif verb == "daemon-reload":
    state["loaded"] = {path.name: path.read_text() for path in folder.glob("favsync*.*") if path.is_file()}
elif verb == "enable":
    (name,) = names
    if name not in state["loaded"]:
        end(1, f"Failed to enable unit: Unit file {name} does not exist.")
    link = folder / "timers.target.wants" / name
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(folder / name)
    state["active"] = sorted({*state["active"], name})
elif verb == "disable":
    (name,) = names
    (folder / "timers.target.wants" / name).unlink(missing_ok=True)
    state["active"] = [other for other in state["active"] if other != name]
elif verb == "show":
    print("Thu 2026-11-26 03:39:38 UTC" if names[0] in state["active"] else "")
elif verb not in ("clean", "reset-failed"):
    end(1, f"Unknown command verb {verb}.")
end(0)
"""

_LOGINCTL = """
import json, pathlib
print(json.loads(pathlib.Path(STATE).read_text())["lingers"])
"""

_CRONTAB = """
import pathlib, sys
table = pathlib.Path(STATE)
match sys.argv[1:]:
    case ["-l"]:
        if not table.exists():
            sys.exit("no crontab for alice")
        sys.stdout.buffer.write(table.read_bytes())
    case ["-"]:
        given = sys.stdin.buffer.read()
        if given and not given.endswith(b"\\n"):
            sys.exit("new crontab file is missing newline before EOF, can't install.")
        table.write_bytes(given)
    case ["-r"]:
        if not table.exists():
            sys.exit("no crontab for alice")
        table.unlink()
    case other:
        sys.exit(f"crontab: usage error: {other}")
"""


@dataclass(frozen=True)
class Schedulers:
    """A machine's schedulers: none, until they are put there. `bin` is the whole PATH."""

    root: Path

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def crontab(self) -> Path:
        """The user's crontab."""
        return self.root / "crontab"

    def add_systemd(self, folder: Path, **state: object) -> None:
        """A user's systemd that looks for units in `folder`."""
        start = {
            **{"folder": str(folder), "is": "running", "environment": {}, "lingers": "no"},
            **{"loaded": {}, "active": [], "refused": [], "asked": []},
        }
        self._state_file.write_text(json.dumps(start | state))
        self.add("systemctl", _SYSTEMCTL, self._state_file)
        self.add("loginctl", _LOGINCTL, self._state_file)

    def add_cron(self) -> None:
        """The program `crontab`."""
        self.add("crontab", _CRONTAB, self.crontab)

    def add(self, name: str, code: str, state: Path) -> None:
        """Put a program onto the PATH."""
        self.bin.mkdir(exist_ok=True)
        program = self.bin / name
        program.write_text(f"#!{sys.executable} -IS\nSTATE = {str(state)!r}\n{code}")
        program.chmod(0o700)

    @property
    def systemd(self) -> dict[str, Any]:
        """What systemd knows now."""
        state: dict[str, Any] = json.loads(self._state_file.read_text())
        return state

    def set(self, **state: object) -> None:
        """Let systemd be another way."""
        self._state_file.write_text(json.dumps(self.systemd | state))

    @property
    def _state_file(self) -> Path:
        return self.root / "systemd.json"
