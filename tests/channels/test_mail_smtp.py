"""Does a mail leave by SMTP as it should, and is each refusal told apart? Against a real server on loopback."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.channels.mails import RECEIVED
from yingnuo.channels.adapters.mail.parse import parse
from yingnuo.channels.adapters.mail.smtp import SmtpSender, SmtpServer
from yingnuo.channels.contract import ArrivalKind, ChannelError, Outgoing

SENDER = "应诺售后 <service@shop.example>"
ANSWER = Outgoing(
    key="message-7",
    to="chen@home.example",
    subject="回复：空调 [YN-100234]",
    text="师傅明天上午到。\n\n-- \n应诺",
    html="<p>师傅明天上午到。</p>",
    references=("<3@home.example>", "<2@home.example>"),
    reply_to="reply+t0ken@shop.example",
)


@dataclass
class Inbox:
    """Takes every mail; the local part of the recipient may ask for an answer: "say-452@…"."""

    mails: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802  the name aiosmtpd calls
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("say-"):
            return f"{address[4:7]} 5.1.1 so it is"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        return "554 5.7.1 refused" if b"X-Refuse" in envelope.content else "250 OK"

    def last(self) -> Message:
        return email.message_from_bytes(self.mails[-1], policy=default)


def _check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"right"
    return AuthResult(success=good, handled=good)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port(inbox: Inbox) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = int(free.getsockname()[1])
    server = Controller(
        inbox, hostname="127.0.0.1", port=number, authenticator=_check, auth_require_tls=False, enable_SMTPUTF8=False
    )
    server.start()
    yield number
    server.stop()


def _send(port: int, out: Outgoing, **settings: str) -> str:
    return SmtpSender(SmtpServer("127.0.0.1", port, security="none", timeout_s=5, **settings), sender=SENDER).send(out)


PLAIN = Outgoing(key="k", to="chen@home.example", subject="s", text="t")


def test_a_mail_arrives_as_written(port: int, inbox: Inbox) -> None:
    identity = _send(port, ANSWER)
    mail = inbox.last()
    assert (mail["Subject"], mail["To"], mail["From"]) == (ANSWER.subject, ANSWER.to, SENDER)
    assert (mail["Message-ID"], mail["In-Reply-To"]) == (identity, "<3@home.example>")
    assert mail["References"] == "<2@home.example> <3@home.example>"
    assert "reply+t0ken@shop.example" in mail["Reply-To"]
    assert mail["Auto-Submitted"] is None


def test_our_own_mail_reads_back_the_same(port: int, inbox: Inbox) -> None:
    _send(port, ANSWER)
    found = parse(inbox.mails[-1], received_at=RECEIVED)
    assert (found.kind, found.subject, found.text) == (ArrivalKind.REPLY, ANSWER.subject, "师傅明天上午到。")


def test_the_same_key_gives_the_same_message_id(port: int) -> None:
    first, again, other = (_send(port, replace(PLAIN, key=key)) for key in ("a", "a", "b"))
    assert first == again != other


def test_a_given_message_id_is_kept(port: int) -> None:
    assert _send(port, replace(PLAIN, message_id="<yn-7-9@shop.example>")) == "<yn-7-9@shop.example>"


def test_automatic_mail_says_so(port: int, inbox: Inbox) -> None:
    _send(port, replace(PLAIN, automatic=True, references=("<3@home.example>",)))
    mail = inbox.last()
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert parse(inbox.mails[-1], received_at=RECEIVED).kind is ArrivalKind.AUTO_REPLY


@pytest.mark.parametrize(("code", "permanent"), [("450", False), ("452", False), ("550", True), ("553", True)])
def test_a_refused_recipient_is_permanent_by_its_code(port: int, code: str, permanent: bool) -> None:
    with pytest.raises(ChannelError) as error:
        _send(port, replace(PLAIN, to=f"say-{code}@home.example"))
    assert (error.value.code, error.value.permanent) == (f"smtp_{code}", permanent)


def test_refused_content_is_permanent(port: int) -> None:
    with pytest.raises(ChannelError) as error:
        _send(port, replace(PLAIN, text="X-Refuse"))
    assert (error.value.code, error.value.permanent) == ("smtp_554", True)


def test_signing_in(port: int, inbox: Inbox) -> None:
    assert _send(port, ANSWER, user="u", password="right")
    with pytest.raises(ChannelError) as error:
        _send(port, ANSWER, user="u", password="wrong")
    assert (error.value.code, error.value.permanent) == ("smtp_auth", False)
    assert len(inbox.mails) == 1


def test_an_absent_server_is_tried_again_later() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ChannelError) as error:
            _send(int(taken.getsockname()[1]), ANSWER)
    assert (error.value.code, error.value.permanent) == ("smtp_unreachable", False)


def test_a_server_without_starttls_is_not_trusted(port: int, inbox: Inbox) -> None:
    server = SmtpServer("127.0.0.1", port, security="starttls", timeout_s=5)
    with pytest.raises(ChannelError) as error:
        SmtpSender(server, sender=SENDER).send(ANSWER)
    assert (error.value.code, error.value.permanent, inbox.mails) == ("smtp_not_supported", False, [])


@pytest.mark.parametrize(
    "to", ["", "chen", "a@x.example, b@x.example", "a@x.example\r\nBcc: b@x.example", "Chen <a@x.example>", "a@x@y"]
)
def test_what_is_not_one_address_is_refused(port: int, inbox: Inbox, to: str) -> None:
    with pytest.raises(ChannelError) as error:
        _send(port, replace(PLAIN, to=to))
    assert (error.value.code, error.value.permanent, inbox.mails) == ("bad_address", True, [])


def test_line_ends_in_a_subject_add_no_header(port: int, inbox: Inbox) -> None:
    _send(port, replace(PLAIN, subject="Help\r\nBcc: dee@x.example"))
    assert (inbox.last()["Subject"], inbox.last()["Bcc"]) == ("Help Bcc: dee@x.example", None)
