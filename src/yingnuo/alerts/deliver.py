"""How do notices reach people by mail, SMS and the company's messaging?

Claimed in short transactions, sent outside them, at least once with the notice's key as idempotency key. What nobody
needs any more is dropped, many to one person go out as one digest, and an SMS that would go over a cap becomes a mail;
the rows keep all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse

from yingnuo.alerts import budget, matters, messengers, push, push_words, storms, swaps, wording
from yingnuo.alerts.models import Notice, NoticeState
from yingnuo.alerts.rules import MESSENGERS, PUSH, Rules, rules
from yingnuo.alerts.sandbox import LiquidError
from yingnuo.alerts.services import QUIET
from yingnuo.alerts.storms import STORM
from yingnuo.alerts.wording import Worded
from yingnuo.channels import outlets, sms_out
from yingnuo.channels.contract import ChannelError, Outgoing, Sender
from yingnuo.engine import segments
from yingnuo.kit import instants, revisions
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.tickets.models import Ticket

_log = structlog.get_logger(__name__)
LEASE = timedelta(minutes=5)
_CANNOT_BE_WORDED = (LiquidError, LookupError, ValueError, ObjectDoesNotExist)
RETRIES = (10, 30, 60, 120, 300, 600, 1_800)  # seconds; a warning hours late helps nobody


def deliver_due(*, most: int = 100) -> int:
    """Sends what is due; returns how many notices were tried."""
    rows = _claim(most)
    if rows:
        _Round(rows).send()
    return len(rows)


class _Round:
    """One round over claimed notices, with what all of them need to be sent."""

    def __init__(self, rows: Sequence[Notice]) -> None:
        self.rows = rows
        self.rules: Rules = rules.at(revisions.current())
        self.posts = messengers.posts.at(revisions.current())
        self.senders: Mapping[str, Sender] = {"mail": outlets.mail(), "sms": outlets.sms()}
        tickets = Ticket.objects.select_related("contact", "agent", "team").defer("search")
        self.tickets: Mapping[int, Ticket] = tickets.in_bulk({n.ticket_id for n in rows})

    def send(self) -> None:
        wanted = self._drop_settled()
        for group in messengers.joined(self._messages(wanted), self.tickets, self.posts):
            if not _still_ours(group):
                continue
            try:
                self._send(group)
            except _CANNOT_BE_WORDED as error:  # one bad wording must not hold up the others
                _log.exception("notice.cannot_be_worded", notice=group[0].pk)
                _settle(group, NoticeState.FAILED, problem=f"{type(error).__name__}: {error}"[:250])

    def _drop_settled(self) -> list[Notice]:
        """A warning of a promise that was kept meanwhile, or that somebody took up, warns of nothing."""
        promises = Promise.objects.filter(pk__in={n.promise_id for n in self.rows}, ended_at__isnull=False)
        ended = set(promises.values_list("pk", flat=True))
        settled = [n for n in self.rows if self._is_settled(n, ended)]
        _settle(settled, NoticeState.SKIPPED, problem="settled")
        return [n for n in self.rows if n not in settled]

    def _is_settled(self, n: Notice, ended: set[int]) -> bool:
        """A breach is still news when the promise was met late; a message that came back always is."""
        if n.acked_at is not None or (n.reason in ("warning", "unacknowledged") and n.promise_id in ended):
            return True
        ticket = self.tickets.get(n.ticket_id)
        return n.reason == "urged" and ticket is not None and not ticket.is_open

    def _messages(self, wanted: Sequence[Notice]) -> Iterator[list[Notice]]:
        """The notices of each message: one, or all to one person by one way where they have become many."""
        by_person: dict[tuple[int, str], list[Notice]] = defaultdict(list)
        for n in wanted:
            by_person[n.staff_id, n.way if n.ticket_id else ""].append(n)
        for (staff, way), notices in by_person.items():
            if not way or not self._storming(staff, way, notices):
                yield from ([n] for n in notices)
            elif notices[0].state == NoticeState.SENDING:
                yield notices

    def _storming(self, staff: int, way: str, notices: Sequence[Notice]) -> bool:
        """Whether they leave as one digest; where that is for later, they are no longer being sent."""
        waited = [n.problem if n.problem in (QUIET, STORM) else "" for n in notices]
        now = instants.now()
        verdict = storms.pass_on(
            staff=staff, way=way, problems=waited, threshold=self.rules.digest_of(staff), now=now
        )  # fmt: skip
        if verdict.wait is not None:
            _put_off(notices, verdict.wait)
        return verdict.digest or verdict.wait is not None

    def _send(self, group: list[Notice]) -> None:
        first = group[0]
        if first.way in MESSENGERS:
            self._send_message(group)
            return
        if first.way == PUSH:
            self._send_push(group)
            return
        to = first.staff.email if first.way == "mail" else first.staff.phone
        sender = self.senders.get(first.way)
        if sender is None or not to:
            _settle(group, NoticeState.SKIPPED, problem="no_address" if sender else "unknown_way")
            return
        worded = self._worded(group)
        if first.way == "sms":
            self._send_sms(group, sender, worded)
        else:
            _deliver(group, sender, worded, to)

    def _send_message(self, group: list[Notice]) -> None:
        """By the channel of its readers' team; where there is none, or it refuses for good, they get a mail instead."""
        first, now = group[0], instants.now()
        messenger = messengers.messenger(group, self.tickets.get(first.ticket_id), self.posts)
        if isinstance(messenger, str):
            swaps.instead_of_message(group, state=NoticeState.SKIPPED, problem=messenger, now=now)
        elif not _deliver(group, messenger, self._worded(group), messenger.to):
            self._instead(group)

    def _send_push(self, group: list[Notice]) -> None:
        """To his browsers; where he has none, or none takes it for good, he gets a mail instead."""
        first = group[0]
        language = self.rules.of(first.staff_id).language
        told = push_words.told(group, self.tickets, first.staff, language=language, subjects=push.rule().subjects)
        try:
            push.send(first.staff, told)
        except ChannelError as error:
            _retry(group, error, now=instants.now())
            self._instead(group)
        else:
            _settle(group, NoticeState.SENT)

    def _instead(self, group: Sequence[Notice]) -> None:
        """Those that have failed for good come another way."""
        lost = Notice.objects.filter(pk__in=[n.pk for n in group], state=NoticeState.FAILED)
        for n in lost.select_related("staff"):
            swaps.instead_of_message([n], state=NoticeState.FAILED, problem=n.problem, now=instants.now())

    def _send_sms(self, group: list[Notice], sender: Sender, worded: Worded) -> None:
        first, now = group[0], instants.now()
        out = _outgoing(group, worded, first.staff.phone)
        if why := sms_out.obstacle(out.to, out, now=now):
            swaps.otherwise(group, problem=why, now=now)
            return
        caps = budget.priced(self.rules.caps, first.staff.phone)
        paid = budget.pay(caps, staff=first.staff_id, parts=segments.parts(worded.text), now=now)
        if paid is None:
            swaps.instead_of_sms(group, rules=self.rules, now=now)
        elif not _deliver(group, sender, worded, first.staff.phone):
            budget.pay_back(paid)

    def _worded(self, group: list[Notice]) -> Worded:
        first, language = group[0], self.rules.of(group[0].staff_id).language
        if first.reason == swaps.CAP:
            return wording.about_cap(first.staff, url=_url("desk:settings_notices"), language=language)
        if not first.ticket_id:
            return matters.word(first, first.staff, language=language, site=str(settings.YINGNUO.address))
        if len(group) > 1 and not messengers.is_one_step(group):
            return wording.digest(group, self.tickets, first.staff, desk=_url("desk:queue"), language=language)
        ticket = self.tickets[first.ticket_id]
        return wording.word(first, ticket, first.staff, url=_page(first), language=language)


