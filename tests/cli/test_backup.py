"""`favsync backup`, as a person and a script meet it: lines, JSON, exit codes, files."""

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from favsync.app.sync.lock import RunLock
from favsync.sandbox import Fault, Site, World
from tests.cli.conftest import KEY, Favsync
from tests.cli.hardship import no_file_over, obey_modes
from tests.cli.terminal import at_a_terminal


@pytest.fixture
def synced(alice: Favsync) -> Favsync:
    """alice, with her five favorites here."""
    assert alice("sync").code == 0
    return alice


def folder_of(favsync: Favsync) -> Path:
    return favsync.database.with_name("backups")


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def age_by(favsync: Favsync, days: int) -> str:
    """Make a backup, and let it be so many days old; return its name."""
    assert favsync("backup").code == 0
    [*_, newest] = sorted(folder_of(favsync).iterdir())
    then = f"{datetime.now(UTC) - timedelta(days=days):%Y%m%dT%H%M%S}.000Z"
    return newest.rename(newest.with_name(f"favsync-{then}.db")).name


# ---- making ----


def test_a_backup_is_told_in_one_line(synced: Favsync, site: Site) -> None:
    """Where it is and what is in it; the site is not asked, and nobody else can read it."""
    site.clear_log()
    outcome = synced("backup")
    [name] = files(folder_of(synced))
    path = folder_of(synced) / name
    assert (outcome.code, outcome.err) == (0, "")
    size = f"{path.stat().st_size / 1000:.0f} kB"
    assert outcome.out == f"backup: {path} ({size}), checked: 5 favorites, 5 posts, 5 events, 1 run\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert site.log == []


def test_the_folder_is_the_one_that_is_named(synced: Favsync, tmp_path: Path) -> None:
    """On the command line, before or after the options; else in the settings."""
    create = ("backup", "create")
    for arguments in ([*create, str(tmp_path / "a")], [*create, str(tmp_path / "b"), "--keep-last", "3"]):
        assert synced(*arguments).code == 0
        assert len(files(Path(arguments[2]))) == 1
    assert synced(*create, "--keep-last", "3", str(tmp_path / "c")).code == 0
    set_so = Favsync(synced.home, synced.environ | {"FAVSYNC_BACKUP_DIR": str(tmp_path / "d")})
    assert set_so("backup").code == 0
    assert set_so(*create, str(tmp_path / "list")).code == 0
    assert [len(files(tmp_path / name)) for name in ("c", "d", "list")] == [1, 1, 1]
    assert not folder_of(synced).exists()


def test_a_folder_that_is_there_needs_no_command(synced: Favsync, tmp_path: Path) -> None:
    """It is said what was understood; before or after the options."""
    (tmp_path / "there").mkdir()
    for arguments in (["backup", str(tmp_path / "there")], ["backup", "--keep-last", "9", str(tmp_path / "there")]):
        outcome = synced(*arguments)
        assert (outcome.code, f"as 'favsync backup create {tmp_path / 'there'}' does." in outcome.err) == (0, True)
    assert len(files(tmp_path / "there")) == 2


