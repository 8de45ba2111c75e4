"""Which jobs does the journey leave for a worker to do now?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.alerts import digests
from yingnuo.journey import dispatch, present, tagging
from yingnuo.kit import instants
from yingnuo.people.roles import SYSTEM
from yingnuo.scorecards import risk
from yingnuo.tickets import telling
from yingnuo.tickets.models import OPEN_STATUSES, Ticket


@app.task(name="journey.give_out", queue="journey")
def give_out(team: int) -> None:
    """Gives waiting tickets of a team to whoever has become free."""
    given = dispatch.pull(SYSTEM, team=team, now=instants.now())
    telling.changed(given)


@app.periodic(cron="* * * * *")
@app.task(name="journey.judge_risk", queue="journey", queueing_lock="journey.judge_risk", pass_context=False)
def judge_risk(timestamp: int) -> None:
    """Judges how likely each open promise is to break."""
    risk.judge_open(now=instants.now())


@app.periodic(cron="23 19 * * *")
@app.task(name="journey.refit_risk", queue="journey", queueing_lock="journey.refit_risk", pass_context=False)
def refit_risk(timestamp: int) -> None:
    """Learns breach risk anew from what has ended; at night in East Asia (cron is UTC)."""
    risk.refit(now=instants.now())


@app.periodic(cron="* * * * *")
@app.task(name="journey.give_out_all", queue="journey", queueing_lock="journey.give_out_all", pass_context=False)
def give_out_all(timestamp: int) -> None:
    """The same for every team in which tickets wait: a shift begins, somebody comes back from leave."""
    waiting = Ticket.objects.filter(agent=None, team__isnull=False, status__in=OPEN_STATUSES).order_by()
    for team in waiting.values_list("team_id", flat=True).distinct():
        give_out(team)


@app.periodic(cron="* * * * *")
@app.task(name="journey.digests", queue="journey", queueing_lock="journey.digests", pass_context=False)
def send_digests(timestamp: int) -> None:
    """The mails of the morning, for those whose hour has come."""
    digests.run(now=instants.now())


@app.periodic(cron="* * * * *")
@app.task(name="journey.sweep_presence", queue="journey", queueing_lock="journey.sweep_presence", pass_context=False)
def sweep_presence(timestamp: int) -> None:
    """Whose desk has been closed for too long is away, and back when it is open again."""
    present.sweep(now=instants.now())


@app.periodic(cron="* * * * *")
@app.task(name="journey.change_tags", queue="journey", queueing_lock="journey.change_tags", pass_context=False)
def change_tags(timestamp: int) -> None:
    """Goes on with changes of tags on their way through the tickets, also those whose worker died."""
    tagging.finish(now=instants.now())
