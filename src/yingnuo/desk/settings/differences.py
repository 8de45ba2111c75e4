"""What is different between two versions of a standard, in words, by rule and field?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk.settings import calendar_faces, words
from yingnuo.desk.settings.calendar_forms import hours_text
from yingnuo.desk.settings.policy_edit import Cell
from yingnuo.desk.settings.words import Lexicon
from yingnuo.engine.errors import EngineError
from yingnuo.engine.terms import Step
from yingnuo.promises.models import MilestoneCode
from yingnuo.promises.versions import Sort

Spec = Mapping[str, Any]
_MOST_DATES = 8


def told(sort: Sort, old: Spec, new: Spec) -> list[str]:
    """Every difference as one line, in the order of the table or the form."""
    return _policy(old, new) if sort is Sort.POLICY else _calendar(old, new)


def _arrow(place: str, old: object, new: object) -> str:
    return _("%(place)s: %(old)s → %(new)s") % {"place": place, "old": old or "—", "new": new or "—"}


# Policies


def _policy(old: Spec, new: Spec) -> list[str]:
    lexicon = words.lexicon()
    before = {rule["code"]: rule for rule in old.get("rules", ())}
    after = {rule["code"]: rule for rule in new.get("rules", ())}
    lines = [_("Rule %(subject)s is deleted") % {"subject": code} for code in before if code not in after]
    for place, (code, rule) in enumerate(after.items(), 1):
        lines += _rule(code, before[code], rule, lexicon) if code in before else [_added(place, rule, lexicon)]
    lines += _moved(list(before), list(after))
    lines += [line for name, pair in _pairs(old.get("ladders"), new.get("ladders")) for line in _ladder(name, *pair)]
    lines += [_pauses(name, *pair) for name, pair in _pairs(old.get("pause_sets"), new.get("pause_sets"))]
    rest = {"title": _("Title"), "agreement": _("Agreement"), "milestones": _("Own milestones")}
    changed = [(word, old.get(key), new.get(key)) for key, word in rest.items() if old.get(key) != new.get(key)]
    return lines + [_arrow(word, _written(one), _written(other)) for word, one, other in changed]


def _pairs(old: Spec | None, new: Spec | None) -> Iterable[tuple[str, tuple[Any, Any]]]:
    """The named parts that differ, with what they were and are."""
    one, other = old or {}, new or {}
    return [(name, (one.get(name), other.get(name))) for name in {**one, **other} if one.get(name) != other.get(name)]


def _added(place: int, rule: Spec, lexicon: Lexicon) -> str:
    promises = "; ".join(f"{_milestone(m)} {_promise(p)}" for m, p in rule.get("promises", {}).items())
    return _("New rule %(subject)s at place %(place)s, for %(tickets)s: %(promises)s") % {
        "subject": rule["code"], "place": place, "tickets": words.condition(rule.get("when"), lexicon),
        "promises": promises,
    }  # fmt: skip


def _rule(code: str, old: Spec, new: Spec, lexicon: Lexicon) -> list[str]:
    lines = []
    if (old.get("when") or {}) != (new.get("when") or {}):
        asked = (words.condition(one.get("when"), lexicon) for one in (old, new))
        lines.append(_arrow(_("Rule %(rule)s, for which tickets") % {"rule": code}, *asked))
    if old.get("title", "") != new.get("title", ""):
        lines.append(_arrow(_("Rule %(rule)s, title") % {"rule": code}, old.get("title"), new.get("title")))
    silent = Cell.SILENT.value
    before, after = old.get("promises", {}), new.get("promises", {})
    for milestone in {**before, **after}:
        pair = before.get(milestone, silent), after.get(milestone, silent)
        if pair[0] != pair[1]:
            place = _("Rule %(rule)s, %(milestone)s") % {"rule": code, "milestone": _milestone(milestone)}
            lines.append(_cell(place, *pair))
    return lines


def _cell(place: str, old: object, new: object) -> str:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return _arrow(place, _promise(old), _promise(new))
    labels = _fields()
    parts = [
        _arrow(labels.get(key, key), _written(old.get(key)), _written(new.get(key)))
        for key in {**labels, **old, **new}
        if old.get(key) != new.get(key)
    ]
    return _("%(place)s: %(problem)s") % {"place": place, "problem": "; ".join(parts)}


def _fields() -> dict[str, str]:
    return {
        "target": _("target"), "calendar": _("calendar"), "ladder": _("ladder"), "pauses": _("pauses"),
        "answered_by": _("who answers"), "on_reopen": _("when reopened"), "grace": _("extra time"),
        "guide": _("operating rule"), "agreement": _("agreement"),
    }  # fmt: skip


def _milestone(code: str) -> str:
    return str(MilestoneCode(code).label) if code in MilestoneCode.values else code


def _promise(promise: object) -> str:
    if promise == Cell.SILENT.value:
        return _("rules below decide")
    if not isinstance(promise, Mapping):
        return _("no promise")
    return " · ".join(_written(promise[key]) for key in ("target", "calendar", "ladder") if promise.get(key))


def _written(value: object) -> str:
    """A value of a file as people read it: seconds as a span, lists with commas, steps written out as such."""
    if isinstance(value, int) and not isinstance(value, bool):
        return words.span(value)
    if isinstance(value, list | tuple):
        return ", ".join(v if isinstance(v, str) else str(v.get("step", "")) for v in value)
    return str(value or "")


def _moved(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The rules that were moved: those outside the longest stretches that kept their order."""
    one, other = [code for code in old if code in new], [code for code in new if code in old]
    kept = {
        code for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
        for code in one[block.a : block.a + block.size]
    }  # fmt: skip
    return [
        _("Rule %(rule)s moves from place %(old)s to place %(new)s")
        % {"rule": code, "old": old.index(code) + 1, "new": new.index(code) + 1}
        for code in other
        if code not in kept
    ]


