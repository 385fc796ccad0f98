"""Every error that favsync raises on purpose, and the exit code each one ends a command with.

    FavsyncError                        1
    ├── InternalError                   1   something that should not have happened
    ├── OutOfMemory                     1
    ├── ExporterFailed                  1   a format of another package
    ├── UsageError                      2   the command, a setting or a file is not what it should be
    │   ├── ConfigInvalid
    │   ├── NotABackupFolder
    │   ├── NoSuchAccount
    │   ├── AccountExists
    │   ├── NoAccounts
    │   ├── SeveralAccounts
    │   ├── NotAPost
    │   ├── PostOfAnotherSite
    │   ├── PostUnknown
    │   ├── SiteUrlInvalid
    │   ├── SiteMismatch
    │   ├── NoSuchRun
    │   ├── NothingKnownBefore
    │   ├── KeyMissing
    │   ├── AccountIsReadOnly
    │   ├── FileUnwritable
    │   ├── FileUnreadable
    │   ├── SearchError
    │   ├── NoTemporaryRoom
    │   ├── ScheduleTrouble
    │   └── SqlInvalid
    ├── SiteRefused                     4   the site answered, and the answer is no
    │   ├── LoginRefused
    │   ├── RightRefused
    │   ├── NotThisUser
    │   ├── UserNotFound
    │   └── ListingHidden
    ├── SiteTrouble                     5   the site could not be reached or made no sense
    │   ├── SiteUnreachable
    │   ├── SiteOverloaded
    │   ├── SiteNonsense
    │   ├── FileHostTrouble
    │   └── FileHostBusy
    ├── GuardStopped                    6
    │   ├── TooManyRemovals
    │   ├── TooManyToRemove
    │   ├── TooLittleRoom
    │   ├── TooManyPosts
    │   └── QueryTooLong
    ├── AnotherRun                      7
    ├── DatabaseTrouble                 8
    │   ├── NotADatabase
    │   ├── DatabaseTooNew
    │   ├── DatabaseReadOnly
    │   ├── DatabaseFull
    │   ├── DatabaseBusy
    │   ├── UpgradeFailed
    │   ├── BackupFailed
    │   └── BackupInvalid
    └── Interrupted                     130

Each names a situation, carries what a caller may want to look at as fields, and says in its message
what to do next. Only `favsync.cli` turns one into words on a terminal and an exit code.
"""

import unicodedata
from enum import StrEnum
from pathlib import Path
from types import TracebackType

from favsync.about import INTERRUPTED
from favsync.counting import counted, size


class FavsyncError(Exception):
    """Something favsync could not do, said in words for the person who asked for it."""

    exit_code = 1

    def __init__(self, message: str, *more: str) -> None:
        """`more` are lines below the message. Text from elsewhere may hold a line break: that begins no line."""
        self.lines = (message, *more)
        self.message = "\n".join(self.lines)
        super().__init__(self.message)


class InternalError(FavsyncError):
    """An exception that nobody foresaw. `cause` is that exception, with its traceback."""

    def __init__(self, cause: Exception) -> None:
        if isinstance(cause, MemoryError):
            super().__init__("There is not enough memory for this. Nothing is lost; end other programs and try again.")
        else:
            # The words of a foreign exception may hold anything, a key too. Its kind and its place are ours to tell.
            super().__init__(
                f"This should not have happened: {type(cause).__name__} in {_place(cause.__traceback__)}."
                " This is an error in favsync. 'favsync -v …' shows the whole traceback."
            )
        self.cause = cause


class OutOfMemory(FavsyncError):
    """The system had no more memory to give: nobody's mistake, and nothing that was saved is touched by it."""

    def __init__(self) -> None:
        super().__init__(
            "There is not enough memory for this. What was saved before is kept. Close other programs, or ask for less,"
            " and try again; 'ulimit -v' shows whether this session has a limit."
        )


def unforeseen(cause: Exception) -> FavsyncError:
    """What is said of an exception that nobody foresaw."""
    if isinstance(cause, FavsyncError):
        return cause
    return OutOfMemory() if isinstance(cause, MemoryError) else InternalError(cause)


