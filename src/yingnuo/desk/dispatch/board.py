"""What waits for somebody, who could take it, and who carries how much?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from yingnuo.desk import routing_words
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.choices import Group, Names
from yingnuo.desk.faces import Faces
from yingnuo.desk.filters import number
from yingnuo.desk.rail import TONES
from yingnuo.journey import dispatch, workload
from yingnuo.journey.workload import Carried
from yingnuo.kit import pages
from yingnuo.people import presence
from yingnuo.people.models import Presence
from yingnuo.people.queries import TeamCard
from yingnuo.people.roles import Actor
from yingnuo.routing.explaining import COUNTED
from yingnuo.routing.models import Suggestion
from yingnuo.routing.services import Choice
from yingnuo.tickets import queries
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

MOST_WAITING = 40
_PARTS = {"board": "desk/dispatch/_board.html"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One ticket that is nobody's yet. `suggested` is 0 where nobody may take it; `barred` says why not."""

    id: int
    number: str
    subject: str
    customer: str
    team: int
    team_name: str
    channel: SafeString
    urgency: SafeString
    due: datetime | None
    started: datetime
    suggested: int
    who: str
    why: str
    barred: Sequence[tuple[str, str]]
    people: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a team, ready to be shown."""

    carried: Carried
    word: str
    reason: str | Promise
    tone: str
    percent: int
    load_tone: str


@dataclass(frozen=True, slots=True)
class TeamNow:
    """One team: how it gives out, and its people, who is there first."""

    id: int
    name: str
    strategy: str
    waiting: int
    online: int
    load: int
    room: int
    members: Sequence[Member]


@require_safe
@signed_in_who_may("wall.view")
def board(request: DeskRequest) -> HttpResponse:
    """The board; it keeps itself fresh."""
    return show(request)


def show(request: DeskRequest, *, status: int = 200) -> HttpResponse:
    """The board or its part; `team` in the address shows one team alone."""
    cards = _teams(request.actor, request.names)
    chosen = number(request.GET.get("team", "") or request.POST.get("team", ""))
    shown = [card for card in cards if card.id == chosen] or cards
    members = request.names.organisation.members
    carried = workload.of({pk for card in shown for pk in members.get(card.id, ())}, now=request.now)
    rows = waiting(request.actor, [card.id for card in shown], request.names, now=request.now)
    teams = [_team(card, members, carried, rows) for card in shown]
    context = {
        "teams": teams, "all_teams": [(c.id, c.name) for c in cards], "chosen": chosen if len(shown) == 1 else None,
        "waiting": rows, "ready": [row for row in rows if row.suggested], "now": request.now,
        "more": len(rows) == MOST_WAITING, "quality": _quality(request.actor, [c.id for c in shown], request.now),
        "people": sorted({(c.id, c.name) for c in carried.values()}, key=lambda pair: pair[1]),
        "balance": _balance(teams), "section": "board",
    }  # fmt: skip
    return pages.show(request, "desk/dispatch/board.html", context, parts=_PARTS, status=status)


def _teams(actor: Actor, names: Names) -> list[TeamCard]:
    cards = names.organisation.teams.values()
    own = [c for c in cards if (actor.teams is None or c.id in actor.teams) and names.organisation.members.get(c.id)]
    return sorted(own, key=lambda c: (c.tier, c.name))


def waiting(actor: Actor, teams: Sequence[int], names: Names, *, now: datetime) -> list[Waiting]:
    """Tickets without a person, the next due first, each with who would take it when those before are given out."""
    rows = queries.visible_to(actor).filter(team__in=teams, agent=None, status__in=OPEN_STATUSES)
    rows = rows.exclude(chats__stage="waiting").select_related("contact").defer("search")
    found = list(rows.order_by(F("due_at").asc(nulls_last=True), "id")[:MOST_WAITING])
    choices = dispatch.choices_for(found, now=now) if found else []
    look, groups = Faces(now), {g.id: g for g in names.groups}
    return [_row(t, c, look, names, groups) for t, c in zip(found, choices, strict=True)]


def _row(t: Ticket, choice: Choice, look: Faces, names: Names, groups: Mapping[int, Group]) -> Waiting:
    group = groups.get(t.team_id or 0)
    why = choice.why.get(str(choice.suggested or ""), "")
    barred = [] if choice.suggested else [(names.person(int(pk)), _told(text)) for pk, text in choice.why.items()]
    return Waiting(
        id=t.pk, number=t.number, subject=t.subject, customer=str(t.contact), team=t.team_id or 0,
        team_name=names.team(t.team_id), channel=look.channel(t.via), urgency=look.urgency(t.urgency), due=t.due_at,
        started=t.created_at, suggested=choice.suggested or 0, who=names.person(choice.suggested),
        why=_told(why), barred=barred, people=group.people if group else (),
    )  # fmt: skip


def _told(text: str) -> str:
    return ", ".join(routing_words.reasons(text))


def _team(
    card: TeamCard, members: Mapping[int, Sequence[int]], carried: Mapping[int, Carried], rows: Sequence[Waiting]
) -> TeamNow:  # fmt: skip
    people = [carried[pk] for pk in members.get(card.id, ()) if pk in carried]
    people.sort(key=lambda c: (_ORDER.index(c.presence), -c.load, c.name))
    there = [c for c in people if c.presence == Presence.ONLINE and not c.on_leave]
    return TeamNow(
        card.id, card.name, routing_words.strategy(card.strategy), sum(row.team == card.id for row in rows),
        len(there), sum(c.load for c in there), sum(max(0, c.capacity - c.load) for c in there),
        [_member(c) for c in people],
    )  # fmt: skip


_ORDER = (Presence.ONLINE, Presence.BUSY, Presence.BREAK, Presence.AWAY, Presence.OFFLINE)
_FULL, _NEARLY = 100, 80


def _member(c: Carried) -> Member:
    chosen = Presence(c.presence)
    percent = round(100 * c.load / max(1, c.capacity))
    tone = "red" if percent >= _FULL else "orange" if percent >= _NEARLY else "blue"
    return Member(c, str(chosen.label), presence.word(c.reason), TONES[chosen], max(0, min(100, percent)), tone)


def _quality(actor: Actor, teams: Sequence[int], now: datetime) -> Mapping[str, int]:
    """Of the last thirty days: how many waiting tickets were given out here, how many as suggested."""
    rows = Suggestion.objects.filter(team__in=teams, at__gte=now - COUNTED)
    counted: dict[str, Any] = rows.aggregate(decided=Count("pk"), accepted=Count("pk", filter=Q(suggested=F("taken"))))
    return counted


def _balance(teams: Sequence[TeamNow]) -> Mapping[str, int]:
    """What the form offers first: from who carries most to who is there and carries least, in the same team."""
    best: tuple[int, int, int] = (1, 0, 0)
    for team in teams:
        there = [m.carried for m in team.members if m.carried.presence == Presence.ONLINE and not m.carried.on_leave]
        fullest = max((m.carried for m in team.members), key=lambda c: c.load, default=None)
        emptiest = min(there, key=lambda c: c.load, default=None)
        if fullest and emptiest and fullest.load - emptiest.load > best[0]:
            best = (fullest.load - emptiest.load, fullest.id, emptiest.id)
    gap, source, target = best
    return {"source": source, "target": target, "most": min(10, max(1, gap // 2)) if source else 3}