def _ladder(name: str, old: list[Spec] | None, new: list[Spec] | None) -> list[str]:
    if old is None:
        return [_("New ladder %(subject)s") % {"subject": name}]
    if new is None:
        return [_("Ladder %(subject)s is deleted") % {"subject": name}]
    one, other = ({str(step.get("step")): step for step in steps} for steps in (old, new))
    lines = [
        _arrow(_("Ladder %(ladder)s, step %(step)s") % {"ladder": name, "step": step}, *map(_step, pair))
        for step, pair in _pairs(one, other)
    ]
    return lines or [_("Ladder %(ladder)s: the order of the steps changes") % {"ladder": name}]


def _step(spec: Spec | None) -> str:
    if spec is None:
        return ""
    try:
        step = Step.from_spec(spec)
    except EngineError:  # of an older version of the product; shown as it is written
        return str(dict(spec))
    return f"{words.moment(step)}, {words.told_people(step)}"


def _pauses(name: str, old: Any, new: Any) -> str:
    known = words.reasons()
    named = ([reasons] if isinstance(reasons, str) else list(reasons or ()) for reasons in (old, new))
    listed = (", ".join(known.get(reason, reason) for reason in reasons) for reasons in named)
    return _arrow(_("Pause set %(subject)s") % {"subject": name}, *listed)


# Calendars


def _calendar(old: Spec, new: Spec) -> list[str]:
    lines = []
    if old.get("timezone") != new.get("timezone"):
        lines.append(_arrow(_("Time zone"), old.get("timezone"), new.get("timezone")))
    if bool(old.get("always_open")) != bool(new.get("always_open")):
        always, hours = _("always open"), _("open at the hours below")
        lines.append(_arrow(_("Hours"), *(always if one.get("always_open") else hours for one in (old, new))))
    for day, name in calendar_faces.weekday_names().items():
        pair = [hours_text((one.get("weekly") or {}).get(day) or ()) for one in (old, new)]
        if pair[0] != pair[1]:
            lines.append(_arrow(name, *(text or _("closed") for text in pair)))
    lines += _public(old.get("public_holidays") or {}, new.get("public_holidays") or {})
    for key, word in (("holidays", _("closed on")), ("holidays_yearly", _("closed every year on"))):
        lines += _dates(word, set(old.get(key) or ()), set(new.get(key) or ()))
    for key in ("overrides", "breaks", "names"):
        lines += [_day(key, day, *pair) for day, pair in _pairs(old.get(key), new.get(key))]
    return lines


def _public(old: Spec, new: Spec) -> list[str]:
    labels = {"country": _("Country"), "subdivision": _("Province or state"), "years": _("Years")}
    lines = [
        _arrow(_("Public holidays, %(field)s") % {"field": word}, *(_years(one.get(key)) for one in (old, new)))
        for key, word in labels.items()
        if old.get(key) != new.get(key)
    ]
    hours = [hours_text(one.get("makeup_windows") or ()) for one in (old, new)]
    return lines + ([_arrow(_("Hours on make-up workdays (调休)"), *hours)] if hours[0] != hours[1] else [])


def _years(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def _dates(word: str, old: set[str], new: set[str]) -> list[str]:
    lines = []
    for sentence, days in ((_("Now %(what)s: %(days)s"), new - old), (_("No longer %(what)s: %(days)s"), old - new)):
        shown = sorted(days)[:_MOST_DATES] + (["…"] if len(days) > _MOST_DATES else [])
        if days:
            lines.append(sentence % {"what": word, "days": ", ".join(shown)})
    return lines


def _day(key: str, day: str, old: Any, new: Any) -> str:
    if key == "names":
        return _arrow(_("Name of %(day)s") % {"day": day}, old, new)
    words_of = {"overrides": _("Hours on %(day)s"), "breaks": _("Closed hours on %(day)s")}
    usual = _("as usual")
    pair = (usual if hours is None else hours_text(hours) or _("closed") for hours in (old, new))
    return _arrow(words_of[key] % {"day": day}, *pair)
