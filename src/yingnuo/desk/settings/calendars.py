"""Where are service times read, tried out and changed?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yingnuo.desk import explain
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import calendar_faces as faces
from yingnuo.desk.settings import calendar_forms as forms
from yingnuo.desk.settings import drafts, files, foreseeing, lives, recompute, usage
from yingnuo.desk.settings.calendar_forms import Sheet
from yingnuo.desk.settings.drafts import Draft
from yingnuo.desk.settings.frame import go, show
from yingnuo.engine.calendar import Calendar as CompiledCalendar
from yingnuo.engine.calendar_spec import WEEKDAYS, read_spec
from yingnuo.engine.errors import BadSpec, EngineError
from yingnuo.people.models import Staff
from yingnuo.people.roles import require
from yingnuo.promises import complaints, life, public_holidays, standards, versions, zone_data
from yingnuo.promises import moving as promised
from yingnuo.promises.life import Stale
from yingnuo.promises.models import Calendar, CalendarVersion, Version
from yingnuo.promises.runs import RunKind
from yingnuo.promises.versions import Sort

_SECTION = "calendars"
_OFFICE = {
    "timezone": "Asia/Shanghai",
    "weekly": {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in WEEKDAYS[:5]},
}


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every calendar with its hours and where it is used."""
    rows = [_summary(c) for c in Calendar.objects.select_related("owner").order_by("name")]
    return show(request, "calendars.html", {"rows": rows}, section=_SECTION)


def _summary(calendar: Calendar) -> dict[str, Any]:
    rows = calendar.versions.order_by("-number")
    version = rows.filter(number=calendar.current).first() or rows[0]
    compiled = standards.compile_calendar(version.spec)
    return {
        "calendar": calendar, "version": version, "hours": explain.hours(compiled), "zone": compiled.timezone,
        "missing": public_holidays.missing_years(version.spec), "used": usage.of_calendar(calendar.code),
        "waiting": lives.waiting(calendar),
    }  # fmt: skip


@signed_in_who_may("settings.view")
def new(request: DeskRequest) -> HttpResponseBase:
    """The form for a calendar that does not exist yet."""
    if request.method == "POST":
        return _posted(request, None)
    holidays = {"country": "CN", "years": [request.now.year, request.now.year + 1]}
    sheet = forms.sheet_of("", "", {**_OFFICE, "public_holidays": holidays})
    return _form(request, None, sheet, {})


@signed_in_who_may("settings.view")
def edit(request: DeskRequest, code: str) -> HttpResponseBase:
    """One calendar as it is worked on: its form, its year, its history."""
    draft = drafts.of(code, Sort.CALENDAR)
    if request.method == "POST":
        return _posted(request, draft)
    asked = request.GET.get("version", "")
    version = lives.asked_version(request, Sort.CALENDAR, code)
    sheet = forms.sheet_of(code, version.name or draft.policy.name, version.spec)
    return _form(request, draft, sheet, {}, version=version, old=bool(asked))


def _posted(request: DeskRequest, draft: Draft | None) -> HttpResponseBase:
    sheet = forms.sheet_from(request.POST)
    do = request.POST.get("do")
    if do != "save":
        return _form(request, draft, sheet, _problems(sheet), asked=do == "moves")
    require(request.actor, "settings.draft")
    problems = _problems(sheet) | _naming(sheet, draft)
    if problems:
        return _form(request, draft, sheet, problems, status=422)
    try:
        version = _kept(request, draft, sheet)
    except Stale as refused:
        again = drafts.of(sheet.code, Sort.CALENDAR) if draft is None else draft
        return _form(request, again, sheet, {"": lives.stale_words(Sort.CALENDAR, refused)}, status=409)
    messages.success(request, _("Kept in the draft, version %(number)s.") % {"number": version.number})
    return go(request, "settings_calendar", draft.policy.code if draft else sheet.code)


def _kept(request: DeskRequest, draft: Draft | None, sheet: Sheet) -> Version:
    spec = forms.spec_of(sheet)
    if draft is not None:
        return drafts.keep(request, draft, spec, name=sheet.name)
    return life.draft(
        request.actor, sort=Sort.CALENDAR, code=sheet.code, name=sheet.name, spec=spec, base=0, now=request.now
    )


