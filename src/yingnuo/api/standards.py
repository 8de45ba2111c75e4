"""Which promise standards and service times are there, and how does one come to a new version?

Draft → propose → approve → in force. Who decides is a person: only a token that acts for a member of staff can.
"""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Path, Router

from yingnuo.api import render
from yingnuo.api import told_standards as out
from yingnuo.api.asked_house import DecideIn, DraftIn, ProposeIn, SwitchIn, YamlIn
from yingnuo.api.organisation import CodePath
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked, staff_of
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.journey import standards as journey
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import NotFound
from yingnuo.people.queries import organisation
from yingnuo.people.roles import require
from yingnuo.promises import life, remarks, versions, written
from yingnuo.promises.life import Proposal
from yingnuo.promises.models import Calendar, Policy, Version, VersionState
from yingnuo.promises.versions import Sort

router = Router(tags=["standards"])
SortPath = Annotated[Literal["policies", "calendars"], Path()]
NumberPath = Annotated[int, Path(ge=1, le=2**31 - 1)]
SORTS = {"policies": Sort.POLICY, "calendars": Sort.CALENDAR}
VERSION = {200: out.VersionDetail, **ALL}
_PEOPLE = ("created_by", "proposed_by", "decided_by")
_MOST = 200


@router.post("/standards/yaml", response={200: out.Versions, **ALL}, summary="Bring in a file (settings.draft)")
def bring(request: Asked, body: YamlIn) -> HttpResponse:
    """Every standard of a file becomes a draft, all of them or none; the refusal names line and rule."""
    require(request.auth, "settings.draft")
    rows = journey.bring(request.auth, found=written.read(body.text), proposal=None, now=instants.now())
    return render.answer(out.Versions(items=[out.VersionOut.model_validate(_version(v)) for v in rows]))


@router.get("/standards/{sort}", response={200: out.Standards, **READING}, summary="List standards (settings.view)")
def list_standards(request: Asked, sort: SortPath) -> HttpResponse:
    """Promise standards (`policies`) or service times (`calendars`), each with what is on its way."""
    require(request.auth, "settings.view")
    kind = SORTS[sort]
    rows = versions.standards_of(kind).order_by(*(("position", "id") if kind is Sort.POLICY else ("code",)))
    states = ("draft", "proposed", "approved")
    open_ones = versions.rows(kind).filter(state__in=states).values_list(f"{kind.value}_id", "state", "number")
    by_state = {(standard, state): number for standard, state, number in open_ones}
    return render.answer(out.Standards(items=[_standard(s, kind, by_state) for s in rows]))


def _standard(s: Policy | Calendar, sort: Sort, known: dict[tuple[int, str], int]) -> out.StandardOut:
    on_its_way = {state: known.get((s.pk, state)) for state in ("draft", "proposed", "approved")}
    active = s.active if isinstance(s, Policy) else True
    return out.StandardOut(sort=sort.value, code=s.code, name=s.name, current=s.current, active=active, **on_its_way)


@router.get(
    "/standards/{sort}/{code}/versions", response={200: out.Versions, **READING}, summary="Versions (settings.view)"
)
def list_versions(request: Asked, sort: SortPath, code: CodePath) -> HttpResponse:
    """Every version of a standard, the newest first, at most 200."""
    require(request.auth, "settings.view")
    kind = SORTS[sort]
    rows = versions.rows(kind).filter(**{f"{kind.value}__code": code}).select_related(*_PEOPLE).order_by("-number")
    return render.answer(out.Versions(items=[out.VersionOut.model_validate(_version(v)) for v in rows[:_MOST]]))


_PLAIN = (
    "number", "edition", "name", "state", "base", "justification", "created_at", "proposed_at", "decided_at",
    "decision_note", "alone", "effective_from", "in_force_at", "ended_at", "review_on", "moves_open",
)  # fmt: skip


def _version(v: Version) -> dict[str, object]:
    staff = organisation.at(revisions.current()).staff
    return {name: getattr(v, name) for name in _PLAIN} | {
        "sort": versions.sort_of(v).value, "code": versions.standard_of(v).code,
        "authors": [render.person(staff[pk]) for pk in v.authors if pk in staff],
        "proposed_by": render.person(v.proposed_by), "decided_by": render.person(v.decided_by),
    }  # fmt: skip


def _detail(v: Version) -> HttpResponse:
    return render.answer(out.VersionDetail.model_validate(_version(v) | {"spec": v.spec}))


def _get(sort: str, code: str, number: int) -> Version:
    kind = SORTS[sort]
    rows = versions.rows(kind).select_related(*_PEOPLE)
    found: Version | None = rows.filter(**{f"{kind.value}__code": code}, number=number).first()
    if found is None:
        raise NotFound(_("There is no such standard."), code="standard_not_found")
    return found


@router.get(
    "/standards/{sort}/{code}/versions/{number}", response={200: out.VersionDetail, **READING},
    summary="Read a version (settings.view)",
)  # fmt: skip
def read_version(request: Asked, sort: SortPath, code: CodePath, number: NumberPath) -> HttpResponse:
    """One version with its wording."""
    require(request.auth, "settings.view")
    return _detail(_get(sort, code, number))


