"""By which ways, in which language and at which hours does a member of staff want his notices?

Everybody chooses for himself, within the company's rule; a lead sees what his people have chosen.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yingnuo.alerts import preferences, quiet, telling
from yingnuo.alerts.preferences import DIGEST_AT_MOST
from yingnuo.alerts.rules import IN_APP, Rules, Wishes, rules
from yingnuo.desk import faces, push, quiet_form
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.quiet_form import AS_COMPANY, QuietForm
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.inputs import Ticks
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import Refused
from yingnuo.people.models import Staff
from yingnuo.promises.models import Calendar
from yingnuo.promises.standards import standards

LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))
_KINDS = ((AS_COMPANY, gettext_lazy("As the company has set")), *quiet_form.KINDS)


class WishForm(QuietForm):
    """One person's choice."""

    more = Ticks(quiet_form.ways, gettext_lazy("Tell me also"))
    language = forms.ChoiceField(
        choices=(("", gettext_lazy("As in the desk")), *LANGUAGES), label=gettext_lazy("Language of my notices"),
        required=False,
    )  # fmt: skip
    digest_from = forms.IntegerField(
        label=gettext_lazy("One message for many, from … notices a minute"), required=False, min_value=2,
        max_value=DIGEST_AT_MOST, help_text=gettext_lazy("Empty: as the company has set."),
    )  # fmt: skip
    field_order = ("quiet", "starts", "ends", "calendar", "days", "more", "off", "language", "digest_from")

    def __init__(self, optional: Collection[str], *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["quiet"] = forms.ChoiceField(choices=_KINDS, label=gettext_lazy("Quiet hours"), required=False)
        if optional:
            ways = [way for way in quiet_form.ways() if way[0] in optional]
            self.fields["off"] = Ticks(ways, gettext_lazy("Do not tell me"))
        self.order_fields(self.field_order)

    def wishes(self) -> Wishes:
        """The checked form as a value."""
        data = self.cleaned_data
        chosen = self.quiet_hours() if data["quiet"] else None
        return Wishes(chosen, data["more"], data.get("off", ()), data["language"], data["digest_from"])


@dataclass(frozen=True, slots=True)
class Example:
    """A warning at a moment: by which ways it comes, and when by each; None is at once."""

    at: datetime
    ways: list[tuple[str, datetime | None]]


@signed_in
def mine(request: DeskRequest) -> HttpResponseBase:
    """The reader's own choice; posted, it is kept."""
    known = rules.at(revisions.current())
    form = _form(request, known, request.staff.pk)
    if request.method == "POST" and form.is_valid():
        try:
            preferences.choose(request.actor, staff=request.staff.pk, wishes=form.wishes(), now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:my_notices")
    context = {"form": form, "own": True} | _standing(request, known, request.staff) | push.context(request.staff.pk)
    return render(request, "desk/my_notices.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def of_another(request: DeskRequest, pk: int) -> HttpResponseBase:
    """What somebody else has chosen, for those who may see him; nothing can be changed here."""
    person = preferences.visible(request.actor, staff=pk)
    known = rules.at(revisions.current())
    return render(request, "desk/my_notices.html", {"own": False} | _standing(request, known, person))


def _form(request: DeskRequest, known: Rules, staff: int) -> WishForm:
    wishes = known.of(staff)
    shown = quiet_form.initial(wishes.quiet or known.quiet)
    start = shown | {
        "quiet": wishes.quiet.kind if wishes.quiet else AS_COMPANY, "more": wishes.more, "off": wishes.off,
        "language": wishes.language, "digest_from": wishes.digest_from,
    }  # fmt: skip
    return WishForm.over(request, known.optional, initial=start)


def _standing(request: DeskRequest, known: Rules, person: Staff) -> dict[str, Any]:
    wishes = known.of(person.pk)
    names = dict(Calendar.objects.values_list("code", "name"))
    return {
        "now": request.now, "person": person, "wishes": wishes, "company": quiet_form.said(known.quiet, names),
        "quiet": quiet_form.said(known.quiet_of(person.pk), names), "as_company": wishes.quiet is None,
        "more": [faces.way(way) for way in wishes.more], "digest_from": known.digest_of(person.pk),
        "off": [faces.way(way) for way in wishes.off if way in known.optional],
        "language": dict(LANGUAGES).get(wishes.language or person.language, person.language),
        "examples": _examples(known, person, request.now),
    }  # fmt: skip


def _examples(known: Rules, person: Staff, now: datetime) -> list[Example]:
    """The same warning, by mail and SMS, now, late this evening and on Sunday morning, as the sweep would give it."""
    clock = ZoneInfo(person.time_zone)
    today = now.astimezone(clock).date()
    sunday = today + timedelta(days=(6 - today.weekday()) % 7 or 7)
    evening, morning = datetime.combine(today, time(23, 10), clock), datetime.combine(sunday, time(10), clock)
    moments = [now, evening if evening > now else evening + timedelta(days=1), morning]
    ways = known.ways_of(person.pk, (IN_APP, "mail"), through=False)
    calendars = telling.service_times(standards.at(revisions.current()))
    return [
        Example(at, [(faces.way(way), _comes(known, person, way, at, calendars)) for way in ways]) for at in moments
    ]


def _comes(known: Rules, person: Staff, way: str, at: datetime, calendars: quiet.Calendars) -> datetime | None:
    if way == IN_APP:
        return None
    end = quiet.until(known.quiet_of(person.pk), person.time_zone, instants.seconds(at), calendars)
    return instants.instant_or_none(end)
