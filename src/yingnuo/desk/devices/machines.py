"""Which machines are there, and what does one look like: its values live, its alarms, its key?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.channels.models import Channel
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.desk.devices import card, curves
from yingnuo.desk.devices.curves import Frame
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.inputs import Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.devices import readings, registry, taking
from yingnuo.devices.models import Alarm, AlarmRule, Device, Standing, StepRun
from yingnuo.devices.registry import DeviceFacts
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, NotFound, Refused
from yingnuo.people.models import Company, Contact
from yingnuo.people.roles import require
from yingnuo.tickets import queries
from yingnuo.tickets.models import Ticket

HOURS = (1, 6, 24, 168)
_QUIET = {"1": 1, "4": 4, "24": 24, "168": 168}
_STATES = ("alarm", "offline", "waiting", "blocked")


class DeviceForm(SettingForm):
    """What is known of a machine."""

    channel = Pick(lambda: inputs.pairs(_channels()), gettext_lazy("Channel"), required=True)
    identity = forms.CharField(
        label=gettext_lazy("Identity"), max_length=80, help_text=gettext_lazy("What it calls itself in its channel.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, required=False)
    model = forms.CharField(label=gettext_lazy("Model"), max_length=80, required=False)
    serial = forms.CharField(label=gettext_lazy("Serial number"), max_length=80, required=False)
    product_line = Pick(inputs.lines, gettext_lazy("Product line"), number=False)
    site = forms.CharField(
        label=gettext_lazy("Site"), max_length=120, required=False,
        help_text=gettext_lazy("Alarms of many devices of one site are one ticket."),
    )  # fmt: skip
    company = Pick(lambda: inputs.pairs(Company.objects.order_by("name")), gettext_lazy("Company"))
    email = forms.EmailField(
        label=gettext_lazy("Customer's mail address"), required=False,
        help_text=gettext_lazy("Its tickets are his. Empty: the company's, or the device speaks for itself."),
    )  # fmt: skip


def _channels() -> QuerySet[Channel]:
    return Channel.objects.filter(kind__in=registry.KINDS).order_by("name")


@require_safe
@signed_in_who_may("device.view")
def index(request: DeskRequest) -> HttpResponse:
    """The list, those with an alarm first."""
    words, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    rows = _found(words, state)
    page = pages.numbered(rows, number=request.GET.get("page", "1"))
    context = {
        "page": page, "rows": [(d, card.state_of(d)) for d in page.rows], "words": words, "state": state,
        "counts": _counts(), "now": request.now, "may_edit": request.actor.may("device.edit"), "section": "devices",
        "may_set": request.actor.may("settings.edit"), "channels": _channels().exists(),
    }  # fmt: skip
    return pages.show(request, "desk/devices/devices.html", context, parts={"devices": "desk/devices/_devices.html"})


def _all() -> Any:
    """Devices with how many alarms are on; the checker does not know the annotated name, hence Any."""
    alarms = Count("alarms", filter=Q(alarms__cleared_at=None, alarms__isnull=False))
    return Device.objects.select_related("company", "channel", "state").annotate(open_alarms=alarms)


_WHERE: dict[str, Q] = {
    "alarm": Q(open_alarms__gt=0), "offline": Q(state__online=False), "waiting": Q(standing=Standing.WAITING),
    "blocked": Q(standing=Standing.BLOCKED),
}  # fmt: skip


def _found(words: str, state: str) -> QuerySet[Device]:
    rows: Any = _all().filter(_WHERE.get(state, ~Q(standing=Standing.BLOCKED)))
    if words:
        named = Q(identity__icontains=words) | Q(name__icontains=words) | Q(serial__icontains=words)
        rows = rows.filter(named | Q(model__icontains=words) | Q(site__icontains=words))
    ordered: QuerySet[Device] = rows.order_by("-open_alarms", "identity", "pk")
    return ordered


def _counts() -> dict[str, int]:
    return {state: _found("", state).count() for state in _STATES}


def found(pk: int) -> Device:
    """The machine; NotFound when there is none."""
    row = Device.objects.select_related("channel", "company", "contact", "state").filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such device."), code="device_not_found")
    return row


@require_safe
@signed_in_who_may("device.view")
def device(request: DeskRequest, pk: int) -> HttpResponse:
    """One machine; its part `live` is fetched again when it speaks."""
    row = found(pk)
    hours = _hours(request)
    alarms = list(Alarm.objects.filter(device=row).select_related("ticket").order_by("-pk")[:20])
    state = card.state_of(row)
    context = {
        "device": row, "state": state, "hours": hours, "spans": HOURS, "now": request.now, "section": "devices",
        "alarms": [card.told(a, row, now=request.now) for a in alarms], "values": card.values_of(state),
        "open_alarms": sum(a.cleared_at is None for a in alarms), "curves": _curves(row, hours, request.now),
        "may_edit": request.actor.may("device.edit"), "rules": _rules(row), "kept": readings.count_of(row.pk),
        "runs": StepRun.objects.filter(device=row).select_related("steps", "by", "ticket").order_by("-pk")[:5],
        "live_topics": [f"device:{row.pk}"], "quiet_spans": _QUIET,
        "quiet": row.quiet_until if row.quiet_until and row.quiet_until > request.now else None,
    }  # fmt: skip
    return pages.show(request, "desk/devices/device.html", context, parts={"live": "desk/devices/_live.html"})


def _hours(request: DeskRequest) -> int:
    asked = request.GET.get("hours", "6")
    return int(asked) if asked in map(str, HOURS) else 6


def _curves(row: Device, hours: int, now: datetime) -> list[curves.Curve]:
    since = card.since_of(hours, now=now)
    shown = Alarm.objects.filter(Q(cleared_at=None) | Q(cleared_at__gte=since), device=row).order_by("-pk")[:50]
    frame = Frame(since, now, curves.limits(_rules(row)), curves.of_alarms(list(shown)))
    return curves.draw(row.pk, readings.metrics(row.pk, since=since), frame, most=6)


def _rules(row: Device) -> list[AlarmRule]:
    return [c.row for c in taking.book_now().cards.values() if c.fits(row)]


@signed_in_who_may("device.edit")
def edit(request: DeskRequest, pk: int | None = None) -> HttpResponseBase:
    """A new machine, or what is known of one."""
    row = found(pk) if pk else None
    form = DeviceForm.over(request, initial=_initial(row) if row else {})
    if row:
        form.fields["channel"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(request, form, pk)
            messages.success(request, _("%(name)s is saved.") % {"name": saved})
            return redirect("desk:device", saved.pk)
        except Refused as refused:
            inputs.tell(form, refused)
    context = {"form": form, "device": row, "now": request.now, "section": "devices"}
    status = 422 if form.errors else 200
    return pages.show(request, "desk/devices/edit.html", context, status=status)


def _initial(row: Device) -> dict[str, Any]:
    names = ("identity", "name", "model", "serial", "product_line", "site")
    email = row.contact.email if row.contact else ""
    plain = {name: getattr(row, name) for name in names}
    return plain | {"channel": row.channel_id, "company": row.company_id, "email": email}


def _save(request: DeskRequest, form: DeviceForm, pk: int | None) -> Device:
    data = dict(form.cleaned_data)
    channel = Channel.objects.filter(pk=data.pop("channel"), kind__in=registry.KINDS).first()
    if channel is None:
        raise Invalid(_("Choose a channel."), fields={"channel": _("Choose from the list.")})
    email, company = data.pop("email"), Company.objects.filter(pk=data.pop("company")).first()
    contact = Contact.objects.filter(email=email.lower()).first() if email else None
    if email and contact is None:
        raise Invalid(_("There is no such customer."), fields={"email": _("No customer has this address.")})
    facts = DeviceFacts(contact=contact, company=company or (contact.company if contact else None), **data)
    return registry.save(request.actor, pk=pk, channel=channel, facts=facts, now=request.now)


@require_POST
@signed_in_who_may("device.edit")
def deed(request: DeskRequest, pk: int, name: str) -> HttpResponseBase:
    """Blocks a machine, gives it a new key, holds its alarms back or lets them go on."""
    deeds = {"block": _block, "key": _renew_key, "quiet": _quiet}
    if name not in deeds:
        raise NotFound(_("There is no such thing to do."))
    messages.success(request, deeds[name](request, pk))
    return redirect("desk:device", pk)


def _block(request: DeskRequest, pk: int) -> str:
    registry.block(request.actor, device=pk, now=request.now)
    return _("What it says is thrown away from now on. Save it again to let it back in.")


def _renew_key(request: DeskRequest, pk: int) -> str:
    registry.renew_key(request.actor, device=pk, now=request.now)
    return _("It has a new key. Give it to the device; the old one is not believed any more.")


def _quiet(request: DeskRequest, pk: int) -> str:
    hours = _QUIET.get(request.POST.get("hours", ""))
    until = request.now + timedelta(hours=hours) if hours else None
    registry.hush(request.actor, device=pk, until=until, now=request.now)
    return _("Its alarms are held back.") if until else _("Its alarms are on again.")


@require_POST
@signed_in_who_may("device.edit")
def key(request: DeskRequest, pk: int) -> HttpResponse:
    """The key by which the machine signs, shown to whoever sets it up and asked for it."""
    require(request.actor, "device.edit")
    row = found(pk)
    try:
        shown = registry.key_of(row)
    except ValueError as error:
        raise Invalid(_("The key of the channel was sealed with another key. Type it again there.")) from error
    context = {"device": row, "key": shown, "now": request.now}
    return pages.show(request, "desk/devices/key.html", context, parts={"key": "desk/devices/_key.html"})


@require_safe
@signed_in_who_may("device.view")
def alarms(request: DeskRequest) -> HttpResponse:
    """Every alarm, the newest first."""
    state = request.GET.get("state", "open")
    rows = Alarm.objects.select_related("device", "ticket").order_by("-pk")
    rows = rows.filter(cleared_at=None) if state == "open" else rows
    page = pages.keyset(rows, by=("-id",), after=request.GET.get("after", ""))
    seen = _seen(request, [a.ticket_id for a in page.rows if a.ticket_id])
    context = {
        "page": page, "rows": [(card.told(a, a.device, now=request.now), a.ticket_id in seen) for a in page.rows],
        "state": state, "now": request.now, "section": "alarms", "may_set": request.actor.may("settings.edit"),
    }  # fmt: skip
    return pages.show(request, "desk/devices/alarms.html", context, parts={"alarms": "desk/devices/_alarms.html"})


def _seen(request: DeskRequest, tickets: list[int]) -> set[int]:
    """Those of the tickets that the reader may open."""
    rows = Ticket.objects.filter(request.actor.ticket_filter(), pk__in=tickets)
    return set(rows.values_list("pk", flat=True))


@require_safe
@signed_in
def of_ticket(request: DeskRequest, pk: int) -> HttpResponse:
    """The machine on a ticket's page, fetched again when it speaks."""
    ticket = queries.get_for(request.actor, pk)
    context = card.of(request, ticket) | {"ticket": ticket, "now": request.now}
    return pages.show(request, "desk/devices/_machine.html", context)
