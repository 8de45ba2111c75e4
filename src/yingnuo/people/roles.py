"""Who may do what?

An `Actor` is whoever asks: a member of staff, a customer, another program, the system itself or the bot. Roles give
verbs; teams give sight. Services call `require`, queries filter by `Actor.teams`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import NotAllowed
from yingnuo.people.models import ApiToken, Contact, Role, Staff
from yingnuo.people.queries import Organisation, organisation

_PARTNER = frozenset({
    "ticket.view", "ticket.reply", "ticket.note", "ticket.fill", "ticket.pause", "ticket.resolve", "ticket.record",
    "notice.ack",
    "breach.reason",
})  # fmt: skip
_AGENT = _PARTNER | {
    "ticket.create", "ticket.edit", "ticket.assign", "ticket.merge", "ticket.reopen", "ticket.close",
    "customer.view", "customer.edit", "knowledge.view", "chat.work", "call.take", "call.dial", "device.view",
    "device.steps", "ticket.export",
}  # fmt: skip
_LEAD = _AGENT | {
    "dashboard.view", "settings.view", "settings.draft", "wall.view", "people.view", "breach.list", "call.listen",
    "hotline.view", "device.edit", "list.share", "ticket.lead_fields",
}  # fmt: skip
_MANAGER = _LEAD | {
    "settings.edit", "settings.approve", "people.edit", "simulator.view", "breach.excuse", "import.run",
    "customer.export", "automation.edit",
}  # fmt: skip
_ADMIN = _MANAGER | {
    "admin", "channel.edit", "token.edit", "ledger.view", "webhook.edit", "styleguide.view", "demo.steer",
}  # fmt: skip
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


def actor_for_staff(staff: Staff, known: Organisation | None = None) -> Actor:
    """The actor of a signed-in member of staff: a lead sees the teams of the departments he leads in.

    `known` is the organisation at the present revision, where the caller has asked for it already.
    """
    return Actor(
        kind="staff",
        id=staff.pk,
        name=staff.name,
        role=staff.role,
        teams=_sight(staff, known or organisation.at(revisions.current())),
        verbs=VERBS.get(staff.role, frozenset()),
    )


def actor_for_contact(contact: Contact) -> Actor:
    """The actor of a customer who came by a signed link."""
    return Actor(kind="contact", id=contact.pk, name=str(contact), verbs=_CONTACT)


def actor_for_token(token: ApiToken, staff: Staff | None = None) -> Actor:
    """The actor of another program: its verbs are the token's scopes, its sight every team.

    With the `staff` the token was issued for it is he who acts, by those of his verbs that are scopes of the token.
    """
    if staff is not None:
        person = actor_for_staff(staff)
        return replace(person, verbs=person.verbs & frozenset(token.scopes))
    return Actor(kind="token", id=token.pk, name=token.name, teams=None, verbs=frozenset(token.scopes))


def _sight(staff: Staff, known: Organisation) -> frozenset[int] | None:
    if staff.role == Role.ADMIN:
        return None
    own = {team for team, members in known.members.items() if staff.pk in members}
    if staff.team_id:
        own.add(staff.team_id)
    if staff.role == Role.MANAGER:
        return _managed(staff, own, known)
    if staff.role == Role.LEAD:
        leads = {t.id for t in known.teams.values() if t.lead == staff.pk}
        return frozenset(own | leads | known.teams_of({known.teams[team].department for team in leads}))
    return frozenset(own)


def _managed(staff: Staff, own: set[int], known: Organisation) -> frozenset[int] | None:
    headed = {d.id for d in known.departments.values() if d.head == staff.pk}
    parents = {d.parent for d in known.departments.values()}
    if not headed or any(pk in parents and known.departments[pk].parent is None for pk in headed):
        return None
    grown, below = set(headed), headed
    while below:
        below = {d.id for d in known.departments.values() if d.parent in below} - grown
        grown |= below
    return frozenset(own | known.teams_of(grown))