@pytest.mark.parametrize("word", ["lits", "verfy", "--keep-last=3 restor", "new-folder"])
def test_a_misspelt_command_makes_no_folder(
    synced: Favsync, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It made a backup into a folder of that name once: exit code 2, and nothing is made."""
    monkeypatch.chdir(tmp_path)
    before = synced.state()
    outcome = synced("backup", *word.split())
    last = word.rsplit(maxsplit=1)[-1]
    assert (outcome.code, f"'{last}' is no command of 'backup'" in outcome.err) == (2, True)
    assert ("Did you mean 'favsync backup " in outcome.err) == (last != "new-folder")
    assert f"'favsync backup create {last}' makes the folder." in outcome.err
    assert synced.state() == before
    assert not Path(last).exists()


def test_the_rules_belong_to_what_removes(synced: Favsync) -> None:
    """To create and to prune, and to no other command."""
    for command, expected in (("create", 0), ("prune", 0), ("list", 2), ("verify", 2), ("restore", 2)):
        assert synced("backup", command, "--keep-last", "3").code == expected, command


def test_pruning_makes_nothing_and_removes_by_rule(synced: Favsync) -> None:
    """With --dry-run it only says what would go; without a rule it removes nothing: exit code 2."""
    old = [age_by(synced, days) for days in (3, 2, 1)]
    assert synced("backup", "prune").code == 2
    assert synced("backup", "prune", "--keep-last", "1", "--dry-run").code == 0
    assert sorted(files(folder_of(synced))) == sorted(old)
    pruned = json.loads(synced("backup", "prune", "--keep-last", "1", "--json").out)
    assert [file["file"] for file in pruned["kept"]] == [str(folder_of(synced) / old[2])]
    assert sorted(file["file"] for file in pruned["removed"]) == [
        str(folder_of(synced) / name) for name in sorted(old[:2])
    ]
    assert files(folder_of(synced)) == [old[2]]


def test_a_command_after_an_option_is_no_folder(synced: Favsync) -> None:
    """Who means the command is told how to say it, and nothing is made."""
    outcome = synced("backup", "--json", "list")
    assert (outcome.code, "Write 'favsync backup list' first" in outcome.err) == (2, True)
    assert synced("backup", "a", "b").code == 2
    assert not folder_of(synced).exists()


def test_a_backup_does_not_wait_for_a_sync(synced: Favsync) -> None:
    """It takes no run's lock."""
    with RunLock(synced.database):
        assert synced("sync").code == 7
        assert synced("backup").code == 0


def test_the_rules_of_the_command_line_go_over_those_of_the_settings(synced: Favsync) -> None:
    """Each over its own; without any, nothing is removed."""
    synced.config.write_text("keep_daily = 1\n")
    old = [age_by(synced, days) for days in (3, 2)]
    assert files(folder_of(synced)) == [old[1]]
    outcome = synced("backup", "--keep-daily", "0")
    assert outcome.code == 0
    assert "stay" not in outcome.out
    outcome = synced("backup", "--keep-daily", "0", "--keep-last", "2")
    assert outcome.out.endswith("backup: 2 backups stay, 1 removed\n")
    assert old[1] not in files(folder_of(synced))
    outcome = synced("backup")
    assert outcome.out.endswith("backup: 1 backup stays, 2 removed\n")


def test_a_dry_run_shows_what_would_be_and_does_nothing(synced: Favsync) -> None:
    """Each backup and the one to come, newest first, with its fate; and it is what happens then."""
    old = [age_by(synced, days) for days in (3, 2, 1)]
    (folder_of(synced) / "favsync-20200101T000000.000Z.db").write_text("no backup")
    before = synced.state()
    outcome = synced("backup", "--keep-daily", "2", "--dry-run")
    assert outcome.code == 0
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in outcome.out.splitlines()[1:]]
    assert rows == [
        [rows[0][0], "just now", "stays", "daily"],
        [old[2], "1 day ago", "stays", "daily"],
        [old[1], "2 days ago", "goes", "no rule keeps it"],
        [old[0], "3 days ago", "goes", "no rule keeps it"],
        ["favsync-20200101T000000.000Z.db", rows[4][1], "is left alone", rows[4][3]],
    ]
    assert rows[0][0].endswith("Z.db (to be made)")
    assert rows[4][3].startswith("is not SQLite")
    assert synced.state() == before
    planned = json.loads(synced("backup", "--keep-daily", "2", "--dry-run", "--json").out)
    assert (planned["dry_run"], planned["backup"]) == (True, None)
    assert synced.state() == before
    done = json.loads(synced("backup", "--keep-daily", "2", "--json").out)
    assert done["removed"] == planned["removed"]
    assert [kept["reasons"] for kept in done["kept"]] == [["daily"], ["daily"]]
    assert done["kept"][1:] == planned["kept"]
    assert done["ignored"] == planned["ignored"]
    assert [Path(each["file"]).name for each in done["removed"]] == old[1::-1]
    assert old[1] not in files(folder_of(synced))


def test_the_json_is_what_scripts_rely_on(synced: Favsync, site: Site) -> None:
    """One object, and nothing else."""
    outcome = synced("backup", "--json")
    [name] = files(folder_of(synced))
    reported = json.loads(outcome.out)
    created_at = reported["backup"]["created_at"]
    assert datetime.fromisoformat(created_at).strftime("favsync-%Y%m%dT%H%M%S.") == name[:24]
    file = {
        "file": str(folder_of(synced) / name),
        "created_at": created_at,
        "bytes": (folder_of(synced) / name).stat().st_size,
        "manifest": None,
    }
    contents = {
        "schema": "0006",
        "site": site.url,
        "accounts": [{"name": "alice", "username": "alice", "favorites": 5}],
        "favorites": 5,
        "posts": 5,
        "events": 5,
        "runs": 1,
    }
    assert reported == {
        "folder": str(folder_of(synced)),
        "dry_run": False,
        "backup": file | contents,
        "kept": [file | {"reasons": ["no rule"]}],
        "removed": [],
        "ignored": [],
    }
    assert outcome.err == ""
    assert json.loads(synced("backup", "verify", file["file"], "--json").out) == file | contents
    assert json.loads(synced("backup", "list", "--json").out) == [file | {"problem": None}]


