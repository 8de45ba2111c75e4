"""How do machines come into the books and change there?

A machine that nobody registered is written down when it first speaks, and waits to be adopted. The key of one that
speaks over HTTP is made of its channel's key, its own name and a number, so that nothing secret is stored for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accounts
from yingnuo.channels.adapters import device_http
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.devices.models import Device, DeviceState, Standing
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Company, Contact
from yingnuo.people.roles import Actor, require

MOST_STRANGERS = 1_000  # devices of one channel that wait to be adopted; more are not even written down
LONGEST_QUIET = timedelta(days=14)
KINDS = (ChannelKind.MQTT, ChannelKind.DEVICE_HTTP)


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """What is known of a machine."""

    identity: str
    name: str = ""
    serial: str = ""
    model: str = ""
    product_line: str = ""
    site: str = ""
    contact: Contact | None = None
    company: Company | None = None


def known(channel: Channel, identities: Collection[str], *, now: datetime) -> Mapping[str, Device]:
    """The machines of a channel by what they call themselves; new ones are written down, in the caller's transaction.

    Those that go beyond MOST_STRANGERS are not there.
    """
    found = _found(channel, identities)
    fresh = sorted(set(identities) - set(found))
    if fresh:
        waiting = Device.objects.filter(channel=channel, standing=Standing.WAITING).count()
        room = max(0, MOST_STRANGERS - waiting)
        rows = [Device(channel=channel, identity=name, first_seen_at=now) for name in fresh[:room]]
        Device.objects.bulk_create(rows, ignore_conflicts=True)
        found = _found(channel, identities)
    return found


def _found(channel: Channel, identities: Collection[str]) -> dict[str, Device]:
    return {d.identity: d for d in Device.objects.filter(channel=channel, identity__in=identities)}


def save(actor: Actor, *, pk: int | None, channel: Channel, facts: DeviceFacts, now: datetime) -> Device:
    """A new machine, or what is known of one; it is registered with that."""
    require(actor, "device.edit")
    if channel.kind not in KINDS:
        raise Invalid(_("No devices speak over this channel."), fields={"channel": _("Choose from the list.")})
    if not facts.identity.strip() or {"/", "+", "#"} & set(facts.identity):
        raise Invalid(
            _("This name cannot be used."), fields={"identity": _("It must not be empty and has none of / + #.")}
        )
    try:
        with transaction.atomic():
            row = Device(channel=channel, first_seen_at=None) if pk is None else locked(pk)
            fresh = row.standing != Standing.ADOPTED
            _renew(row, facts, now)
            row.save()
            DeviceState.objects.get_or_create(device=row)
            _note(actor, row, "adopted" if fresh else "changed", now)
    except IntegrityError as error:
        raise Conflict(_("There is a device of this name in the channel already."), code="device_known") from error
    return row


def _renew(row: Device, facts: DeviceFacts, now: datetime) -> None:
    row.identity, row.name, row.serial, row.model = facts.identity, facts.name, facts.serial, facts.model
    row.product_line, row.site, row.contact, row.company = facts.product_line, facts.site, facts.contact, facts.company
    row.standing, row.adopted_at = Standing.ADOPTED, row.adopted_at or now


def locked(pk: int) -> Device:
    """The machine, locked; NotFound when there is none."""
    row = Device.objects.select_for_update(of=("self",)).select_related("channel").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such device."), code="device_not_found")
    return row


def block(actor: Actor, *, device: int, now: datetime) -> None:
    """What it says is thrown away from now on."""
    _set(actor, device, {"standing": Standing.BLOCKED}, "blocked", now)


def renew_key(actor: Actor, *, device: int, now: datetime) -> None:
    """What the old key signs is not believed any more."""
    with transaction.atomic():
        number = locked(device).key + 1
        _set(actor, device, {"key": number}, "key", now)


def hush(actor: Actor, *, device: int, until: datetime | None, now: datetime) -> None:
    """No alarm of it is raised until then (critical ones are): somebody works on it. None: from now on again."""
    if until is not None and not now < until <= now + LONGEST_QUIET:
        raise Invalid(_("Choose a moment within the next 14 days."), fields={"until": _("Within 14 days.")})
    _set(actor, device, {"quiet_until": until}, "quiet" if until else "loud", now)


def _set(actor: Actor, pk: int, values: Mapping[str, object], what: str, now: datetime) -> None:
    require(actor, "device.edit")
    with transaction.atomic():
        row = locked(pk)
        Device.objects.filter(pk=row.pk).update(**values)
        _note(actor, row, what, now)


def key_of(device: Device) -> str:
    """The key by which it signs its calls; "" where it signs none. ValueError: sealed under another key of ours."""
    if device.channel.kind != ChannelKind.DEVICE_HTTP:
        return ""
    own = accounts.secrets_of(device.channel).get("key", "")
    return device_http.device_key(own, device.identity, device.key) if own else ""


def _note(actor: Actor, row: Device, what: str, now: datetime) -> None:
    params: Mapping[str, str | int] = {"device": row.pk, "name": str(row), "what": what}
    ledger.record(actor, [Entry(Code.DEVICE_CHANGED, 0, f"device:{row.pk}", params)], now=now)
