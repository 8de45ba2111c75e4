"""Which jobs does the lab leave for a worker?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.kit import instants
from yingnuo.planning import carrying


@app.task(name="planning.run", queue="lab", lock="planning.run")
def run(run: int) -> None:
    """Carries out one run; one at a time, however many workers there are."""
    carrying.carry_out(run, now=instants.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="planning.give_up_lost", queue="lab", queueing_lock="planning.give_up_lost", pass_context=False)
def give_up_lost(timestamp: int) -> None:
    """Ends the runs whose worker was killed."""
    carrying.give_up_lost(now=instants.now())
