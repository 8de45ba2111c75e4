"""How is a whole installation put into one file, and back?

A backup is a tar file: `manifest.json`, `database.dump` (pg_dump's custom format), `secret_key` (without it the sealed
secrets and every signed link are lost) and `media/…`. It is mode 0600, and it is as secret as the installation.
"""

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

import psycopg

from yingnuo import __version__
from yingnuo.conf import options as conf
from yingnuo.conf.options import Options
from yingnuo.host import postgres
from yingnuo.host.errors import Trouble

FORMAT = 1
_EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"


class ArchiveError(Trouble):
    """A backup cannot be written or read; the message says why. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    version: str
    written_at: str


def write(options: Options, target: Path, *, now: datetime) -> Path:
    """Write a backup of the running installation to `target`, which appears only when it is whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise ArchiveError(f"{target} exists already")
    with _scratch(target.parent) as scratch:
        dump = scratch / "database.dump"
        _run([str(tool("pg_dump", options)), "--format=custom", f"--file={dump}", options.database])
        manifest = Manifest(FORMAT, __version__, now.isoformat(timespec="seconds"))
        whole = scratch / "whole.tar"
        with tarfile.open(whole, "w") as tar:
            _add_text(tar, "manifest.json", json.dumps(asdict(manifest)), now)
            _add_text(tar, "secret_key", conf.secret_key(options), now)
            tar.add(dump, "database.dump")
            if options.media_folder.is_dir():
                tar.add(options.media_folder, "media")
        whole.chmod(0o600)
        whole.replace(target)
    return target


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of this folder; those that were deleted."""
    old = sorted(folder.glob("yingnuo-*.tar"))[:-keep]
    for path in old:
        path.unlink()
    return old


def read_manifest(source: Path) -> Manifest:
    """What this backup says of itself; ArchiveError when it is none, or one of a later version of Yingnuo."""
    try:
        with tarfile.open(source) as tar, _member(tar, "manifest.json") as file:
            manifest = Manifest(**json.load(file))
    except (tarfile.TarError, KeyError, ValueError, TypeError, FileNotFoundError) as error:
        raise ArchiveError(f"{source} is not a backup of Yingnuo ({error})") from None
    if manifest.format > FORMAT:
        raise ArchiveError(f"{source} was written by Yingnuo {manifest.version}; install that version or a later one")
    return manifest


def restore(options: Options, source: Path) -> Manifest:
    """Put the backup in the place of database, uploads and key. The database changes whole or not at all.

    Refused while other processes of Yingnuo are connected, and when the backup is not one.
    """
    manifest = read_manifest(source)
    _require_alone(options)
    options.var.mkdir(parents=True, exist_ok=True)
    with _scratch(options.var) as scratch, tarfile.open(source) as tar:
        _unpack(tar, scratch)
        _restore_database(options, scratch)
        (scratch / "media").mkdir(exist_ok=True)
        if options.media_folder.exists():
            options.media_folder.replace(scratch / "media.before")
        (scratch / "media").replace(options.media_folder)
        if not options.secret_key:
            (scratch / "secret_key").chmod(0o600)
            (scratch / "secret_key").replace(options.var / "secret_key")
    return manifest


def is_empty(options: Options) -> bool:
    """True when the database holds no table."""
    with psycopg.connect(options.database) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    return row == (0,)


def tool(name: str, options: Options) -> Path:
    """A PostgreSQL program that fits the server: the oldest one at hand that is not older than it."""
    with psycopg.connect(options.database) as connection:
        server = connection.info.server_version // 10_000
    found = shutil.which(name)
    paths = [postgres.programs() / name, *([Path(found)] if found else [])]
    fitting = sorted((major, path) for path in paths if (major := _major(path)) >= server)
    if not fitting:
        raise ArchiveError(f"the server is PostgreSQL {server}: install its {name} (PostgreSQL's client programs)")
    return fitting[0][1]


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"(\d+)[.\w]*", told)
    return int(found.group(1)) if found else 0


def _require_alone(options: Options) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(options.database) as connection:
        others = connection.execute(query).fetchone()
    if others != (0,):
        raise ArchiveError("others are connected to this database: stop Yingnuo on every machine, then restore")


def _restore_database(options: Options, folder: Path) -> None:
    (folder / "empty.sql").write_text(_EMPTY, encoding="utf-8")
    script = folder / "database.sql"
    dump = folder / "database.dump"
    _run([str(tool("pg_restore", options)), "--no-owner", "--no-privileges", f"--file={script}", str(dump)])
    # One transaction around emptying and filling: when the script fails, the old data is untouched.
    command = [str(tool("psql", options)), "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    _run([*command, f"--file={folder / 'empty.sql'}", f"--file={script}", options.database])


def _unpack(tar: tarfile.TarFile, folder: Path) -> None:
    """Plain files only, and only below `folder`: a backup may come from anywhere."""
    for member in tar:
        parts = PurePosixPath(member.name).parts
        if not member.isfile() or ".." in parts or member.name.startswith("/"):
            continue
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with _member(tar, member) as source, target.open("wb") as file:
            shutil.copyfileobj(source, file)


@contextmanager
def _member(tar: tarfile.TarFile, name: str | tarfile.TarInfo) -> Iterator[IO[bytes]]:
    file = tar.extractfile(name)
    if file is None:
        raise ArchiveError(f"{name} is not a file in the backup")
    with file:
        yield file


def _add_text(tar: tarfile.TarFile, name: str, text: str, now: datetime) -> None:
    data = text.encode()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(data), 0o600, int(now.timestamp())
    tar.addfile(entry, io.BytesIO(data))


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=".archive-", dir=beside))  # the same file system, so that a rename will do
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _run(command: Sequence[str]) -> None:
    environment = {**os.environ, "PGAPPNAME": "yingnuo archive"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise ArchiveError(f"{Path(command[0]).name} failed: {done.stderr.strip()[-2000:]}")
