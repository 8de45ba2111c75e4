"""How is an administrator led from an empty installation to the first promise?

Each step is one short form. What it says is in force at once and can be changed in the settings afterwards; a step can
be come back to, or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yingnuo.brands import books
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.desk import explain
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.setup import forms as own
from yingnuo.desk.setup import steps, trying
from yingnuo.founding import offers, roll, services
from yingnuo.founding.models import Founding
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.models import Staff, Team
from yingnuo.promises import public_holidays, standards

LARGEST_LIST = 200_000  # bytes
_DAYS_SHOWN = 5


_CASE_WORDS = {
    "urgent": gettext_lazy("Danger, or it does not work at all"),
    "important": gettext_lazy("An important function does not work"),
    "general": gettext_lazy("Questions and small faults"),
    "complaint": gettext_lazy("Complaints"),
}


@require_safe
@signed_in_who_may(services.VERB)
def begin(request: DeskRequest) -> HttpResponseBase:
    """To the first step that is open."""
    step = services.next_step(services.state())
    return redirect("desk:setup_step", step) if step else redirect("desk:setup_done")


@require_POST
@signed_in_who_may(services.VERB)
def later(request: DeskRequest) -> HttpResponseBase:
    """Not now."""
    services.leave(request.actor, now=request.now)
    messages.info(request, _("You find the set-up on the settings’ overview whenever you like."))
    return redirect("desk:settings")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may(services.VERB)
def done(request: DeskRequest) -> HttpResponseBase:
    """What is there now, and what else there is."""
    if request.method == "POST":
        services.finish(request.actor, now=request.now)
        return redirect("desk:queue")
    return _page(request, "", {"open": services.next_step(services.state())}, template="done.html")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may(services.VERB)
def step(request: DeskRequest, step: str) -> HttpResponseBase:
    """One step: its form, and what becomes of it."""
    if step not in _STEPS:
        raise Http404
    if request.method == "POST" and request.POST.get("do") == "skip":
        services.confirm(request.actor, step=step, skipped=True, now=request.now)
        return _on(step)
    return _STEPS[step](request)


def _on(step: str) -> HttpResponseBase:
    """To the step after this one, however much of the others is open."""
    following = services.STEPS[services.STEPS.index(step) + 1 :]
    return redirect("desk:setup_step", following[0]) if following else redirect("desk:setup_done")


def _page(
    request: DeskRequest, step: str, context: Mapping[str, Any], *, template: str = "", status: int = 200
) -> HttpResponseBase:
    row = services.state()
    around = {
        "steps": steps.listed(row), "here": step, "face": steps.FACES.get(step), "row": row, "back": _before(step),
        "now": request.now,
    }  # fmt: skip
    return render(request, f"desk/setup/{template or step + '.html'}", {**around, **context}, status=status)


def _before(step: str) -> str:
    at = services.STEPS.index(step) if step else 0
    return services.STEPS[at - 1] if at else ""


def _asked(
    request: DeskRequest, step: str, form: forms.Form, save: Callable[[Mapping[str, Any]], object],
    context: Callable[[], Mapping[str, Any]] = dict,
) -> HttpResponseBase:  # fmt: skip
    """Shows a step's form; posted and right it is done and the next one comes."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data)
            return _on(step)
        except Refused as refused:
            inputs.tell(form, refused)
    return _page(request, step, {"form": form, **context()}, status=422 if form.errors else 200)


def _house(request: DeskRequest) -> HttpResponseBase:
    name = books.now().default.name(get_language() or "")
    form = own.HouseForm(request.POST or None, initial=own.house_initial(services.state(), name))
    return _asked(request, "house", form, lambda d: services.name_house(request.actor, now=request.now, **d))


def _hours(request: DeskRequest) -> HttpResponseBase:
    form = own.HoursForm(request.POST or None, initial={"hours": "5x8"})
    row = services.state()
    return _asked(
        request, "hours", form, lambda d: services.set_hours(request.actor, code=d["hours"], now=request.now),
        lambda: {"choices": [_shown(request, row, code) for code in offers.HOURS]},
    )  # fmt: skip