class ExporterFailed(FavsyncError):
    """An exporter of another package raised something: `whose` names it, and `why` says what."""

    def __init__(self, whose: str, why: str) -> None:
        super().__init__(
            f"The exporter {whose} failed: {why}. It is not part of favsync: its author can help. No file was"
            " replaced, and the database is as it was."
        )
        self.whose = whose
        self.why = why


class UsageError(FavsyncError):
    """The command, a setting or a file given by the user is not what it should be."""

    exit_code = 2


class ConfigInvalid(UsageError):
    """A setting is misspelt, or its value cannot be read."""


class NotABackupFolder(UsageError):
    """What was named to keep backups in is the database itself, or another thing that is no folder."""


class NoSuchAccount(UsageError):
    """No account of that local name is in the database."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        have = (
            f"The accounts here are: {', '.join(known)}."
            if known
            else "There is none yet: see 'favsync account add --help'."
        )
        super().__init__(f"There is no account named '{name}'. {have}")
        self.name = name
        self.known = known


class AccountExists(UsageError):
    """An account of that local name is in the database already."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is an account named '{name}' already."
            f" Choose another name, or run 'favsync account remove {name}' first."
        )
        self.name = name


class NoAccounts(UsageError):
    """A command that works on an account was run before there was one in the database at `database`."""

    def __init__(self, database: Path) -> None:
        super().__init__(
            f"There is no account yet in {database}. Add one: favsync account add NAME --site https://… --username USER"
        )
        self.database = database


class SeveralAccounts(UsageError):
    """No account was named, and each of `names` could be meant. `say`, where it is known, is how to name one."""

    def __init__(self, names: tuple[str, ...], say: str | None = None) -> None:
        super().__init__(f"There are several accounts ({', '.join(names)}). Name one{f': {say}' if say else '.'}")
        self.names = names


class NotAPost(UsageError):
    """An argument is neither a post id nor a post URL."""

    def __init__(self, text: str) -> None:
        super().__init__(f"'{text}' is neither a post id nor the URL of a post. Examples: 12345, https://…/posts/12345")
        self.text = text


class PostOfAnotherSite(UsageError):
    """A post URL belongs to a site that this database is not about."""

    def __init__(self, text: str, site_url: str) -> None:
        super().__init__(f"'{text}' is a post of another site; this database belongs to {site_url}.")
        self.text = text
        self.site_url = site_url


class PostUnknown(UsageError):
    """A post is neither a favorite here nor a former one."""

    def __init__(self, post_id: int) -> None:
        super().__init__(f"Post {post_id} was never a favorite here, and nothing is kept of it.")
        self.post_id = post_id


class SiteUrlInvalid(UsageError):
    """The URL given for the site cannot be used."""


class SiteMismatch(UsageError):
    """The database belongs to one site, and another was named."""

    def __init__(self, database_site: str, given: str) -> None:
        super().__init__(f"This database belongs to {database_site}; {given} needs another database: --database PATH")
        self.database_site = database_site
        self.given = given


class NoSuchRun(UsageError):
    """No run of the account that has ended has this number."""

    def __init__(self, account: str, run_id: int) -> None:
        super().__init__(
            f"{account} has no run {run_id} that has ended. 'favsync history {account} --json' names them."
        )
        self.account = account
        self.run_id = run_id


class NothingKnownBefore(UsageError):
    """A moment before the first run was asked about. `first` is when that ended; None: there was none yet."""

    def __init__(self, account: str, first: str | None) -> None:
        when = f"before {first}, when its first sync ended" if first else f"yet: run 'favsync sync {account}' first"
        super().__init__(f"There is no list of {account} {when}.")
        self.account = account
        self.first = first


class KeyMissing(UsageError):
    """No API key can be found for an account that needs one."""


class AccountIsReadOnly(UsageError):
    """A change was queued for an account that was added without an API key."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"'{name}' was added with --public: it can be read, but nothing can be added or removed through it."
        )
        self.name = name


class FileUnwritable(UsageError):
    """A file that the user named cannot be written: what was there before stands."""


class FilesFolderUnusable(UsageError):
    """The folder of the files cannot be used: `why` in words, without a full stop."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"The files folder {folder} cannot be used: {why}. The setting 'files_dir' names another.")
        self.folder = folder


