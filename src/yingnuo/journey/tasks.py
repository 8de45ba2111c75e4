"""Which jobs does the journey leave for a worker to do now?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.journey import dispatch
from yingnuo.kit import instants, live
from yingnuo.people.roles import SYSTEM
from yingnuo.tickets.models import OPEN_STATUSES, Ticket


@app.task(name="journey.give_out", queue="journey")
def give_out(team: int) -> None:
    """Gives waiting tickets of a team to whoever has become free."""
    given = dispatch.pull(SYSTEM, team=team, now=instants.now())
    live.publish_all([("tickets", ""), *((f"ticket:{pk}", pk) for pk in given)] if given else [])


@app.periodic(cron="* * * * *")
@app.task(name="journey.give_out_all", queue="journey", queueing_lock="journey.give_out_all", pass_context=False)
def give_out_all(timestamp: int) -> None:
    """The same for every team in which tickets wait: a shift begins, somebody comes back from leave."""
    waiting = Ticket.objects.filter(agent=None, team__isnull=False, status__in=OPEN_STATUSES).order_by()
    for team in waiting.values_list("team_id", flat=True).distinct():
        give_out(team)
