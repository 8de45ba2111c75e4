"""Who may do what?

An `Actor` is whoever asks: a member of staff, a customer, another program, the system itself or the bot. Roles give
verbs and say how far somebody sees; teams give sight. Services call `require`, queries filter by `Actor.teams`.
The sets below are the built-in roles: a role is one of them and what the house makes different (see `standing`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, NotAllowed
from yingnuo.people.models import ApiToken, Contact, Role, Staff
from yingnuo.people.queries import Organisation, RoleCard, organisation
from yingnuo.people.role_models import Sight

_PARTNER = frozenset({
    "ticket.view", "ticket.reply", "ticket.note", "ticket.fill", "ticket.pause", "ticket.resolve", "ticket.record",
    "notice.ack",
    "breach.reason",
})  # fmt: skip
_AGENT = _PARTNER | {
    "ticket.create", "ticket.edit", "ticket.assign", "ticket.merge", "ticket.reopen", "ticket.close",
    "customer.view", "customer.edit", "chat.work", "call.take", "call.dial", "device.view",
    "device.steps", "ticket.export", "ticket.chain", "tag.invent",
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
    "admin", "role.edit", "channel.edit", "token.edit", "ledger.view", "webhook.edit", "styleguide.view", "demo.steer",
}  # fmt: skip
VERBS: dict[str, frozenset[str]] = {
    Role.PARTNER: _PARTNER, Role.AGENT: _AGENT, Role.LEAD: _LEAD, Role.MANAGER: _MANAGER, Role.ADMIN: _ADMIN,
}  # fmt: skip
SIGHTS: dict[str, str] = {
    Role.PARTNER: Sight.TEAMS, Role.AGENT: Sight.TEAMS, Role.LEAD: Sight.DEPARTMENT, Role.MANAGER: Sight.BELOW,
    Role.ADMIN: Sight.ALL,
}  # fmt: skip
_CONTACT = frozenset({
    "ticket.view", "ticket.create", "ticket.urge", "ticket.rate", "ticket.message", "ticket.reopen", "ticket.close",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """A role as it stands in this house. `base`: the built-in one it is made of; `edition` 0: as it was built."""

    code: str
    base: str
    names: tuple[str, str, str]
    verbs: frozenset[str]
    sight: str
    active: bool
    edition: int

    @property
    def built_in(self) -> bool:
        """Whether it comes with the product."""
        return self.code == self.base

    @property
    def word(self) -> str:
        """Its name in the reader's language."""
        named = self.names[_PLACES.get(get_language() or "", 2)] or next(filter(None, self.names), "")
        return named or (str(Role(self.code).label) if self.code in Role.values else self.code)

    @property
    def granted(self) -> frozenset[str]:
        """What it may do and its base may not."""
        return self.verbs - VERBS.get(self.base, frozenset())

    @property
    def withdrawn(self) -> frozenset[str]:
        """What its base may do and it may not."""
        return VERBS.get(self.base, frozenset()) - self.verbs


_PLACES = {"zh-hans": 0, "zh-hant": 1}


def standing(code: str, known: Organisation) -> Standing:
    """What a role may do and how far it sees; one that is nowhere may nothing."""
    return _standing(known.roles.get(code) or RoleCard(code, code, ("", "", "")))


@lru_cache(maxsize=512)
def _standing(card: RoleCard) -> Standing:
    verbs = (VERBS.get(card.base, frozenset()) | card.granted) - card.withdrawn
    sight = card.sight or SIGHTS.get(card.base, Sight.OWN)
    return Standing(card.code, card.base, card.names, verbs, sight, card.active, card.edition)


def standings(known: Organisation) -> list[Standing]:
    """Every role: the built-in ones from the fewest rights to all, then those of the house."""
    return [standing(code, known) for code in dict.fromkeys([*VERBS, *known.roles])]


def those_who_may(verb: str) -> QuerySet[Staff]:
    """Active staff whose role has the verb, by id."""
    known = organisation.at(revisions.current())
    codes = [role.code for role in standings(known) if verb in role.verbs]
    return Staff.objects.filter(active=True, role__in=codes).order_by("pk")


def offered() -> list[Standing]:
    """The roles that somebody can be given."""
    return [role for role in standings(organisation.at(revisions.current())) if role.active]


def keep_an_administrator() -> None:
    """Conflict when nobody is left who may administer; asked at the end of a transaction that may take it away.

    The lock makes those wait for each other who take it away from different people at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)::text", [_LOCK])
    if not those_who_may("admin").exists():
        raise Conflict(_("One administrator must stay."), code="last_admin")


_LOCK = 0x5952 << 40


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


def role_may(actor: Actor, verb: str) -> bool:
    """Whether the role of the person who acts has the verb, also where a token lets him use less; others have none.

    It asks nothing anew: a request has read the organisation before.
    """
    return actor.kind == "staff" and verb in standing(actor.role, organisation.kept()).verbs


def may_give(actor: Actor) -> frozenset[str]:
    """The verbs that a role may have which the actor gives to somebody: those of his own role.

    A program under its own name gives what the built-in manager may.
    """
    if actor.kind == "system":
        return frozenset().union(*(role.verbs for role in standings(organisation.at(revisions.current()))))
    if actor.kind == "staff":
        return standing(actor.role, organisation.at(revisions.current())).verbs
    return VERBS[Role.MANAGER]


def actor_for_staff(staff: Staff, known: Organisation | None = None) -> Actor:
    """The actor of a signed-in member of staff: a lead sees the teams of the departments he leads in.

    `known` is the organisation at the present revision, where the caller has asked for it already.
    """
    there = known or organisation.at(revisions.current())
    verbs = standing(staff.role, there).verbs
    return Actor("staff", staff.pk, staff.name, staff.role, sight_of(staff, there), verbs)


def may_open_styleguide(user: object) -> bool:
    """Whether this user of a request is one of those for whom the style guide is."""
    return isinstance(user, Staff) and actor_for_staff(user).may("styleguide.view")


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


def sight_of(staff: Staff, known: Organisation) -> frozenset[int] | None:
    """The teams whose tickets a member of staff sees in this organisation; None for all."""
    how = standing(staff.role, known).sight
    if how == Sight.ALL:
        return None
    if how == Sight.OWN:
        return frozenset()
    own = {team for team, members in known.members.items() if staff.pk in members}
    if staff.team_id:
        own.add(staff.team_id)
    if how == Sight.BELOW:
        return _managed(staff, own, known)
    if how == Sight.DEPARTMENT:
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
