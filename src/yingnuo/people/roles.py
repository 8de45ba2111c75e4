"""Who may do what?

An `Actor` is whoever asks: a member of staff, a customer, another program, the system itself or the bot. Roles give
verbs; teams give sight. Services call `require`, queries filter by `Actor.teams`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import reading
from yingnuo.kit.errors import NotAllowed
from yingnuo.people.models import ApiToken, Contact, Department, Role, Staff, Team

_PARTNER = frozenset({"ticket.view", "ticket.reply", "ticket.note", "ticket.pause", "ticket.resolve", "notice.ack"})
_AGENT = _PARTNER | {
    "ticket.create", "ticket.edit", "ticket.assign", "ticket.merge", "ticket.reopen", "ticket.close",
    "customer.view", "customer.edit", "knowledge.view",
}  # fmt: skip
_LEAD = _AGENT | {"dashboard.view", "settings.view", "wall.view", "people.view"}
_MANAGER = _LEAD | {"settings.edit", "people.edit", "simulator.view"}
_ADMIN = _MANAGER | {"admin", "channel.edit", "token.edit", "styleguide.view", "demo.steer"}
VERBS: dict[str, frozenset[str]] = {
    Role.PARTNER: _PARTNER, Role.AGENT: _AGENT, Role.LEAD: _LEAD, Role.MANAGER: _MANAGER, Role.ADMIN: _ADMIN,
}  # fmt: skip
_CONTACT = frozenset({
    "ticket.view", "ticket.create", "ticket.urge", "ticket.rate", "ticket.message", "ticket.reopen", "ticket.close",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks. `teams` None means all teams; a contact sees his own tickets only."""

    kind: str  # staff | contact | token | system | bot
    id: int = 0
    name: str = ""
    role: str = ""
    teams: frozenset[int] | None = frozenset()
    verbs: frozenset[str] = field(default=frozenset(), repr=False)

    def may(self, verb: str) -> bool:
        """Whether the role knows the verb at all, whatever the object."""
        return self.kind == "system" or verb in self.verbs

    def sees(self, *, team: int | None, agent: int | None, contact: int) -> bool:
        """Whether a ticket with this holder and customer is within the actor's sight."""
        if self.kind == "contact":
            return contact == self.id
        if self.teams is None:
            return True
        return team in self.teams or (self.kind == "staff" and agent == self.id)

    def ticket_filter(self) -> Q:
        """The same as `sees`, as a filter on tickets."""
        if self.kind == "contact":
            return Q(contact_id=self.id)
        if self.teams is None:
            return Q()
        mine = Q(team_id__in=self.teams)
        return mine | Q(agent_id=self.id) if self.kind == "staff" else mine


SYSTEM = Actor(kind="system", name="system", teams=None)
BOT = Actor(kind="bot", name="bot", teams=None, verbs=frozenset({"ticket.reply"}))


def require(actor: Actor, verb: str) -> None:
    """Raises NotAllowed when the actor's role does not know the verb."""
    if not actor.may(verb):
        raise NotAllowed(_("You may not do this."), code="not_allowed", verb=verb)


def actor_for_staff(staff: Staff) -> Actor:
    """The actor of a signed-in member of staff: a lead sees the teams of the departments he leads in."""
    return Actor(
        kind="staff",
        id=staff.pk,
        name=staff.name,
        role=staff.role,
        teams=_sight(staff),
        verbs=VERBS.get(staff.role, frozenset()),
    )


def actor_for_contact(contact: Contact) -> Actor:
    """The actor of a customer who came by a signed link."""
    return Actor(kind="contact", id=contact.pk, name=str(contact), verbs=_CONTACT)


def actor_for_token(token: ApiToken) -> Actor:
    """The actor of another program: its verbs are the token's scopes, its sight every team."""
    return Actor(kind="token", id=token.pk, name=token.name, teams=None, verbs=frozenset(token.scopes))


_HELPS_IN = "SELECT team_id FROM people_staff_more_teams WHERE staff_id = %s"
_HEADS = "SELECT id FROM people_department WHERE head_id = %s"


def _sight(staff: Staff) -> frozenset[int] | None:
    if staff.role == Role.ADMIN:
        return None
    own = {pk for (pk,) in reading.tuples(_HELPS_IN, [staff.pk])}
    if staff.team_id:
        own.add(staff.team_id)
    if staff.role == Role.MANAGER:
        return _managed(staff, own)
    if staff.role == Role.LEAD:
        led = Department.objects.filter(teams__lead=staff)
        own |= set(Team.objects.filter(Q(lead=staff) | Q(department__in=led)).values_list("pk", flat=True))
    return frozenset(own)


def _managed(staff: Staff, own: set[int]) -> frozenset[int] | None:
    headed = {pk for (pk,) in reading.tuples(_HEADS, [staff.pk])}
    if not headed or Department.objects.filter(pk__in=headed, parent=None, children__isnull=False).exists():
        return None
    grown, below = set(headed), headed
    while below:
        below = set(Department.objects.filter(parent__in=below).values_list("pk", flat=True)) - grown
        grown |= below
    return frozenset(own | set(Team.objects.filter(department__in=grown).values_list("pk", flat=True)))
