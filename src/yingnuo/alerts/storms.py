"""When do many notices to one person become one message?

Whatever rounds and workers send: what one person got by one way within a minute is counted in one row, which each
worker locks for an instant. From the threshold on all that waits goes out as one digest, and the next digest not before
a minute later. What had to wait for the end of quiet hours is one digest too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from yingnuo.alerts.models import Pace

STORM = "storm"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How notices to one person by one way leave: each by itself, as one digest, or not before `wait`."""

    digest: bool = False
    wait: datetime | None = None


def pass_on(*, staff: int, way: str, problems: Collection[str], threshold: int, now: datetime) -> Verdict:
    """Counts notices about to leave (for each what it has waited for, "" for nothing) and says how they leave."""
    with transaction.atomic(durable=True):
        pace, _made = Pace.objects.select_for_update().get_or_create(staff_id=staff, way=way, defaults={"since": now})
        verdict = _judged(pace, len(problems), any(problems), threshold, now)
        pace.save()
    return verdict


def _judged(pace: Pace, count: int, waited: bool, threshold: int, now: datetime) -> Verdict:
    if now - pace.since >= MINUTE:
        pace.since, pace.count = now, 0
    storm = pace.count + count >= threshold
    if storm and pace.digest_at is not None and now - pace.digest_at < MINUTE:
        return Verdict(wait=pace.digest_at + MINUTE)
    pace.count += count
    digest = storm or (waited and count > 1)
    if digest:
        pace.digest_at = now
    return Verdict(digest=digest)
