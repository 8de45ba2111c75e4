"""Where are webhooks set up, tried out, watched and repeated?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Pick, Ticks
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.kit.looks import Chip
from yingnuo.kit.pages import Keyset
from yingnuo.webhooks import catalogue, queries, services
from yingnuo.webhooks.models import Delivery, Endpoint
from yingnuo.webhooks.queries import Health
from yingnuo.webhooks.sending import Tried, masked
from yingnuo.webhooks.services import VERB, Facts, Which

_SECTION = "webhooks"
_FAMILIES = (
    ("ticket", gettext_lazy("Tickets")), ("message", gettext_lazy("Messages")), ("promise", gettext_lazy("Promises")),
    ("breach", gettext_lazy("Breaches")), ("contact", gettext_lazy("Customers")),
)  # fmt: skip
_GRACES = (
    (24 * 3_600, gettext_lazy("signs along for a day")), (7 * 24 * 3_600, gettext_lazy("signs along for a week")),
    (3_600, gettext_lazy("signs along for an hour")), (0, gettext_lazy("is dead at once")),
)  # fmt: skip
_STATES: dict[str, tuple[Promise, str]] = {
    "active": (gettext_lazy("In use"), "green"), "failing": (gettext_lazy("Takes nothing"), "red"),
    "resting": (gettext_lazy("Away: left alone for a while"), "orange"), "paused": (gettext_lazy("Paused"), "yellow"),
    "off": (gettext_lazy("Switched off"), "gray"),
}  # fmt: skip
_TONES = {"pending": "blue", "sending": "blue", "delivered": "green", "failed": "red"}
_PROBLEMS = {
    "unreachable": gettext_lazy("Nobody answers at this address."),
    "timeout": gettext_lazy("It took too long to answer."),
    "tls": gettext_lazy("No encrypted connection comes about. Is the certificate valid?"),
    "protocol": gettext_lazy("What answers there does not speak HTTP."),
    "private_address": gettext_lazy("The name leads into your own network. Name its host in YINGNUO_INNER_HOSTS."),
    "unknown_host": gettext_lazy("There is no host of this name."),
    "redirect": gettext_lazy("It points to another address; that is not followed. Enter the right one here."),
    "refused": gettext_lazy("The other side refused it."),
    "busy": gettext_lazy("The other side is overloaded."),
    "error": gettext_lazy("The other side has an error."),
    "gone": gettext_lazy("The other side says that it wants no more calls (410)."),
    "switched_off": gettext_lazy("Given up when the webhook was switched off."),
    "secret_unreadable": gettext_lazy("The stored secret was sealed with another key. Change it."),
}


def problem(text: str) -> str:
    """What a stored problem says to its reader."""
    code = text.partition(":")[0].partition(" ")[0]
    return str(_PROBLEMS.get(code, text))


class WebhookForm(SettingForm):
    """One webhook."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    url = forms.CharField(
        label=gettext_lazy("Address that we call"), max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "https://erp.example.com/hooks/yingnuo", "inputmode": "url"}),
    )  # fmt: skip
    all = forms.BooleanField(label=gettext_lazy("Everything, also what later versions will tell"), required=False)
    events = Ticks([(type, type) for type in catalogue.offered()], gettext_lazy("Events"))

    def facts(self) -> Facts:
        """What was filled in."""
        data = self.cleaned_data
        return Facts(data["name"], data["url"], (catalogue.ALL,) if data["all"] else data["events"])

    def families(self) -> list[tuple[Promise, list[Any]]]:
        """The boxes by what they are about."""
        boxes = list(self["events"])
        named = [(word, [b for b in boxes if b.choice_label.partition(".")[0] == code]) for code, word in _FAMILIES]
        return [(word, found) for word, found in named if found]


class RotateForm(forms.Form):
    """How a secret is changed."""

    grace_s = Pick(_GRACES, gettext_lazy("The old secret"), required=True)


