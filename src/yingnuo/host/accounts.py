"""As which user of the system does the embedded PostgreSQL run?

PostgreSQL refuses to run as root. A normal user runs it himself; root runs it as the user who owns the data folder,
or as the system user `yingnuo`, made for that when the folder is made.
"""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from yingnuo.host.errors import Trouble

NAME = "yingnuo"


class AccountError(Trouble):
    """No user of the system can run the database; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Identity to switch to before a program is started; all None to stay who one is."""

    uid: int | None = None
    gid: int | None = None

    @property
    def groups(self) -> list[int] | None:
        """Further groups: none for a switched identity."""
        return None if self.uid is None else []


def for_data(folder: Path) -> Account:
    """The account that owns, or shall own, this data folder. A folder of somebody else's is refused."""
    owner = folder.stat().st_uid if folder.exists() else os.geteuid()
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise AccountError(f"{folder} belongs to user {owner}: be that user or root, or set YINGNUO_VAR")
        return Account()
    entry = pwd.getpwuid(owner) if owner else _own_entry()
    return Account(entry.pw_uid, entry.pw_gid)


def make_folder(folder: Path, account: Account) -> None:
    """A folder that only the account can enter. One that exists must belong to it, or be empty."""
    folder.mkdir(parents=True, exist_ok=True)
    give(folder, account)
    if folder.stat().st_uid != (os.geteuid() if account.uid is None else account.uid):
        raise AccountError(f"{folder} belongs to somebody else; remove it or set YINGNUO_VAR to another folder")
    folder.chmod(0o700)


def give(path: Path, account: Account) -> None:
    """Make the account the owner of a file or folder."""
    if account.uid is not None and account.gid is not None:
        os.chown(path, account.uid, account.gid)


def open_way(path: Path, account: Account) -> None:
    """Let a switched account pass through the folders above `path` (x only: it cannot list them)."""
    if account.uid is None:
        return
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH and folder.stat().st_uid != account.uid:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def scratch_file() -> IO[bytes]:
    """A file without a name for a program's output."""
    return tempfile.TemporaryFile()


def _own_entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        tool = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if tool is None:
        raise AccountError(f"PostgreSQL does not run as root: make a system user {NAME!r}, or set DATABASE_URL")
    home = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false")
    command = [tool, "--system", "--user-group", *home, NAME]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 9):  # 9: another process made it meanwhile
        raise AccountError(f"the system user {NAME!r} could not be made: {done.stderr.strip()}")
    return pwd.getpwnam(NAME)
