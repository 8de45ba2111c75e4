"""Does every real mail come in: none lost, the bytes kept, no machine answered with a ticket?"""

from __future__ import annotations

import csv
import hashlib
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import factories
from tests.data_paths import shared
from yingnuo.channels import accept
from yingnuo.channels.models import ChannelKind, Raw
from yingnuo.commands import ingest
from yingnuo.commands.ingest import Line
from yingnuo.tickets.models import Message, Ticket

FOLDERS = {"mail-mime": "mails.tar.gz", "mail-bounces": "mails.tar.gz", "mail-tnef": "tnef.tar.gz"}


@pytest.fixture(autouse=True)
def company(db: None) -> None:
    """The house that takes the mails in."""
    factories.house()


def taken(folder: str) -> list[Line]:
    """What is told about everything in a folder of the shared data."""
    return list(ingest.lines(shared("data", folder), accept.built_in(ChannelKind.FILES)))


def originals(folder: str) -> Iterator[tuple[str, bytes]]:
    """The bytes as they stand in the archive."""
    with tarfile.open(shared("data", folder, FOLDERS[folder])) as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is not None:
                yield f"{FOLDERS[folder]}/{member.name}", opened.read()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_mail_is_accounted_for_and_kept_byte_by_byte(folder: str) -> None:
    told = {line.file: line for line in taken(folder)}
    stored = {raw.key: hashlib.sha256(bytes(raw.content)).hexdigest() for raw in Raw.objects.all()}
    assert all(key == sha256 for key, sha256 in stored.items())
    for name, content in originals(folder):
        assert hashlib.sha256(content).hexdigest() in stored, name
        assert told[name].outcome not in ("lost", "failed"), told[name]
    assert not Raw.objects.exclude(state="taken").exists()


def test_a_second_run_changes_nothing() -> None:
    taken("mail-mime")
    before = (Raw.objects.count(), Ticket.objects.count(), Message.objects.count())
    again = taken("mail-mime")
    assert {line.outcome for line in again} == {"known", "skipped"}
    assert (Raw.objects.count(), Ticket.objects.count(), Message.objects.count()) == before


def test_what_machines_sent_opens_no_ticket_and_gets_no_answer() -> None:
    told = {Path(line.file).name: line for line in taken("mail-bounces")}
    with shared("data", "mail-bounces", "labels.csv").open(encoding="utf-8") as file:
        automatic = [row["file"] for row in csv.DictReader(file) if row["label"] != "not_bounce"]
    assert len(automatic) == 366
    opened = [name for name in automatic if told[name].outcome in ("ticket", "reply")]
    assert set(opened) <= {"bsd-lhost-sendmail-14.eml"}  # a person forwarded that bounce
    assert not Message.objects.filter(author="system", public=True, ticket__contact__email__icontains="daemon").exists()


def test_the_files_inside_winmail_dat_are_named() -> None:
    told = {Path(line.file).stem: line for line in taken("mail-tnef")}
    expected = json.loads(shared("data", "mail-tnef", "expected.json").read_text(encoding="utf-8"))
    bodies = {"message.rtf", "message.html", "message.txt"}
    for name, known in expected.items():
        files = [a.name for a in told[name].attachments]
        assert len(files) == len(set(known["extracted_file_sizes"]) - bodies), name


def test_saved_replies_show_what_is_new() -> None:
    told = {line.file.partition("/")[2]: line for line in taken("mail-replies")}
    expected = json.loads(shared("data", "mail-replies", "expected.json").read_text(encoding="utf-8"))
    wanted = [e for e in expected if "visible_text" in e]
    right = [e["file"] for e in wanted if _bare(told[e["file"]].text) == _bare(e["visible_text"])]
    assert len(right) >= 0.9 * len(wanted), sorted({e["file"] for e in wanted} - set(right))


def _bare(text: str) -> str:
    return "".join(text.split())
