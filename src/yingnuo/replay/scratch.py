"""Where does a replay through the whole product happen, so that nothing here is touched?

In a database of its own on the same server, made empty, migrated, and dropped when the block ends, however it ends.
`keep` names one that stays. A process that is killed with SIGKILL leaves its database behind; its name begins with
`yingnuo_replay_`.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.management import call_command
from django.db import DatabaseError, connection
from psycopg import sql

from yingnuo.kit import revisions
from yingnuo.promises import standards
from yingnuo.replay.errors import ReplayError

PREFIX = "yingnuo_replay_"
_SETTINGS = (
    # A machine that fails during a replay loses the replay: nothing has to wait for the disk.
    "synchronous_commit = off",
    # Statements are planned while the tables are empty, and nobody gathers statistics as fast as a replay fills them.
    "enable_seqscan = off",
    "jit = off",
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")


@dataclass(frozen=True, slots=True)
class Scratch:
    """The scratch database and the one the connection pointed at before."""

    name: str
    home: str


@contextmanager
def database(keep: str = "") -> Iterator[Scratch]:
    """The connection points at a new, migrated, empty database while the block runs."""
    if keep and not _NAME.fullmatch(keep):
        raise ReplayError(f"--keep {keep!r}: use small letters, digits and _ only, a letter first, at most 51")
    home, name = str(connection.settings_dict["NAME"]), keep or PREFIX + secrets.token_hex(6)
    _create(name)
    try:
        point_at(name)
        call_command("migrate", interactive=False, verbosity=0)
        point_at(name)  # what the migrations left open or in memory is let go
        yield Scratch(name, home)
    except BaseException:
        point_at(home)
        _drop(name)
        raise
    point_at(home)
    if not keep:
        _drop(name)


@contextmanager
def copies(scratch: Scratch, count: int) -> Iterator[list[str]]:
    """Names of `count` copies of the scratch database, which must still be empty; dropped in the end."""
    made: list[str] = []
    point_at(scratch.home)  # PostgreSQL copies only a database that nobody is connected to
    try:
        for _n in range(count):
            made.append(PREFIX + secrets.token_hex(6))
            _create(made[-1], template=scratch.name)
        point_at(scratch.name)
        yield made
    finally:
        point_at(scratch.home)
        for copy in made:
            _drop(copy)
        point_at(scratch.name)


def _create(name: str, *, template: str = "template1") -> None:
    identifier = sql.Identifier(name)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(identifier, sql.Identifier(template)))
            for setting in _SETTINGS:
                cursor.execute(sql.SQL("ALTER DATABASE {} SET " + setting).format(identifier))
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0]
        raise ReplayError(
            f"the scratch database {name} cannot be made ({reason}); choose another --keep, let this database user "
            "create databases (ALTER ROLE … CREATEDB), or use --engine-only"
        ) from error


def _drop(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def point_at(name: str) -> None:
    """All that this process reads and writes from here on; nothing of the other database stays in memory."""
    connection.close()
    connection.settings_dict["NAME"] = name
    revisions.forget()
    standards.forget()
