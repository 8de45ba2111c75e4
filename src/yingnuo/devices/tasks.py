"""Which jobs keep what machines say small?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.devices import keeping, packing
from yingnuo.kit import instants


@app.periodic(cron="*/5 * * * *")
@app.task(name="devices.pack", queue="devices", queueing_lock="devices.pack", pass_context=False)
def pack(timestamp: int) -> None:
    """Packs the hours that are over."""
    packing.pack(now=instants.now())


@app.periodic(cron="41 * * * *")
@app.task(name="devices.purge", queue="devices", queueing_lock="devices.purge", pass_context=False)
def purge(timestamp: int) -> None:
    """Throws away what has been kept for long enough."""
    keeping.purge(now=instants.now())
