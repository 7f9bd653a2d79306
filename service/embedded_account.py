"""Who the embedded PostgreSQL runs as, and the folders it gets.

What must hold: as root the server never runs as root, and root follows no link and obeys no file that the server's user could have
planted: whatever is done inside his folders is done as he. A folder that belongs to anybody else is refused by name.
"""

import hashlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import Text
from service.settings import SOCKET_BYTES, StartRefused

SERVANTS = ("postgres", "hozen")
"""As root: the first of these that exists; the last is made where none does."""


@dataclass(frozen=True)
class Account:
    """The operating-system user of the server."""

    name: str
    uid: int
    gid: int

    def run(self, *command: str | Path, text: str = "", keep: int | None = None) -> None:
        """Run a program as this user, from `/`, in a clean environment. text: its input. keep: an open file it inherits.

        Raises subprocess.CalledProcessError (with stderr, unless `keep`: a server would hold the pipe open), OSError.
        """
        other: dict[str, Any] = {"user": self.uid, "group": self.gid, "extra_groups": []} if os.geteuid() == 0 else {}
        subprocess.run(
            [str(part) for part in command],
            check=True,
            cwd="/",
            umask=0o077,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "HOME": "/"},
            input=text,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if keep is None else subprocess.DEVNULL,
            pass_fds=() if keep is None else (keep,),
            **other,
        )


def own_home(home: Path) -> None:
    """Make `home` ours: 0700, as root 0711 (the server's user passes through). Raises StartRefused folder-foreign."""
    home.mkdir(parents=True, exist_ok=True)
    if home.stat().st_uid != os.geteuid():
        raise _foreign(home)
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)


def my_name() -> str:
    """This process's user, as peer authentication will see it. Raises StartRefused user-unknown."""
    return _named(os.geteuid()).pw_name


def account_for(own: Path) -> Account:
    """The server's user: this one; as root the owner of `own` where it exists, else the first of SERVANTS.

    Raises StartRefused user-unknown.
    """
    if os.geteuid() != 0:
        found = _named(os.geteuid())
    elif own.exists() and own.lstat().st_uid != 0:
        found = _named(own.lstat().st_uid)
    else:
        found = _servant()
    return Account(found.pw_name, found.pw_uid, found.pw_gid)


def _named(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise StartRefused(
            "user-unknown",
            Text(
                f"利用者番号 {uid} に名前がありません。", f"PostgreSQL needs a name (passwd entry) for user id {uid}."
            ),
        ) from None


def _servant() -> pwd.struct_passwd:
    for name in SERVANTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    last = SERVANTS[-1]
    options = ("--system", "--user-group", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin")
    subprocess.run(["/usr/sbin/useradd", *options, last], check=True)
    return pwd.getpwnam(last)


def socket_folder(home: Path, account: Account, name: str) -> Path:
    """The folder for the socket `name`: in `home`, or a short one in /tmp where the path would be too long for a socket."""
    folder = home / "run"
    if len(os.fsencode(folder / name)) < SOCKET_BYTES:
        return folder
    return Path(f"/tmp/hozen-{account.uid}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}")  # noqa: S108 (see `give`)


def give(folder: Path, account: Account) -> None:
    """Make `folder` and give it to `account`, mode 0700.

    Raises StartRefused: folder-foreign for a link or somebody else's folder, folder-out-of-reach.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        raise _foreign(folder) from None
    try:
        if os.fstat(opened).st_uid not in (os.geteuid(), account.uid):
            raise _foreign(folder)
        os.fchmod(opened, 0o700)
        os.fchown(opened, account.uid, account.gid)
    finally:
        os.close(opened)
    _check_reach(folder, account)


def _check_reach(folder: Path, account: Account) -> None:
    try:
        account.run("/usr/bin/test", "-w", folder)
    except subprocess.CalledProcessError:
        raise StartRefused(
            "folder-out-of-reach",
            Text(
                f"{account.name} は {folder} に入れません。HOZEN_HOME で別の場所を指定してください。",
                f"{account.name} cannot enter {folder}: name another place in HOZEN_HOME.",
            ),
        ) from None


def _foreign(folder: Path) -> StartRefused:
    return StartRefused(
        "folder-foreign",
        Text(f"{folder} は他の利用者のものか、リンクです。", f"{folder} belongs to somebody else, or is a link."),
    )
