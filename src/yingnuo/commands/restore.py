"""How does an installation become what it was when a backup was made?"""

import argparse
from pathlib import Path

from yingnuo.conf import options
from yingnuo.host import archive, postgres
from yingnuo.host.archive import ArchiveError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `restore`."""
    parser.add_argument("file", type=Path, help="a file that `yingnuo backup` wrote")
    parser.add_argument("--replace", action="store_true", help="do it although there is data here, which is lost")


def run(arguments: argparse.Namespace) -> int:
    """Restore; an installation that has data is replaced only when that was asked for."""
    here = options.current()
    with postgres.running(here):
        if not (arguments.replace or archive.is_empty(here)):
            raise ArchiveError("this database has data: make a backup of it, then say --replace")
        manifest = archive.restore(here, arguments.file)
    print(f"Restored the backup of {manifest.written_at} (Yingnuo {manifest.version}). Next: yingnuo up")
    return 0