def test_a_clock_that_was_wrong_is_told(synced: Favsync) -> None:
    """What it dated in the future stays, and removes nothing; what is no backup is told as well."""
    old = age_by(synced, 5)
    wrong = age_by(synced, -400)
    (folder_of(synced) / "favsync-20200101T000000.000Z.db").write_text("no backup")
    outcome = synced("backup", "--keep-daily", "2")
    assert outcome.code == 0
    assert outcome.out.endswith("backup: 3 backups stay, 0 removed\n")
    assert outcome.err == (
        "favsync: warning: 1 backup is dated in the future: a clock was wrong, then or now."
        " Such backups stay, and no rule counts them.\n"
        "favsync: warning: 1 file is named as a backup of this database, but invalid or of another one."
        " Such files stay. 'favsync backup list' says why.\n"
    )
    assert {old, wrong} < set(files(folder_of(synced)))


def test_a_clock_that_is_set_back_meanwhile_makes_the_new_one_no_future(
    synced: Favsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is counted as what it is, the newest."""
    monkeypatch.setattr("favsync.cli.commands.backup.utc_now", lambda: datetime(2020, 1, 1, tzinfo=UTC))
    reported = json.loads(synced("backup", "--keep-last", "1", "--json").out)
    assert [kept["reasons"] for kept in reported["kept"]] == [["last"]]


def test_without_a_database_there_is_nothing_to_back_up(favsync: Favsync) -> None:
    """Exit code 2, and no folder is made."""
    for arguments in (["backup"], ["backup", "--dry-run"]):
        outcome = favsync(*arguments)
        assert (outcome.code, outcome.out, "There is no account yet" in outcome.err) == (2, "", True)
    assert list(favsync.home.iterdir()) == []


def test_what_is_no_folder_is_said(synced: Favsync, tmp_path: Path) -> None:
    """The database's own file, and any other: wrong usage, also in a dry run and a list."""
    before = synced.state()
    (tmp_path / "notes.txt").touch()
    for wrong in (str(synced.database), str(tmp_path / "notes.txt"), str(synced.database / "below")):
        for arguments in (["backup", wrong], ["backup", "--dry-run", wrong], ["backup", "list", wrong]):
            outcome = synced(*arguments)
            assert (outcome.code, outcome.out) == (2, "")
            assert "Name a folder for" in outcome.err
    assert synced.state() == before


def test_a_folder_that_may_not_be_written_is_said(synced: Favsync, tmp_path: Path) -> None:
    """Exit code 8."""
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o500)
    outcome = synced.process("backup", "create", str(shut), before=obey_modes)
    assert (outcome.code, outcome.out) == (8, "")
    assert outcome.err.startswith(f"favsync: No backup could be written to {shut} (Permission denied).")


def test_a_full_disk_leaves_the_older_backup_and_no_half_one(synced: Favsync) -> None:
    """Exit code 8, one sentence."""
    assert synced("backup").code == 0
    before = files(folder_of(synced))
    outcome = synced.process("backup", before=no_file_over(100_000))
    assert (outcome.code, outcome.out) == (8, "")
    assert outcome.err.startswith(f"favsync: No backup could be written to {folder_of(synced)} (")
    assert files(folder_of(synced)) == before


