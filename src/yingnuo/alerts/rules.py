"""What does the company set for all notices, and what has each person chosen within that?

Kept in memory by revision: a round of the sweep and a round of the outbox ask without a query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from yingnuo.alerts.models import NoticeRules, Preference, QuietHours
from yingnuo.alerts.quiet import NEVER, Quiet
from yingnuo.kit.revisions import Book

IN_APP = "in_app"
MESSENGERS = ("wecom", "dingtalk", "feishu", "webhook")  # by channels that the company has connected (see messengers)
PUSH = "push"  # to the browsers that a person has named (see push)
WAYS = (IN_APP, "mail", "sms", PUSH, *MESSENGERS)
DIGEST_FROM = 6


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one person chose. `quiet` None, `language` "" and `digest_from` None: as everybody."""

    quiet: Quiet | None = None
    more: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    language: str = ""
    digest_from: int | None = None


AS_EVERYBODY = Wishes()  # with nothing chosen


@dataclass(frozen=True, slots=True)
class Caps:
    """What SMS cost and may cost, in `currency`; None is no cap."""

    currency: str = "CNY"
    price: Decimal = Decimal(0)
    day: Decimal | None = None
    month: Decimal | None = None
    person: Decimal | None = None


UNCAPPED = Caps()


@dataclass(frozen=True, slots=True)
class Rules:
    """The company's rules and everybody's wishes at one revision."""

    quiet: Quiet = NEVER
    optional: frozenset[str] = frozenset()
    digest_from: int = DIGEST_FROM
    caps: Caps = UNCAPPED
    wishes: Mapping[int, Wishes] = field(default_factory=dict)

    def of(self, staff: int) -> Wishes:
        """What this person chose."""
        return self.wishes.get(staff, AS_EVERYBODY)

    def quiet_of(self, staff: int) -> Quiet:
        """His quiet hours: his own, else the company's."""
        own = self.of(staff).quiet
        return self.quiet if own is None else own

    def digest_of(self, staff: int) -> int:
        """From how many notices a minute on he gets a digest."""
        return self.of(staff).digest_from or self.digest_from

    def ways_of(self, staff: int, ways: Sequence[str], *, through: bool) -> tuple[str, ...]:
        """The ways of a step for this person: what he added, less what the company lets him switch off.

        A step that goes through quiet hours takes none away, and the last way always stays.
        """
        wishes = self.of(staff)
        off = () if through else self.optional.intersection(wishes.off)
        kept = tuple(way for way in ways if way not in off) or tuple(ways)
        return kept + tuple(way for way in wishes.more if way not in kept and way not in off)


def _load() -> Rules:
    row = NoticeRules.objects.first() or NoticeRules()
    quiet = {q.staff_id: _quiet(q) for q in QuietHours.objects.all()}
    rows = {p.staff_id: p for p in Preference.objects.all()}
    wishes = {pk: _wishes(rows.get(pk), quiet.get(pk)) for pk in rows.keys() | quiet.keys() if pk is not None}
    caps = Caps(row.currency, Decimal(row.sms_price), row.sms_day, row.sms_month, row.sms_person)
    return Rules(quiet.get(None, NEVER), frozenset(row.optional), row.digest_from, caps, wishes)


def _quiet(q: QuietHours) -> Quiet:
    return Quiet(q.kind, q.starts, q.ends, frozenset(q.days), q.calendar)


def _wishes(p: Preference | None, quiet: Quiet | None) -> Wishes:
    if p is None:
        return Wishes(quiet)
    return Wishes(quiet, tuple(p.more), tuple(p.off), p.language, p.digest_from)


rules: Book[Rules] = Book(_load)
