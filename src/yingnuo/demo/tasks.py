"""Which job does the demonstration leave for a worker? Its own end."""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.demo import removal


@app.task(name="demo.remove", queue="journey", lock="demo.remove")
def remove() -> None:
    """Removes it; where that is not possible yet, the next minute goes on."""
    removal.carry_on()


@app.periodic(cron="* * * * *")
@app.task(name="demo.go_on", queue="journey", queueing_lock="demo.go_on", lock="demo.remove", pass_context=False)
def go_on(timestamp: int) -> None:
    """Goes on where a killed worker stopped; one look where there is nothing to do."""
    removal.carry_on()
