"""How are one promise, one ladder and one pause set filled in as fields?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from yingnuo.desk.settings import words
from yingnuo.desk.settings.policy_edit import Cell
from yingnuo.engine import specs
from yingnuo.engine.errors import BadSpec
from yingnuo.engine.milestones import KEYS

OWN = "own"
_MOST_STEPS = 30


@dataclass(frozen=True, slots=True)
class CellForm:
    """One cell of the promise table as text; `course` is what the rule writes of it, kept as it is."""

    mode: str = "promise"
    target: str = ""
    calendar: str = "office"
    ladder: str = ""
    pauses: str = ""
    own_pauses: tuple[str, ...] = ()
    answered_by: str = "person"
    on_reopen: str = "continue"
    grace: str = ""
    guide: str = ""
    agreement: str = ""
    own_ladder: tuple[Any, ...] = ()
    checklist: str = ""
    qualifies: str = "answer"
    course: tuple[tuple[str, Any], ...] = ()


def cell_of(promises: Mapping[str, Any], milestone: str) -> CellForm:
    """The form for what a rule says about a milestone."""
    if milestone not in promises:
        return CellForm(mode=Cell.SILENT.value)
    p = promises[milestone]
    if p is None:
        return CellForm(mode=Cell.NONE.value)
    pauses, ladder = p.get("pauses", ""), p.get("ladder", "")
    own = () if isinstance(pauses, str) else tuple(pauses)
    return CellForm(
        target=_written(p.get("target", "")), calendar=str(p.get("calendar", "")),
        ladder=ladder if isinstance(ladder, str) else OWN if ladder else "",
        own_ladder=() if isinstance(ladder, str) else tuple(ladder),
        pauses=pauses if isinstance(pauses, str) else OWN if own else "", own_pauses=own,
        answered_by=p.get("answered_by", "person"), on_reopen=p.get("on_reopen", "continue"),
        grace=_written(p.get("grace", "")) if p.get("grace") else "", guide=str(p.get("guide", "")),
        agreement=p.get("agreement", ""), checklist="\n".join(p.get("checklist", ())),
        qualifies=p.get("qualifies", "answer"), course=tuple((key, p[key]) for key in KEYS if key in p),
    )  # fmt: skip


def _written(value: object) -> str:
    return words.span(value) if isinstance(value, int) else str(value)


def cell_from(posted: QueryDict) -> CellForm:
    """The cell as it was sent."""
    names = (
        "mode",
        "target",
        "calendar",
        "ladder",
        "pauses",
        "answered_by",
        "on_reopen",
        "grace",
        "guide",
        "agreement",
        "checklist",
        "qualifies",
    )
    given: dict[str, Any] = {name: posted.get(name, "").strip() for name in names if name in posted}
    return replace(CellForm(), **given, own_pauses=tuple(posted.getlist("own_pauses")))


def promise_of(form: CellForm, before: CellForm) -> Mapping[str, Any] | Cell:
    """What the cell says as a specification. `before` keeps what no field shows: own ladder steps, an own course."""
    if form.mode in (Cell.SILENT.value, Cell.NONE.value):
        return Cell(form.mode)
    pauses: Any = list(form.own_pauses) if form.pauses == OWN else form.pauses
    ladder: Any = list(before.own_ladder) if form.ladder == OWN else form.ladder
    promise = {
        "target": _number(form.target),
        "calendar": form.calendar, "ladder": ladder, "pauses": pauses,
        "answered_by": "" if form.answered_by == "person" else form.answered_by,
        "on_reopen": "" if form.on_reopen == "continue" else form.on_reopen,
        "grace": form.grace, "guide": form.guide, "agreement": form.agreement,
        "checklist": [line.strip() for line in form.checklist.splitlines() if line.strip()],
        "qualifies": "" if form.qualifies == "answer" else form.qualifies,
    }  # fmt: skip
    said = {key: value for key, value in promise.items() if value or key in ("target", "calendar")}
    return said | dict(before.course)


@dataclass(frozen=True, slots=True)
class StepForm:
    """One step of a ladder as text."""

    code: str = ""
    when: str = "before"
    span: str = ""
    share: str = ""
    of: str = ""
    to: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    ack: str = ""
    repeat: str = ""
    times: str = ""
    quiet: str = "hold"


def steps_of(ladder: list[Mapping[str, Any]]) -> list[StepForm]:
    """The form for a stored ladder."""
    return [_step_of(step) for step in ladder]


def _step_of(step: Mapping[str, Any]) -> StepForm:
    when = next((w for w in ("before", "after", "unacknowledged") if w in step), "before")
    value, share = step.get(when, ""), step.get("share")
    return StepForm(
        code=str(step.get("step", "")), when=when, span="" if when == "unacknowledged" else _written(value),
        of=str(value) if when == "unacknowledged" else "", share=f"{float(share) * 100:g}" if share else "",
        to=_texts(step.get("to", ())), by=_texts(step.get("by", ())),
        ack=_written(step["ack"]) if step.get("ack") else "",
        repeat=_written(step["repeat"]) if step.get("repeat") else "", times=str(step.get("times", "")),
        quiet=str(step.get("quiet", "hold")),
    )  # fmt: skip


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(map(str, value))


def steps_from(posted: QueryDict) -> list[StepForm]:
    """The steps as they were sent; rows without a name are left out."""
    rows = [n for n in range(_MOST_STEPS) if posted.get(f"step_{n}", "").strip()]
    return [_sent(posted, n) for n in rows]


def _sent(posted: QueryDict, n: int) -> StepForm:
    def text(part: str) -> str:
        return posted.get(f"{part}_{n}", "").strip()

    return StepForm(
        text("step"), text("when") or "before", text("span"), text("share").rstrip("% "), text("of"),
        tuple(posted.getlist(f"to_{n}")), tuple(posted.getlist(f"by_{n}")), text("ack"),
        text("repeat"), text("times"), text("quiet") or "hold",
    )  # fmt: skip


def ladder_from(steps: list[StepForm]) -> list[dict[str, Any]]:
    """The steps as a specification; BadSpec for a share that is no number."""
    return [_ladder_step(step, n) for n, step in enumerate(steps)]


def _ladder_step(step: StepForm, n: int) -> dict[str, Any]:
    spec: dict[str, Any] = {"step": step.code}
    if step.when == "unacknowledged":
        spec["unacknowledged"] = step.of
    else:
        share = specs.SHARE.fullmatch(step.span)
        spec[step.when] = step.span if share else specs.duration(_number(step.span), f"ladder[{n}].{step.when}")
    if step.share and step.when == "before":
        spec["share"] = _share(step.share, f"ladder[{n}].share")
    return spec | {key: list(value) for key, value in (("to", step.to), ("by", step.by)) if value} | _more(step)


def _more(step: StepForm) -> dict[str, Any]:
    more: dict[str, Any] = {"ack": _number(step.ack)} if step.ack else {}
    if step.repeat or step.times:
        more |= {"repeat": _number(step.repeat), "times": int(step.times) if step.times.isdecimal() else step.times}
    return more | ({"quiet": step.quiet} if step.quiet != "hold" else {})


def _number(text: str) -> str | int:
    """A bare number is refused by the engine's reader of texts (are 60 seconds or minutes meant?), but for zero."""
    return 0 if text == "0" else text


def _share(text: str, path: str) -> float:
    try:
        percent = float(text)
    except ValueError as error:
        raise specs.refusal(path, "not_a_share", given=text) from error
    if not 0 < percent <= 100:
        raise BadSpec(path, "not_a_share", "0 < share <= 100", given=text)
    return round(percent / 100, 6)
