"""What must be done once after a new version was installed? Migrations, and the static files collected."""

import hashlib
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from yingnuo.conf.options import Options


def pending() -> list[str]:
    """Names of migrations that this database lacks."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def database() -> None:
    """Apply what is pending. Two machines that do it at once take turns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('yingnuo.migrate'))")
    try:
        if pending():  # Django's command costs seconds even when there is nothing to do
            call_command("migrate", interactive=False, verbosity=0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('yingnuo.migrate'))")


def static_files(options: Options) -> bool:
    """Collect them when one has changed; False when none has."""
    mark, told = options.static_folder / ".stamp", _static_stamp()
    if mark.is_file() and mark.read_text(encoding="ascii") == told:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(told, encoding="ascii")
    return True


def _static_stamp() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