def _shown(request: DeskRequest, row: Founding, code: str) -> dict[str, Any]:
    """Ready-made hours with the next days on which they are closed."""
    zone = row.zone or request.staff.time_zone
    spec = offers.calendar(code, zone=zone, country=row.country or "CN", now=request.now)
    names = public_holidays.expand(spec).get("names")
    today = request.now.astimezone(ZoneInfo(zone)).date()
    coming = [(date.fromisoformat(day), name) for day, name in sorted(dict(names or {}).items())]  # type: ignore[call-overload]
    near = [(day, name) for day, name in coming if today <= day <= today + timedelta(days=366)]
    return {
        "hours": offers.HOURS[code], "week": explain.hours(standards.compile_calendar(spec)), "zone": zone,
        "holidays": near[:_DAYS_SHOWN], "more": max(0, len(near) - _DAYS_SHOWN),
    }  # fmt: skip


def _standard(request: DeskRequest) -> HttpResponseBase:
    form = own.StandardForm(request.POST or None, initial={"standard": "usual"})
    levels = [
        (level, [(_CASE_WORDS[given.case], given) for given in offers.gets(level.code)])
        for level in offers.LEVELS.values()
    ]
    return _asked(
        request, "standard", form, lambda d: services.set_standard(request.actor, code=d["standard"], now=request.now),
        lambda: {"levels": levels},
    )  # fmt: skip


def _people(request: DeskRequest) -> HttpResponseBase:
    form = own.PeopleForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"teams": Team.objects.filter(active=True).order_by("pk"), "form": form}
    if request.method != "POST" or not form.is_valid():
        return _page(request, "people", context, status=422 if form.errors else 200)
    try:
        people = _listed(form)
        by_mail = form.cleaned_data["how"] == "mail"
        hired = services.hire(
            request.actor, people=people, by_mail=by_mail, address=request.build_absolute_uri("/").rstrip("/"),
            now=request.now,
        )  # fmt: skip
    except Refused as refused:
        inputs.tell(form, refused)
        return _page(request, "people", context, status=422)
    if hired and not by_mail:  # shown once, in the answer itself: first passwords are kept nowhere
        return _page(request, "people", {"hired": hired}, template="passwords.html")
    return _on("people")


def _listed(form: forms.Form) -> list[roll.Person]:
    text = form.cleaned_data["people"] + "\n" + _of_file(form.cleaned_data.get("file"))
    people, wrong = roll.read(text, taken=list(Staff.objects.values_list("username", flat=True)))
    if wrong:
        said = "; ".join(
            _("line %(line)s (%(text)s): %(why)s") % {"line": w.line, "text": w.text, "why": w.why} for w in wrong[:5]
        )
        raise Invalid(said, fields={"people": said})
    if not people:
        raise Invalid(_("Write one person at least, or leave this step out."), fields={
            "people": _("Write one person at least, or leave this step out."),
        })  # fmt: skip
    return people


def _of_file(file: Any) -> str:
    if file is None:
        return ""
    if file.size > LARGEST_LIST:
        raise Invalid(_("The file is too large."), fields={"file": _("At most 200 KB.")})
    data: bytes = file.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid(_("The file cannot be read."), fields={"file": _("Save it as CSV in UTF-8.")})


def _ways(request: DeskRequest) -> HttpResponseBase:
    if request.method == "POST":
        services.confirm(request.actor, step="ways", now=request.now)
        return _on("ways")
    kinds = (ChannelKind.MAIL, ChannelKind.CHAT, ChannelKind.CALLS)
    rows = Channel.objects.filter(kind__in=kinds, active=True).order_by("pk")
    there = {kind.value: [row for row in rows if row.kind == kind] for kind in kinds}
    return _page(request, "ways", {"there": there, "portal": request.build_absolute_uri("/portal/")})


def _ticket(request: DeskRequest) -> HttpResponseBase:
    row = services.state()
    if request.method == "POST":
        if row.ticket is None:
            trying.open_ticket(request)
        return redirect("desk:setup_step", "ticket")
    return _page(request, "ticket", {"tried": trying.told(row)})


_STEPS: dict[str, Callable[[DeskRequest], HttpResponseBase]] = {
    "house": _house, "hours": _hours, "standard": _standard, "people": _people, "ways": _ways, "ticket": _ticket,
}  # fmt: skip
