"""How are quiet hours asked for in a form and said in words?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.alerts import messengers, push
from yingnuo.alerts.models import QuietKind
from yingnuo.alerts.quiet import DAYS, Quiet
from yingnuo.alerts.rules import MESSENGERS, PUSH, WAYS
from yingnuo.desk import faces
from yingnuo.desk.settings.inputs import Pick, Ticks, calendars
from yingnuo.desk.settings.shown import SettingForm

AS_COMPANY = ""
DIGEST = {"min_value": 2, "max_value": 100}
KINDS = tuple(QuietKind.choices)
_TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class QuietForm(SettingForm):
    """The fields of quiet hours; those that the chosen kind does not need are not looked at."""

    quiet = Pick(KINDS, gettext_lazy("Quiet hours"), number=False, required=True)
    starts = forms.TimeField(label=gettext_lazy("Quiet from"), required=False, widget=_TIME)
    ends = forms.TimeField(
        label=gettext_lazy("Quiet until"), required=False, widget=_TIME,
        help_text=gettext_lazy("Earlier than the beginning: on the next morning."),
    )  # fmt: skip
    calendar = Pick(
        calendars, gettext_lazy("Service time"), number=False,
        help_text=gettext_lazy("Between two times: also quiet all day when it does not open at all, on holidays say."),
    )  # fmt: skip
    days = Ticks(list(WEEKDAYS.items()), gettext_lazy("Begins on"), coerce=int)

    def quiet_hours(self) -> Quiet:
        """What was chosen; the hours at their defaults where none were typed."""
        data, plain = self.cleaned_data, Quiet()
        return Quiet(
            data["quiet"], data["starts"] or plain.starts, data["ends"] or plain.ends, frozenset(data["days"]),
            data["calendar"],
        )  # fmt: skip


def ways() -> list[tuple[str, str]]:
    """Ways as choices: of the company's messaging those that are set up."""
    unready = {*MESSENGERS, PUSH} - {*messengers.set_up(), PUSH if push.rule().active else ""}
    return [(code, faces.way(code)) for code in WAYS if code not in unready]


def initial(quiet: Quiet) -> dict[str, Any]:
    """Quiet hours as the form shows them."""
    return {
        "quiet": quiet.kind, "starts": quiet.starts, "ends": quiet.ends, "days": sorted(quiet.days),
        "calendar": quiet.calendar,
    }  # fmt: skip


def said(quiet: Quiet, names: Mapping[str, str]) -> str:
    """Quiet hours in a few words; `names` of the service times by code."""
    calendar = names.get(quiet.calendar, quiet.calendar)
    if quiet.kind == "none":
        return _("no quiet hours")
    if quiet.kind == "calendar":
        return _("quiet outside %(calendar)s") % {"calendar": calendar}
    values = {
        "from": f"{quiet.starts:%H:%M}", "until": f"{quiet.ends:%H:%M}", "days": _days(quiet.days),
        "calendar": calendar,
    }  # fmt: skip
    if quiet.calendar:
        return _("quiet %(from)s–%(until)s (%(days)s), and all day when %(calendar)s does not open") % values
    return _("quiet %(from)s–%(until)s (%(days)s)") % values


def _days(days: frozenset[int]) -> str:
    if days == DAYS:
        return _("every day")
    return ", ".join(str(WEEKDAYS_ABBR[day]) for day in sorted(days))
