"""What receives mail and SMS instead of the world, so that a demonstration harms nobody?

The mail sink is a real SMTP server on a port of this machine; everything it takes is kept as a `Simulated` row and
shown on the simulator page. The same key (Message-ID, idempotency key) again is counted, so that "at least once" can be
seen. Nothing is ever passed on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection, transaction
from django.db.models import F

from yingnuo.channels.models import Simulated
from yingnuo.kit import instants

LARGEST = 60 * 1024 * 1024
LONGEST_TEXT = 100_000
MOST_KEPT = 5_000  # older rows go: a sink must not fill the disk
DEFAULT_PORT = 2526


def keep(way: str, *, key: str, to: str, subject: str, text: str, now: datetime) -> tuple[str, bool]:
    """Keeps what came, or counts it when the key is known: (key, whether it was). Without one, the content makes it."""
    made = key.strip()[:200] or hashlib.sha256(f"{to}\n{subject}\n{text}".encode()).hexdigest()
    plain = text.replace("\x00", "")[:LONGEST_TEXT]
    with transaction.atomic():
        row, new = Simulated.objects.get_or_create(
            key=made, defaults={"way": way, "to": to[:250], "subject": subject[:250], "text": plain, "at": now}
        )
        if not new:
            Simulated.objects.filter(pk=row.pk).update(repeats=F("repeats") + 1)
        elif row.pk % 100 == 0:
            Simulated.objects.filter(pk__lte=row.pk - MOST_KEPT).delete()
    return made, not new


class _Keeper:
    """aiosmtpd's handler: every mail is kept before it is answered with 250."""

    def __init__(self, latest: deque[bytes]) -> None:
        self._latest = latest

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self._latest.append(raw)
        await asyncio.to_thread(_keep_mail, raw, list(envelope.rcpt_tos))
        return "250 kept"


def _keep_mail(raw: bytes, recipients: list[str]) -> None:
    mail = message_from_bytes(raw, policy=policy.default)
    try:
        keep(
            "mail",
            key=str(mail.get("Message-ID", "")),
            to=", ".join(recipients),
            subject=str(mail.get("Subject", "")),
            text=_text(mail, raw),
            now=instants.now(),
        )
    finally:
        connection.close()  # this thread belongs to the event loop's pool, which Django never visits


def _text(mail: EmailMessage, raw: bytes) -> str:
    try:
        body = mail.get_body(("plain", "html"))
        return str(body.get_content()) if body else ""
    except (LookupError, ValueError):  # an unknown charset or a broken body: shown as it came
        return raw.decode("utf-8", "replace")


class MailSink:
    """An SMTP server that keeps everything and delivers nothing. `latest` holds the newest raw mails for a look."""

    def __init__(self, port: int = DEFAULT_PORT, host: str = "127.0.0.1") -> None:
        self.latest: deque[bytes] = deque(maxlen=50)
        self.controller = Controller(
            _Keeper(self.latest), hostname=host, port=port, data_size_limit=LARGEST, enable_SMTPUTF8=True
        )

    def start(self) -> None:
        """Listens from now on; OSError when the port is taken."""
        self.controller.start()

    def stop(self) -> None:
        """Closes the port; mails under way are finished."""
        self.controller.stop()


def start_sink(port: int = DEFAULT_PORT) -> Callable[[], None]:
    """Starts the mail sink on the loopback; the function that is returned stops it."""
    sink = MailSink(port)
    sink.start()
    return sink.stop
