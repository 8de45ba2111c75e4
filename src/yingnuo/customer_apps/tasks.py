"""What do the company's own apps leave for a worker?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.customer_apps import sessions
from yingnuo.kit import instants


@app.periodic(cron="*/10 * * * *")
@app.task(name="apps.forget_identities", queue="api", queueing_lock="apps.forget_identities", pass_context=False)
def forget_identities(timestamp: int) -> None:
    """Forgets identities that have ended, so that only those are kept which could be shown again."""
    sessions.forget(now=instants.now())
