"""How is each figure counted, in words a reader can check with a pencil?

Shown in the desk and printed in docs/reference/metrics.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Formula:
    """One figure. `code` is its name in exports and in the interface; "" where a line does not apply."""

    code: str
    title: Text
    formula: Text
    numerator: Text
    denominator: Text
    clock: Text
    exclusions: Text
    interval: Text
    example: Text
    source: Text


_WILSON = _("Wilson score interval, 95 %, without continuity correction.")
_NONE = _("None: every case is counted, this is not a sample of cases.")
_FACTS = _("Outcomes of promises that have ended, and promises that are overdue now.")
_TICKETS = _("Tickets.")

_ALL = (
    Formula(
        "attainment",
        _("SLA attainment"),
        _("kept ÷ (kept + broken)"),
        _("Promises met not later than their due second."),
        _(
            "Kept promises and broken ones: met late, or still owed past their due moment. What is overdue now "
            "is broken now."
        ),
        _(
            "A kept promise counts when it was met, a broken one at its due moment. A past day does not change "
            "when a late answer comes at last."
        ),
        _(
            "Cancelled promises are left out and shown beside the figure. Promises that still run in time are in "
            "neither number."
        ),
        _WILSON,
        _(
            "18 kept, 1 met late, 1 still owed and overdue, 3 cancelled: 18 ÷ (18 + 2) = 90.0 %, n = 20, "
            "interval 69.9 % to 97.2 %."
        ),
        _FACTS,
    ),
    Formula(
        "excused",
        _("Attainment without excused breaches"),
        _("kept ÷ (kept + broken − excused)"),
        _("Promises met not later than their due second."),
        _("As attainment, without the broken promises for which an excuse was granted."),
        _("As attainment; an excuse granted later changes the day on which the promise broke."),
        _(
            "What was left out is counted beside the figure. An excuse is granted by another person than the one who "
            "asks and the one who held the promise; the promise itself stays broken."
        ),
        _WILSON,
        _("18 kept, 2 broken, 1 of them excused: 18 ÷ (18 + 2 − 1) = 94.7 %, n = 19; with the excused one 90.0 %."),
        _("Outcomes of promises, what is overdue now, and the files of breaches."),
    ),
    Formula(
        "overrun",
        _("Overrun"),
        _("mean and maximum of the lateness of broken promises"),
        _("Working time between the due moment and the answer; for what is still owed, until now."),
        _("All broken promises."),
        _("Working time of the promise's own calendar; pauses after the due moment are left out."),
        _("Kept and cancelled promises."),
        _NONE,
        _("Broken by 10 min and by 1 h 10 min: mean 40 min, maximum 1 h 10 min, n = 2."),
        _FACTS,
    ),
    Formula(
        "first_response",
        _("First response time"),
        _("first qualified response − received"),
        _(
            "Median: the middle wait. P90: the shortest wait that at least 90 % of all do not exceed (nearest "
            "rank). The mean comes last, since a few long waits rule it."
        ),
        _("First responses given in the period, late ones too."),
        _("Working: time of the promise's calendar without pauses. Elapsed: as the customer's own clock shows it."),
        _("Automatic acknowledgements and holding words are no responses. Waits that have not ended are not in it."),
        _NONE,
        _("Waits of 5, 10, 20 and 65 min: median 15 min, P90 65 min, mean 25 min, n = 4."),
        _("Outcomes of the first-response promise."),
    ),
    Formula(
        "warning",
        _("Warning effectiveness"),
        _("warned and then kept ÷ warned"),
        _("Promises about which a warning was given before they were due, and which were kept."),
        _("All promises about which a warning was given before they were due, kept or broken."),
        _("As attainment."),
        _("Cancelled promises. Warnings that came only after the due moment."),
        _WILSON,
        _("8 warned, 6 of them kept: 6 ÷ 8 = 75.0 %."),
        _FACTS,
    ),
    Formula(
        "automation",
        _("Assigned with no human touch"),
        _("assigned with no human touch ÷ assigned"),
        _(
            "Tickets that have had an agent and were never assigned by a person; taking a ticket by answering it "
            "is a touch."
        ),
        _("Tickets received in the period that have had an agent."),
        _("Counts by the moment the ticket was received."),
        _("Tickets that never had an agent."),
        _WILSON,
        _("10 tickets with an agent, 7 given by rules alone: 70.0 %."),
        _("The ledger: rows ticket.routed and ticket.assigned."),
    ),
    Formula(
        "reassigned",
        _("Reassign rate"),
        _("given from one agent to another ÷ assigned"),
        _("Tickets that were given from one agent to another at least once."),
        _("Tickets received in the period that have had an agent."),
        _("Counts by the moment the ticket was received."),
        _("Giving a ticket back to the team alone is no reassignment."),
        _WILSON,
        _("10 tickets with an agent, 2 given on: 20.0 %."),
        _("The ledger: rows ticket.routed and ticket.assigned."),
    ),
    Formula(
        "reopened",
        _("Reopen rate"),
        _("reopened at least once ÷ resolved at least once"),
        _("Tickets received in the period that were opened again after a solution."),
        _("Tickets received in the period that were resolved or closed at least once."),
        _("Counts by the moment the ticket was received, so young periods still grow."),
        _("Tickets that were never resolved."),
        _WILSON,
        _("20 resolved, 1 of them opened again: 5.0 %."),
        _TICKETS,
    ),
    Formula(
        "volume",
        _("Tickets in and out"),
        _("received per day · resolved per day"),
        _("In: tickets by the moment they were received. Out: tickets by the moment they were resolved or closed."),
        "",
        _("A day is the reader's day, from midnight to midnight of his time zone."),
        _("A ticket that is open again is not out. A merged ticket counts as in and as out."),
        _NONE,
        _("A ticket received on Monday at 23:50 and resolved on Tuesday at 00:10 is in on Monday and out on Tuesday."),
        _TICKETS,
    ),
    Formula(
        "backlog",
        _("Backlog age"),
        _("now − received, of every open ticket"),
        _("Number, median, P90 (nearest rank) and the oldest."),
        _("All tickets that are new, in progress or waiting at this moment, whatever the period."),
        _("Elapsed time."),
        _("Resolved and closed tickets."),
        _NONE,
        _("Open since 1 h, 3 h and 2 d: 3 tickets, median 3 h, P90 2 d, oldest 2 d."),
        _TICKETS,
    ),
    Formula(
        "acknowledged",
        _("Warnings taken up in time"),
        _("acknowledged by the moment asked for ÷ warnings that asked"),
        _("Steps of a ladder that somebody acknowledged in time."),
        _(
            "Steps given in the period that asked to be acknowledged. One step told to several people by several "
            "ways is one."
        ),
        _("Elapsed time from giving the notice; median and P90 of those acknowledged at all."),
        _("Steps that ask for no acknowledgement, and urging by the customer."),
        _WILSON,
        _("4 warnings asked, 3 were taken up in time: 75.0 %."),
        _("Notices."),
    ),
    Formula(
        "lateness",
        _("Lateness of notices"),
        _("given − moment it should have been given"),
        _("Median, P90 and maximum."),
        _("All steps given in the period."),
        _("Elapsed time, to the thousandth of a second."),
        _("Urging by the customer."),
        _NONE,
        _("A warning due at 10:00:00 and written at 10:00:00.4 is 0.4 s late."),
        _("Notices."),
    ),
)  # fmt: skip
FORMULAS: dict[str, Formula] = {f.code: f for f in _ALL}
