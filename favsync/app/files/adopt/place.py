"""Putting bytes that were proven into the files folder: linked, copied, or both with the old name removed later.

A link is made beside its name and moved there, so that nothing has the name before it is proven; a copy is a `.part`
until its md5 is. A file that is moved is in both places until its row is saved, and never in none.
"""

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from favsync.app.files.adopt.archives import UNREADABLE, read_kept
from favsync.app.files.adopt.hashing import ChangedMeanwhile
from favsync.app.files.adopt.report import Content, Method, Reason
from favsync.app.files.adopt.walk import identity
from favsync.app.files.folder import FilesFolder, PartFile, flush
from favsync.errors import FilesFolderUnusable

_LINK: Final = ".link"
_CANNOT_LINK: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS})


def place(folder: FilesFolder, content: Content, name: str, ext: str, method: Method) -> Reason | None:
    """Put bytes into the files folder under `name`; return why that could not be, None: they are there.

    Raises FilesFolderUnusable, and DiskFull.
    """
    if method is not Method.COPY:
        reason = _link(folder, content, name)
        if reason is not Reason.CANNOT_LINK or method is Method.HARDLINK:
            return reason
    return _copy(folder, content, name, ext, keeps_time=method is Method.MOVE)


def remove_source(folder: FilesFolder, content: Content, name: str) -> None:
    """Remove the old name of a file that was moved, if it is still that file and the new one is there."""
    with suppress(OSError), folder.opened(name) as kept:
        if os.fstat(kept).st_size == content.size and identity(os.lstat(content.path)) == content.file:
            Path(content.path).unlink()


def is_same_file(folder: FilesFolder, content: Content, name: str) -> bool:
    """Tell whether a file in the files folder and one elsewhere are two names of one."""
    with suppress(FileNotFoundError), folder.opened(name) as kept:
        return identity(os.fstat(kept)) == content.file
    return False


def _link(folder: FilesFolder, content: Content, name: str) -> Reason | None:
    with folder.translated(), folder.opened_folder(name, make=True) as (descriptor, last):
        beside = f".{last}{_LINK}"
        try:
            with suppress(FileNotFoundError):  # a killed process left it
                os.unlink(beside, dir_fd=descriptor)
            try:
                os.link(content.path, beside, dst_dir_fd=descriptor, follow_symlinks=False)
            except OSError as exc:
                if exc.errno in _CANNOT_LINK:
                    return Reason.CANNOT_LINK
                if exc.errno == errno.ENOENT:
                    return Reason.CHANGED
                raise
            if identity(os.stat(beside, dir_fd=descriptor, follow_symlinks=False)) != content.file:
                return Reason.CHANGED
            os.rename(beside, last, src_dir_fd=descriptor, dst_dir_fd=descriptor)
        finally:
            with suppress(FileNotFoundError):  # where both are one file, the system leaves both names
                os.unlink(beside, dir_fd=descriptor)
        flush(descriptor)
    return None


def _copy(folder: FilesFolder, content: Content, name: str, ext: str, *, keeps_time: bool) -> Reason | None:
    mtime = content.file.mtime_ns / 1e9 if keeps_time else None
    try:
        with PartFile(folder, name) as part:
            part.begin(None)
            try:
                for data in read_kept(content.path, content.file, content.member):
                    part.write(data)
            except (ChangedMeanwhile, *UNREADABLE):
                part.discard()
                raise
            if part.content(ext).md5 == content.md5:
                part.finish(mtime=mtime)
                return None
            part.discard()
    except FilesFolderUnusable:
        raise
    except ChangedMeanwhile:
        pass
    except UNREADABLE:
        return Reason.UNREADABLE
    return Reason.CHANGED
