"""Which job does the demonstration leave for a worker? Its own end.

Neither job has a lock of the queue: that of a killed worker would stay. Who removes holds a lock of the database, which
goes with his connection.
"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.demo import removal


@app.task(name="demo.remove", queue="journey")
def remove() -> None:
    """Removes it; where that is not possible yet, the next minute goes on."""
    removal.carry_on()


@app.periodic(cron="* * * * *")
@app.task(name="demo.go_on", queue="journey", queueing_lock="demo.go_on", pass_context=False)
def go_on(timestamp: int) -> None:
    """Goes on where a killed worker stopped; one look where there is nothing to do."""
    removal.carry_on()
