"""May a channel carry personal data out of the country?

Providers abroad stay off until an administrator has recorded on which ground in law (PIPL 38) the data leave. Without
it nothing is received and nothing is sent; what waits to be sent keeps waiting. A basis is never rewritten: a new one
withdraws the one before.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import registry
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.models import Channel
from yingnuo.channels.sms_models import Basis, Ground
from yingnuo.kit.errors import Conflict, Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

LEAST_WORDS = 10


def goes_abroad(kind: str) -> bool:
    """Whether channels of this kind carry data out of the country."""
    return kind in registry.kinds() and registry.adapter_of(kind).profile.abroad


def standing(channel: Channel) -> Basis | None:
    """The basis in force."""
    return Basis.objects.filter(channel=channel, withdrawn_at=None).select_related("by").first()


def is_missing(channel: Channel) -> bool:
    """Whether the channel needs a basis and has none; no query for a channel that stays in the country."""
    return goes_abroad(channel.kind) and not Basis.objects.filter(channel_id=channel.pk, withdrawn_at=None).exists()


def check(channel: Channel) -> None:
    """ChannelError that waits, for a channel whose basis is missing: what is to be sent is sent once there is one."""
    if is_missing(channel):
        error = ChannelError("no_lawful_basis", channel.code, permanent=False)
        error.waits = True
        raise error


def refuse_activation(channel: Channel) -> None:
    """Invalid for a channel that is to be active without its basis."""
    if channel.active and (goes_abroad(channel.kind) if channel.pk is None else is_missing(channel)):
        said = _("This provider is abroad: record the lawful basis first, then switch it on.")
        raise Invalid(said, fields={"active": said}, code="no_lawful_basis")


def record(actor: Actor, *, channel: Channel, ground: str, text: str, now: datetime) -> Basis:
    """The ground on which this channel's data may leave, in place of any earlier one."""
    require(actor, "channel.edit")
    _refuse(channel, ground, text)
    with transaction.atomic(durable=True):
        _lock(channel)
        Basis.objects.filter(channel=channel, withdrawn_at=None).update(withdrawn_at=now)
        by = actor.id if actor.kind == "staff" else None
        row = Basis.objects.create(channel=channel, ground=ground, text=text.strip(), by_id=by, at=now)
        _note(actor, channel, ground, now)
    return row


def withdraw(actor: Actor, *, channel: Channel, now: datetime) -> None:
    """The ground is gone: the channel is off at once."""
    require(actor, "channel.edit")
    with transaction.atomic(durable=True):
        _lock(channel)
        if not Basis.objects.filter(channel=channel, withdrawn_at=None).update(withdrawn_at=now):
            raise Conflict(_("There is no lawful basis to withdraw."), code="no_lawful_basis")
        Channel.objects.filter(pk=channel.pk).update(active=False)
        _note(actor, channel, "", now)


def _lock(channel: Channel) -> None:
    Channel.objects.select_for_update().get(pk=channel.pk)


def _refuse(channel: Channel, ground: str, text: str) -> None:
    if not goes_abroad(channel.kind):
        raise Conflict(_("This channel stays in the country: it needs no basis."), code="not_abroad")
    fields = {}
    if ground not in Ground.values:
        fields["ground"] = _("Choose a ground.")
    if len(text.strip()) < LEAST_WORDS:
        fields["text"] = _("Say what it rests on: number and date of the contract, filing or certificate.")
    if fields:
        raise Invalid(_("Something is missing."), fields=fields)


def _note(actor: Actor, channel: Channel, ground: str, now: datetime) -> None:
    params = {"channel": channel.code, "ground": ground}
    ledger.record(actor, [Entry(Code.CHANNEL_BASIS, 0, f"channel:{channel.code}", params)], now=now)
