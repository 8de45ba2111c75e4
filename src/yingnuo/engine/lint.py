"""What in a policy is allowed and probably not meant: rules without effect, gaps, overlaps, absurd targets?

Judged are: rules that hold for no ticket, or only for tickets that earlier rules take; values no ticket has; tickets
for which no rule speaks about a milestone that others are promised; pairs of rules that meet without one being the
exception of the other; targets that their calendar cannot hold; and what `Policy.lint` says of ladders.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from yingnuo.engine import fact_space
from yingnuo.engine.calendar import Calendar
from yingnuo.engine.conditions import Among, Condition, Scalar
from yingnuo.engine.errors import NeverOpens
from yingnuo.engine.fact_space import Box, Grid, Space, TooComplex
from yingnuo.engine.policy import Policy, Rule
from yingnuo.engine.terms import AUDIENCES, Terms

DAY = 86_400
MINUTE = 60
_FORTNIGHT = 14 * DAY
LONGEST = 366 * DAY  # by the clock on the wall; whoever promises more means something else
MOST_OVERLAPS = 20
MOST_TAKERS = 3
MOST_MISSING = 0.5  # of all kinds of tickets; beyond it a milestone is meant for few
GAP_BOXES = 3
_REACH = frozenset({"rule_never_reached", "promise_never_reached"})
#: What makes a standard other than its author believes; the rest are hints.
GRAVE = frozenset({
    "rule_never_matches", "rule_never_reached", "promise_never_reached", "unknown_value", "unknown_calendar",
    "target_never_ends", "target_over_a_year", "nobody_told", "unknown_audience", "unknown_way", "unknown_step",
    "lead_not_shorter_than_target", "gap",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding: its code, the place (`rules[2].when`), what it is about, and what a sentence may name besides.

    `where` are the tickets meant; `other` another rule, a value, or a number of days. `more`: there are further tickets
    than `where` says.
    """

    code: str
    path: str
    subject: str = ""
    other: str = ""
    milestone: str = ""
    where: Condition | None = None
    more: bool = False

    @property
    def grave(self) -> bool:
        """Whether the standard does not do what its author probably believes."""
        return self.code in GRAVE


@dataclass(frozen=True, slots=True)
class World:
    """What a policy is judged by: the values facts can have, the calendars there are, who can be told, and an instant.

    `at` (epoch seconds) is when targets are tried out. Facts without listed values may have any.
    """

    values: Mapping[str, Sequence[Scalar]] = field(default_factory=dict)
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    audiences: Collection[str] = AUDIENCES
    at: int = 0


def lint(policy: Policy, world: World) -> tuple[Remark, ...]:
    """Everything noticed: what concerns rules in their order, then gaps, targets and ladders."""
    said = policy.lint(world.audiences)
    ladders = [Remark(f.code, f.path, f.subject, f.other) for f in said if f.code not in _REACH]
    try:
        rules = list(_Rules(policy, world).judged())
    except TooComplex:  # a policy of very many tags or product lines; then only what can be read off plain lists
        reach = [Remark(f.code, f.path, f.subject, f.other, _milestone(f.path)) for f in said if f.code in _REACH]
        rules = [*reach, Remark("not_judged", "rules")]
    return (*_unknown_values(policy, world), *rules, *_targets(policy, world), *ladders)


def _milestone(path: str) -> str:
    _rules, _promises, milestone = path.partition(".promises.")
    return milestone


def _unknown_values(policy: Policy, world: World) -> Iterator[Remark]:
    for n, rule in enumerate(policy.rules):
        for node in fact_space.leaves(rule.when.root):
            if node.fact in world.values and node.fact not in fact_space.OPEN:
                asked = node.values if isinstance(node, Among) else node.asked if node.test in ("any", "all") else ()
                yield from (
                    Remark("unknown_value", f"rules[{n}].when.{node.fact}", rule.code, str(value))
                    for value in asked
                    if value not in world.values[node.fact]
                )


