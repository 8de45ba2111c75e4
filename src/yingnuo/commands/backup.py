"""How is a backup made while Yingnuo runs?"""

import argparse
from pathlib import Path

from yingnuo.conf import options
from yingnuo.host import archive
from yingnuo.kit import instants


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `backup`."""
    parser.add_argument("file", nargs="?", type=Path, help="where to; without it, a dated file in var/backups")


def run(arguments: argparse.Namespace) -> int:
    """Write one file and print its path; in var/backups, only the newest YINGNUO_BACKUP_KEEP stay."""
    here, now = options.current(), instants.now()
    folder = here.var / "backups"
    print(archive.write(here, arguments.file or folder / f"yingnuo-{now:%Y%m%d-%H%M%S}.tar", now=now))
    if arguments.file is None:
        for gone in archive.prune(folder, here.backup_keep):
            print(f"deleted {gone}")
    return 0
