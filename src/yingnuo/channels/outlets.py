"""Through which servers do mail and SMS go out?

An answer leaves by the mailbox its ticket came to: from its address, by its own SMTP server where it has one, else by
the installation's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import formataddr

from django.conf import settings

from yingnuo.brands import books as brands
from yingnuo.channels import accounts, mail_tokens, sms_out
from yingnuo.channels.adapters.mail.smtp import SmtpSender, SmtpServer
from yingnuo.channels.contract import ChannelError, Outgoing, Sender
from yingnuo.channels.models import Channel, ChannelKind, Provenance


class Nowhere:
    """Stands where no outlet is set up: every delivery waits, with a word about what to do."""

    def __init__(self, code: str) -> None:
        self._code = code

    def send(self, out: Outgoing) -> str:
        """Refuses for now; the delivery is tried again later."""
        error = ChannelError(self._code, "", permanent=False)
        error.waits = True
        raise error


def mail(name: str = "") -> Sender:
    """The outgoing mail server of this installation, under the address of its first mailbox and this name."""
    server, address = _common(), mail_address()
    sender = formataddr((name, address), "utf-8") if name else address
    return SmtpSender(server, sender=sender) if server else Nowhere("mail_not_set_up")


def mail_by(channel: Channel, *, name: str = "", now: datetime) -> Sender:
    """The way out of one mailbox; `name` signs where the mailbox names no sender.

    ChannelError, not permanent: no token, or secrets sealed under another key.
    """
    try:
        server = own_server(channel, now=now) or _common()
    except ValueError as error:
        raise ChannelError("smtp_settings", str(error)[:200], permanent=False) from error
    if server is None:
        return Nowhere("mail_not_set_up")
    return SmtpSender(server, sender=formataddr((_name(channel) or name, mail_address(channel)), "utf-8"))


def _name(channel: Channel) -> str:
    return str(channel.settings.get("sender_name") or "").strip()


def _common() -> SmtpServer | None:
    if not settings.EMAIL_HOST:
        return None
    return SmtpServer(
        host=settings.EMAIL_HOST,
        port=settings.EMAIL_PORT,
        user=settings.EMAIL_HOST_USER,
        password=settings.EMAIL_HOST_PASSWORD,
        security=settings.YINGNUO.mail_security,
        timeout_s=settings.EMAIL_TIMEOUT,
    )


def own_server(channel: Channel, *, now: datetime) -> SmtpServer | None:
    """The SMTP server of a mailbox, None where it has none of its own."""
    s = channel.settings
    if not s.get("smtp_host"):
        return None
    how = str(s.get("smtp_auth") or "same")  # same: as for IMAP; own: another user and password; none
    by_token = how == "same" and s.get("auth") == "oauth"
    own = how == "own"
    named = accounts.secrets_of(channel)
    return SmtpServer(
        host=str(s["smtp_host"]),
        port=int(s.get("smtp_port") or 587),
        user="" if how == "none" else str(s.get("smtp_user" if own else "user") or ""),
        password="" if by_token or how == "none" else named.get("smtp_password" if own else "secret", ""),
        security=str(s.get("smtp_security") or "starttls"),
        timeout_s=settings.EMAIL_TIMEOUT,
        token=mail_tokens.access(channel, now=now) if by_token else "",
    )


def mailbox_of(ticket: int) -> Channel | None:
    """The mailbox a ticket came to, None where it came by another way or the mailbox is gone."""
    return mailboxes_of([ticket]).get(ticket)


def mailboxes_of(tickets: Sequence[int]) -> dict[int, Channel]:
    """The same for many: mailboxes by ticket, those of their first mails."""
    came = Provenance.objects.filter(message__ticket__in=tickets, channel__kind=ChannelKind.MAIL, channel__active=True)
    rows = dict(came.order_by("-message_id").values_list("message__ticket_id", "channel_id"))
    boxes = Channel.objects.in_bulk(set(rows.values())) if rows else {}
    return {ticket: boxes[box] for ticket, box in rows.items() if box is not None}


def mailbox_of_brand(code: str) -> Channel | None:
    """The mailbox by which a brand writes where its ticket came another way; None for the default brand."""
    claimed = brands.kept().of(code).channels if code else frozenset()
    rows = Channel.objects.filter(pk__in=claimed, kind=ChannelKind.MAIL, active=True)
    return rows.order_by("id").first() if claimed else None


def mail_address(channel: Channel | None = None) -> str:
    """The address our mail comes from and replies go to: the mailbox's, else that of the first one."""
    box = channel or Channel.objects.filter(kind=ChannelKind.MAIL, active=True).order_by("id").first()
    return str((box.settings.get("address") if box else "") or settings.DEFAULT_FROM_EMAIL)


def sms() -> Sender:
    """Whatever of the SMS channels serves a number."""
    return sms_out.Outlet()
