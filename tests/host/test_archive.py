"""Does a backup bring everything back, and nothing that it should not?"""

import io
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from yingnuo.conf import options
from yingnuo.conf.options import Options
from yingnuo.host import archive, postgres
from yingnuo.host.archive import ArchiveError

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def running() -> Iterator[Options]:
    """A running installation, in a short path that another user may pass."""
    with tempfile.TemporaryDirectory(prefix="yn-") as folder:
        made = Options(var=Path(folder) / "var")
        with postgres.running(made, {"fsync": "off", "shared_buffers": "16MB"}):
            yield made


@pytest.fixture
def here(running: Options) -> Options:
    """It has one row, one upload and no backup."""
    _run(running, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE kept AS SELECT 7 AS n")
    (running.media_folder / "a").mkdir(parents=True, exist_ok=True)
    (running.media_folder / "a/photo.jpg").write_bytes(b"picture")
    for backup in running.var.glob("*.tar"):
        backup.unlink()
    return running


def _run(here: Options, query: str) -> None:
    with psycopg.connect(here.database, autocommit=True) as connection:
        connection.execute(query)


def _rows(here: Options) -> list[tuple[int]]:
    with psycopg.connect(here.database) as connection:
        return connection.execute("SELECT n FROM kept").fetchall()


def test_restore_brings_rows_uploads_and_key_back(here: Options) -> None:
    key = options.secret_key(here)
    backup = archive.write(here, here.var / "b.tar", now=NOW)
    _run(here, "UPDATE kept SET n = 8")
    _run(here, "CREATE TABLE later AS SELECT 1 AS n")
    (here.media_folder / "a/photo.jpg").write_bytes(b"other")
    (here.var / "secret_key").write_text("other")
    assert archive.restore(here, backup).written_at == "2026-03-01T10:00:00+00:00"
    assert _rows(here) == [(7,)]
    assert (here.media_folder / "a/photo.jpg").read_bytes() == b"picture"
    assert options.secret_key(here) == key
    with pytest.raises(psycopg.errors.UndefinedTable):
        _run(here, "SELECT * FROM later")


def test_a_backup_is_for_its_owner_only(here: Options) -> None:
    assert archive.write(here, here.var / "b.tar", now=NOW).stat().st_mode & 0o777 == 0o600


def test_a_backup_is_never_overwritten(here: Options) -> None:
    (here.var / "b.tar").write_text("dear")
    with pytest.raises(ArchiveError, match="exists already"):
        archive.write(here, here.var / "b.tar", now=NOW)
    assert (here.var / "b.tar").read_text() == "dear"


def test_nothing_is_restored_while_others_are_connected(here: Options) -> None:
    backup = archive.write(here, here.var / "b.tar", now=NOW)
    _run(here, "UPDATE kept SET n = 8")
    with psycopg.connect(here.database), pytest.raises(ArchiveError, match="stop Yingnuo"):
        archive.restore(here, backup)
    assert _rows(here) == [(8,)]


def test_a_broken_backup_changes_nothing(here: Options) -> None:
    good = archive.write(here, here.var / "b.tar", now=NOW)
    bad = here.var / "bad.tar"
    with tarfile.open(good) as source, tarfile.open(bad, "w") as target:
        for member in source:
            data = b"not a dump" if member.name == "database.dump" else None
            member.size = len(data) if data else member.size
            target.addfile(member, io.BytesIO(data) if data else source.extractfile(member))
    with pytest.raises(ArchiveError, match="pg_restore failed"):
        archive.restore(here, bad)
    assert _rows(here) == [(7,)]
    assert (here.media_folder / "a/photo.jpg").exists()


def test_another_file_is_not_taken_for_a_backup(tmp_path: Path) -> None:
    (tmp_path / "letter.tar").write_text("Dear customer")
    with pytest.raises(ArchiveError, match="not a backup"):
        archive.read_manifest(tmp_path / "letter.tar")


def test_only_the_newest_backups_stay(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"yingnuo-2026030{day}-000000.tar").touch()
    (tmp_path / "other.tar").touch()
    archive.prune(tmp_path, 2)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["other.tar", "yingnuo-20260304-000000.tar", "yingnuo-20260305-000000.tar"]
