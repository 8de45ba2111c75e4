"""Why was a promise broken, is it excused, and which link used its time?"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Router

from yingnuo.api import render, told
from yingnuo.api import told_breach as out
from yingnuo.api.asked import BreachExcuseIn, BreachReasonIn, PathId
from yingnuo.api.refused import ALL, READING
from yingnuo.api.tokens import Asked
from yingnuo.journey import breaches as deeds
from yingnuo.kit import instants, revisions
from yingnuo.kit.errors import NotFound
from yingnuo.people.queries import Organisation, organisation
from yingnuo.people.roles import require
from yingnuo.promises import breach_reasons, breaches, links
from yingnuo.promises.breach_models import Breach, Evidence
from yingnuo.promises.breaches import Given
from yingnuo.promises.links import Chain, Link
from yingnuo.promises.models import Promise
from yingnuo.tickets import queries

router = Router(tags=["breaches"])


@router.get("/breach-reasons", response={200: out.BreachReasons, **READING}, summary="List reasons (ticket.view)")
def reasons(request: Asked) -> HttpResponse:
    """The reasons that can be given for a breach, worded in your language."""
    require(request.auth, "ticket.view")
    return reasons_told()


def reasons_told() -> HttpResponse:
    """The list of reasons as an answer."""
    offered = breach_reasons.offered()
    items = [out.BreachReasonOut(code=r.code, word=r.word, needs_words=r.needs_words) for r in offered]
    return render.answer(out.BreachReasons(items=items))


@router.get("/promises/{promise_id}/breach", response={200: out.BreachOut, **READING}, summary="Read (ticket.view)")
def read(request: Asked, promise_id: PathId) -> HttpResponse:
    """The file of a broken promise; one about which nothing was said yet has an empty one. 404 where nothing broke."""
    return answer(request, promise_id, instants.now())


@router.post(
    "/promises/{promise_id}/breach/reason",
    response={200: out.BreachOut, **ALL},
    summary="Say why (breach.reason)",
)
def give_reason(request: Asked, promise_id: PathId, body: BreachReasonIn) -> HttpResponse:
    """Says why the promise was broken, or says it better; evidence that is there stays."""
    now, given = instants.now(), Given(body.reason, body.words, body.messages, body.events)
    ticket = promise_of(request, promise_id).ticket_id
    deeds.give_reason(request.auth, ticket_id=ticket, promise_id=promise_id, given=given, version=body.version, now=now)
    return answer(request, promise_id, now)


@router.post(
    "/promises/{promise_id}/breach/excuse", response={200: out.BreachOut, **ALL},
    summary="Ask for an excuse (breach.reason, breach.list)",
)  # fmt: skip
def ask_excuse(request: Asked, promise_id: PathId, body: BreachExcuseIn) -> HttpResponse:
    """Asks that the breach be excused. A person decides, at the desk or by a token that acts for him."""
    now, ticket = instants.now(), promise_of(request, promise_id).ticket_id
    deeds.ask_excuse(
        request.auth, ticket_id=ticket, promise_id=promise_id, words=body.words, version=body.version, now=now
    )
    return answer(request, promise_id, now)


@router.get(
    "/promises/{promise_id}/links",
    response={200: out.ChainOut, **READING},
    summary="Where the time went (ticket.view)",
)
def chain(request: Asked, promise_id: PathId) -> HttpResponse:
    """The time of a promise by who held the ticket, each team's with its own budget; the link that broke it."""
    found = links.chain_of(promise_of(request, promise_id), now=instants.now())
    return render.answer(_chain(found, organisation.at(revisions.current())))


def promise_of(request: Asked, pk: int) -> Promise:
    """A promise of a ticket within the token's sight."""
    found = Promise.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such promise."), code="promise_not_found")
    queries.bare_for(request.auth, found.ticket_id)
    return found


def answer(request: Asked, pk: int, now: datetime) -> HttpResponse:
    """The file of a broken promise as an answer; NotFound where nothing broke."""
    promise = promise_of(request, pk)
    if not breaches.is_broken(promise, now=now):
        raise NotFound(_("There is no such broken promise."), code="breach_not_found")
    known = organisation.at(revisions.current())
    return render.answer(file_of(promise, _of(promise), known))


def _of(promise: Promise) -> Breach | None:
    return Breach.objects.filter(promise=promise).prefetch_related("evidence__attachment").first()


def file_of(p: Promise, found: Breach | None, known: Organisation) -> out.BreachOut:
    """The file of a broken promise, an empty one where nobody said anything yet."""
    b = found or Breach(promise=p, version=0)
    evidence = sorted(b.evidence.all(), key=lambda e: e.pk) if found else ()
    return out.BreachOut(
        promise=p.pk, ticket=p.ticket_id, milestone=p.milestone, broken_at=p.broken_at or p.due_at or p.started_at,
        version=b.version, reason=b.reason, reason_word=breach_reasons.word(b.reason), words=b.words,
        reason_by=_person(b.reason_by_id, known), reason_at=b.reason_at, evidence=[_evidence(e) for e in evidence],
        excuse=b.excuse, excuse_words=b.excuse_words, asked_by=_person(b.asked_by_id, known), asked_at=b.asked_at,
        decision=b.decision, decided_by=_person(b.decided_by_id, known), decided_at=b.decided_at, told_at=b.told_at,
        follows=b.follows, next_at=b.next_at,
    )  # fmt: skip


def _evidence(e: Evidence) -> out.EvidenceOut:
    a = e.attachment
    file = told.FileOut(id=a.pk, name=a.name, content_type=a.content_type, size=a.size, sha256=a.sha256) if a else None
    return out.EvidenceOut(message=e.message_id, event=e.event_id, file=file)


def _person(pk: int | None, known: Organisation) -> told.PersonOut | None:
    card = known.staff.get(pk or 0)
    return told.PersonOut(id=card.id, username=card.username, name=card.name) if card else None


def _team(pk: int | None, known: Organisation) -> told.TeamOut | None:
    card = known.teams.get(pk or 0)
    return told.TeamOut(code=card.code, name=card.name, tier=card.tier) if card else None


def _chain(found: Chain, known: Organisation) -> out.ChainOut:
    return out.ChainOut(
        promise=found.promise, ticket=found.ticket, since=instants.instant(found.since),
        until=instants.instant(found.until), broken_at=instants.instant_or_none(found.broken_at),
        used_seconds=found.used, links=[_link(link, known) for link in found.links],
        culprit=_link(found.culprit, known) if found.culprit else None,
        stretches=[
            out.StretchOut(
                team=_team(s.team, known), agent=_person(s.agent, known), since=instants.instant(s.since),
                until=instants.instant(s.until), used_seconds=s.used,
            )
            for s in found.stretches
        ],
    )  # fmt: skip


def _link(link: Link, known: Organisation) -> out.LinkOut:
    card = known.teams.get(link.team or 0)
    return out.LinkOut(
        team=_team(link.team, known), kind=card.kind if card else "", agreement=link.agreement,
        used_seconds=link.used, budget_seconds=link.budget, over_seconds=link.over,
        spent_seconds=link.spent if link.budget is not None else None,
        agents=[out.AgentShareOut(agent=_person(pk, known), used_seconds=used) for pk, used in link.agents],
    )  # fmt: skip