class _Rules:
    """One walk down the rules: by milestone, the tickets that no rule so far has spoken for."""

    def __init__(self, policy: Policy, world: World) -> None:
        self.policy = policy
        self.space = Space((rule.when for rule in policy.rules), world.values)
        self.left: dict[str, Grid] = {milestone: self.space.grid() for milestone in policy.naming}
        self.boxes = [self._boxes(rule) for rule in policy.rules]
        self.said = [{m: _as_said(terms) for m, terms in rule.promises.items()} for rule in policy.rules]
        self.crossings = 0

    def _boxes(self, rule: Rule) -> list[Box] | None:
        """The tickets of one rule; None where its condition is too complex to be judged."""
        try:
            return self.space.boxes(rule.when)
        except TooComplex:
            return None

    def judged(self) -> Iterator[Remark]:
        for n, rule in enumerate(self.policy.rules):
            boxes = self.boxes[n]
            if boxes is None:
                yield Remark("not_judged", f"rules[{n}].when", rule.code)
            elif not boxes:
                yield Remark("rule_never_matches", f"rules[{n}].when", rule.code)
            else:
                yield from self._reached(n, rule, boxes)
                yield from self._crossed(n, rule, boxes)
                self._take(rule, boxes)
        yield from self._gaps()

    def _reached(self, n: int, rule: Rule, boxes: list[Box]) -> Iterator[Remark]:
        cells = [self.space.cells(box) for box in boxes]
        lost = [m for m in rule.promises if not any(self.left[m][at].any() for at in cells)]
        if len(lost) == len(rule.promises):
            yield Remark("rule_never_reached", f"rules[{n}]", rule.code, self._takers(n, boxes, lost[0]))
            return
        for m in lost:
            yield Remark("promise_never_reached", f"rules[{n}].promises.{m}", rule.code, self._takers(n, boxes, m), m)

    def _takers(self, n: int, boxes: list[Box], milestone: str) -> str:
        """The earlier rules that take its tickets: the one that takes all alone, else the first that take some."""
        earlier = [
            (self.policy.rules[i].code, theirs)
            for i, theirs in enumerate(self.boxes[:n])
            if theirs and milestone in self.policy.rules[i].promises
        ]
        alone = (code for code, theirs in earlier if fact_space.within(boxes, theirs))
        some = (code for code, theirs in earlier if _shared(boxes, theirs) is not None)
        return next(alone, "") or ", ".join(islice(some, MOST_TAKERS))

    def _crossed(self, n: int, rule: Rule, boxes: list[Box]) -> Iterator[Remark]:
        """Later rules that meet this one while neither lies in the other: the order alone decides between them."""
        for i in range(n + 1, len(self.policy.rules)):
            if self.crossings >= MOST_OVERLAPS:
                return
            theirs = self.boxes[i] or []
            code, milestone = self._disputed(n, i)
            if not theirs or not code or fact_space.within(theirs, boxes) or fact_space.within(boxes, theirs):
                continue
            box = self._live(boxes, theirs, milestone)
            if box is not None:
                self.crossings += 1
                later = self.policy.rules[i].code
                yield Remark(code, f"rules[{i}]", later, rule.code, milestone, self.space.told(box))

    def _disputed(self, n: int, i: int) -> tuple[str, str]:
        """A milestone of which both rules say something else; best one of which the first promises less."""
        one, two = self.said[n], self.said[i]
        both = [m for m, said in two.items() if m in one and one[m] != said]
        laxer = next((m for m in both if _laxer(one[m], two[m])), "")
        return ("overlap_laxer", laxer) if laxer else ("overlap", both[0]) if both else ("", "")

    def _live(self, ours: list[Box], theirs: list[Box], milestone: str) -> Box | None:
        """Tickets of both that no earlier rule has taken."""
        for a in ours:
            for b in theirs:
                box = fact_space.met(a, b)
                if box is not None and self.left[milestone][self.space.cells(box)].any():
                    return box
        return None

    def _take(self, rule: Rule, boxes: list[Box]) -> None:
        for box in boxes:
            cells = self.space.cells(box)
            for milestone in rule.promises:
                if self.left[milestone][cells].any():
                    self.left[milestone][cells] = False

    def _gaps(self) -> Iterator[Remark]:
        """What is left, in few words. Where most tickets are left a milestone is meant for few: that is no gap."""
        for milestone, left in self.left.items():
            if not left.any():
                continue
            code = "gap" if self.space.share(left) <= MOST_MISSING else "only_for_some"
            boxes, all_told = self.space.largest_boxes(left, GAP_BOXES)
            for n, box in enumerate(boxes):
                more = not all_told and n == len(boxes) - 1
                yield Remark(code, "rules", milestone=milestone, where=self.space.told(box), more=more)


def _as_said(terms: Terms | None) -> Terms | None:
    """The terms without the name of the rule that gives them."""
    return terms and replace(terms, rule="")


def _laxer(one: Terms | None, other: Terms | None) -> bool:
    """Whether the first promises nothing or later, where the other promises something."""
    return other is not None and (one is None or one.target_seconds > other.target_seconds)


def _shared(ours: list[Box], theirs: list[Box]) -> Box | None:
    return next((box for a in ours for b in theirs if (box := fact_space.met(a, b)) is not None), None)


def _targets(policy: Policy, world: World) -> Iterator[Remark]:
    known: dict[tuple[str, int, int], tuple[str, str]] = {}
    for n, rule in enumerate(policy.rules):
        for milestone, terms in rule.promises.items():
            if terms is None:
                continue
            place = f"rules[{n}].promises.{milestone}"
            if terms.calendar not in world.calendars:
                yield Remark("unknown_calendar", f"{place}.calendar", rule.code, terms.calendar, milestone)
                continue
            key = terms.calendar, terms.target_seconds, terms.target_days
            if key not in known:
                known[key] = _judged(world.calendars[terms.calendar], terms, world.at)
            code, other = known[key]
            if code:
                yield Remark(code, f"{place}.target", rule.code, other, milestone)


def _judged(calendar: Calendar, terms: Terms, at: int) -> tuple[str, str]:
    """What is odd about a target in its calendar, and by how many days of the wall clock."""
    if terms.target_seconds < MINUTE:
        return "target_under_a_minute", ""
    try:
        seconds = terms.target_from(at, calendar)
        lasts = calendar.due(at, seconds) - at
    except NeverOpens:
        return "target_never_ends", ""
    days = str(round(lasts / DAY))
    if lasts > LONGEST:
        return "target_over_a_year", days
    if not terms.target_days and seconds % DAY == 0 and calendar.elapsed(at, at + _FORTNIGHT) < _FORTNIGHT // 2:
        return "days_in_office_hours", days
    return "", ""
