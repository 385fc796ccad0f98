"""What can happen to rows about files, one thing at a time, and what a check has to call it."""

from tests.app.damages import Damage, lost, repaired

FILE_DAMAGES: dict[str, Damage] = {
    # versions
    "an original lost": repaired("post-differs", "DELETE FROM post_files WHERE post_id = A_POST"),
    "the original of a replaced one lost": repaired(
        "post-differs", "DELETE FROM post_files WHERE post_id = REPLACED AND last_run_id IS NULL"
    ),
    "another original": repaired("post-differs", "UPDATE post_files SET md5 = NO_MD5 WHERE post_id = A_POST"),
    "an original of another type": repaired("post-differs", "UPDATE post_files SET ext = 'gif' WHERE post_id = A_POST"),
    "an original that ended": repaired("post-differs", "UPDATE post_files SET last_run_id = 2 WHERE post_id = A_POST"),
    "a version that ends elsewhere": lost(
        "version-impossible", "UPDATE post_files SET last_run_id = 1 WHERE last_run_id IS NOT NULL"
    ),
    "a version that begins elsewhere": lost(
        "version-impossible",
        "UPDATE post_files SET first_run_id = 1 WHERE post_id = REPLACED AND last_run_id IS NULL",
    ),
    "a version that ended before it began": lost(
        "version-impossible", "UPDATE post_files SET first_run_id = 4 WHERE last_run_id IS NOT NULL"
    ),
    "a version without an md5": lost("version-impossible", "UPDATE post_files SET md5 = 'x' WHERE last_run_id > 0"),
    "a version that is today's": lost(
        "version-impossible", "UPDATE post_files SET md5 = THE_NEW_MD5 WHERE last_run_id IS NOT NULL"
    ),
    "two originals": lost(
        "version-impossible",
        "DROP INDEX uq_post_files_current",
        "INSERT INTO post_files (post_id, md5, ext, first_run_id)"
        " SELECT post_id, md5, ext, first_run_id FROM post_files WHERE post_id = A_POST",
    ),
    # files
    "a stored file under another name": lost("file-impossible", "UPDATE files SET path = 'aa/b.jpg' WHERE id = 1"),
    "a stored file of another type": lost("file-impossible", "UPDATE files SET ext = 'jpeg' WHERE id = 1"),
    "a type that is none": lost("file-impossible", "UPDATE files SET ext = '../x' WHERE state = 'partial'"),
    "an original with other bytes": lost("file-impossible", "UPDATE files SET content_md5 = NO_MD5 WHERE id = 1"),
    "a stored file without an md5": lost("file-impossible", "UPDATE files SET content_md5 = NULL WHERE id = 1"),
    "a stored file without a size": lost("file-impossible", "UPDATE files SET size = NULL WHERE id = 2"),
    "a stored file without a time": lost("file-impossible", "UPDATE files SET stored_at = NULL WHERE id = 2"),
    "a stored file in an archive": lost("file-impossible", "UPDATE files SET member = 'x' WHERE id = 2"),
    "an external file of favsync's": lost("file-impossible", "UPDATE files SET is_own = 1 WHERE state = 'external'"),
    "an external file nowhere": lost("file-impossible", "UPDATE files SET path = 'x' WHERE state = 'external'"),
    "a file that is not kept and has a place": lost(
        "file-impossible", "UPDATE files SET path = 'x' WHERE state = 'partial'"
    ),
    "unavailable without a reason": lost(
        "file-impossible", "UPDATE files SET reason = NULL WHERE state = 'unavailable'"
    ),
    # trees
    "a link out of its tree": lost("tree-impossible", "UPDATE tree_links SET path = '../x'"),
    "a hard link with a target": lost("tree-impossible", "UPDATE file_trees SET method = 'hardlink'"),
    "a link of a number that is none": lost("tree-impossible", "UPDATE tree_links SET inode = -1"),
    "a link of no tree": lost("reference-broken", "DELETE FROM file_trees"),
}