def test_an_old_backup_that_cannot_be_removed_takes_nothing_from_the_new_one(synced: Favsync, tmp_path: Path) -> None:
    """The new one is told; then that, with exit code 8."""
    old = age_by(synced, 2)
    code = (
        "import sys; from pathlib import Path; from favsync.cli.main import main; real = Path.unlink\n"
        "def refuse(path, missing_ok=False):\n"
        "    if path.name == sys.argv[1]: raise PermissionError(1, 'Operation not permitted')\n"
        "    real(path, missing_ok=missing_ok)\n"
        "Path.unlink = refuse; sys.exit(main(['backup', '--keep-last', '1']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, old], env=synced.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 8
    assert done.stdout.startswith("backup: ")
    assert f"{old} is no longer needed, but cannot be removed (Operation not permitted)" in done.stderr
    assert len(files(folder_of(synced))) == 2


# ---- listing and verifying ----


def test_backups_are_listed_with_their_problems(synced: Favsync) -> None:
    """Newest first; the column of problems is there only when there is one. To list makes nothing."""
    outcome = synced("backup", "list")
    assert (outcome.code, outcome.out) == (0, "")
    assert outcome.err == f"There is no backup in {folder_of(synced)} yet. 'favsync backup' makes one.\n"
    assert json.loads(synced("backup", "list", "--json").out) == []
    assert not folder_of(synced).exists()
    old = [age_by(synced, days) for days in (2, 1)]
    lines = synced("backup", "list").out.splitlines()
    assert lines[0].split() == ["backup", "age", "size"]
    assert [line.split()[0] for line in lines[1:]] == old[::-1]
    (folder_of(synced) / old[0]).write_bytes(b"no backup")
    lines = synced("backup", "list", str(folder_of(synced))).out.splitlines()
    assert lines[0].split() == ["backup", "age", "size", "problem"]
    assert "is not SQLite" in lines[2]
    code, shown = at_a_terminal(synced, "backup", "list")
    assert (code, "problem" in shown) == (0, True)


def test_backups_are_listed_when_the_database_is_lost(synced: Favsync) -> None:
    """That is when they are looked for."""
    old = age_by(synced, 1)
    synced.database.unlink()
    assert old in synced("backup", "list").out
    assert synced("backup", "verify", str(folder_of(synced) / old)).code == 0


def test_a_good_backup_is_told_with_all_that_is_in_it(synced: Favsync, site: Site) -> None:
    """And nothing about it changes, nor is anything made beside it."""
    assert synced("backup").code == 0
    [path] = folder_of(synced).iterdir()
    before = path.stat().st_mtime_ns, path.read_bytes()
    outcome = synced("backup", "verify", str(path))
    assert (outcome.code, outcome.err) == (0, "")
    rows = dict(line.split(maxsplit=1) for line in outcome.out.splitlines() if not line.startswith("account"))
    assert rows["backup"] == path.name
    assert (rows["check"], rows["site"], rows["schema"]) == ("passed", site.url, "0006")
    assert [rows[name] for name in ("favorites", "posts", "events", "runs")] == ["5", "5", "5", "1"]
    assert "account alice  alice, 5 favorites\n" in outcome.out
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before
    assert files(path.parent) == [path.name]
    renamed = path.rename(path.with_name("my copy.db"))
    assert json.loads(synced("backup", "verify", str(renamed), "--json").out)["created_at"] is None
    assert "made           -\n" in synced("backup", "verify", str(renamed)).out


def test_a_bad_backup_ends_with_8(synced: Favsync) -> None:
    """Damaged, cut short, another program's or a newer favsync's: one sentence, and not a byte changed."""
    assert synced("backup").code == 0
    [path] = folder_of(synced).iterdir()
    whole = path.read_bytes()
    newer = path.with_name("newer.db")
    newer.write_bytes(whole)
    with closing(sqlite3.connect(newer)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    for bad, said in (
        (whole[:-4096], "is damaged"),
        (whole[:8192] + b"\x55" * (len(whole) - 8192), "is damaged"),
        (b"Dear diary, " * 1000, "is not SQLite"),
        (b"", "was not made by favsync"),
        (newer.read_bytes(), "was made by a newer favsync (revision 9999). Upgrade this one."),
    ):
        path.write_bytes(bad)
        for arguments in (["backup", "verify", str(path)], ["backup", "verify", "--json", str(path)]):
            outcome = synced(*arguments)
            assert (outcome.code, outcome.out) == (8, "")
            assert outcome.err.startswith(f"favsync: {path} ")
            assert said in outcome.err
        assert path.read_bytes() == bad


def test_the_database_itself_is_no_backup_while_it_is_in_use(synced: Favsync) -> None:
    """A part of it is in its log: what was checked would be something else."""
    with closing(sqlite3.connect(synced.database)) as database:
        database.execute("UPDATE accounts SET favorite_count = 1")
        database.commit()
        outcome = synced("backup", "verify", str(synced.database))
    assert (outcome.code, "is in use as a database" in outcome.err) == (8, True)


def test_what_is_no_file_is_wrong_usage(synced: Favsync, tmp_path: Path) -> None:
    """A slip in the name is no damaged backup."""
    for wrong in (tmp_path / "missing.db", tmp_path):
        outcome = synced("backup", "verify", str(wrong))
        assert (outcome.code, outcome.out) == (2, "")
        assert f"There is no file {wrong}" in outcome.err


def test_an_old_schema_is_backed_up_as_it_is(synced: Favsync) -> None:
    """Nothing is upgraded for it: a copy from before is what one wants then."""
    with closing(sqlite3.connect(synced.database)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    outcome = synced("backup", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out)["backup"]["schema"] == "0001"


@pytest.mark.parametrize("arguments", [["backup"], ["backup", "list"], ["backup", "--dry-run"]])
def test_a_backup_imports_little(synced: Favsync, arguments: list[str]) -> None:
    """It is made every night, and by people who wait for it."""
    program = (
        "import sys; from favsync.cli.main import main; code = main(sys.argv[1:]);"
        "heavy = {'sqlalchemy', 'alembic', 'httpcore', 'httpx', 'rich', 'keyring', 'tenacity'} & set(sys.modules);"
        "sys.exit(code or ', '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=synced.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr.replace("There is no backup", "")[:1]) in ((0, ""), (0, " "))


# ---- after a sync ----


def test_a_sync_is_followed_by_a_backup_when_asked(alice: Favsync) -> None:
    """Its line comes after the sync's, on stdout: nothing on stderr wakes anybody up."""
    outcome = alice("sync", "--backup")
    assert (outcome.code, outcome.err) == (0, "")
    first, second = outcome.out.splitlines()
    assert first.startswith("alice: 5 favorites")
    assert second.startswith(f"backup: {folder_of(alice)}")
    assert second.endswith("checked: 5 favorites, 5 posts, 5 events, 1 run")
    assert alice("sync").out.count("\n") == 1
    assert len(files(folder_of(alice))) == 1


def test_the_setting_does_it_after_each_good_run(alice: Favsync, world: World) -> None:
    """With the rules of the settings, also when a queued change was refused; `--no-backup` is for once."""
    alice.config.write_text("backup_after_sync = true\nkeep_last = 2\n")
    assert alice("sync").code == 0
    alice("add", "424242")
    outcome = alice("sync")
    assert outcome.code == 3
    assert outcome.out.endswith("backup: 2 backups stay, 0 removed\n")
    outcome = alice("sync", "--json")
    assert len(json.loads(outcome.out)) == 1
    assert outcome.err == ""
    assert len(files(folder_of(alice))) == 2
    before = files(folder_of(alice))
    for arguments in (["--no-backup"], ["--dry-run"], ["--push-only"]):
        outcome = alice("sync", *arguments)
        assert "backup" not in outcome.out + outcome.err
    assert files(folder_of(alice)) == before


def test_a_run_that_is_not_good_is_followed_by_none(alice: Favsync, site: Site) -> None:
    """The site was down: the last good backup is not to be pushed out by one of nothing new."""
    site.fault(Fault("status", status=500, times=None))
    outcome = alice("sync", "--backup")
    assert outcome.code == 5
    assert "favsync: warning: No backup was made: no list is complete.\n" in outcome.err
    assert not folder_of(alice).exists()


def test_one_good_run_of_several_is_enough(alice: Favsync, site: Site, world: World) -> None:
    """The database has something new; and the code is that of the account that failed."""
    added = alice(
        "account", "add", "bob", "--site", site.url, "--username", "bob", "--api-key-stdin", stdin="invented0key2"
    )
    assert added.code == 0
    world.set_api_key("bob", "another")
    outcome = alice("sync", "--backup")
    assert outcome.code == 4
    assert len(files(folder_of(alice))) == 1


def test_a_backup_that_fails_says_so_and_takes_nothing_from_the_sync(alice: Favsync, tmp_path: Path) -> None:
    """Exit code 8, whatever was wrong with it; what was synced stands."""
    (tmp_path / "file").touch()
    for wrong in (tmp_path / "file", alice.database):
        broken = Favsync(alice.home, alice.environ | {"FAVSYNC_BACKUP_DIR": str(wrong)})
        outcome = broken("sync", "--backup")
        assert outcome.code == 8
        assert outcome.out.startswith("alice: 5 favorites")
        assert outcome.err.startswith("favsync: The sync is done, but its backup is not. ")
    outcome = broken("sync", "--backup", "--json")
    assert (outcome.code, len(json.loads(outcome.out))) == (8, 1)
    assert "alice: 5 favorites" in alice("status").out


@pytest.mark.parametrize("option", ["--dry-run", "--push-only"])
def test_a_backup_of_nothing_new_is_wrong_usage(alice: Favsync, site: Site, option: str) -> None:
    """It is asked for together with what keeps no list."""
    outcome = alice("sync", "--backup", option)
    assert (outcome.code, "--backup cannot be combined with" in outcome.err) == (2, True)
    assert site.log == []


def test_no_key_is_in_a_backup(alice: Favsync) -> None:
    """As it is not in the database."""
    assert alice("sync", "--backup").code == 0
    [path] = folder_of(alice).iterdir()
    assert KEY.encode() not in path.read_bytes()
