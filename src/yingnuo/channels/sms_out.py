"""By which of the SMS channels does a number get its message?

The first that is in use, may be used and serves the number: a channel may be bound to country codes, so that +86 goes
by a provider in the country and the rest by one abroad.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from yingnuo.channels import basis, departures, registry, sms_book
from yingnuo.channels.contract import ChannelError, Outgoing
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import Purpose
from yingnuo.people.services import normal_phone


def kinds() -> list[str]:
    """The kinds of channels that send SMS."""
    return [kind for kind in registry.kinds() if registry.adapter_of(kind).profile.group == "sms"]


def channels() -> list[Channel]:
    """Those in use, in the order in which they were made; one abroad without its lawful basis is none."""
    rows = Channel.objects.filter(kind__in=kinds(), active=True).order_by("id")
    return [row for row in rows if not basis.is_missing(row)]


def serves(channel: Channel, number: str) -> bool:
    """Whether the channel is for numbers of this country."""
    prefixes = re.findall(r"\+?\d+", str(sms_book.setting(channel, "prefixes")))
    return not prefixes or any(number.startswith("+" + prefix.lstrip("+")) for prefix in prefixes)


def channel_for(number: str) -> Channel | None:
    """The channel for this number; None where no SMS is set up for it."""
    return next((row for row in channels() if serves(row, number)), None)


class Outlet:
    """Sends notices to staff; the channel is chosen for each number."""

    def send(self, out: Outgoing) -> str:
        """Sends once; waits where no channel is set up for the number."""
        number = normal_phone(out.to) or out.to
        channel = channel_for(number)
        if channel is None:
            error = ChannelError("sms_not_set_up", "", permanent=False)
            error.waits = True
            raise error
        return departures.send(channel, replace(out, to=number), purpose=Purpose.NOTICE)


def obstacle(number: str, out: Outgoing, *, now: datetime) -> str:
    """Why a notice cannot go to this number by SMS soon, as a code; "" when it can, or when none is set up at all."""
    plain = normal_phone(number) or number
    channel = channel_for(plain)
    if channel is None:
        return ""
    try:
        departures.form_of(channel, out)
    except ChannelError as error:
        return error.code
    return "number_limit" if sms_book.waits(channel, plain, now=now) > _SOON_S else ""


_SOON_S = 120  # seconds: a warning that has to wait longer is better read as a mail
