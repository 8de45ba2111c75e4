"""Does the embedded PostgreSQL live exactly as long as somebody needs it, and keep what it was given?"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yingnuo.conf.options import Options
from yingnuo.host import postgres
from yingnuo.host.postgres import DatabaseError

QUICK = {"fsync": "off", "shared_buffers": "16MB"}
SHORT_COMMAND = """
import sys
from pathlib import Path
from yingnuo.conf.options import Options
from yingnuo.host import postgres
with postgres.running(Options(var=Path(sys.argv[1]))):
    pass
"""


@pytest.fixture(scope="module")
def here() -> Iterator[Options]:
    """An installation, in a short path that another user may pass (pytest's own folders are 0700)."""
    with tempfile.TemporaryDirectory(prefix="yn-") as folder:
        yield Options(var=Path(folder) / "var")


def _ask(here: Options, query: str) -> object:
    with psycopg.connect(here.database, autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def test_it_runs_while_it_is_needed_and_keeps_its_data(here: Options) -> None:
    with postgres.running(here, QUICK):
        _ask(here, "CREATE TABLE stopped AS SELECT 7 AS n")
    assert not postgres.is_running(here)
    with postgres.running(here, QUICK):
        assert _ask(here, "SELECT n FROM stopped") == 7


def test_a_short_command_leaves_it_running(here: Options) -> None:
    with postgres.running(here, QUICK):
        subprocess.run([sys.executable, "-c", SHORT_COMMAND, str(here.var)], check=True)
        assert _ask(here, "SELECT 1") == 1


def test_a_failed_command_stops_it_too(here: Options) -> None:
    with pytest.raises(ZeroDivisionError), postgres.running(here, QUICK):
        _ask(here, str(1 // 0))
    assert not postgres.is_running(here)


def test_a_killed_server_comes_back_with_what_was_committed(here: Options) -> None:
    with postgres.running(here, QUICK):
        _ask(here, "CREATE TABLE killed AS SELECT 7 AS n")
        os.kill(int((here.postgres_folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        with postgres.running(here, QUICK):
            assert _ask(here, "SELECT n FROM killed") == 7


def test_a_number_that_is_another_process_now_does_not_block_the_start(here: Options) -> None:
    with postgres.running(here, QUICK):
        pass
    (here.postgres_folder / "postmaster.pid").write_text(f"{os.getpid()}\n{here.postgres_folder}\n")
    with postgres.running(here, QUICK):
        assert _ask(here, "SELECT 1") == 1


def test_only_the_owner_can_enter(here: Options) -> None:
    with postgres.running(here, QUICK):
        assert here.socket_folder.stat().st_mode & 0o077 == 0
        assert _ask(here, "SHOW listen_addresses") == ""


def test_the_defaults_keep_what_was_committed(here: Options) -> None:
    with postgres.running(here):
        names = ("fsync", "synchronous_commit", "full_page_writes", "jit", "max_connections", "shared_buffers")
        found = [_ask(here, f"SHOW {name}") for name in names]
    assert found == ["on", "on", "on", "off", "200", "256MB"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    here = Options(var=tmp_path)
    here.postgres_folder.mkdir(parents=True)
    (here.postgres_folder / "letter.txt").touch()
    with pytest.raises(DatabaseError, match="no PostgreSQL data"), postgres.running(here, QUICK):
        pass
    assert (here.postgres_folder / "letter.txt").exists()


def test_a_server_of_ones_own_is_left_alone(tmp_path: Path) -> None:
    with postgres.running(Options(var=tmp_path / "var", database_url="postgresql://nobody@127.0.0.1:1/none")):
        assert not (tmp_path / "var").exists()
