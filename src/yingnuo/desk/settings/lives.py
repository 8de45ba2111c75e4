"""Where is a version of a standard proposed, decided about, compared with others, taken back or taken up again?

The same pages for promise standards and service times; `sort` in their addresses says of which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import calendar_faces, differences, drafts, foreseeing, policy_faces
from yingnuo.desk.settings.frame import go, show
from yingnuo.engine.errors import EngineError
from yingnuo.journey import standards as journey
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.promises import life, merging, versions
from yingnuo.promises.life import Proposal, Stale
from yingnuo.promises.models import Calendar, Policy, Version, VersionState
from yingnuo.promises.versions import Sort

SECTIONS = {Sort.POLICY: "policies", Sort.CALENDAR: "calendars"}
_MOST = 100
TONES: Mapping[str, str] = {
    VersionState.DRAFT: "blue", VersionState.PROPOSED: "orange", VersionState.APPROVED: "purple",
    VersionState.IN_FORCE: "green", VersionState.SUPERSEDED: "gray", VersionState.REJECTED: "red",
    VersionState.WITHDRAWN: "gray",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """A version in a list: itself, the word and colour of its state."""

    version: Version
    word: str
    tone: str


def chip(version: Version) -> Chip:
    """The chip of one version."""
    return Chip(version, str(VersionState(version.state).label), TONES[version.state])


def history(standard: Policy | Calendar) -> list[Chip]:
    """The versions of a standard, the newest first."""
    sort = Sort.POLICY if isinstance(standard, Policy) else Sort.CALENDAR
    people = ("created_by", "proposed_by", "decided_by")
    rows = versions.rows(sort).filter(**{sort.value: standard}).select_related(*people).order_by("-number")
    return [chip(version) for version in rows[:_MOST]]


def waiting(standard: Policy | Calendar) -> list[Chip]:
    """Its versions that are on their way: drafted, proposed or approved."""
    return [c for c in history(standard) if c.version.state in ("draft", "proposed", "approved")]


def around(request: DeskRequest, draft: drafts.Draft) -> dict[str, Any]:
    """What stands around a standard that is worked on: what its draft changes, what is on its way, its history."""
    standard, row = draft.policy, draft.version
    mine = row is not None and (life.wrote(request.actor, row) or request.actor.may("settings.edit"))
    return {
        "changes": differences.told(draft.sort, draft.saved, draft.spec) if draft.version else (),
        "newer": standard.current if draft.stale else 0, "may_withdraw": mine,
        "waiting": [c for c in waiting(standard) if c.version.state != VersionState.DRAFT],
        "history": history(standard), "standard": standard, "sort": draft.sort.value, **_address(draft.sort),
    }  # fmt: skip


def asked_version(request: DeskRequest, sort: Sort, code: str) -> Version:
    """The version the address asks for, else the draft, else what is in force."""
    asked = request.GET.get("version", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        return _get(sort, code, int(asked))
    draft = drafts.of(code, sort)
    return draft.version or _get(sort, code, draft.policy.current)


def _get(sort: Sort, code: str, number: int) -> Version:
    rows = versions.rows(sort).select_related("created_by", "edited_by", "proposed_by", "decided_by")
    found: Version = get_object_or_404(rows, **{f"{sort.value}__code": code}, number=number)
    return found


@signed_in_who_may("settings.view")
def version(request: DeskRequest, sort: str, code: str, number: int) -> HttpResponseBase:
    """One version: who, when and why, what it changes, what lint says; posted, the decision about it."""
    row = _get(Sort(sort), code, number)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _decided(request, row)
        except Refused as refused:
            errors = _said(refused)
            row = _get(Sort(sort), code, number)
    return show(
        request, "version.html", _about(request, row) | {"errors": errors, "note": request.POST.get("note", "")},
        section=SECTIONS[Sort(sort)], status=422 if errors else 200,
    )  # fmt: skip


def _decided(request: DeskRequest, row: Version) -> HttpResponseBase:
    note = request.POST.get("note", "")
    if request.POST.get("do") == "reject":
        journey.reject(request.actor, version=row, note=note, now=request.now)
        messages.success(request, _("Version %(number)s is refused.") % {"number": row.number})
    else:
        row = journey.approve(request.actor, version=row, note=note, now=request.now)
        said = {
            VersionState.IN_FORCE: _("Version %(number)s is in force for tickets from now on."),
            VersionState.APPROVED: _("Version %(number)s is approved and comes in force at its moment."),
        }[VersionState(row.state)]
        messages.success(request, said % {"number": row.number})
    return go(request, f"settings_{versions.sort_of(row).value}_version", versions.standard_of(row).code, row.number)


def _said(refused: Refused) -> dict[str, str]:
    """What a page shows of a refusal, with what differs where somebody was quicker."""
    fields = dict(refused.fields) if isinstance(refused, Invalid) else {}
    return {name: str(words) for name, words in fields.items()} or {"": str(refused)}


def _about(request: DeskRequest, row: Version) -> dict[str, Any]:
    sort, standard = versions.sort_of(row), versions.standard_of(row)
    before = _before(row)
    context = {
        "sort": sort.value, "standard": standard, "chip": chip(row), "version": row, "before": before,
        "changes": differences.told(sort, before.spec, row.spec) if before else (), "history": history(standard),
        "may_draft": request.actor.may("settings.draft"), "overtaken": life.overtaken(row),
        **_may(request, row), **_address(sort),
    }  # fmt: skip
    return context | _content(request, row)


def _address(sort: Sort) -> dict[str, str]:
    """Names of the addresses of a sort, for templates."""
    return {
        "version_url": f"desk:settings_{sort.value}_version", "standard_url": f"desk:settings_{sort.value}",
        "list_url": f"desk:settings_{SECTIONS[sort]}", "compare_url": f"desk:settings_{sort.value}_compare",
        "do_url": f"desk:settings_{sort.value}_do", "propose_url": f"desk:settings_{sort.value}_propose",
    }  # fmt: skip


def _before(row: Version) -> Version | None:
    """What a version is compared with: what it was made from; what is in force where it is not decided yet."""
    standard = versions.standard_of(row)
    number = standard.current if row.state in ("draft", "proposed", "approved") else row.base
    found: Version | None = versions.siblings(row).filter(number=number).exclude(pk=row.pk).first()
    return found


def _may(request: DeskRequest, row: Version) -> dict[str, Any]:
    """What the reader may do about it, and if not, why."""
    actor, own = request.actor, life.wrote(request.actor, row)
    others = list(life.deciders(row).order_by("name").values_list("name", flat=True)[:5])
    proposed = row.state == VersionState.PROPOSED
    on_its_way = row.state in ("draft", "proposed", "approved")
    return {
        "decides": proposed and actor.may("settings.approve") and (not own or not others),
        "alone": proposed and own and not others, "others": others if proposed else (),
        "may_withdraw": on_its_way and actor.may("settings.draft") and (own or actor.may("settings.edit")),
    }  # fmt: skip


def _content(request: DeskRequest, row: Version) -> dict[str, Any]:
    """The version itself: a standard's table and lint, a service time's hours, and whom it would move."""
    moved = foreseeing.of_version(row, asked="foresee" in request.GET, now=request.now)
    if versions.sort_of(row) is Sort.POLICY:
        return policy_faces.grid(row.spec, row.spec, now=request.now) | {"may_edit": False, "policy": row} | moved
    return {"hours": calendar_faces.in_words(row.spec)} | moved


@signed_in_who_may("settings.draft")
def propose(request: DeskRequest, sort: str, code: str) -> HttpResponseBase:
    """The draft with its reason goes to another person to decide."""
    draft = drafts.of(code, Sort(sort))
    if draft.version is None:
        return go(request, f"settings_{sort}", code)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            return _proposed(request, draft)
        except Stale as refused:
            errors = {"": stale_words(draft.sort, refused)}
        except Refused as refused:
            errors = _said(refused)
    people = life.deciders(draft.version).exclude(pk=request.staff.pk)
    context = _about(request, draft.version) | {
        "draft": draft, "errors": errors, "form": _typed(request, draft.version),
        "zone": timezone.get_current_timezone_name(), "deciders": list(people.order_by("name")[:5]),
    }  # fmt: skip
    return show(request, "propose.html", context, section=SECTIONS[draft.sort], status=422 if errors else 200)


def _typed(request: DeskRequest, row: Version) -> dict[str, Any]:
    if request.method == "POST":
        return request.POST.dict()
    return {"justification": row.justification, "moves": "follow" if row.moves_open else "stay"}


def _proposed(request: DeskRequest, draft: drafts.Draft) -> HttpResponseBase:
    assert draft.version is not None  # noqa: S101  # the view has looked
    if request.POST.get("at") != draft.token:
        raise drafts.stale(draft, draft.version.spec)
    proposal = Proposal(
        request.POST.get("justification", ""), _moment(request.POST.get("effective_from", "")),
        _day(request.POST.get("review_on", "")), request.POST.get("moves") == "follow",
    )  # fmt: skip
    row = journey.propose(
        request.actor, version=draft.version, edition=draft.version.edition, proposal=proposal, now=request.now
    )
    messages.success(request, _("Version %(number)s is proposed and waits for a decision.") % {"number": row.number})
    return go(request, f"settings_{draft.sort.value}_version", draft.policy.code, row.number)


def _moment(text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        return calendar_faces.read_moment(text, ZoneInfo(timezone.get_current_timezone_name()))
    except EngineError as error:
        said = _("“%(given)s” is no date and time.") % {"given": text}
        raise Invalid(said, fields={"effective_from": said}) from error


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        said = _("“%(given)s” is no date.") % {"given": text}
        raise Invalid(said, fields={"review_on": said}) from error


def stale_words(sort: Sort, refused: Stale) -> str:
    """A refusal because somebody was quicker, with what differs."""
    lines = differences.told(sort, refused.theirs, refused.mine)
    return f"{refused} " + _("What differs: %(lines)s") % {"lines": "; ".join(lines)} if lines else str(refused)


@signed_in_who_may("settings.view")
def compare(request: DeskRequest, sort: str, code: str) -> HttpResponseBase:
    """Any two versions side by side."""
    kind = Sort(sort)
    standard: Policy | Calendar = get_object_or_404(versions.standards_of(kind), code=code)
    chips = history(standard)
    by_number = {c.version.number: c for c in chips}
    if not by_number:
        raise Http404
    new = _picked(request, "to", by_number, next(iter(by_number)))
    old = _picked(request, "from", by_number, standard.current or min(by_number))
    context = {
        "sort": sort, "standard": standard, "chips": chips, "old": by_number[old], "new": by_number[new],
        "changes": differences.told(kind, by_number[old].version.spec, by_number[new].version.spec), **_address(kind),
    }  # fmt: skip
    return show(request, "compare.html", context, section=SECTIONS[kind])


def _picked(request: DeskRequest, name: str, known: Mapping[int, Chip], otherwise: int) -> int:
    asked = request.GET.get(name, "")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else otherwise
    return number if number in known else otherwise


@require_POST
@signed_in_who_may("settings.draft")
def do(request: DeskRequest, sort: str, code: str, number: int) -> HttpResponseBase:
    """Takes a version back, brings what came in force meanwhile into a draft, or begins a draft from this version."""
    row = _get(Sort(sort), code, number)
    deed = {"withdraw": _withdraw, "rebase": _rebase, "redraft": _redraft}.get(request.POST.get("do", ""))
    if deed is None:
        raise Http404
    try:
        deed(request, row)
    except Stale as refused:
        messages.error(request, stale_words(Sort(sort), refused))
    except Refused as refused:
        messages.error(request, str(refused))
    return go(request, f"settings_{sort}", code)


def _withdraw(request: DeskRequest, row: Version) -> None:
    life.withdraw(request.actor, version=row, now=request.now)
    messages.info(request, _("Version %(number)s is taken back. It can be taken up again.") % {"number": row.number})


def _rebase(request: DeskRequest, row: Version) -> None:
    draft = drafts.of(versions.standard_of(row).code, versions.sort_of(row))
    if draft.version is None or request.POST.get("at") != draft.token:
        raise drafts.stale(draft, row.spec)
    base = versions.siblings(row).filter(number=draft.version.base).first()
    merged = merging.merge(base.spec if base else {}, draft.saved, draft.spec)
    life.edit(
        request.actor, version=draft.version, edition=draft.version.edition, spec=merged.spec,
        base=draft.policy.current, now=request.now,
    )  # fmt: skip
    said = _("The changes of version %(number)s are brought in.") % {"number": draft.policy.current}
    both = _("Both changed, and the draft’s was kept: %(places)s") % {"places": ", ".join(merged.both)}
    messages.info(request, f"{said} {both}" if merged.both else said)


def _redraft(request: DeskRequest, row: Version) -> None:
    standard = versions.standard_of(row)
    life.draft(
        request.actor, sort=versions.sort_of(row), code=standard.code, spec=row.spec, name=row.name,
        base=standard.current, now=request.now,
    )  # fmt: skip
    messages.success(request, _("A draft is begun from version %(number)s.") % {"number": row.number})
