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
from yingnuo.desk.faces import milestone
from yingnuo.desk.settings import calendar_faces as faces
from yingnuo.desk.settings import calendar_forms as forms
from yingnuo.desk.settings import files, recompute, usage
from yingnuo.desk.settings.calendar_forms import Sheet
from yingnuo.desk.settings.frame import go, show
from yingnuo.engine.calendar import Calendar as CompiledCalendar
from yingnuo.engine.calendar_spec import WEEKDAYS, read_spec
from yingnuo.engine.errors import BadSpec, EngineError
from yingnuo.kit import formats
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people.roles import require
from yingnuo.promises import complaints, public_holidays, standards, versions, zone_data
from yingnuo.promises import moving as promised
from yingnuo.promises.models import Calendar, CalendarVersion, RunKind
from yingnuo.promises.scenario import Scenario

_SECTION = "calendars"
MOST_MOVES = 50
_OFFICE = {
    "timezone": "Asia/Shanghai",
    "weekly": {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in WEEKDAYS[:5]},
}


@signed_in_who_may("settings.view")
def index(request: DeskRequest) -> HttpResponseBase:
    """Every calendar with its hours and where it is used."""
    rows = [_summary(c, _current(c)) for c in Calendar.objects.order_by("name")]
    return show(request, "calendars.html", {"rows": rows}, section=_SECTION)


def _summary(calendar: Calendar, version: CalendarVersion) -> dict[str, Any]:
    compiled = standards.compile_calendar(version.spec)
    return {
        "calendar": calendar, "version": version, "hours": explain.hours(compiled), "zone": compiled.timezone,
        "missing": public_holidays.missing_years(version.spec), "used": usage.of_calendar(calendar.code),
    }  # fmt: skip


def _current(calendar: Calendar) -> CalendarVersion:
    return get_object_or_404(CalendarVersion, calendar=calendar, number=calendar.current)


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
    """One calendar: its form, its year, its history."""
    calendar = get_object_or_404(Calendar, code=code)
    if request.method == "POST":
        return _posted(request, calendar)
    version = _asked(request, calendar)
    return _form(request, calendar, forms.sheet_of(code, calendar.name, version.spec), {}, version=version)


def _asked(request: DeskRequest, calendar: Calendar) -> CalendarVersion:
    number = request.GET.get("version", "")
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        return _current(calendar)
    return get_object_or_404(CalendarVersion, calendar=calendar, number=int(number))


def _posted(request: DeskRequest, calendar: Calendar | None) -> HttpResponseBase:
    sheet = forms.sheet_from(request.POST)
    do = request.POST.get("do")
    if do not in ("save", "move"):
        return _form(request, calendar, sheet, _problems(sheet), asked=do == "moves")
    require(request.actor, "settings.edit")
    problems = _problems(sheet) | _naming(sheet, calendar)
    if problems:
        return _form(request, calendar, sheet, problems, status=422)
    code = calendar.code if calendar else sheet.code
    version = versions.save_calendar(
        request.actor, code=code, name=sheet.name, spec=forms.spec_of(sheet), note=sheet.note, now=request.now
    )
    messages.success(request, _("Saved as version %(number)s.") % {"number": version.number})
    return _moved(request, code) if do == "move" else go(request, "settings_calendar", code)


def _moved(request: DeskRequest, code: str) -> HttpResponseBase:
    return recompute.begun(request, RunKind.CALENDAR, code)


@require_POST
@signed_in_who_may("settings.edit")
def move(request: DeskRequest, code: str) -> HttpResponseBase:
    """Moves the open promises under earlier versions to the one in force."""
    return _moved(request, get_object_or_404(Calendar, code=code).code)


def _moves(request: DeskRequest, calendar: Calendar, compiled: CompiledCalendar, key: str) -> dict[str, Any]:
    """Which open promises another version, stored as `key` or not yet, would move; the first fifty of them."""
    scenario = Scenario(calendars={calendar.code: (key or f"{calendar.code}@new", compiled)})
    found = promised.preview(scenario, now=request.now, listed=MOST_MOVES)
    rows = [(m, milestone(m.milestone), formats.duration(abs(m.by))) for m in found.rows]
    return {"found": found.all, "far": found, "rows": rows, "more": found.all.moved - len(rows), "saved": bool(key)}


def _problems(sheet: Sheet) -> dict[str, str]:
    """What is wrong with the hours and days, by field; empty when the calendar can be used."""
    try:
        standards.compile_calendar(forms.spec_of(sheet))
    except BadSpec as error:
        return {forms.field_of(error.path): str(complaints.sentence(error))}
    except EngineError as error:
        return {"weekly": str(complaints.sentence(error))}
    return {}


