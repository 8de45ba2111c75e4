"""What would be promised to this ticket, who would be warned when, and who would get it?

Nothing is stored. The standards asked are those in force; `?policy=` puts the draft of one in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone

from yingnuo.alerts import recipients
from yingnuo.alerts.recipients import Situation
from yingnuo.desk import choices, explain, routing_words
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import calendar_faces, drafts, policy_faces, words
from yingnuo.desk.settings.frame import show
from yingnuo.desk.settings.words import Lexicon
from yingnuo.engine import ladder
from yingnuo.engine.errors import EngineError, NeverOpens
from yingnuo.engine.policy import Facts, Match
from yingnuo.engine.policy import Policy as EnginePolicy
from yingnuo.engine.terms import Step, Terms
from yingnuo.journey import dispatch
from yingnuo.journey.dispatch import Plan
from yingnuo.kit import instants, revisions
from yingnuo.people import queries as people
from yingnuo.people.queries import organisation
from yingnuo.promises import complaints, standards
from yingnuo.promises.models import MilestoneCode, Policy
from yingnuo.promises.standards import Standards
from yingnuo.routing.services import Draft

_FACTS = ("kind", "urgency", "channel", "tier", "product_line", "region", "language")
_LONGEST_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """The form: facts of a ticket that is not there."""

    facts: dict[str, str]
    tags: str
    text: str
    team: str
    start: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder with its date and who would be told."""

    at: datetime | None
    moment: str
    people: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would be promised about one milestone."""

    milestone: str
    terms: Terms | None
    target: str
    calendar: str
    hours: str
    due: datetime | None
    problem: str
    rule: str
    standard: str
    tried: tuple[tuple[str, tuple[str, ...]], ...]
    rungs: tuple[Rung, ...]
    pauses: str


@signed_in_who_may("settings.view")
def preview(request: DeskRequest) -> HttpResponseBase:
    """The form and, once asked, the answer."""
    asked = _asked(request.GET)
    context: dict[str, Any] = {
        "asked": asked, "values": words.lexicon().values, "labels": words.facts(), "facts": _FACTS,
        "fields": _fields(asked), "policy": request.GET.get("policy", ""),
        "start": asked.start or calendar_faces.local_input(request.now, timezone.get_current_timezone_name()),
    }  # fmt: skip
    if "kind" in request.GET:
        context |= _answer(request, asked)
    return show(request, "preview.html", context, section="preview", parts={"answer": "_preview.html"})


def _asked(given: QueryDict) -> Asked:
    return Asked(
        {fact: given.get(fact, "")[:40] for fact in _FACTS}, given.get("tags", "")[:200],
        given.get("text", "")[:_LONGEST_TEXT], given.get("team", ""), given.get("start", ""),
    )  # fmt: skip


def _fields(asked: Asked) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    values, labels = words.lexicon().values, words.facts()
    found = [(fact, labels[fact], list(values.get(fact, {}).items()), asked.facts[fact]) for fact in _FACTS]
    return [field for field in found if field[2]]


def _answer(request: DeskRequest, asked: Asked) -> dict[str, Any]:
    revision = revisions.current()
    try:
        start = _start(asked.start, request.now)
    except EngineError as error:
        return {"start_problem": complaints.sentence(error)}
    plan = _plan(asked, revision, start)
    facts = _facts(asked, plan, revision)
    book = _book(request, revision)
    lexicon = words.lexicon()
    look = _Look(plan, facts, start, revision, lexicon, _titles(book), dict(policy_faces.calendars()))
    matches = book.match_all(facts)
    known = list(MilestoneCode.values)
    order = sorted(matches, key=lambda code: known.index(code) if code in known else len(known))
    outcomes = [_outcome(matches[code], look) for code in order]
    return {
        "outcomes": [o for o in outcomes if o.terms], "silent": [o for o in outcomes if not o.terms],
        "answered": True, "taken": _taken(facts, lexicon), **_dispatched(plan, lexicon),
    }  # fmt: skip


def _taken(facts: Facts, lexicon: Lexicon) -> list[tuple[str, str]]:
    """What the ticket would be taken as, by name."""
    known = [(fact, getattr(facts, fact)) for fact in ("kind", "urgency", "channel", "tier", "product_line")]
    return [(words.facts()[fact], lexicon.value(fact, value)) for fact, value in known if value]


def _start(text: str, now: datetime) -> datetime:
    if not text:
        return now
    return calendar_faces.read_moment(text, ZoneInfo(timezone.get_current_timezone_name()))


def _plan(asked: Asked, revision: int, start: datetime) -> Plan:
    draft = Draft(
        text=asked.text, via=asked.facts["channel"], kind=asked.facts["kind"], urgency=asked.facts["urgency"],
        tier=asked.facts["tier"], region=asked.facts["region"], product_line=asked.facts["product_line"],
        language=asked.facts["language"], tags=_tags(asked),
    )  # fmt: skip
    return dispatch.plan([draft], revision=revision, now=start)[0]


def _tags(asked: Asked) -> tuple[str, ...]:
    return tuple(tag.strip() for tag in asked.tags.replace("，", ",").split(",") if tag.strip())


def _facts(asked: Asked, plan: Plan, revision: int) -> Facts:
    """What the ticket would be like once the dispatch rules have spoken."""
    decided = plan.decision
    team = organisation.at(revision).teams.get(decided.team or 0)
    return Facts(
        kind=decided.kind, urgency=decided.urgency, channel=asked.facts["channel"],
        tier=asked.facts["tier"] or "standard", product_line=decided.product_line, region=asked.facts["region"],
        team=team.code if team else "",
        team_tier=team.tier if team else 0, tags=decided.tags,
    )  # fmt: skip


def _book(request: DeskRequest, revision: int) -> Standards:
    """The standards in force; its draft stands in for the saved policy it changes."""
    book = standards.standards.at(revision)
    code = request.GET.get("policy", "")
    if not Policy.objects.filter(code=code).exists():
        return book
    draft = EnginePolicy.from_spec(drafts.of(code).spec)
    kept = [draft if one.code == draft.code else one for one in book.policies]
    return Standards(tuple(kept if draft in kept else (*kept, draft)), book.calendars)


def _titles(book: Standards) -> dict[str, str]:
    names = dict(Policy.objects.values_list("code", "name"))
    return {policy.code: names.get(policy.code, policy.code) for policy in book.policies}


@dataclass(frozen=True, slots=True)
class _Look:
    plan: Plan
    facts: Facts
    start: datetime
    revision: int
    lexicon: Lexicon
    standards: Mapping[str, str]
    calendars: Mapping[str, str]


def _outcome(match: Match, look: _Look) -> Outcome:
    tried = tuple((t.rule, tuple(words.reason(r, look.lexicon) for r in t.reasons)) for t in match.tried)
    terms = match.terms
    label = words.milestones({}).get(match.milestone, match.milestone)
    bare = Outcome(label, None, "", "", "", None, "", match.rule, "", tried, (), "")
    if terms is None:
        return bare
    calendar = standards.calendar(terms.calendar)
    named = replace(
        bare, terms=terms, target=words.target_of(terms, calendar.to_spec().get("always_open")),
        hours=explain.hours(calendar), calendar=look.calendars.get(_code(terms.calendar), terms.calendar),
        standard=look.standards.get(_code(terms.policy), terms.policy),
        pauses=words.pauses(terms),
    )  # fmt: skip
    try:
        start = instants.seconds(look.start)
        due = calendar.due(start, terms.target_from(start, calendar))
    except NeverOpens as error:
        return replace(named, problem=str(complaints.sentence(error)))
    return replace(named, due=instants.instant(due), rungs=_rungs(terms, due, look))


def _code(key: str) -> str:
    """The code in a version key such as "office@3"."""
    return key.partition("@")[0]


def _rungs(terms: Terms, due: int, look: _Look) -> tuple[Rung, ...]:
    dated = dict(ladder.moments(terms, due, standards.calendar(terms.calendar)))
    order = sorted(terms.ladder, key=lambda s: (s not in dated, dated.get(s, 0)))
    return tuple(_rung(step, dated.get(step), look) for step in order)


def _rung(step: Step, at: int | None, look: _Look) -> Rung:
    when = instants.instant(at) if at is not None else None
    return Rung(when, words.moment(step), _told(step, when or look.start, look))


def _told(step: Step, at: datetime, look: _Look) -> str:
    """The people a step would tell, as the organisation is now and leave and shifts are at that moment."""
    org = organisation.at(look.revision)
    situation = Situation(
        0, 0, look.facts.kind, look.facts.product_line, look.plan.decision.team, look.plan.choice.agent
    )
    persons = people.persons(recipients.candidates([situation], org), now=at)
    on_shift = dispatch.on_shift(look.revision, at)
    found = recipients.resolve(step.audience, situation, org=org, people=persons, on_shift=on_shift)
    roles = words.audiences()
    by = ", ".join(words.ways().get(w, w) for w in step.ways)
    told = ", ".join(f"{persons[r.staff].name} ({roles.get(r.role, r.role)})" for r in found if r.staff in persons)
    return f"{told or '—'} · {by}"


def _dispatched(plan: Plan, lexicon: Lexicon) -> dict[str, Any]:
    known = choices.names()
    decided = plan.decision
    why = [(known.person(int(pk)), _why(text)) for pk, text in plan.choice.why.items()]
    return {
        "dispatch_rules": decided.names, "found_words": decided.words, "team": known.team(decided.team),
        "agent": known.person(plan.choice.agent), "why": why, "skills": sorted(decided.skills),
    }  # fmt: skip


def _why(text: str) -> list[str]:
    return routing_words.reasons(text)
