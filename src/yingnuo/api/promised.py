"""What is promised, and what would be?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from yingnuo.api import happened, render, told
from yingnuo.api.asked import PathId, PreviewIn, PromiseQuery
from yingnuo.api.refused import READING
from yingnuo.api.tokens import Asked
from yingnuo.engine import clock
from yingnuo.engine.clock import Mark, MarkKind
from yingnuo.engine.policy import Facts, Match
from yingnuo.journey import proof
from yingnuo.kit import instants, pages, revisions
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.people.queries import organisation
from yingnuo.people.roles import Actor, require
from yingnuo.promises import naming
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.promises.standards import calendar, standards
from yingnuo.routing import services as routing
from yingnuo.routing.services import Decision, Draft
from yingnuo.tickets import queries

router = Router(tags=["promises"])
HORIZON = timedelta(days=5 * 365)  # calendars are compiled for the years around us


@router.get("/promises", response={200: told.PromisePage, **READING}, summary="List promises (ticket.view)")
def list_promises(request: Asked, asked: Query[PromiseQuery]) -> HttpResponse:
    """The promises of the tickets within the token's sight, the newest first."""
    require(request.auth, "ticket.view")
    now = instants.now()
    rows = Promise.objects.filter(_state(asked.state, now))
    if request.auth.teams is not None:
        rows = rows.filter(ticket__in=queries.visible_to(request.auth))
    if asked.milestone:
        rows = rows.filter(milestone=_known(asked.milestone))
    if asked.ticket:
        rows = rows.filter(ticket_id=asked.ticket)
    page = pages.keyset(rows, by=["-id"], after=asked.after, size=asked.limit)
    return render.answer(told.PromisePage(items=[render.promise(p, now=now) for p in page.rows], next=page.next))


@router.get(
    "/promises/{promise_id}", response={200: told.PromiseOut, **READING}, summary="Read a promise (ticket.view)"
)
def read_promise(request: Asked, promise_id: PathId) -> HttpResponse:
    """The promise as it stands at this moment, how its due moment came about, and everything that happened to it."""
    now = instants.now()
    row = _promise(request.auth, promise_id)
    return render.answer(happened.explained(row, now=now))


@router.get(
    "/promises/{promise_id}/proof", response={200: told.ProofOut, **READING}, summary="Take out a proof (ticket.view)"
)
def read_proof(request: Asked, promise_id: PathId) -> HttpResponse:
    """The proof of a promise as `yingnuo verify` checks it; the ledger keeps that it was taken out."""
    now = instants.now()
    row = _promise(request.auth, promise_id)
    found = proof.export(request.auth, ticket_id=row.ticket_id, promise_id=row.pk, form="api", now=now)
    return HttpResponse(proof.as_json(found, words={}), content_type="application/json")


def _promise(actor: Actor, pk: int) -> Promise:
    require(actor, "ticket.view")
    row = Promise.objects.filter(pk=pk, ticket__in=queries.visible_to(actor)).first()
    if row is None:
        raise NotFound(_("There is no such promise."), code="promise_not_found")
    return row


def _state(state: str, now: datetime) -> Q:
    owed = Q(ended_at=None)
    if state == "open":
        return owed
    return owed & Q(due_at__lt=now) if state == "overdue" else Q(standing=state)


@router.post("/preview", response={200: told.PreviewOut, **READING}, summary="What would be promised? (ticket.view)")
def preview(request: Asked, body: PreviewIn) -> HttpResponse:
    """What would be promised to a ticket of these facts: by which rule, due when, and why not by the rules before."""
    require(request.auth, "ticket.view")
    at = _moment(body.at, now=instants.now())
    revision = revisions.current()
    decision = routing.decide(draft_of(body), revision=revision)
    facts = _facts(body, decision, revision)
    matches = standards.at(revision).match_all(facts)
    shown = told.PreviewOut(
        kind=facts.kind, urgency=facts.urgency, team=facts.team, product_line=facts.product_line,
        tags=list(facts.tags), dispatch_rules=list(decision.names), at=at,
        milestones=[_milestone(m, instants.seconds(at)) for m in matches.values()],
    )  # fmt: skip
    return render.answer(shown)


def _moment(asked: datetime | None, *, now: datetime) -> datetime:
    if asked is None:
        return now
    if abs(asked - now) > HORIZON:
        text = _("Choose a moment within five years.")
        raise Invalid(text, fields={"at": text})
    return asked


def draft_of(body: PreviewIn) -> Draft:
    """What dispatch is told of facts that a program names."""
    return Draft(
        text=body.text, via=body.via, kind=body.kind or "", urgency=body.urgency or "", tier=body.tier,
        region=body.region, product_line=body.product_line, tags=body.tags,
    )  # fmt: skip


def _facts(body: PreviewIn, decision: Decision, revision: int) -> Facts:
    org = organisation.at(revision)
    team = org.by_code(body.team) if body.team else org.teams.get(decision.team or 0)
    return Facts(
        kind=decision.kind, urgency=decision.urgency, channel=body.via, tier=body.tier,
        product_line=decision.product_line, region=body.region, team=team.code if team else "",
        team_tier=team.tier if team else 0, tags=decision.tags,
    )  # fmt: skip


def _known(milestone: str) -> str:
    """A milestone by its code; Invalid when neither the product nor a standard in force names it."""
    if milestone not in MilestoneCode.values and milestone not in naming.declared():
        raise Invalid(_("This value cannot be used."), fields={"milestone": _("Choose from the list.")})
    return milestone


def _milestone(match: Match, at: int) -> told.MilestonePreview:
    terms = match.terms
    due = clock.fold(terms, [Mark(MarkKind.STARTED, at)], at, calendar).due if terms else None
    return told.MilestonePreview(
        milestone=match.milestone, promised=terms is not None, rule=match.rule,
        agreement=terms.agreement if terms else "", target_seconds=terms.target_seconds if terms else None,
        calendar=terms.calendar if terms else "", due_at=instants.instant_or_none(due),
        policy=terms.policy if terms else "", guide=terms.guide if terms else "", tried=_tried(match),
    )  # fmt: skip


def _tried(match: Match) -> list[told.TriedOut]:
    return [
        told.TriedOut(
            rule=tried.rule,
            reasons=[
                told.ReasonOut(fact=r.fact, test=r.test, asked=[str(a) for a in r.asked], actual=str(r.actual))
                for r in tried.reasons
            ],
        )
        for tried in match.tried
    ]
