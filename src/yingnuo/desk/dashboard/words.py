"""How are shares, intervals, waits and the values of traits written for the reader?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk import faces
from yingnuo.desk.choices import Names
from yingnuo.engine.kpi import Share
from yingnuo.kit import formats, looks
from yingnuo.scorecards.periods import Period

NOTHING = "—"
TRAITS: dict[str, str | Promise] = {
    "team": gettext_lazy("Team"), "milestone": gettext_lazy("Milestone"), "urgency": gettext_lazy("Urgency"),
    "via": gettext_lazy("Channel"), "kind": gettext_lazy("Kind"), "region": gettext_lazy("Region"),
    "tier": gettext_lazy("Customer tier"), "agent": gettext_lazy("Agent"), "product_line": gettext_lazy("Product line"),
}  # fmt: skip
AGREEMENTS: dict[str, str | Promise] = {
    "sla": gettext_lazy("To customers (SLA)"), "ola": gettext_lazy("Between teams (OLA)"),
    "uc": gettext_lazy("With suppliers (UC)"),
}  # fmt: skip


def percent(value: float | None) -> str:
    """A share as a percentage with one digit, never rounded up to 100 nor down to 0."""
    return NOTHING if value is None else f"{_digits(value)} %"


def _digits(value: float) -> str:
    shown = f"{100 * value:.1f}"
    if shown == "100.0" and value < 1:
        return "99.9"
    return "0.1" if shown == "0.0" and value > 0 else shown


def interval(share: Share) -> str:
    """Both ends of the interval: `69.9–97.2 %`."""
    if share.interval is None:
        return NOTHING
    return f"{_digits(share.interval.low)}–{_digits(share.interval.high)} %"


def points(now: float | None, before: float | None) -> str:
    """By how many percentage points a share has moved since the period before."""
    if now is None or before is None:
        return _("no period before to compare")
    moved = round(100 * (now - before), 1)
    shown = f"{moved:+.1f}".replace("-", "−") if moved else "±0.0"
    return _("%(points)s points to the period before") % {"points": shown}


def span(seconds: float | None) -> str:
    """A stretch of time; below a minute with a tenth of a second when it is not whole."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < 10:
        return _("%(n)s s") % {"n": f"{seconds:.1f}"}
    return formats.duration(round(seconds))


def number(n: int) -> str:
    """Thousands apart."""
    return f"{n:,}"


def value_of(trait: str, known: Names) -> Callable[[str], str]:
    """The words for the values of a trait."""
    named: Mapping[str, Callable[[str], str]] = {
        "team": lambda code: known.team(int(code)), "agent": lambda code: known.person(int(code)),
        "milestone": faces.milestone, "kind": faces.kind, "region": known.region, "product_line": known.line,
        "urgency": lambda code: str(looks.look(looks.URGENCY, code).word),
        "via": lambda code: str(looks.look(faces.CHANNEL, code).word),
        "tier": lambda code: str(looks.look(faces.TIER, code).word),
    }  # fmt: skip
    word = named[trait]
    return lambda code: (word(code) or code) if code else _("none")


def weekdays() -> list[str]:
    """Monday to Sunday, short."""
    return [str(WEEKDAYS_ABBR[day]) for day in range(7)]


def part(at: datetime, period: Period) -> str:
    """The name of a part of a period: an hour, a day, or the week beginning that day."""
    local = timezone.localtime(at, period.zone)
    return f"{local:%H:%M}" if period.step == "hour" else f"{local:%m-%d}"