class TreeUnusable(UsageError):
    """The folder of a tree cannot be used: `why` in words, without a full stop."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(f"The folder {folder} cannot have the tree: {why[:1].lower()}{why[1:]}.")
        self.folder = folder


class SearchError(UsageError):
    """A search cannot be understood: `problem` says why, and `length` characters of `text` from `position` on are it.

    `suggestion` is what to write instead, or None. The message shows the place with carets under it.
    """

    def __init__(self, problem: str, text: str, position: int, length: int, suggestion: str | None = None) -> None:
        super().__init__(problem, *_pointed(text, position, max(length, 1)))
        self.problem = problem
        self.text = text
        self.position = position
        self.length = length
        self.suggestion = suggestion


class FileUnreadable(UsageError):
    """A file that the user named cannot be read, or holds nothing that can be used. `line` counts from 1."""

    def __init__(self, file: str, problem: str, *, line: int | None = None) -> None:
        where = file if line is None else f"{file}, line {line:,}"
        super().__init__(f"{where}: {problem}")
        self.file = file
        self.problem = problem
        self.line = line


class NoTemporaryRoom(UsageError):
    """The folder for temporary files is full, or cannot be written: no fault of the database. `folder` is that one."""

    def __init__(self, folder: str, why: str) -> None:
        super().__init__(
            f"The folder for temporary files, {folder}, takes no more ({why}). The database is not touched by that."
            " Make room there, or name another folder: TMPDIR=/var/tmp favsync …"
        )
        self.folder = folder


class ScheduleTrouble(UsageError):
    """The system has no scheduler, or it would not take, show or give up a schedule."""


class SqlInvalid(UsageError):
    """A statement that the user wrote cannot be asked: it is no SQL, or would do more than read.

    `place` is where in `sql`, from and up to which character; None: it cannot be told.
    """

    def __init__(self, problem: str, *, sql: str = "", place: tuple[int, int] | None = None) -> None:
        pointed: tuple[str, ...] = ()
        if place is not None:
            start, end = place
            begin = sql.rfind("\n", 0, start) + 1  # of several lines, the one that the place begins on is shown
            line = sql[begin:].partition("\n")[0]
            pointed = _pointed(line, start - begin, max(min(end, begin + len(line)) - start, 1))
        super().__init__(problem, *pointed)
        self.sql = sql
        self.place = place


class SiteRefused(FavsyncError):
    """The site understood the request and refused it."""

    exit_code = 4


class LoginProblem(StrEnum):
    """Why the site did not take a login, as far as its answer tells (docs/site-api.md, "Logins")."""

    KEY = "key"
    """A wrong or expired key, an unknown name or an old one: the site answers all of them alike."""
    RENAMED = "renamed"
    """The user has another name on the site by now."""
    BANNED = "banned"
    """The account is banned for good; no key would help."""
    SUSPENDED = "suspended"
    """The account is banned for some days; no key would help."""
    MISSING = "missing"
    """No login was sent, and the site wants one."""


class LoginRefused(SiteRefused):
    """401: wrong or expired key, unknown or renamed user, banned account (docs/site-api.md, "Logins").

    `said` is the site's own message, as one clean line; `problem` is what it means.
    """

    def __init__(self, message: str, said: str = "", problem: LoginProblem = LoginProblem.KEY) -> None:
        super().__init__(message)
        self.said = said
        self.problem = problem


class RightRefused(SiteRefused):
    """403: the login is good, the right is missing. `said` is the site's own message.

    docs/site-api.md, "Logins" and "Adding a favorite".
    """

    def __init__(self, message: str, said: str = "") -> None:
        super().__init__(message)
        self.said = said


class NotThisUser(SiteRefused):
    """The key does not belong to the user that the account was added for."""


class UserNotFound(SiteRefused):
    """404 for a user: there is none of that name or id."""

    def __init__(
        self, user: str, hint: str = "Check the spelling, or look up the user's current name on the site."
    ) -> None:
        super().__init__(f"The site knows no user '{user}'. {hint}")
        self.user = user


class ListingHidden(SiteRefused):
    """The user has hidden their favorites, or is blocked (docs/site-api.md, "Hidden lists")."""

    def __init__(self, user: str) -> None:
        super().__init__(f"The favorites of '{user}' are hidden from this login. Nothing was changed.")
        self.user = user


class SiteTrouble(FavsyncError):
    """The site could not be reached, or its answers made no sense."""

    exit_code = 5


class SiteUnreachable(SiteTrouble):
    """No answer: a name that does not resolve, a refused or broken connection, a timeout, after all retries."""


class SiteOverloaded(SiteTrouble):
    """429 or 5xx to the end of the retries, or asked to be left alone for longer. `status` is the last HTTP status."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class SiteNonsense(SiteTrouble):
    """An answer that no e621ng site gives: HTML, JSON of another shape, an unknown status."""


