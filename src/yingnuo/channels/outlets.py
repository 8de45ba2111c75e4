"""Through which servers do mail and SMS go out?"""

from __future__ import annotations

from django.conf import settings

from yingnuo.channels import sms_out
from yingnuo.channels.adapters.mail.smtp import SmtpSender, SmtpServer
from yingnuo.channels.contract import ChannelError, Outgoing, Sender
from yingnuo.channels.models import Channel, ChannelKind


class Nowhere:
    """Stands where no outlet is set up: every delivery waits, with a word about what to do."""

    def __init__(self, code: str) -> None:
        self._code = code

    def send(self, out: Outgoing) -> str:
        """Refuses for now; the delivery is tried again later."""
        error = ChannelError(self._code, "", permanent=False)
        error.waits = True
        raise error


def mail() -> Sender:
    """The outgoing mail server of this installation."""
    if not settings.EMAIL_HOST:
        return Nowhere("mail_not_set_up")
    return SmtpSender(
        SmtpServer(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            security=settings.YINGNUO.mail_security,
            timeout_s=settings.EMAIL_TIMEOUT,
        ),
        sender=mail_address(),
    )


def mail_address() -> str:
    """The address our mail comes from and replies go to."""
    box = Channel.objects.filter(kind=ChannelKind.MAIL, active=True).order_by("id").first()
    return str((box.settings.get("address") if box else "") or settings.DEFAULT_FROM_EMAIL)


def sms() -> Sender:
    """Whatever of the SMS channels serves a number."""
    return sms_out.Outlet()
