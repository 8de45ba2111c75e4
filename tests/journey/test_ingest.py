"""What becomes of damaged mails, strange files and faults of ours? Nothing is lost, and each is told."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests import factories
from yingnuo import cli
from yingnuo.channels import accept
from yingnuo.channels.models import Channel, ChannelKind, Raw
from yingnuo.commands import ingest
from yingnuo.commands.ingest import Line
from yingnuo.host.errors import Trouble
from yingnuo.journey import intake, post_in
from yingnuo.kit import instants
from yingnuo.tickets import links
from yingnuo.tickets.models import Attachment, Message, Ticket

MAIL = (
    b"From: Chen <chen@customer.example>\r\nTo: help@house.example\r\nSubject: Press stops\r\n"
    b"Message-ID: <a1@customer.example>\r\nDate: Mon, 2 Mar 2026 10:00:00 +0800\r\n\r\nThe press stops.\r\n"
)


@pytest.fixture(autouse=True)
def company(db: None) -> None:
    """The house that takes the mails in."""
    factories.house()


def take(tmp_path: Path, content: bytes, name: str = "one.eml") -> Line:
    """What is told about one file."""
    path = tmp_path / name
    path.write_bytes(content)
    [line] = ingest.lines(path, accept.built_in(ChannelKind.FILES))
    return line


def run(*words: str) -> int:
    """The command itself, without starting a database."""
    parser = ingest.argparse.ArgumentParser()
    ingest.add_arguments(parser)
    return ingest.run(parser.parse_args(["mail", *words]))


def test_a_mail_becomes_a_ticket(tmp_path: Path) -> None:
    line = take(tmp_path, MAIL)
    ticket = Ticket.objects.get(pk=line.ticket)
    assert (line.outcome, line.kind, line.why) == ("ticket", "request", "nothing")
    assert (ticket.subject, ticket.contact.email, ticket.via) == ("Press stops", "chen@customer.example", "mail")


def test_the_same_bytes_again_are_known(tmp_path: Path) -> None:
    first, again = take(tmp_path, MAIL), take(tmp_path, MAIL, "copy.eml")
    assert (again.outcome, again.ticket) == ("known", first.ticket)
    assert Ticket.objects.count() == 1


def test_the_same_mail_by_another_way_is_one_ticket(tmp_path: Path) -> None:
    first = take(tmp_path, MAIL)
    again = take(tmp_path, b"Received: from elsewhere\r\n" + MAIL, "other.eml")
    assert (again.outcome, again.ticket, again.why) == ("duplicate", first.ticket, "same_message")
    assert Message.objects.filter(author="customer").count() == 1


def test_a_reused_message_id_with_other_words_is_not_lost(tmp_path: Path) -> None:
    take(tmp_path, MAIL)
    assert take(tmp_path, MAIL.replace(b"stops.", b"burns."), "b.eml").outcome == "ticket"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("unknown charset", MAIL.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=xx\r\n\r\n\xd3\xa6")),
        ("impossible date", MAIL.replace(b"2 Mar 2026 10:00:00", b"99 Foo 99999 77:99:99")),
        ("far future", MAIL.replace(b"2 Mar 2026", b"2 Mar 9999")),
        ("no boundary", MAIL.replace(b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed\r\n\r\n--x\r\n")),
        ("broken base64", MAIL.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%")),
        ("only NUL", b"\x00" * 100),
        ("binary", bytes(range(256)) * 20),
        ("no header", "机器停了，请尽快来人。".encode()),
        ("only headers", b"From: chen@customer.example\r\nSubject: x"),
        ("surrogates", MAIL.replace(b"The press", b"\xed\xa0\x80\xff\xfe")),
        ("long subject", MAIL.replace(b"Press stops", b"x" * 5000)),
        ("two senders", MAIL.replace(b"From: Chen", b"From: A <a@b.example>, Chen")),
    ],
)  # fmt: skip
def test_damage_loses_nothing(tmp_path: Path, name: str, content: bytes) -> None:
    line = take(tmp_path, content)
    assert line.outcome == "ticket", line
    assert bytes(Raw.objects.get().content) == content


def test_hostile_html_is_harmless(tmp_path: Path) -> None:
    html = b"<p onclick=alert(1)>Hi<script>alert(1)</script><img src=x onerror=alert(1)><a href='javascript:x'>y</a>"
    line = take(tmp_path, MAIL.replace(b"\r\n\r\n", b"\r\nContent-Type: text/html\r\n\r\n" + html))
    message = Message.objects.get(ticket_id=line.ticket, author="customer")
    assert "Hi" in message.text
    for bad in ("script", "onerror", "onclick", "javascript"):
        assert bad not in message.html


def test_fifty_megabytes_come_in_whole(tmp_path: Path) -> None:
    body = (b"A" * 76 + b"\r\n") * (50 * 1024 * 1024 // 57)  # base64: 57 bytes a line
    part = b"Content-Type: application/zip; name=big.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    mail = MAIL.replace(
        b"\r\n\r\n", b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
    )
    line = take(tmp_path, mail + b"--b\r\n" + part + body + b"--b--\r\n")
    assert (line.outcome, [a.name for a in line.attachments]) == ("ticket", ["big.zip"])
    assert Attachment.objects.get().size > 49 * 1024 * 1024


def test_an_empty_file_is_told_and_opens_nothing(tmp_path: Path) -> None:
    line = take(tmp_path, b"")
    assert (line.outcome, line.problem) == ("skipped", "empty: there is nothing to take in")
    assert not Ticket.objects.exists()


def test_a_file_that_cannot_be_read_is_lost_and_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gone.eml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "one.eml").write_bytes(MAIL)
    assert run(str(tmp_path)) == 1
    assert "1 LOST" in capsys.readouterr().out
    assert Ticket.objects.count() == 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="there is no file or folder"):
        run(str(tmp_path / "nowhere"))


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="no mail channel 'help'"):
        run(str(tmp_path), "--channel", "help")


def test_folders_archives_and_boxes(tmp_path: Path) -> None:
    def mail(number: int) -> bytes:
        return MAIL.replace(b"<a1@", b"<a%d@" % number)

    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "1.eml").write_bytes(mail(1))
    (tmp_path / "README.md").write_text("no mail")
    with tarfile.open(tmp_path / "two.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("2.eml")
        info.size = len(mail(2))
        archive.addfile(info, io.BytesIO(mail(2)))
    with zipfile.ZipFile(tmp_path / "three.zip", "w") as packed:
        packed.writestr("3.eml", mail(3))
        packed.writestr("inner.zip", b"PK")
    (tmp_path / "box.mbox").write_bytes(b"From a Mon\n" + mail(4) + b"\nFrom b Mon\n" + mail(5))
    told = {line.file: line.outcome for line in ingest.lines(tmp_path, accept.built_in(ChannelKind.FILES))}
    assert told == {
        "README.md": "skipped", "box.mbox/1": "ticket", "box.mbox/2": "ticket", "sub/1.eml": "ticket",
        "three.zip/3.eml": "ticket", "three.zip/inner.zip": "lost", "two.tar.gz/2.eml": "ticket",
    }  # fmt: skip


def test_an_archive_that_breaks_off_gives_what_came_before(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in ("a", "b"):
            info = tarfile.TarInfo(f"{name}.eml")
            info.size = len(MAIL)
            archive.addfile(info, io.BytesIO(MAIL.replace(b"<a1@", f"<{name}1@".encode())))
    path = tmp_path / "cut.tar.gz"
    path.write_bytes(gzip.compress(packed.getvalue(), compresslevel=0)[:1700])
    told = list(ingest.lines(path, accept.built_in(ChannelKind.FILES)))
    assert [line.outcome for line in told] == ["ticket", "lost"]
    assert told[1].problem.startswith("the archive is damaged")


@pytest.mark.parametrize(("name", "read"), [("out.json", json.loads), ("out.jsonl", lambda t: [json.loads(t)])])
def test_what_is_told_can_be_read_by_a_machine(tmp_path: Path, name: str, read: Any) -> None:
    (tmp_path / "one.eml").write_bytes(MAIL)
    assert run(str(tmp_path / "one.eml"), "--json", str(tmp_path / name)) == 0
    [told] = read((tmp_path / name).read_text(encoding="utf-8"))
    assert (told["subject"], told["sender"]) == ("Press stops", "Chen <chen@customer.example>")
    assert (told["outcome"], told["recipients"], told["text"]) == ("ticket", ["help@house.example"], "The press stops.")


def test_the_command_is_in_the_table() -> None:
    assert cli.COMMANDS["ingest"].module == "yingnuo.commands.ingest"


def test_a_fault_of_ours_makes_a_ticket_of_the_raw_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = intake.take

    def faulty(actor: Any, *, via: str, incoming: Any, now: Any) -> Any:
        if "taken_raw" not in incoming[0].arrival.notes:
            raise ValueError("no room")
        return real(actor, via=via, incoming=incoming, now=now)

    monkeypatch.setattr(post_in.intake, "take", faulty)
    line = take(tmp_path, MAIL)
    assert (line.outcome, line.problem) == ("ticket", "ValueError: no room")
    assert "The press stops." in Message.objects.get(ticket_id=line.ticket, author="customer").text


def test_a_mail_that_failed_is_taken_in_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise ValueError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(post_in.intake, "take", broken)
        assert take(tmp_path, MAIL).outcome == "failed"
    assert Raw.objects.get().state == "failed"
    assert post_in.take_waiting(state="failed", now=instants.now()) == 1
    assert Raw.objects.get().state == "taken"
    assert Ticket.objects.get().subject == "Press stops"


def test_a_number_in_the_subject_counts_only_from_the_customer(tmp_path: Path) -> None:
    number = take(tmp_path, MAIL).ticket
    named = MAIL.replace(b"Press stops", f"Re: Press [YN-{number}]".encode())
    stranger = take(tmp_path, named.replace(b"chen@", b"dee@").replace(b"<a1@", b"<a2@"), "dee.eml")
    own = take(tmp_path, named.replace(b"<a1@", b"<a3@"), "own.eml")
    assert stranger.ticket != number
    assert (own.outcome, own.ticket, own.why) == ("reply", number, "subject_number")


def test_a_signed_reply_address_lets_anybody_in(tmp_path: Path) -> None:
    number = take(tmp_path, MAIL).ticket or 0
    address = links.reply_address("help@house.example", number)
    mail = MAIL.replace(b"help@house.example", address.encode()).replace(b"chen@", b"colleague@")
    line = take(tmp_path, mail.replace(b"<a1@", b"<a2@"), "reply.eml")
    assert (line.outcome, line.ticket, line.why) == ("reply", number, "reply_address")


@pytest.mark.parametrize(
    ("written", "number"),
    [("<yn-42-77@house.example>", 42), ("<yn-42@x>", None), ("<yn-a-b@x>", None), ("<a-1-2@x>", None), ("", None),
     (f"<yn-{'9' * 30}-1@x>", None)],
)  # fmt: skip
def test_our_own_message_ids_name_their_ticket(written: str, number: int | None) -> None:
    assert post_in.own_ticket(written) == number


def test_a_mailbox_channel_can_be_named(tmp_path: Path) -> None:
    Channel.objects.create(code="help", name="Help", kind="mail", settings={"address": "help@house.example"})
    (tmp_path / "one.eml").write_bytes(MAIL)
    assert run(str(tmp_path / "one.eml"), "--channel", "help") == 0
    assert Raw.objects.get().channel.code == "help"