@router.put("/standards/{sort}/{code}/draft", response=VERSION, summary="Write the draft (settings.draft)")
def put_draft(request: Asked, sort: SortPath, code: CodePath, body: DraftIn) -> HttpResponse:
    """Begins the draft of a standard, or of a new one, or changes the one that is there at its `edition`."""
    require(request.auth, "settings.draft")
    kind, now = SORTS[sort], instants.now()
    rows = versions.rows(kind).filter(**{f"{kind.value}__code": code}, state=VersionState.DRAFT)
    open_one: Version | None = rows.first()
    if open_one is not None:
        row = life.edit(request.auth, version=open_one, edition=body.edition, spec=body.spec, name=body.name, now=now)
    else:
        known = versions.standards_of(kind).filter(code=code).first()
        base = int(known.current) if known else 0
        row = life.draft(request.auth, sort=kind, code=code, spec=body.spec, name=body.name, base=base, now=now)
    return _detail(_get(sort, code, row.number))


@router.post("/standards/{sort}/{code}/versions/{number}/propose", response=VERSION, summary="Propose (settings.draft)")
def propose(request: Asked, sort: SortPath, code: CodePath, number: NumberPath, body: ProposeIn) -> HttpResponse:
    """Hands a draft to another person to decide."""
    require(request.auth, "settings.draft")
    said = Proposal(body.justification, body.effective_from, body.review_on, body.moves_open)
    version = _get(sort, code, number)
    journey.propose(request.auth, version=version, edition=body.edition, proposal=said, now=instants.now())
    return _detail(_get(sort, code, number))


@router.post(
    "/standards/{sort}/{code}/versions/{number}/approve", response=VERSION, summary="Approve (settings.approve)"
)
def approve(request: Asked, sort: SortPath, code: CodePath, number: NumberPath, body: DecideIn) -> HttpResponse:
    """Approves another person's proposal; it comes in force at its moment, at once when that is here."""
    require(request.auth, "settings.approve")
    staff_of(request)
    journey.approve(request.auth, version=_get(sort, code, number), note=body.note, now=instants.now())
    return _detail(_get(sort, code, number))


@router.post("/standards/{sort}/{code}/versions/{number}/reject", response=VERSION, summary="Refuse (settings.approve)")
def reject(request: Asked, sort: SortPath, code: CodePath, number: NumberPath, body: DecideIn) -> HttpResponse:
    """Refuses a proposal, with the reason."""
    require(request.auth, "settings.approve")
    staff_of(request)
    journey.reject(request.auth, version=_get(sort, code, number), note=body.note, now=instants.now())
    return _detail(_get(sort, code, number))


@router.post(
    "/standards/{sort}/{code}/versions/{number}/withdraw", response=VERSION, summary="Take back (settings.draft)"
)
def withdraw(request: Asked, sort: SortPath, code: CodePath, number: NumberPath) -> HttpResponse:
    """A draft, a proposal, or what is approved and not in force yet."""
    require(request.auth, "settings.draft")
    life.withdraw(request.auth, version=_get(sort, code, number), now=instants.now())
    return _detail(_get(sort, code, number))


@router.get(
    "/standards/policies/{code}/versions/{number}/lint", response={200: out.Lint, **READING},
    summary="Lint (settings.view)",
)  # fmt: skip
def lint(request: Asked, code: CodePath, number: NumberPath) -> HttpResponse:
    """What is odd about a promise standard as things are here and now."""
    require(request.auth, "settings.view")
    policy = EnginePolicy.from_spec(_get("policies", code, number).spec)
    items = [
        out.RemarkOut(
            code=r.code, grave=r.grave, path=r.path, milestone=r.milestone, sentence=remarks.sentence(r),
        )
        for r in remarks.of(policy, now=instants.now())
    ]  # fmt: skip
    return render.answer(out.Lint(items=items))


@router.get(
    "/standards/{sort}/{code}/versions/{number}/yaml", response={200: out.YamlOut, **READING},
    summary="As a file (settings.view)",
)  # fmt: skip
def read_yaml(request: Asked, sort: SortPath, code: CodePath, number: NumberPath) -> HttpResponse:
    """A version as the YAML that files of standards have."""
    require(request.auth, "settings.view")
    return render.answer(out.YamlOut(text=written.write([_get(sort, code, number)])))


@router.post("/standards/policies/{code}/switch", response={200: out.Standards, **ALL}, summary="Place (settings.edit)")
def switch(request: Asked, code: CodePath, body: SwitchIn) -> HttpResponse:
    """Puts a promise standard in or out of force, or earlier or later among others; the answer is all of them."""
    require(request.auth, "settings.edit")
    policy = Policy.objects.filter(code=code).first()
    if policy is None:
        raise NotFound(_("There is no such standard."), code="standard_not_found")
    versions.place_policy(request.auth, policy=policy, to=body.to, now=instants.now())
    return list_standards(request, "policies")
