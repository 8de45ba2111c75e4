"""By what world is a policy judged, and what does a reader learn of each remark: what is odd, and what to do?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.engine import lint
from yingnuo.engine.conditions import Condition
from yingnuo.engine.lint import Remark, World
from yingnuo.engine.policy import Policy
from yingnuo.kit import instants, revisions
from yingnuo.people.models import Tier
from yingnuo.promises import standards
from yingnuo.promises.models import MilestoneCode
from yingnuo.tickets.models import Kind, Urgency, Via

SENTENCES: Mapping[str, Any] = {
    "rule_never_matches": gettext_lazy(
        "Rule “%(subject)s” fits no ticket: its conditions exclude each other. Take one of them away."
    ),
    "rule_never_reached": gettext_lazy(
        "Rule “%(subject)s” is never reached: “%(other)s” above it takes all its tickets. Move it up or delete it."
    ),
    "promise_never_reached": gettext_lazy(
        "In rule “%(subject)s”, %(milestone)s is never reached: “%(other)s” above it decides. Move the rule up."
    ),
    "unknown_value": gettext_lazy("Rule “%(subject)s” asks for “%(other)s”, which no ticket has. Choose another."),
    "overlap": gettext_lazy(
        "“%(other)s” and “%(subject)s” both fit: %(where)s. For %(milestone)s “%(other)s” decides, as it stands first."
    ),
    "overlap_laxer": gettext_lazy(
        "“%(other)s” and “%(subject)s” both fit: %(where)s. For %(milestone)s “%(other)s” decides, as it stands first, "
        "and promises less. If that is not meant, move “%(subject)s” up."
    ),
    "gap": gettext_lazy("No rule says anything about %(milestone)s for these tickets: %(where)s. Add a rule for them."),
    "only_for_some": gettext_lazy("%(milestone)s is promised to some only; no rule speaks about it for: %(where)s."),
    "not_judged": gettext_lazy("There are too many conditions to judge all of reach, gaps and overlaps."),
    "unknown_calendar": gettext_lazy(
        "In rule “%(subject)s”, %(milestone)s names the service time “%(other)s”, which is not in force."
    ),
    "target_under_a_minute": gettext_lazy(
        "In rule “%(subject)s”, %(milestone)s is promised within less than a minute. Nobody answers that fast."
    ),
    "target_never_ends": gettext_lazy(
        "In rule “%(subject)s”, %(milestone)s never falls due: its service time does not open that long any more."
    ),
    "target_over_a_year": gettext_lazy(
        "In rule “%(subject)s”, %(milestone)s takes %(other)s days in its service time. Is that meant?"
    ),
    "days_in_office_hours": gettext_lazy(
        "In rule “%(subject)s”, %(milestone)s counts whole days of 24 open hours, which takes about %(other)s days in "
        "its service time. A working day of eight hours is written 8h."
    ),
    "ladder_unused": gettext_lazy("Nobody uses the ladder “%(subject)s”. Delete it, or choose it in a promise."),
    "lead_not_shorter_than_target": gettext_lazy(
        "The warning “%(subject)s” would come as soon as the clock starts. Give it a smaller share of the time."
    ),
    "nobody_told": gettext_lazy("The step “%(subject)s” tells nobody. Choose who is told."),
    "unknown_audience": gettext_lazy("The step “%(subject)s” names “%(other)s”, whom nobody knows."),
    "unknown_way": gettext_lazy("The step “%(subject)s” goes by “%(other)s”, which is no way there is."),
    "unknown_step": gettext_lazy("The step “%(subject)s” waits for “%(other)s”, which does not exist."),
    "no_acknowledgement_asked": gettext_lazy(
        "The step “%(subject)s” waits for an acknowledgement that “%(other)s” does not ask for."
    ),
}


def of(policy: Policy, *, now: datetime) -> tuple[Remark, ...]:
    """What lint says of a policy as things are here and now, the grave first."""
    return tuple(sorted(lint.lint(policy, world(now)), key=lambda remark: not remark.grave))


def world(now: datetime) -> World:
    """The values tickets can have, and the calendars in force."""
    book = standards.standards.at(revisions.current())
    values = {"kind": Kind.values, "urgency": Urgency.values, "channel": Via.values, "tier": Tier.values}
    return World(values, {code: book.calendar(code) for code in book.calendars}, at=instants.seconds(now))


def plain(condition: Condition) -> str:
    """A condition as it is written in a file."""
    return yaml.safe_dump(condition.to_spec(), default_flow_style=True, allow_unicode=True, width=10_000).strip()


def sentence(remark: Remark, told: Callable[[Condition], str] = plain) -> str:
    """A remark in the reader's language; `told` puts conditions into words."""
    named = remark.milestone
    label = str(MilestoneCode(named).label) if named in MilestoneCode.values else named
    where = told(remark.where) if remark.where else ""
    where = _("%(tickets)s, and others") % {"tickets": where} if remark.more else where
    words = {"subject": remark.subject, "other": remark.other, "milestone": label, "where": where}
    return str(SENTENCES[remark.code]) % words