def _deliver(group: list[Notice], sender: Sender, worded: Worded, to: str) -> bool:
    """Whether the other side took the message; where not, it is tried again or has failed."""
    out = _outgoing(group, worded, to)
    try:
        sender.send(out)
    except ChannelError as error:
        _retry(group, error, now=instants.now())
        return False
    _settle(group, NoticeState.SENT)
    return True


def _outgoing(group: Sequence[Notice], worded: Worded, to: str) -> Outgoing:
    first = group[0]
    return Outgoing(
        key=f"notice-{first.pk}-{len(group)}", to=to, subject=worded.subject, text=worded.text,
        message_id=f"<notice-{first.pk}@{outlets.mail_address().rpartition('@')[2] or 'localhost'}>", automatic=True,
        template=worded.template, values=worded.values, language=worded.language,
    )  # fmt: skip


def _claim(most: int) -> list[Notice]:
    states = [NoticeState.PENDING, NoticeState.SENDING]
    with transaction.atomic(durable=True):
        due = Notice.objects.select_for_update(skip_locked=True).filter(state__in=states, retry_at__lte=Now())
        ids = list(due.order_by("retry_at").values_list("pk", flat=True)[:most])
        Notice.objects.filter(pk__in=ids).update(
            state=NoticeState.SENDING, attempts=F("attempts") + 1, retry_at=instants.now() + LEASE
        )
    return list(Notice.objects.filter(pk__in=ids).select_related("staff").order_by("id"))


def _still_ours(group: Sequence[Notice]) -> bool:
    """Takes the lease anew: behind a slow server the notices of one claim may wait longer than it holds."""
    ids = [n.pk for n in group]
    mine = Notice.objects.filter(pk__in=ids, state=NoticeState.SENDING, retry_at=group[0].retry_at)
    return mine.update(retry_at=instants.now() + LEASE) == len(ids)


def _page(n: Notice) -> str:
    """Where its reader finds it: who was asked for a task may not see the ticket."""
    if n.milestone == MilestoneCode.TASK:
        return _url("desk:task_of", n.promise_id)
    return _url("desk:ticket", n.ticket_id)


def _url(name: str, *args: int) -> str:
    return str(settings.YINGNUO.address) + reverse(name, args=args)


def _settle(group: Sequence[Notice], state: NoticeState, *, problem: str = "") -> None:
    if not group:
        return
    sent_at = instants.now() if state == NoticeState.SENT else None
    digest = group[0].pk if state == NoticeState.SENT and len(group) > 1 else None
    ids = [n.pk for n in group]
    rows = Notice.objects.filter(pk__in=ids)
    rows.update(state=state, sent_at=sent_at, problem=problem, retry_at=None, digest=digest)


def _put_off(group: Sequence[Notice], until: datetime) -> None:
    """They were not tried: the attempt does not count."""
    rows = Notice.objects.filter(pk__in=[n.pk for n in group])
    rows.update(state=NoticeState.PENDING, retry_at=until, problem=STORM, attempts=F("attempts") - 1)
    for n in group:
        n.state = NoticeState.PENDING


def _retry(group: list[Notice], error: ChannelError, *, now: datetime) -> None:
    for n in group:
        final = error.permanent or (n.attempts > len(RETRIES) and not error.waits)
        pause = max(error.after_s, RETRIES[min(n.attempts, len(RETRIES)) - 1])
        Notice.objects.filter(pk=n.pk).update(
            state=NoticeState.FAILED if final else NoticeState.PENDING,
            retry_at=None if final else now + timedelta(seconds=pause),
            problem=str(error)[:250],
        )