class FileHostTrouble(SiteTrouble):
    """A file host failed `times` in a row; `why` is what the last failure was, in words without a full stop."""

    def __init__(self, times: int, why: str) -> None:
        super().__init__(
            f"The file host failed {times} times in a row, the last time because {why}. What was fetched is kept. Run"
            " it again later: it goes on where it ended."
        )
        self.times = times
        self.why = why


class FileHostBusy(SiteTrouble):
    """A file host asks to be left alone for so many `seconds`: longer than a fetch waits without a word."""

    def __init__(self, seconds: float) -> None:
        longer = f"for {-(-seconds // 60):,.0f} minutes" if seconds < 100 * 86400 else "for months"
        super().__init__(
            f"The file host asks to be left alone {longer}. What was fetched is kept. Run it again then: it goes on"
            " where it ended."
        )
        self.seconds = seconds


class GuardStopped(FavsyncError):
    """A safety limit stopped the run before anything was concluded."""

    exit_code = 6


class TooManyRemovals(GuardStopped):
    """More favorites are gone than one run may believe."""

    def __init__(self, account: str, removals: int, of: int, allowed: int) -> None:
        super().__init__(
            f"{account}: {removals:,} of {counted(of, 'favorite')} {'is' if removals == 1 else 'are'} missing on the"
            f" site, more than the {allowed:,} that one run may remove. Nothing was removed; what is new was kept. If"
            " this is right, run it again with --accept-removals."
        )
        self.account = account
        self.removals = removals
        self.of = of
        self.allowed = allowed


class TooManyToRemove(GuardStopped):
    """Making a list equal to another one would take more out of it than one run may."""

    def __init__(self, account: str, removals: int, of: int, allowed: int) -> None:
        super().__init__(
            f"{account}: --mirror would remove {removals:,} of {counted(of, 'favorite')}, more than the {allowed:,}"
            " that one run may remove. Nothing was sent. If this is right, run it again with --accept-removals."
        )
        self.account = account
        self.removals = removals
        self.of = of
        self.allowed = allowed


class TooLittleRoom(GuardStopped):
    """An account's limit lets it have fewer favorites than it would get."""

    def __init__(self, account: str, wanted: int, room: int, limit: int) -> None:
        if room:
            advice = (
                f" Nothing was sent: {wanted - room:,} would not fit. --limit {room} sends the oldest that fit, and"
                " --newest-that-fit the newest."
            )
        else:
            advice = (
                f" Nothing was sent. Make room first: favsync remove POST, or --mirror for what {account} alone has."
            )
        super().__init__(
            f"{account}: there is room for {room:,} more, of at most {counted(limit, 'favorite')}, and {wanted:,}"
            f" {'is' if wanted == 1 else 'are'} to be added.{advice}"
        )
        self.account = account
        self.wanted = wanted
        self.room = room
        self.limit = limit


class TooLittleDisk(GuardStopped):
    """What is to be fetched does not fit on the disk. Sizes are in bytes; `fitting` is how many of the files do."""

    def __init__(self, folder: Path, wanted: int, free: int, fitting: int) -> None:
        advice = f" --limit {fitting} fetches the first that fit." if fitting else ""
        super().__init__(
            f"There is too little room on the disk of {folder}: about {size(wanted)} to be fetched, and {size(free)}"
            f" free besides what the database needs. Nothing was fetched.{advice}"
        )
        self.folder = folder
        self.wanted = wanted
        self.free = free
        self.fitting = fitting


