"""Files that only the keyholder may read, written so that a crash leaves the old content or the new, never a mixture.

Promise: nothing is read from a folder or file that another user owns or could read or write, or through a link; when
`write` returns, the new content has been persisted (file and folder entry are fsynced).
"""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotPrivate(Exception):
    """A folder or file of the keyholder that others own, may read or may write, or that is a link."""


def check_folder(folder: Path) -> None:
    """Raises NotPrivate unless `folder` is a directory of mode 0700 (or tighter) of the running user."""
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode):
        raise NotPrivate(f"{folder} is not a folder")
    _check(folder, found)


def _check(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise NotPrivate(f"{path} belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise NotPrivate(f"{path} is open to others: chmod go-rwx it")


def read(path: Path) -> bytes:
    """The content of a private file in a private folder. Raises NotPrivate, FileNotFoundError."""
    check_folder(path.parent)
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        if path.is_symlink():
            raise NotPrivate(f"{path} is a link") from None
        raise
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise NotPrivate(f"{path} is not a file")
        _check(path, found)
        return file.read()


def write(path: Path, content: bytes, *, new: bool = False) -> None:
    """Replace the file, mode 0600, durably. With `new`, raises FileExistsError when it is there. Raises NotPrivate."""
    check_folder(path.parent)
    part = path.with_name(path.name + ".new")
    part.unlink(missing_ok=True)  # left by a crash; never what was acknowledged
    opened = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if new:
        os.link(part, path)
        part.unlink()
    else:
        part.replace(path)
    _sync_folder(path.parent)


def lock(path: Path, *, wait: bool) -> int:
    """Lock a file, made when absent, against every other process; closing the descriptor returned unlocks it.

    Without `wait`, raises BlockingIOError when it is locked. Raises NotPrivate.
    """
    check_folder(path.parent)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(opened)
        raise
    return opened


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One at a time, over all processes. Raises NotPrivate."""
    opened = lock(path, wait=True)
    try:
        yield
    finally:
        os.close(opened)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