@require_POST
@signed_in_who_may("settings.edit")
def owner(request: DeskRequest, code: str) -> HttpResponseBase:
    """Who is told when public holidays are missing."""
    chosen = request.POST.get("owner", "")
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 12 else None
    calendar = get_object_or_404(Calendar, code=code)
    versions.give_owner(request.actor, calendar=calendar, owner=number, now=request.now)
    messages.success(request, _("Saved."))
    return go(request, "settings_calendar", code)


def _moved(request: DeskRequest, code: str) -> HttpResponseBase:
    return recompute.begun(request, RunKind.CALENDAR, code)


@require_POST
@signed_in_who_may("settings.edit")
def move(request: DeskRequest, code: str) -> HttpResponseBase:
    """Moves the open promises under earlier versions to the one in force."""
    return _moved(request, get_object_or_404(Calendar, code=code).code)


def _problems(sheet: Sheet) -> dict[str, str]:
    """What is wrong with the hours and days, by field; empty when the calendar can be used."""
    try:
        standards.compile_calendar(forms.spec_of(sheet))
    except BadSpec as error:
        return {forms.field_of(error.path): str(complaints.sentence(error))}
    except EngineError as error:
        return {"weekly": str(complaints.sentence(error))}
    return {}


def _naming(sheet: Sheet, draft: Draft | None) -> dict[str, str]:
    wrong = {}
    if not sheet.name or len(sheet.name) > 80:
        wrong["name"] = _("Give the calendar a name of at most 80 characters.")
    if draft is None:
        wrong |= code_problem(sheet.code, Calendar.objects.filter(code=sheet.code).exists())
    return wrong


def code_problem(code: str, taken: bool) -> dict[str, str]:
    """What is wrong with a new code, under "code"."""
    plain = code.replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum() and len(code) <= 40):
        return {"code": _("Use letters, digits and hyphens only, at most 40.")}
    return {"code": _("This code is taken. Choose another.")} if taken else {}