class DiskFull(GuardStopped):
    """The disk of the files takes no more. What was fetched whole is kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no room left on the disk of {folder}. What was fetched whole is kept. Make room, and run it"
            " again: it goes on where it ended."
        )
        self.folder = folder


class TooManyPosts(GuardStopped):
    """A list names more posts than an account can have, or has room for. `most` is how many."""

    def __init__(self, file: str, most: int) -> None:
        given = "-" if file == "stdin" else "FILE"
        super().__init__(
            f"{file} names more posts than the {most:,} that fit into the account. Nothing was queued. 'favsync import"
            f" {given} --limit N' takes the first N that are new."
        )
        self.file = file
        self.most = most


class QueryTooLong(GuardStopped):
    """A question in SQL took longer than it may. `timeout` is in seconds."""

    def __init__(self, timeout: float) -> None:
        seconds = "1 second" if timeout == 1 else f"{timeout:g} seconds"
        super().__init__(f"The query was stopped after {seconds}. Give it more time (--timeout 5m), or ask for less.")
        self.timeout = timeout


class AnotherRun(FavsyncError):
    """Another favsync process is at work on the same database. `pid` is None when it cannot be told."""

    exit_code = 7

    def __init__(self, database: Path, pid: int | None, *, what: str = "run is using") -> None:
        who = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"Another {what} {database} ({who}). Wait for it to end, or end it.")
        self.database = database
        self.pid = pid


class DatabaseTrouble(FavsyncError):
    """The database is damaged, too new, full or not writable."""

    exit_code = 8


class NotADatabase(DatabaseTrouble):
    """The file is not SQLite, is damaged, or was not made by favsync."""


class DatabaseTooNew(DatabaseTrouble):
    """The database was upgraded by a newer favsync."""


class DatabaseReadOnly(DatabaseTrouble):
    """The file or its folder cannot be written."""


class DatabaseFull(DatabaseTrouble):
    """The disk has no room left; what was committed stands."""


class DatabaseBusy(DatabaseTrouble):
    """Another program held the database longer than the busy timeout."""


class UpgradeFailed(DatabaseTrouble):
    """The database could not be brought to this version's schema; it is as it was."""


class BackupFailed(DatabaseTrouble):
    """No backup could be written: no room, no right, or no such place. `why` is what the system said."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(
            f"No backup could be written to {folder} ({why}). Nothing is left of it, and the older ones are kept."
            " Make room, or check the permissions of the folder, or name another one."
        )
        self.folder = folder
        self.why = why


class BackupInvalid(DatabaseTrouble):
    """A file is no backup that could be gone back to: it is damaged, in use as a database, or not favsync's."""


class Interrupted(FavsyncError):
    """Ctrl-C or a termination signal; what was committed stands and the next run goes on from there."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__(INTERRUPTED)


def _place(trace: TracebackType | None) -> str:
    """The innermost line of favsync's own that was at work."""
    place = "an unknown place"
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        if module == "favsync" or module.startswith("favsync."):
            place = f"{module}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return place


_WIDEST_LINE = 72
_SEEN_BEFORE = 24


def _pointed(text: str, position: int, length: int) -> tuple[str, str]:
    """The part of `text` around a place, on one line, and a line with carets under the place."""
    first = max(0, position - _SEEN_BEFORE) if len(text) > _WIDEST_LINE else 0
    shown = "".join(_visible(char) for char in text[first : first + _WIDEST_LINE])
    at = position - first
    left, right = ("…" if first else ""), ("…" if len(text) > first + _WIDEST_LINE else "")
    carets = "^" * max(1, _columns(shown[at : at + length]))
    return f"  {left}{shown}{right}", " " * (2 + len(left) + _columns(shown[:at])) + carets


def _visible(char: str) -> str:
    """The character, or what may stand for one that would disturb the line on a terminal."""
    if char.isspace():
        return " "
    return "\N{REPLACEMENT CHARACTER}" if unicodedata.category(char)[0] == "C" else char


def _columns(shown: str) -> int:
    """How many columns of a terminal this takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in shown
    )