class ReplayForm(forms.Form):
    """What is sent again."""

    since = forms.DateTimeField(
        label=gettext_lazy("From"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    until = forms.DateTimeField(
        label=gettext_lazy("Until"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
    failed = forms.BooleanField(label=gettext_lazy("Only what was given up"), required=False, initial=True)


@dataclass(frozen=True, slots=True)
class Face:
    """A webhook as it is shown; `place` is the address without what is secret in it."""

    row: Endpoint
    place: str
    word: Promise
    tone: str
    waiting: int
    said: str


def _face(h: Health) -> Face:
    word, tone = _STATES[h.state]
    return Face(h.endpoint, masked(h.endpoint.url), word, tone, h.waiting, problem(h.endpoint.problem))


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every webhook and how it is; only the host for those who may not edit them."""
    may = request.actor.may(VERB)
    faces = [_face(h) for h in queries.health(Endpoint.objects.order_by("name", "pk"), now=request.now)]
    rows = [(f, f.place if may else urlsplit(f.row.url).hostname) for f in faces]
    return show(request, "webhooks.html", {"rows": rows}, section=_SECTION)


@signed_in_who_may(VERB)
def new(request: DeskRequest) -> HttpResponseBase:
    """A new webhook; its secret is shown on the page that answers its making."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = services.create(request.actor, facts=form.facts(), now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            return _page(request, row, secret=secret)
    context = {"form": form, "title": _("New webhook")}
    return show(request, "webhook_form.html", context, section=_SECTION, status=422 if form.errors else 200)


@signed_in_who_may(VERB)
def webhook(request: DeskRequest, pk: int) -> HttpResponseBase:
    """One webhook: how it is, what it heard of, what can be done with it."""
    return _page(request, services.get(request.actor, pk))


def _page(
    request: DeskRequest, row: Endpoint, *, secret: str = "", rotate: RotateForm | None = None,
    replay: ReplayForm | None = None, status: int = 200,
) -> HttpResponseBase:  # fmt: skip
    state = request.GET.get("state", "")
    found = queries.log(request.actor, row.pk, state=state)
    page: Keyset[Delivery] = pages.keyset(found, by=("-id",), after=request.GET.get("after", ""), size=25)
    [h] = queries.health([row], now=request.now)
    context = {
        "face": _face(h), "row": row, "secret": secret, "page": page, "states": _chips(state),
        "log": [(d, _TONES[d.state], problem(d.problem)) for d in page.rows], "all": catalogue.ALL in row.events,
        "previous": row.previous_until and row.previous_until > request.now, "rotate": rotate or RotateForm(),
        "replay": replay or ReplayForm(initial={"since": request.now - timedelta(days=1), "failed": True}),
    }  # fmt: skip
    return show(request, "webhook.html", context, section=_SECTION, parts={"log": "_webhook_log.html"}, status=status)


def _chips(chosen: str) -> list[Chip]:
    named = {"": _("All"), "waiting": _("Waiting"), "delivered": _("Delivered"), "failed": _("Given up")}
    return [Chip(word, f"?state={code}" if code else "?", code == chosen) for code, word in named.items()]


@signed_in_who_may(VERB)
def edit(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Name, address and events of one."""
    row = services.get(request.actor, pk)
    initial = {"name": row.name, "url": row.url, "events": row.events, "all": catalogue.ALL in row.events}
    form = WebhookForm.over(request, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(request.actor, pk=pk, facts=form.facts(), now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": form.cleaned_data["name"]})
            return go(request, "settings_webhook", pk)
    context = {"form": form, "title": row.name, "row": row}
    return show(request, "webhook_form.html", context, section=_SECTION, status=422 if form.errors else 200)


@require_POST
@signed_in_who_may(VERB)
def rotate(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Another secret, shown on the page that answers."""
    form = RotateForm(request.POST)
    if not form.is_valid():
        return _page(request, services.get(request.actor, pk), rotate=form, status=422)
    row, secret = services.rotate(request.actor, pk=pk, grace_s=form.cleaned_data["grace_s"], now=request.now)
    return _page(request, row, secret=secret)


@require_POST
@signed_in_who_may(VERB)
def test(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Sends a test event and says what came of it."""
    _delivery, tried = services.test(request.actor, pk=pk, now=request.now)
    (messages.error if tried.problem else messages.success)(request, _outcome(tried))
    return go(request, "settings_webhook", pk)


def _outcome(tried: Tried) -> str:
    if not tried.problem:
        return _("It works: answered %(status)s after %(ms)s ms.") % {"status": tried.status, "ms": tried.ms}
    said = problem(tried.problem)
    if tried.status:
        return _("%(problem)s It answered %(status)s.") % {"problem": said, "status": tried.status}
    return said


@require_POST
@signed_in_who_may(VERB)
def steer(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Pauses it, switches it on or off, or takes it away (`do`)."""
    do = request.POST.get("do", "")
    try:
        if do == "remove":
            services.remove(request.actor, pk=pk, now=request.now)
            messages.success(request, _("Deleted."))
            return go(request, "settings_webhooks")
        _steer(request, pk, do)
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, "settings_webhook", pk)


def _steer(request: DeskRequest, pk: int, do: str) -> None:
    if do == "pause":
        services.pause(request.actor, pk=pk, now=request.now)
        messages.success(request, _("Paused. What happens is kept for it."))
    elif do == "off":
        services.switch_off(request.actor, pk=pk, now=request.now)
        messages.success(request, _("It is switched off."))
    elif do in ("on", "catch_up"):
        services.switch_on(request.actor, pk=pk, catch_up=do == "catch_up", now=request.now)
        messages.success(request, _("It is called again."))
    else:
        raise Invalid(_("Choose what to do."), fields={"do": _("Unknown choice.")})


@require_POST
@signed_in_who_may(VERB)
def replay(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Sends the deliveries of a time again."""
    form = ReplayForm(request.POST)
    if not form.is_valid():
        return _page(request, services.get(request.actor, pk), replay=form, status=422)
    which = Which(
        since=form.cleaned_data["since"], until=form.cleaned_data["until"], failed=form.cleaned_data["failed"]
    )
    return _again(request, pk, which, form)


def _again(request: DeskRequest, pk: int, which: Which, form: ReplayForm | None = None) -> HttpResponseBase:
    try:
        count = services.replay(request.actor, pk=pk, which=which, now=request.now)
    except Refused as refused:
        if form is not None:
            inputs.tell(form, refused)
            return _page(request, services.get(request.actor, pk), replay=form, status=422)
        messages.error(request, str(refused))
    else:
        said = ngettext("%(n)s delivery goes out again.", "%(n)s deliveries go out again.", count)
        messages.success(request, said % {"n": count})
    return go(request, "settings_webhook", pk)


@signed_in_who_may(VERB)
def delivery(request: DeskRequest, pk: int, delivery: int) -> HttpResponseBase:
    """One delivery: its body and each attempt; posted, it goes out again."""
    if request.method == "POST":
        return _again(request, pk, Which(ids=(delivery,)))
    row, tries = queries.delivery(request.actor, pk, delivery)
    context = {
        "delivery": row, "row": row.endpoint, "tone": _TONES[row.state], "said": problem(row.problem),
        "body": json.dumps(json.loads(row.body), ensure_ascii=False, indent=2), "place": masked(row.endpoint.url),
        "tries": [(t, problem(t.problem), sorted(t.head.items())) for t in tries],
    }  # fmt: skip
    return show(request, "webhook_delivery.html", context, section=_SECTION)
