"""Which jobs does the journey leave for a worker to do now?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.journey import dispatch
from yingnuo.kit import instants, live
from yingnuo.people.roles import SYSTEM


@app.task(name="journey.give_out", queue="journey")
def give_out(team: int) -> None:
    """Gives waiting tickets of a team to whoever has become free."""
    given = dispatch.pull(SYSTEM, team=team, now=instants.now())
    live.publish_all([("tickets", ""), *((f"ticket:{pk}", pk) for pk in given)] if given else [])
