"""By which channel does a notice reach somebody over 企业微信, 钉钉, 飞书 or a webhook, and as whom?

The nearest route holds: of his own team, of its departments upwards, of the ticket's team and its departments, of
everybody. A robot speaks in a group and mentions him by id or phone; an application or bot of the company writes to him
alone, for which it must know his id. What one step tells several people in one group is one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from yingnuo.alerts.models import Handle, Notice, Route
from yingnuo.alerts.rules import MESSENGERS
from yingnuo.channels import accounts, registry
from yingnuo.channels.contract import ChannelError, Outgoing
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.kit import instants, revisions
from yingnuo.kit.revisions import Book
from yingnuo.people.models import Staff
from yingnuo.people.queries import Organisation, organisation
from yingnuo.tickets.models import Ticket

KINDS: Mapping[str, tuple[str, ...]] = {
    "wecom": (ChannelKind.ROBOT_WECOM.value, ChannelKind.WECOM_APP.value),
    "dingtalk": (ChannelKind.ROBOT_DINGTALK.value, ChannelKind.DINGTALK.value),
    "feishu": (ChannelKind.ROBOT_FEISHU.value, ChannelKind.FEISHU.value),
    "webhook": (ChannelKind.ROBOT_WEBHOOK.value,),
}
"""Which kinds of channel serve a way."""
ROBOTS = frozenset(
    {ChannelKind.ROBOT_WECOM.value, ChannelKind.ROBOT_DINGTALK.value, ChannelKind.ROBOT_FEISHU.value}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posts:
    """Routes and handles at one revision."""

    routes: Mapping[tuple[str, int, int], int] = field(
        default_factory=dict
    )  # way, team, department (0: none) -> channel
    handles: Mapping[tuple[int, str], str] = field(default_factory=dict)
    kinds: Mapping[int, str] = field(default_factory=dict)  # channel -> kind

    def channel_of(self, way: str, teams: Iterable[int | None], org: Organisation) -> int | None:
        """The channel for somebody of these teams, the nearest first."""
        for key in _places(teams, org):
            if (found := self.routes.get((way, *key))) is not None:
                return found
        return None


def _places(teams: Iterable[int | None], org: Organisation) -> Iterator[tuple[int, int]]:
    """Team and department of each route that may hold, the nearest first; (0, 0) is that of everybody."""
    for team in filter(None, teams):
        yield team, 0
        card = org.teams.get(team)
        department = org.departments.get(card.department) if card else None
        while department:
            yield 0, department.id
            department = org.departments.get(department.parent or 0)
    yield 0, 0


def _load() -> Posts:
    rows = Route.objects.select_related("channel").filter(channel__active=True)
    routes = {(r.way, r.team_id or 0, r.department_id or 0): r.channel_id for r in rows}
    handles = {(h.staff_id, h.way): h.value for h in Handle.objects.all()}
    return Posts(routes, handles, {r.channel_id: r.channel.kind for r in rows})


posts: Book[Posts] = Book(_load)


def set_up() -> tuple[str, ...]:
    """The ways for which there is a route."""
    known = {way for way, _team, _department in posts.at(revisions.current()).routes}
    return tuple(way for way in MESSENGERS if way in known)


@dataclass(frozen=True, slots=True)
class Messenger:
    """Sends by one channel, to those named in `to`; what is wrong there is kept at the channel."""

    channel: Channel
    to: str
    values: tuple[tuple[str, str], ...] = ()

    def send(self, out: Outgoing) -> str:
        """Once; waits where the channel is off or its provider is left alone for a while."""
        now = instants.now()
        if not self.channel.active or (self.channel.retry_at is not None and self.channel.retry_at > now):
            error = ChannelError("channel_off", self.channel.code, permanent=False)
            error.waits = True
            raise error
        plain = Outgoing(out.key, self.to, out.subject, out.text, automatic=True, values=self.values)
        try:
            said = registry.adapter_of(self.channel.kind).send(accounts.of(self.channel), plain)
        except ChannelError as error:
            if not error.permanent and not error.waits:
                accounts.failed(self.channel.pk, str(error), now=now)
            raise
        accounts.worked(self.channel.pk, sent=True, now=now)
        return said


def messenger(group: Sequence[Notice], ticket: Ticket | None, known: Posts) -> Messenger | str:
    """What carries these notices; the code of what is missing where nothing does."""
    first = group[0]
    found = _channel(first, ticket, known)
    channel = Channel.objects.filter(pk=found).first() if found else None
    if channel is None:
        return "no_robot"
    named = [name for n in group if (name := _name(n.staff, first.way, channel.kind, known))]
    if not named and channel.kind not in ROBOTS:
        return "no_address"
    return Messenger(channel, ",".join(dict.fromkeys(named)), _values(first, ticket))


def _channel(n: Notice, ticket: Ticket | None, known: Posts) -> int | None:
    org = organisation.at(revisions.current())
    return known.channel_of(n.way, (n.staff.team_id, ticket.team_id if ticket else None), org)


def _name(person: Staff, way: str, kind: str, known: Posts) -> str:
    """How he is named there: by his id; by a robot else by his phone, to a webhook by his user name."""
    if kind == ChannelKind.ROBOT_WEBHOOK:
        return person.username
    return known.handles.get((person.pk, way), "") or (person.phone if kind in ROBOTS else "")


def _values(n: Notice, ticket: Ticket | None) -> tuple[tuple[str, str], ...]:
    """What a webhook is told in fields."""
    number = ticket.number if ticket else ""
    return (("reason", n.reason), ("ticket", number), ("step", n.step), ("milestone", n.milestone))


def is_one_step(group: Sequence[Notice]) -> bool:
    """Whether all tell the same step of the same promise, to several people."""
    return len({_step(n) for n in group}) == 1


def _step(n: Notice) -> tuple[int, int, str, int]:
    return n.promise_id, n.generation, n.step, n.ticket_id


def joined(
    groups: Iterable[list[Notice]], tickets: Mapping[int, Ticket], known: Posts
) -> Iterator[list[Notice]]:  # fmt: skip
    """As given, but what one step tells several people in one robot's group comes as one."""
    held: dict[tuple[int, tuple[int, int, str, int]], list[Notice]] = {}
    for group in groups:
        first = group[0]
        channel = _channel(first, tickets.get(first.ticket_id), known) if first.way in MESSENGERS else None
        if len(group) == 1 and channel and first.ticket_id and known.kinds.get(channel) in ROBOTS:
            held.setdefault((channel, _step(first)), []).extend(group)
        else:
            yield group
    yield from held.values()
