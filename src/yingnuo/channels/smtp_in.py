"""How is mail taken in by SMTP?

A server for our own addresses only: whoever names another is refused before a byte of the mail is sent. A mail is
looked at (SPF, DKIM, DMARC), stored raw under the digest of its bytes, and only then answered with 250: a process that
is killed before has promised nothing, and a mail that is sent again because our answer was lost is known. Each work
process tries for the port; the one that has it listens, and another takes over when it is gone.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import format_datetime
from typing import TypeVar

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from yingnuo.channels import accept, accounts, hooks
from yingnuo.channels.adapters.mail import dns, headers, proofs
from yingnuo.channels.adapters.mail.dns import Resolver
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.kit import instants

_log = structlog.get_logger(__name__)
_A = TypeVar("_A")
_R = TypeVar("_R")
KEY = "smtp:"
"""Keys of raw mails that we looked at ourselves begin with it."""
MOST_RECIPIENTS = 100
THREADS = 4  # mails looked at and stored at the same time
AGAIN_S = 5.0  # between two tries for the port


@dataclass(frozen=True, slots=True)
class Given:
    """One mail as it was handed over."""

    raw: bytes
    envelope: proofs.Envelope
    recipients: tuple[str, ...]
    secure: bool


class Refusing(SMTP):
    """aiosmtpd's protocol without what nobody needs here: no EXPN, no VRFY, a name that tells nothing of the host."""

    async def smtp_VRFY(self, arg: str) -> None:  # noqa: N802  # aiosmtpd's names
        await self.push("252 2.1.5 Send some mail, and see")


class Taker:
    """aiosmtpd's handler."""

    def __init__(self, resolver: Resolver = dns.ask) -> None:
        self._resolver = resolver
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="smtp")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only our own addresses; 451 while the database is away, so that the sender tries again."""
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            known = await self._run(mailbox_for, address)
        except (DatabaseError, InterfaceError):
            return "451 4.3.0 Try again later"
        if known is None:
            return "550 5.1.1 No such mailbox here; we pass nothing on"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Stored before 250; anything that fails before is tried again by the sender."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        seen = proofs.Envelope(_ip(session), session.host_name or "", envelope.mail_from or "")
        given = Given(content, seen, tuple(envelope.rcpt_tos), session.ssl is not None)
        try:
            await self._run(self._take, given)
        except (DatabaseError, InterfaceError) as error:
            _log.warning("smtp.not_stored", problem=str(error)[:200])
            return "451 4.3.0 Try again later"
        return "250 2.0.0 Taken"

    def _take(self, given: Given) -> None:
        take(given, resolver=self._resolver)

    async def _run(self, work: Callable[[_A], _R], value: _A) -> _R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _closing, work, value)


def _closing(work: Callable[[_A], _R], value: _A) -> _R:
    try:
        return work(value)
    finally:
        connection.close()  # these threads belong to the event loop, which Django never visits


def _ip(session: Session) -> str:
    return str(session.peer[0]) if isinstance(session.peer, tuple) else ""


def mailbox_for(address: str) -> Channel | None:
    """Whose mail this address is: a mailbox's own, one of its further ones, or a signed one made from either."""
    name, _at, host = address.strip("<> ").lower().rpartition("@")
    plain = f"{name.partition('+')[0]}@{host}"
    for row in Channel.objects.filter(kind=ChannelKind.MAIL, active=True).order_by("id"):
        if plain in addresses(row) or f"{name}@{host}" in addresses(row):
            return row
    return None


def addresses(row: Channel) -> set[str]:
    """All addresses of a mailbox, in lower case."""
    aliases = row.settings.get("aliases") or []
    return {str(a).strip().lower() for a in (row.settings.get("address"), *aliases) if a}


def take(given: Given, *, resolver: Resolver = dns.ask) -> None:
    """Looks at a mail and stores it, once for each mailbox it is for."""
    now = instants.now()
    by_box: dict[int, tuple[Channel, list[str]]] = {}
    for address in given.recipients:
        row = mailbox_for(address)
        if row is not None:
            by_box.setdefault(row.pk, (row, []))[1].append(address)
    for row, named in by_box.values():
        proof = proofs.looked_at(given.raw, given.envelope, by=host_of(row), resolver=resolver)
        content = _trace(given, named, proof, format_datetime(now)) + given.raw
        key = KEY + hashlib.sha256(given.raw).hexdigest()
        accept.keep(row, content=content, key=key, received_at=now)
        accounts.heard(row.pk, now=now)
    hooks.wake()


def host_of(row: Channel) -> str:
    """The name under which we look at a mailbox's mail."""
    return str(row.settings.get("address", "")).rpartition("@")[2].lower() or "localhost"


def _trace(given: Given, named: list[str], proof: proofs.Proof, at: str) -> bytes:
    """What a server writes above a mail it takes (RFC 5321, 4.4), Authentication-Results first."""
    helo, ip = headers.line(given.envelope.helo, 200), given.envelope.ip
    how = "ESMTPS" if given.secure else "ESMTP"
    lines = [
        f"Return-Path: <{headers.line(given.envelope.sender, 320).strip('<>')}>",
        *(f"Delivered-To: {headers.line(address, 320)}" for address in named[:20]),
        f"Received: from {helo or 'unknown'} ([{ip}]) by {proof.by} with {how}; {at}",
    ]
    return proofs.as_header(proof) + "".join(f"{line}\r\n" for line in lines).encode("utf-8")


def tls_of() -> ssl.SSLContext | None:
    """STARTTLS by the certificate of the options; None without one. OSError when it cannot be read."""
    o = settings.YINGNUO
    if not o.smtp_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(o.smtp_certificate, o.smtp_key or None)
    return context


class _Controller(Controller):
    def factory(self) -> SMTP:
        return Refusing(self.handler, **self.SMTP_kwargs)


def server(host: str, port: int, *, resolver: Resolver = dns.ask) -> Controller:
    """The server, not yet started. It answers under a name that tells nothing of this machine."""
    return _Controller(
        Taker(resolver), hostname=host, port=port, data_size_limit=settings.YINGNUO.max_upload_mb * 1024 * 1024,
        enable_SMTPUTF8=True, ident="Yingnuo", server_hostname="yingnuo", tls_context=tls_of(),
    )  # fmt: skip


class Round:
    """The work process's try for the port."""

    def __init__(self) -> None:
        self._running: Controller | None = None

    @property
    def listens(self) -> bool:
        """Whether this process has the port."""
        return self._running is not None

    def stop(self) -> None:
        """Gives the port back; mails under way are finished."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def step(self) -> float:
        """Listens as soon as nobody else of this machine does; seconds to sleep."""
        o = settings.YINGNUO
        if not o.smtp_port or self._running is not None:
            return AGAIN_S
        controller = server(o.smtp_host, o.smtp_port)
        try:
            controller.start()
        except OSError as error:
            _log.debug("smtp.port_taken", port=o.smtp_port, problem=str(error)[:100])
            return AGAIN_S
        self._running = controller
        _log.info("smtp.listening", host=o.smtp_host, port=o.smtp_port, starttls=bool(o.smtp_certificate))
        return AGAIN_S
