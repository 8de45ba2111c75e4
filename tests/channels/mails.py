"""Where do the mails of the tests come from: the archives of real ones, or a few lines written here?"""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from tests.data_paths import shared
from yingnuo.channels.adapters.mail.parse import parse
from yingnuo.channels.contract import Arrival

RECEIVED = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
OWN = ("service@shop.example",)


def archive(folder: str, name: str = "mails.tar.gz") -> Iterator[tuple[str, bytes]]:
    """(path inside the archive, bytes) of every file, sorted."""
    with tarfile.open(shared("data", folder, name)) as tar:
        for member in sorted(tar.getmembers(), key=lambda m: m.name):
            if member.isfile() and (stream := tar.extractfile(member)):
                yield member.name.removeprefix("./"), stream.read()


def labels() -> dict[str, str]:
    """File name -> label of the bounce collection."""
    with shared("data", "mail-bounces", "labels.csv").open(newline="", encoding="utf-8") as rows:
        return {row["file"]: row["label"] for row in csv.DictReader(rows)}


def expected(folder: str) -> Any:
    """The expectations that come with a collection."""
    return json.loads(shared("data", folder, "expected.json").read_text(encoding="utf-8"))


def base_name(path: str) -> str:
    """File name without its folders."""
    return PurePosixPath(path).name


def read(raw: bytes) -> Arrival:
    """Parse as our mailbox would."""
    return parse(raw, received_at=RECEIVED, own_addresses=OWN)


def mail(body: str | bytes, *fields: str, subject: str = "Help") -> bytes:
    """A raw mail of Chen's with further header fields."""
    head = ["From: Chen <chen@home.example>", "To: service@shop.example", f"Subject: {subject}",
            "Date: Mon, 2 Mar 2026 09:30:00 +0800", *fields]  # fmt: skip
    text = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join(head).encode() + b"\r\n\r\n" + text
