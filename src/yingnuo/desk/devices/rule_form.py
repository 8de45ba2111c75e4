"""How is a rule typed in: one form for all kinds, of which each shows its own fields?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.inputs import Listed, Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.devices.models import AlarmRule, Severity, StormBy
from yingnuo.devices.rules import RuleFacts
from yingnuo.kit.errors import Invalid

KINDS = (
    ("threshold", gettext_lazy("A value is beyond its limit")), ("fault", gettext_lazy("A fault code is told")),
    ("absence", gettext_lazy("Nothing is heard")), ("rate", gettext_lazy("A value moves too fast")),
    ("count", gettext_lazy("Faults come too often")),
)  # fmt: skip
OPS = (
    ("above", gettext_lazy("above")), ("below", gettext_lazy("below")), ("outside", gettext_lazy("not between")),
)  # fmt: skip
WAYS = (("either", gettext_lazy("up or down")), ("up", gettext_lazy("up")), ("down", gettext_lazy("down")))
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHOWN = {  # field -> the kinds that have it
    "of": ("threshold", "rate"), "op": ("threshold",), "limit": ("threshold", "rate"), "upper": ("threshold",),
    "margin": ("threshold",), "of2": ("threshold",), "op2": ("threshold",), "limit2": ("threshold",),
    "codes": ("fault", "count"), "silence_s": ("fault",), "after_s": ("absence",), "way": ("rate",),
    "within_s": ("rate", "count"), "n": ("count",),
}  # fmt: skip


class RuleForm(SettingForm):
    """A rule."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    kind = Pick(KINDS, gettext_lazy("Raises an alarm when"), number=False, required=True)
    of = forms.CharField(
        label=gettext_lazy("Metric or expression"), max_length=200, required=False,
        help_text=gettext_lazy("water_c, or torque * rpm * 0.1047"),
    )  # fmt: skip
    op = Pick(OPS, gettext_lazy("Comparison"), number=False, required=True)
    limit = forms.FloatField(label=gettext_lazy("Limit"), required=False)
    upper = forms.FloatField(
        label=gettext_lazy("and"), required=False, help_text=gettext_lazy("Only for “not between”.")
    )
    margin = forms.FloatField(
        label=gettext_lazy("Hysteresis"), required=False, min_value=0,
        help_text=gettext_lazy("How far back it must go to count as over."),
    )  # fmt: skip
    of2 = forms.CharField(label=gettext_lazy("And also: metric or expression"), max_length=200, required=False)
    op2 = Pick(OPS[:2], gettext_lazy("Comparison"), number=False, required=True)
    limit2 = forms.FloatField(label=gettext_lazy("Limit"), required=False)
    way = Pick(WAYS, gettext_lazy("Moves"), number=False, required=True)
    codes = Listed(
        label=gettext_lazy("Fault codes"), required=False, help_text=gettext_lazy("With commas; empty: any code.")
    )
    n = forms.IntegerField(label=gettext_lazy("Times"), required=False, min_value=2, max_value=200, initial=3)
    within_s = forms.IntegerField(label=gettext_lazy("Within … seconds"), required=False, min_value=1, initial=600)
    after_s = forms.IntegerField(label=gettext_lazy("For … seconds"), required=False, min_value=5, initial=300)
    silence_s = forms.IntegerField(
        label=gettext_lazy("Over when not told again for … seconds"), required=False, min_value=0, initial=600,
        help_text=gettext_lazy("0: only when the device says so."),
    )  # fmt: skip
    hold_s = forms.IntegerField(
        label=gettext_lazy("Must last … seconds"), min_value=0, initial=0,
        help_text=gettext_lazy("A shorter peak is none."),
    )  # fmt: skip
    calm_s = forms.IntegerField(
        label=gettext_lazy("Over after … calm seconds"), min_value=0, initial=60,
        help_text=gettext_lazy("Until then what comes again is the same alarm."),
    )  # fmt: skip
    severity = Pick(Severity.choices, gettext_lazy("Severity"), number=False, required=True, initial=Severity.MAJOR)
    product_line = Pick(inputs.lines, gettext_lazy("Only product line"), number=False)
    model = forms.CharField(label=gettext_lazy("Only model"), max_length=80, required=False)
    quiet = forms.CharField(
        label=gettext_lazy("Quiet windows"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("22:00-06:00 or 12:00-13:00 mon,tue; one a line. Critical alarms get through."),
    )  # fmt: skip
    zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=40, initial="Asia/Shanghai", required=False)
    again_s = forms.IntegerField(
        label=gettext_lazy("Same ticket when it comes again within … seconds"), min_value=0, max_value=604_800,
        initial=1_800,
    )  # fmt: skip
    storm_by = Pick(
        [(code, word) for code, word in StormBy.choices if code], gettext_lazy("Alarms of many devices are one ticket"),
        number=False, initial=StormBy.SITE,
    )  # fmt: skip
    storm_n = forms.IntegerField(label=gettext_lazy("From … devices"), min_value=2, max_value=1_000, initial=5)
    storm_s = forms.IntegerField(label=gettext_lazy("within … seconds"), min_value=1, max_value=86_400, initial=60)
    resolves = forms.BooleanField(
        label=gettext_lazy("Resolve the ticket when all is well again and nobody has answered"), required=False
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def shown(self) -> Iterator[tuple[forms.BoundField, str]]:
        """Each field with the kinds that have it, "" for all: the page shows those of the chosen kind."""
        for bound in self:
            yield bound, " ".join(SHOWN.get(bound.name, ()))


def spec_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The rule as the engine reads it; Invalid for quiet windows that cannot be read."""
    kind = str(data["kind"])
    own = {name: data[name] for name, kinds in SHOWN.items() if kind in kinds and data.get(name) not in (None, "")}
    common = {"kind": kind, "hold_s": data["hold_s"], "calm_s": data["calm_s"], "zone": data.get("zone") or "UTC"}
    quiet = _quiet(str(data.get("quiet") or ""))
    if kind == "threshold":
        own = {"all": _terms(data)}
    if "codes" in own:
        own["codes"] = list(own["codes"])
    return common | own | ({"quiet": quiet} if quiet else {})


def _terms(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    first = {"of": data.get("of"), "op": data.get("op"), "limit": data.get("limit")}
    first |= {name: data[name] for name in ("upper", "margin") if data.get(name) is not None}
    if not data.get("of2"):
        return [first]
    return [first, {"of": data["of2"], "op": data.get("op2"), "limit": data.get("limit2")}]


def _quiet(text: str) -> list[dict[str, Any]]:
    found = []
    for line in filter(str.strip, text.splitlines()):
        span, _space, days = line.strip().partition(" ")
        start, dash, end = span.partition("-")
        names = [d.strip().lower() for d in days.replace("，", ",").split(",") if d.strip()]
        if not dash or not set(names) <= set(_DAYS):
            raise Invalid(_("A quiet window cannot be read."), fields={"quiet": _("Write 22:00-06:00 mon,tue.")})
        window: dict[str, Any] = {"from": start, "to": end}
        found.append(window | ({"days": [_DAYS.index(d) for d in names]} if names else {}))
    return found


def facts_of(data: Mapping[str, Any]) -> RuleFacts:
    """What is saved of the form."""
    names = ("name", "severity", "product_line", "model", "active", "resolves", "again_s", "storm_n", "storm_s")
    return RuleFacts(spec=spec_of(data), storm_by=data.get("storm_by") or "", **{name: data[name] for name in names})


def initial_of(row: AlarmRule) -> dict[str, Any]:
    """A stored rule as the form shows it."""
    spec, terms = row.spec, list(row.spec.get("all") or [])
    names = ("name", "severity", "product_line", "model", "active", "resolves", "again_s", "storm_by", "storm_n")
    found = {name: getattr(row, name) for name in names} | {"storm_s": row.storm_s} | dict(spec)
    if terms:
        found |= terms[0]
    if len(terms) > 1:
        found |= {"of2": terms[1]["of"], "op2": terms[1]["op"], "limit2": terms[1]["limit"]}
    return found | {"quiet": "\n".join(_window(w) for w in spec.get("quiet") or ())}


def _window(window: Mapping[str, Any]) -> str:
    days = ",".join(_DAYS[d] for d in window.get("days") or ())
    return f"{window['from']}-{window['to']} {days}".strip()
