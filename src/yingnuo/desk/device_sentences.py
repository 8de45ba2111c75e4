"""What do the ledger's rows about machines say?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from yingnuo.desk.choices import Names
from yingnuo.devices import wording
from yingnuo.devices.models import StepState
from yingnuo.devices.rulebook import rulebook
from yingnuo.kit import formats
from yingnuo.ledger.codes import Code

Params = Mapping[str, Any]
Say = Callable[[Params, Names], str]


def _words(p: Params) -> dict[str, Any]:
    value = p.get("value")
    line, code, rule = (str(p.get(name) or "") for name in ("line", "code", "rule"))
    what = wording.told(rule, code, line, value if isinstance(value, int | float) else None, rulebook.kept())
    return {"device": str(p.get("name") or "—"), "what": what, "count": int(p.get("count") or 1)}


def _raised(p: Params, n: Names) -> str:
    return _("%(device)s raised an alarm: %(what)s") % _words(p)


def _again(p: Params, n: Names) -> str:
    return _("%(device)s: %(what)s came again (%(count)s times by now)") % _words(p)


def _repeated(p: Params, n: Names) -> str:
    return _("%(device)s told %(what)s %(count)s times by now") % _words(p)


def _over(p: Params, n: Names) -> str:
    words = _words(p) | {"span": formats.duration(int(p.get("seconds") or 0))}
    if words["count"] > 1:
        return _("%(device)s is well again: %(what)s is over after %(span)s, told %(count)s times") % words
    return _("%(device)s is well again: %(what)s is over after %(span)s") % words


def _storm(p: Params, n: Names) -> str:
    count = int(p.get("count") or 0)
    words = {"n": count, "place": str(p.get("place") or "")}
    if not words["place"]:
        return ngettext("The alarm of %(n)s device is handled here", "Alarms of %(n)s devices are handled here",
                        count) % words  # fmt: skip
    return ngettext("The alarm of %(n)s device at %(place)s is handled here",
                    "Alarms of %(n)s devices at %(place)s are handled here", count) % words  # fmt: skip


def _storm_over(p: Params, n: Names) -> str:
    count = int(p.get("count") or 0)
    return ngettext("All is well again: the alarm is over", "All is well again: %(n)s alarms are over",
                    count) % {"n": count}  # fmt: skip


def _begun(p: Params, n: Names) -> str:
    words = {"list": str(p.get("list") or ""), "device": str(p.get("name") or "—")}
    return _("Examines %(device)s from afar: %(list)s") % words


def _step(p: Params, n: Names) -> str:
    chinese = (get_language() or "").startswith("zh")
    names = [str(p.get("zh") or ""), str(p.get("en") or "")]
    named = next(filter(None, names if chinese else reversed(names)), "—")
    state = dict(StepState.choices).get(str(p.get("state")), "")
    said = _("Step %(step)s, %(name)s: %(state)s") % {"step": p.get("step"), "name": named, "state": state}
    return f"{said} ({p['text']})" if p.get("text") else said


def _ended(p: Params, n: Names) -> str:
    words = {"list": str(p.get("list") or ""), "done": int(p.get("done") or 0), "of": int(p.get("of") or 0)}
    return _("%(list)s: %(done)s of %(of)s steps done") % words


def _changed(p: Params, n: Names) -> str:
    sentences = {
        "adopted": _("Device %(device)s registered"), "changed": _("Device %(device)s changed"),
        "blocked": _("Device %(device)s blocked"), "key": _("Device %(device)s got a new key"),
        "quiet": _("Alarms of device %(device)s held back"), "loud": _("Alarms of device %(device)s on again"),
    }  # fmt: skip
    said = sentences.get(str(p.get("what")), sentences["changed"])
    return said % {"device": str(p.get("name") or "—")}


SAYINGS: dict[str, tuple[Say, str, str, bool]] = {
    Code.DEVICE_ALARM: (_raised, "urgent", "red", False),
    Code.DEVICE_ALARM_AGAIN: (_again, "rotate", "orange", False),
    Code.DEVICE_ALARM_REPEATED: (_repeated, "history", "gray", False),
    Code.DEVICE_ALARM_OVER: (_over, "circle-check", "green", False),
    Code.DEVICE_STORM: (_storm, "stack", "red", False),
    Code.DEVICE_STORM_OVER: (_storm_over, "circle-check", "green", False),
    Code.DEVICE_STEPS_BEGUN: (_begun, "tool", "blue", False),
    Code.DEVICE_STEP: (_step, "list-check", "gray", False),
    Code.DEVICE_STEPS_ENDED: (_ended, "checklist", "blue", False),
    Code.DEVICE_CHANGED: (_changed, "devices", "gray", True),
}