def _form(
    request: DeskRequest, draft: Draft | None, sheet: Sheet, errors: dict[str, str], *,
    version: Version | None = None, old: bool = False, asked: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    calendar = draft.policy if draft and isinstance(draft.policy, Calendar) else None
    context: dict[str, Any] = {
        "calendar": calendar, "draft": draft, "sheet": forms.with_rows(sheet, 2), "errors": errors, "version": version,
        "old": old, "weekdays": [(day, name, sheet.weekly.get(day, "")) for day, name in faces.weekday_names().items()],
        "countries": faces.countries(get_language() or "en"), "subdivisions": faces.subdivisions(sheet.country),
        "years": _years(sheet, request.now.year), "picture": _picture(request, sheet) if not errors else None,
        "used": usage.of_calendar(calendar.code) if calendar else (), "kinds": _kinds(), "zones": offered_zones(),
        **(lives.around(request, draft) if draft else {}), **_owner(request, calendar),
    }  # fmt: skip
    if calendar is not None:
        context["moves"] = None if errors else _asked_moves(request, calendar, sheet, version, asked)
        context["zone_data"] = _zone_data(calendar, version)
    parts = {"calendar-form": "_calendar_form.html", "calendar-year": "_calendar_year.html"}
    return show(request, "calendar.html", context, section=_SECTION, parts=parts, status=status)


def _owner(request: DeskRequest, calendar: Calendar | None) -> dict[str, Any]:
    """Who answers for its public holidays, and whether the reader may say who does."""
    people = list(Staff.objects.filter(active=True).order_by("name").values_list("pk", "name"))
    return {
        "people": people, "may_name": request.actor.may("settings.edit"),
        "told": dict(people).get(calendar.owner_id or 0, "") if calendar else "",
    }  # fmt: skip


def _asked_moves(
    request: DeskRequest, calendar: Calendar, sheet: Sheet, version: Version | None, asked: bool
) -> dict[str, Any] | None:
    """Under what is being edited when that is asked; else under the version in force, where promises stayed behind."""
    if asked:
        compiled = standards.compile_calendar(forms.spec_of(sheet))
        return foreseeing.of_calendar(calendar.code, compiled, key="", now=request.now)
    if version is None or version.number != calendar.current:
        return None
    key = f"{calendar.code}@{calendar.current}"
    if "moves" in request.GET:
        return foreseeing.of_calendar(calendar.code, standards.calendar(key), key=key, now=request.now)
    left = promised.left_behind(calendar.code, key=key)
    return {"left": left, "many": left >= promised.MOST_COUNTED, "saved": True} if left else None


def _zone_data(calendar: Calendar, version: Version | None) -> dict[str, str] | None:
    """Whether the zone's rules have changed since the version in force was made, and from which data to which."""
    if not isinstance(version, CalendarVersion) or version.number != calendar.current:
        return None
    changed = version.pk in {v.pk for v in versions.with_other_zone_data()}
    return {"made": version.zone_release, "today": zone_data.release()} if changed else None


def _kinds() -> tuple[tuple[str, str], ...]:
    return (
        (forms.CLOSED, _("closed")),
        (forms.OPEN, _("open at these hours")),
        (forms.BREAK, _("closed during these hours")),
        (forms.YEARLY, _("closed every year")),
        (forms.NAME, _("named only")),
    )


def offered_zones() -> tuple[str, ...]:
    """Time zones offered; any other IANA name may be typed."""
    return (
        "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Kolkata",
        "Asia/Dubai", "Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago",
        "America/Los_Angeles", "America/Sao_Paulo", "Australia/Sydney", "UTC",
    )  # fmt: skip


def _years(sheet: Sheet, this: int) -> list[tuple[int, bool]]:
    offered = sorted({*sheet.years, *range(this - 1, this + 3)})
    return [(year, year in sheet.years) for year in offered]


def _picture(request: DeskRequest, sheet: Sheet) -> dict[str, Any]:
    spec = forms.spec_of(sheet)
    compiled = standards.compile_calendar(spec)
    read = read_spec(public_holidays.expand(spec))
    asked = request.POST.get("year") or request.GET.get("year") or ""
    number = int(asked) if asked.isascii() and asked.isdigit() and 1970 <= int(asked) <= 2100 else request.now.year
    return {
        "year": number, "months": faces.year(read, number), "week": faces.week(read),
        "days": [day for day in faces.public_days(spec) if day.day.year == number],
        "missing": public_holidays.missing_years(spec), "hours": explain.hours(compiled),
        **_trial(request, compiled),
    }  # fmt: skip


def _trial(request: DeskRequest, compiled: CompiledCalendar) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    start = asked.get("start") or faces.local_input(request.now, compiled.timezone)
    span = asked.get("span") or "4h"
    try:
        return {"start": start, "span": span, "sum": faces.trial(compiled, start, span), "sum_error": ""}
    except EngineError as error:
        return {"start": start, "span": span, "sum": None, "sum_error": complaints.sentence(error)}


@signed_in_who_may("settings.view")
def export(request: DeskRequest, code: str) -> HttpResponseBase:
    """The calendar as a YAML file: the version asked for, else the draft, else what is in force."""
    return files.download(lives.asked_version(request, Sort.CALENDAR, code), f"calendar-{code}.yaml")


@signed_in_who_may("settings.draft")
def load(request: DeskRequest) -> HttpResponseBase:
    """A calendar out of a YAML file or text: a draft of the one whose code it names, or of a new one."""
    return files.load(request, Sort.CALENDAR, _EXAMPLE, reverse("desk:settings_calendars"))


_EXAMPLE = """code: shop
name: Shop hours
spec:
  timezone: Asia/Shanghai
  weekly:
    mon: [["09:00", "12:00"], ["13:30", "18:00"]]
    sat: [["10:00", "16:00"]]
    fri: [["22:00", "06:00"]]
  public_holidays: {country: CN, years: [2026]}
  overrides:
    2026-12-31: [["09:00", "12:00"]]
"""
