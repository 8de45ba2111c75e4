"""What do teams of the demonstration ask of each other: something done, something in hand, something just asked?"""

from __future__ import annotations

from datetime import datetime, timedelta

from yingnuo.journey import subtasks
from yingnuo.people.models import Team
from yingnuo.people.roles import Actor, actor_for_staff
from yingnuo.subtasks.models import Task
from yingnuo.subtasks.services import Wish
from yingnuo.tickets.models import OPEN_STATUSES, Ticket

_DAY = timedelta(days=1)
_ASKED = (  # by which team, of which, what, how long ago, and how far it has come
    ("returns", "parts", "核对退回的主板序列号", "客户寄回两块，只签收一块。", timedelta(hours=30), "done"),
    ("washing", "parts", "门锁一只，今天能否发出？", "型号 QC-W100S，客户家里急用。", timedelta(hours=5), "taken"),
    ("hotline", "dispatch", "确认周四上午能否上门", "客户只有周四上午在家。", timedelta(hours=1), "asked"),
)


def found(*, now: datetime) -> None:
    """Asks for them in open tickets of those teams, as people would; a team without such a ticket asks for nothing."""
    teams = dict(Team.objects.values_list("code", "pk"))
    for asking, asked, subject, text, ago, state in _ASKED:
        ticket = _ticket(asking, before=now - ago)
        if ticket is None or ticket.agent is None or asked not in teams:
            continue
        wish = Wish(subject=subject, text=text, team=teams[asked], wanted=now - ago + _DAY)
        task = subtasks.ask(actor_for_staff(ticket.agent), ticket_id=ticket.pk, wish=wish, now=now - ago)
        _carried_on(task, state, since=now - ago)


def _ticket(team: str, *, before: datetime) -> Ticket | None:
    """The newest open ticket of this team that somebody held by then and for which nothing is asked yet."""
    rows = Ticket.objects.filter(team__code=team, status__in=OPEN_STATUSES, agent__isnull=False, created_at__lt=before)
    rows = rows.exclude(pk__in=Task.objects.values("ticket")).exclude(agent__role="partner")
    return rows.select_related("agent").order_by("-pk").first()


def _carried_on(task: Task, state: str, *, since: datetime) -> None:
    helper = task.team.members.filter(active=True).order_by("pk").first()
    if helper is None or state == "asked":
        return
    actor: Actor = actor_for_staff(helper)
    subtasks.accept(actor, task_id=task.pk, now=since + timedelta(minutes=12))
    if state == "done":
        subtasks.done(actor, task_id=task.pk, text="两块都在，一块贴错单号，已更正。", now=since + timedelta(hours=3))
