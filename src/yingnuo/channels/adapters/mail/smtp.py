"""How does an `Outgoing` leave as a mail?

A real SMTP delivery. Trying again is safe: the Message-ID comes from the idempotency key, so a second copy of one
delivery is recognised by every mail program, and by us when it comes back.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from enum import StrEnum

from yingnuo.channels.adapters.mail import headers, oauth
from yingnuo.channels.adapters.mail.kinds import OWN_ID_MARK
from yingnuo.channels.contract import ChannelError, File, Outgoing
from yingnuo.kit import instants

_POLICY = SMTP_POLICY.clone(max_line_length=120)
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)
_NO_BYTES = ("text/", "message/", "multipart/")  # types that a mail encodes otherwise; a text's charset is not known


class Security(StrEnum):
    """How the connection is protected."""

    TLS = "tls"  # from the first byte, port 465
    STARTTLS = "starttls"  # required, port 587
    NONE = "none"  # a relay on the same machine or network


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where and as whom to deliver. `security` is a value of `Security`."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    security: str = Security.STARTTLS
    timeout_s: float = 30.0
    token: str = ""  # an OAuth2 access token, in the place of a password


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """A `Sender` over SMTP. `sender` is whom all mails come from: "Name <address>" or the address alone."""

    server: SmtpServer
    sender: str

    def send(self, out: Outgoing) -> str:
        """Deliver to one recipient; returns the Message-ID. Raises ChannelError, permanent for SMTP codes 5xx."""
        mail = compose(out, self.sender)
        recipient = _one_address(out.to)
        with _as_channel_errors(), _connected(self.server) as client:
            client.send_message(mail, from_addr=_one_box(self.sender).address, to_addrs=[recipient])
        return str(mail["Message-ID"])


def sign_in(server: SmtpServer) -> None:
    """Connects and signs in, and sends nothing. Raises ChannelError."""
    with _as_channel_errors(), _connected(server) as client:
        client.noop()


def message_id(out: Outgoing, domain: str) -> str:
    """The Message-ID of a delivery: the given one, else made from the idempotency key."""
    if out.message_id:
        return _bracketed(out.message_id)
    return f"<{OWN_ID_MARK}key-{hashlib.sha256(out.key.encode()).hexdigest()[:40]}@{domain}>"


def compose(out: Outgoing, sender: str) -> EmailMessage:
    """The mail as it will be sent. Line ends in header values are taken out. Raises ChannelError on a bad address."""
    box = _one_box(sender)
    mail = EmailMessage(policy=_POLICY)
    try:
        mail["From"] = Address(box.name, addr_spec=box.address)
        mail["To"] = Address(addr_spec=_one_address(out.to))
        if out.reply_to:
            mail["Reply-To"] = Address(box.name, addr_spec=_one_address(out.reply_to))
    except (ValueError, MessageError, IndexError) as error:
        raise ChannelError("bad_address", out.to[:200], permanent=True) from error
    mail["Subject"] = headers.line(out.subject, 900)
    mail["Date"] = format_datetime(instants.now())
    mail["Message-ID"] = message_id(out, box.address.rpartition("@")[2])
    _refer(mail, out.references)
    _mark_automatic(mail, out)
    mail.set_content(headers.clean(out.text), charset="utf-8")
    if out.html:
        mail.add_alternative(headers.clean(out.html), subtype="html", charset="utf-8")
    for file in out.files:
        _attach(mail, file)
    return mail


def _attach(mail: EmailMessage, file: File) -> None:
    known = _MEDIA_TYPE.fullmatch(file.content_type) and not file.content_type.startswith(_NO_BYTES)
    main, sub = (file.content_type if known else "application/octet-stream").split("/")
    mail.add_attachment(file.data, maintype=main, subtype=sub, filename=headers.line(file.name, 200) or "file")


def _one_box(written: str) -> headers.Mailbox:
    found = headers.mailboxes(written.encode())
    if len(found) != 1:
        raise ChannelError("bad_address", headers.line(written, 200), permanent=True)
    return found[0]


def _one_address(address: str) -> str:
    """One bare address; anything that could name a second recipient or end a header line is refused."""
    box = _one_box(address)
    if box.address.lower() != address.strip().lower():
        raise ChannelError("bad_address", headers.line(address, 200), permanent=True)
    return box.address


def _refer(mail: EmailMessage, references: tuple[str, ...]) -> None:
    """`references` are nearest first; the header lists the oldest first (RFC 5322, 3.6.4)."""
    known = [_bracketed(reference) for reference in references if "@" in reference]
    if known:
        mail["In-Reply-To"] = known[0]
        mail["References"] = " ".join(reversed(known[:20]))


def _bracketed(identity: str) -> str:
    return f"<{headers.line(identity, 250).strip('<> ').replace(' ', '')}>"


def _mark_automatic(mail: EmailMessage, out: Outgoing) -> None:
    """Keep other machines from answering (RFC 3834; the second one is Exchange's)."""
    if out.automatic:
        mail["Auto-Submitted"] = "auto-replied" if out.references else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        mail["Precedence"] = "bulk"


@contextmanager
def _connected(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    client = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_s, context=context)
        if server.security == Security.TLS
        else smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
    )
    with client:
        if server.security == Security.STARTTLS:
            client.starttls(context=context)
        _sign_in(client, server)
        yield client


def _sign_in(client: smtplib.SMTP, server: SmtpServer) -> None:
    if server.token:
        client.ehlo_or_helo_if_needed()
        words = oauth.sasl(server.user, server.token)
        # a refusal comes as a challenge, to be answered with nothing before the server says so
        client.auth("XOAUTH2", lambda challenge=None: words if challenge is None else "", initial_response_ok=True)
    elif server.user:
        client.login(server.user, server.password)


@contextmanager
def _as_channel_errors() -> Iterator[None]:
    """Translate; the order matters, the first four are special cases of the last."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        # a wrong password is set right by an administrator: the mail waits
        raise ChannelError("smtp_auth", _said(error.smtp_error), permanent=False) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise ChannelError(f"smtp_{code}", _said(said), permanent=code >= 500) from error
    except smtplib.SMTPNotSupportedError as error:
        # no STARTTLS or no login offered: a setting to be changed; no SMTPUTF8: this address cannot be reached this way
        raise ChannelError("smtp_not_supported", str(error), permanent="SMTPUTF8" in str(error)) from error
    except smtplib.SMTPResponseException as error:
        permanent = error.smtp_code >= 500
        raise ChannelError(f"smtp_{error.smtp_code}", _said(error.smtp_error), permanent=permanent) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ChannelError("smtp_unreachable", type(error).__name__, permanent=False) from error


def _said(answer: bytes | str) -> str:
    return headers.text(answer if isinstance(answer, bytes) else answer.encode(), 300)
