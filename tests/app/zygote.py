"""A process that has everything imported and forks a run for each job, so that many can be killed in a short time.

One job a line on stdin, as JSON: `commit` with `moment` and `signum` where the run shall send itself a signal there
(`commit` is a number of statements where `moment` is `within`), and either the `path`,
`url`, `now` and `full` of a sync, or the `argv` of the program itself with its `environ`, and the files `out` and `err`
that it writes to. For each it writes the run's process id, and when that has ended, its exit status: negative for a
signal.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from favsync.app.sync.run import Sync, SyncOptions
from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from favsync.store.accounts import load_account
from favsync.store.database import Database
from tests.app.killed import Executioner

NAME = "alice"


class Zygote:
    """The test's end of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.app.zygote"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def program(
        self,
        *argv: str,
        environ: Mapping[str, str],
        out: Path = Path(os.devnull),
        err: Path = Path(os.devnull),
        moment: str = "",
        commit: int = 0,
        signum: int = signal.SIGKILL,
    ) -> int:
        """Start the program with these arguments, as a shell would, and return its process id."""
        files = {"out": str(out), "err": str(err)}
        return self.start(argv=argv, environ=dict(environ), moment=moment, commit=commit, signum=signum, **files)

    def start(self, **job: Any) -> int:
        """Start a run and return its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self._read()

    def wait(self) -> int:
        """Wait for the run's end and return its exit status."""
        return self._read()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _read(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


def _run(job: dict[str, Any]) -> int:
    if job["commit"]:
        Executioner(job["moment"], job["commit"], job.get("signum", signal.SIGKILL)).watch()
    if "argv" in job:
        return _run_program(job)
    now = datetime.fromisoformat(job["now"])

    def client(*, key: bool = True) -> SiteClient:
        login = Login(NAME, f"{NAME}-key") if key and not account.is_public else None
        return SiteClient(
            job["url"], login=login, user=NAME, request_interval=0, retry_for=0, sleep=lambda _seconds: None
        )

    with Database.open(Path(job["path"])) as database:
        with database.read() as conn:
            account = load_account(conn, NAME)
        with client() as asked:
            run = Sync(
                database=database,
                client=asked,
                account=account,
                anonymous=lambda: client(key=False),
                options=SyncOptions(full=job["full"]),
                clock=lambda: now,
            )
            return run.run().exit_code


def _run_program(job: dict[str, Any]) -> int:
    os.environ.update(job["environ"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for stream, file in ((1, job["out"]), (2, job["err"])):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    # Only here: it hears the signals from its import on, and this process is the one that they are for.
    from favsync.entry import main as favsync_main  # noqa: PLC0415 - as just said

    try:
        code = favsync_main(job["argv"])
    except SystemExit as end:  # as the tab key ends
        code = int(end.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def main() -> None:
    """Fork a run for each line."""
    for line in sys.stdin:
        job = json.loads(line)
        # Held back until the child hears SIGINT as a new process does: Python's own answer would be an exception here.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        pid = os.fork()
        if pid == 0:
            try:
                if "argv" in job:
                    signal.signal(signal.SIGINT, signal.SIG_DFL)
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
                code = _run(job)
            except BaseException as exc:  # noqa: BLE001 - the child must not go on as a second zygote
                sys.stderr.write(f"{exc!r}\n")
                code = 99
            os._exit(code)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