def _naming(sheet: Sheet, calendar: Calendar | None) -> dict[str, str]:
    wrong = {}
    if not sheet.name or len(sheet.name) > 80:
        wrong["name"] = _("Give the calendar a name of at most 80 characters.")
    if calendar is None:
        wrong |= code_problem(sheet.code, Calendar.objects.filter(code=sheet.code).exists())
    return wrong


def code_problem(code: str, taken: bool) -> dict[str, str]:
    """What is wrong with a new code, under "code"."""
    plain = code.replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum() and len(code) <= 40):
        return {"code": _("Use letters, digits and hyphens only, at most 40.")}
    return {"code": _("This code is taken. Choose another.")} if taken else {}


def _form(
    request: DeskRequest, calendar: Calendar | None, sheet: Sheet, errors: dict[str, str], *,
    version: CalendarVersion | None = None, asked: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        "calendar": calendar, "sheet": forms.with_rows(sheet, 2), "errors": errors, "version": version,
        "weekdays": [(day, name, sheet.weekly.get(day, "")) for day, name in faces.weekday_names().items()],
        "countries": faces.countries(get_language() or "en"), "subdivisions": faces.subdivisions(sheet.country),
        "years": _years(sheet, request.now.year), "picture": _picture(request, sheet) if not errors else None,
        "history": _history(calendar), "used": usage.of_calendar(calendar.code) if calendar else (),
        "kinds": _kinds(), "zones": offered_zones(),
        "moves": _asked_moves(request, calendar, sheet, version, asked) if calendar and not errors else None,
        "zone_data": _zone_data(calendar, version),
    }  # fmt: skip
    parts = {"calendar-form": "_calendar_form.html", "calendar-year": "_calendar_year.html"}
    return show(request, "calendar.html", context, section=_SECTION, parts=parts, status=status)


def _asked_moves(
    request: DeskRequest, calendar: Calendar, sheet: Sheet, version: CalendarVersion | None, asked: bool
) -> dict[str, Any] | None:
    """Under what is being edited when that is asked; else under the version in force, where promises stayed behind."""
    if asked:
        return _moves(request, calendar, standards.compile_calendar(forms.spec_of(sheet)), "")
    if version is None or version.number != calendar.current:
        return None
    key = f"{calendar.code}@{calendar.current}"
    if "moves" in request.GET:
        return _moves(request, calendar, standards.calendar(key), key)
    left = promised.left_behind(calendar.code, key=key)
    return {"left": left, "many": left >= promised.MOST_COUNTED, "saved": True} if left else None


def _zone_data(calendar: Calendar | None, version: CalendarVersion | None) -> dict[str, str] | None:
    """Whether the zone's rules have changed since the version in force was made, and from which data to which."""
    if calendar is None or version is None or version.number != calendar.current:
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


def _history(calendar: Calendar | None) -> list[CalendarVersion]:
    if calendar is None:
        return []
    return list(calendar.versions.select_related("created_by").order_by("-number")[:50])


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
    """The calendar as a YAML file, as `load` takes it."""
    calendar = get_object_or_404(Calendar, code=code)
    content = {"code": code, "name": calendar.name, "spec": _asked(request, calendar).spec}
    return files.as_yaml(content, f"calendar-{code}.yaml")


@signed_in_who_may("settings.edit")
def load(request: DeskRequest) -> HttpResponseBase:
    """A calendar out of a YAML file or text; a known code gets its next version."""
    text, errors = request.POST.get("text", ""), {}
    if request.method == "POST":
        try:
            return _loaded(request, files.posted_yaml(request))
        except Refused as refused:
            errors = {"text": str(refused)}
    context = {"text": text, "errors": errors, "example": _EXAMPLE, "back": reverse("desk:settings_calendars")}
    return show(request, "load.html", context, section=_SECTION, status=422 if errors else 200)


def _loaded(request: DeskRequest, content: dict[str, Any]) -> HttpResponseBase:
    code, spec = str(content.get("code", "")), content.get("spec")
    wrong = code_problem(code, taken=False)
    if wrong or not isinstance(spec, dict):
        said = wrong.get("code") or _("The entry “spec” with the hours is missing.")
        raise Invalid(said, fields={"text": said})
    version = versions.save_calendar(
        request.actor, code=code, name=str(content.get("name") or code)[:80], spec=spec, note=_("Read from a file"),
        now=request.now,
    )  # fmt: skip
    messages.success(request, _("Saved as version %(number)s.") % {"number": version.number})
    return go(request, "settings_calendar", code)


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
