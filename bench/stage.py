"""On what does a bench play? An embedded PostgreSQL of its own, as durable as in earnest, and Django beside it.

    with stage.opened() as here:            # one server, in a scratch folder that is removed at the end
        fill.house(here, 100_000)           # one database per size, filled once per server
        stage.use(fill.name(100_000))       # this process talks to it from now on

Importing this module sets Django up for that server, so it is imported before any model. With `python -m bench` all
benches share one server (BENCH_FOLDER), so that a million tickets are made only once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import django
import psycopg

from yingnuo.conf.options import Options
from yingnuo.host import postgres

FOLDER = "BENCH_FOLDER"
TEMPLATE = "bench_empty"


@dataclass(frozen=True, slots=True)
class Stage:
    """One server for benches, in its folder."""

    options: Options

    @property
    def postmaster(self) -> int:
        """The server's first process; all its others are its children."""
        return int((self.options.postgres_folder / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])

    def address(self, database: str) -> str:
        """Connection address of one database of this server."""
        return f"postgresql://yingnuo@/{database}?host={quote(str(self.options.socket_folder), safe='')}"

    def environment(self, database: str, **more: str) -> dict[str, str]:
        """For a child process of Yingnuo that works in this database."""
        return {**_clean(), **_variables(self, database), **more}


@contextmanager
def opened() -> Iterator[Stage]:
    """The server of BENCH_FOLDER, or one of our own in a scratch folder that goes when the block ends."""
    try:
        with postgres.running(_HERE.options):
            _make_template(_HERE)
            yield _HERE
            connection.close()
    finally:
        if FOLDER not in os.environ:
            shutil.rmtree(_HERE.options.var, ignore_errors=True)


def exists(here: Stage, database: str) -> bool:
    """Whether there is such a database already."""
    with psycopg.connect(here.address("postgres"), autocommit=True) as server:
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def create(here: Stage, database: str, like: str = TEMPLATE) -> None:
    """A new database, as a copy of another one that nobody uses."""
    connection.close()
    with psycopg.connect(here.address("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{database}" TEMPLATE "{like}"')


def drop(here: Stage, database: str) -> None:
    """Away with it."""
    connection.close()
    with psycopg.connect(here.address("postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def use(database: str) -> None:
    """This process works in that database from now on; what it kept in memory of another is forgotten."""
    connection.close()
    connection.settings_dict["NAME"] = database
    revisions.forget()
    standards.forget()


def settle() -> None:
    """Vacuums, gathers statistics and writes everything out, so that no background work falls into a measurement."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")


def _make_template(here: Stage) -> None:
    if exists(here, TEMPLATE):
        return
    with psycopg.connect(here.address("postgres"), autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{TEMPLATE}"')
    environment = here.environment(TEMPLATE)
    subprocess.run([sys.executable, "-m", "yingnuo", "migrate"], env=environment, stdout=sys.stderr, check=True)


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("YINGNUO_")}


def _variables(here: Stage, database: str) -> Mapping[str, str]:
    return {
        "DATABASE_URL": here.address(database),
        "YINGNUO_VAR": str(here.options.var),
        "YINGNUO_LOG_LEVEL": "warning",
        "YINGNUO_ALLOWED_HOSTS": "testserver",  # what Django's test client calls itself
        "YINGNUO_SECRET_KEY": "bench-only-" * 5,
    }


def _set_django_up() -> Stage:
    here = Stage(Options(var=Path(os.environ.get(FOLDER) or tempfile.mkdtemp(prefix="yingnuo-bench-"))))
    environment = here.environment(TEMPLATE)
    os.environ.clear()
    os.environ.update(environment, DJANGO_SETTINGS_MODULE="yingnuo.conf.settings")
    django.setup()
    return here


_HERE = _set_django_up()

from django.db import connection  # noqa: E402  # what follows may import models

from yingnuo.kit import revisions  # noqa: E402
from yingnuo.promises import standards  # noqa: E402
