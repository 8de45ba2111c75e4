"""Why did this go there, and where would it go now?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yingnuo.desk import choices, routing_words, sentences
from yingnuo.desk.access import DeskRequest, signed_in, signed_in_who_may
from yingnuo.desk.choices import Names
from yingnuo.desk.filters import number
from yingnuo.desk.settings import words
from yingnuo.journey import dispatch
from yingnuo.journey.dispatch import Plan
from yingnuo.kit import pages, revisions
from yingnuo.ledger.codes import Code
from yingnuo.ledger.models import Event
from yingnuo.people.models import Tier
from yingnuo.routing import explaining
from yingnuo.routing.services import Choice, Draft
from yingnuo.tickets import queries
from yingnuo.tickets.models import Author, Kind, Message, Ticket, Urgency, Via

_FACTS = ("kind", "urgency", "tier", "region", "product_line", "via", "language")
_MOST_TEXT = 8_000
_BARS = frozenset({"away", "off_shift", "at_capacity", "missing_skill", "language"})


@dataclass(frozen=True, slots=True)
class Face:
    """One person who was looked at: `out` is why not, `why` what speaks for him."""

    name: str
    reasons: tuple[str, ...]
    out: bool
    chosen: bool


@require_safe
@signed_in_who_may("settings.view")
def tester(request: DeskRequest) -> HttpResponse:
    """A ticket of the house by its number, or a made-up one: which rules, which team, who, and why."""
    asked = request.GET
    found = _by_number(request, asked.get("number", ""))
    known = {name: asked.get(name, "")[:40] for name in _FACTS}
    text = asked.get("text", "")[:_MOST_TEXT]
    draft = of_ticket(found) if found else _made_up(text, _tags(asked.get("tags", "")), known)
    context: dict[str, Any] = {
        "asked": known, "text": text, "number": asked.get("number", "")[:24], "tags": asked.get("tags", "")[:200],
        "ticket": found, "missing": bool(asked.get("number") and not found), "now": request.now,
        "kinds": Kind.choices, "urgencies": Urgency.choices, "tiers": Tier.choices, "ways": Via.choices,
        "lines": request.names.lines.items(), "regions": request.names.organisation.regions.items(),
        "languages": _LANGUAGES, "section": "tester",
    }  # fmt: skip
    if found or text or any(known.values()):
        context |= _now(request, draft)
    return pages.show(request, "desk/dispatch/tester.html", context, parts={"decided": "desk/dispatch/_decided.html"})


_LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))


def _tags(text: str) -> tuple[str, ...]:
    return tuple(tag.strip()[:40] for tag in text[:200].replace("，", ",").split(",") if tag.strip())


def _made_up(text: str, tags: tuple[str, ...], known: Mapping[str, str]) -> Draft:
    return Draft(
        text=text, via=known["via"] or Via.MAIL, kind=known["kind"], urgency=known["urgency"], tier=known["tier"],
        region=known["region"], product_line=known["product_line"], language=known["language"], tags=tags,
    )  # fmt: skip


def _by_number(request: DeskRequest, text: str) -> Ticket | None:
    pk = number(text.strip().lower().removeprefix("yn-"))
    return queries.visible_to(request.actor).select_related("contact").filter(pk=pk).first() if pk else None


def of_ticket(t: Ticket) -> Draft:
    """What is known of a ticket now, with the customer's first words."""
    first = Message.objects.filter(ticket=t, author=Author.CUSTOMER).order_by("id").values_list("text", flat=True)
    return Draft(
        text=f"{t.subject}\n{next(iter(first[:1]), '')}", via=t.via, kind=t.kind, urgency=t.urgency, tier=t.tier,
        region=t.region, product_line=t.product_line, language=t.language, tags=tuple(t.tags), contact=t.contact_id,
    )  # fmt: skip


def _now(request: DeskRequest, draft: Draft) -> dict[str, Any]:
    """What would be decided at this moment."""
    revision = revisions.current()
    lexicon = words.lexicon()
    looked = explaining.look(draft, revision=revision)
    [plan] = dispatch.plan([draft], revision=revision, now=request.now)
    return {
        "decided": True, "tried": [_tried(t, lexicon) for t in looked.tried], "silent": looked.silent,
        **_said(plan, request.names),
    }  # fmt: skip


def _tried(one: explaining.Tried, lexicon: words.Lexicon) -> dict[str, Any]:
    verdicts = {
        "team": (_("fits and names the team"), "green"), "facts": (_("fits and sets facts"), "blue"),
        "late": (_("fits, but a rule above has named the team"), "gray"), "not_met": (_("does not fit"), "orange"),
    }  # fmt: skip
    word, tone = verdicts[one.verdict]
    return {
        "id": one.id, "name": one.name, "word": word, "tone": tone, "found": one.word,
        "reasons": [words.reason(r, lexicon) for r in one.reasons],
    }  # fmt: skip


def _said(plan: Plan, names: Names) -> dict[str, Any]:
    decided, choice = plan.decision, plan.choice
    return {
        "team": names.team(decided.team), "skills": sorted(decided.skills), "agent": names.person(choice.agent),
        "suggested": names.person(choice.suggested), "strategy": routing_words.strategy(choice.strategy),
        "faces": faces(choice, names), "kind": dict(Kind.choices).get(decided.kind, decided.kind),
        "urgency": decided.urgency,
    }  # fmt: skip


def faces(choice: Choice, names: Names) -> list[Face]:
    """Everybody who was looked at, who may take it first."""
    return [
        Face(
            names.person(int(pk)), tuple(routing_words.reasons(text)), _first(text) in _BARS,
            int(pk) == (choice.agent or choice.suggested),
        )
        for pk, text in choice.why.items()
    ]  # fmt: skip


def _first(text: str) -> str:
    return text.partition(",")[0].partition(":")[0]


_DECISIONS = (Code.TICKET_ROUTED, Code.DISPATCH_CHOSE, Code.DISPATCH_DECIDED, Code.TICKET_ASSIGNED, Code.STOOD_IN)


@dataclass(frozen=True, slots=True)
class Then:
    """What was decided at one moment, with who was looked at."""

    line: sentences.Line
    strategy: str
    faces: tuple[Face, ...]


@require_safe
@signed_in
def why(request: DeskRequest, pk: int) -> HttpResponse:
    """At a ticket: what was decided then, and what would be decided now."""
    found = queries.get_for(request.actor, pk)
    rows = Event.objects.filter(ticket_id=found.pk, code__in=[c.value for c in _DECISIONS]).order_by("id")[:50]
    names = choices.names()
    context = {
        "ticket": found, "then": [_then(e, names) for e in rows], "now": request.now,
        "section": "why", **_now(request, of_ticket(found)),
    }  # fmt: skip
    return pages.show(request, "desk/dispatch/why.html", context, parts={"dialog-body": "desk/dispatch/_why.html"})


def _then(event: Event, names: Names) -> Then:
    why = event.params.get("why")
    agent = event.params.get("agent")
    choice = Choice(agent if isinstance(agent, int) else None, why if isinstance(why, dict) else {})
    return Then(
        sentences.line(event, names), routing_words.strategy(event.params.get("strategy")),
        tuple(faces(choice, names)),
    )  # fmt: skip
