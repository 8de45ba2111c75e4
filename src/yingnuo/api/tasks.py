"""What does the API leave for a worker?"""

from __future__ import annotations

from procrastinate.contrib.django import app

from yingnuo.api import once
from yingnuo.kit import instants


@app.periodic(cron="41 * * * *")
@app.task(name="api.forget_answers", queue="api", queueing_lock="api.forget_answers", pass_context=False)
def forget_answers(timestamp: int) -> None:
    """Forgets the answers that were kept under idempotency keys for a day."""
    once.purge(now=instants.now())
