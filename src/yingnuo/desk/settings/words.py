"""Which plain words stand for the codes of conditions, ladders, standards and findings?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from yingnuo.desk import choices, faces
from yingnuo.desk.guides import GUIDES
from yingnuo.engine import conditions
from yingnuo.engine.conditions import Among, Check, Condition, Either, Neither, Node, Reason
from yingnuo.engine.terms import ANY_REASON, Step, Terms, When
from yingnuo.journey.closing import PAUSE_REASONS
from yingnuo.kit import formats
from yingnuo.people.models import Tier
from yingnuo.promises.models import MilestoneCode
from yingnuo.tickets.models import Kind, Status, Urgency, Via

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def facts() -> dict[str, str]:
    """The facts a condition may ask for."""
    return {
        "kind": _("Kind"), "urgency": _("Urgency"), "channel": _("Channel"), "tier": _("Customer tier"),
        "product_line": _("Product line"), "region": _("Region"), "team": _("Team"), "team_tier": _("Tier of the team"),
        "tags": _("Tags"), "language": _("Language"), "text": _("Text"),
        "status": _("Status"), "waiting_for": _("Waiting for"), "held": _("Held by somebody"), "by": _("Set off by"),
        "reopened": _("Times reopened"), "urged": _("Times urged"),
    }  # fmt: skip


def audiences() -> dict[str, str]:
    """Whom a step can tell."""
    return {
        "holder": _("whoever holds it"), "lead": _("the team’s lead"), "departments": _("departments concerned"),
        "department_head": _("head of the department"), "up_the_line": _("everybody up the line"),
        "deputy": _("the holder’s deputy"), "on_duty": _("everybody on duty"), "team": _("the whole team"),
        "customer": _("the customer"),
    }  # fmt: skip


def ways() -> dict[str, str]:
    """By which ways."""
    return {
        "in_app": _("in the desk"), "mail": _("mail"), "sms": _("SMS"), "push": _("Browser"), "wecom": "企业微信",
        "dingtalk": "钉钉", "feishu": "飞书", "webhook": "Webhook",
    }  # fmt: skip


def milestones(spec: Mapping[str, Any]) -> dict[str, str]:
    """The milestones a policy knows, its own ones at the end by their code."""
    own = spec.get("milestones") or ()
    listed = [own] if isinstance(own, str) else own
    named = [(one, one) if isinstance(one, str) else (one.get("code", ""), one.get("title")) for one in listed]
    return {code: str(label) for code, label in MilestoneCode.choices} | {c: str(t or c) for c, t in named}


def reasons() -> dict[str, str]:
    """Why a clock may stand still."""
    return {code: str(word) for code, word in PAUSE_REASONS.items()}


def guides() -> list[str]:
    """The operating rules there are, by code."""
    return sorted(GUIDES)


def span(seconds: int) -> str:
    """A duration as the form writes it: 5400 → "1h30m"."""
    parts = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def target(seconds: int, nonstop: object) -> str:
    """A target in words. Days only round the clock: in office hours a "day" would be read as a working day."""
    if seconds < _UNITS[0][0] or nonstop:
        return formats.duration(seconds)
    hours, rest = divmod(seconds, _UNITS[1][0])
    words = _("%(n)s h") % {"n": hours}
    return f"{words} {formats.duration(rest)}" if rest else words


def target_of(terms: Terms, nonstop: object) -> str:
    """What terms promise, in words; working days as such."""
    return faces.target(terms) if terms.target_days else target(terms.target_seconds, nonstop)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Names of the values of facts, read once a page."""

    values: Mapping[str, Mapping[str, str]]

    def value(self, fact: str, value: object) -> str:
        """The word for one value of a fact; an unknown one as it is."""
        return str(self.values.get(fact, {}).get(str(value), value)) or _("not known")


def lexicon() -> Lexicon:
    """The present names of kinds, tiers, teams, product lines and regions."""
    known = choices.names()
    teams = {t.code: t.name for t in known.organisation.teams.values()}
    named: dict[str, Mapping[str, str]] = {
        "kind": _plain(Kind.choices), "urgency": _plain(Urgency.choices), "channel": _plain(Via.choices),
        "tier": _plain(Tier.choices), "product_line": known.lines, "region": known.organisation.regions,
        "team": teams, "language": {"zh-hans": "简体中文", "zh-hant": "繁體中文", "en": "English"},
        "status": _plain(Status.choices), "waiting_for": reasons(), "held": {"yes": _("yes"), "no": _("no")},
        "by": {
            "contact": _("the customer"), "staff": _("Staff"), "token": _("Program"), "bot": _("Bot"),
            "system": _("the product itself"),
        },
        "team_tier": {"1": _("front line"), "2": _("technical support"), "3": _("senior experts")},
    }  # fmt: skip
    return Lexicon(named)


def _plain(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    return {str(code): str(word) for code, word in pairs}


def condition(spec: object, words: Lexicon) -> str:
    """A condition in words: "Kind is Complaint or Fault; Channel is Phone"."""
    return told(conditions.parse(spec), words)


def told(parsed: Condition, words: Lexicon) -> str:
    """As `condition`, of one that is read already."""
    return "; ".join(_node(node, words) for node in parsed.root.nodes) or _("every ticket")


def _node(node: Node, words: Lexicon) -> str:
    if isinstance(node, Among):
        return _asked(node.fact, "is", node.values, words)
    if isinstance(node, Check):
        return _asked(node.fact, node.test, node.asked, words)
    if isinstance(node, Neither):
        return _("not (%(inner)s)") % {"inner": _node(node.node, words)}
    inner = [_node(one, words) for one in getattr(node, "nodes", ())]
    between = _("or")
    either = f" {between} ".join(inner)
    return f"({either})" if isinstance(node, Either) else "; ".join(inner)


def _asked(fact: str, test: str, asked: Sequence[object], words: Lexicon) -> str:
    shown = (" " + _("or") + " ").join(words.value(fact, a) for a in asked)
    patterns = {
        "is": _("%(fact)s is %(asked)s"), "any": _("%(fact)s include %(asked)s"),
        "all": _("%(fact)s include all of %(asked)s"),
        "none": _("%(fact)s include none of %(asked)s"), "contains": _("%(fact)s contains %(asked)s"),
        "gte": _("%(fact)s is at least %(asked)s"), "lte": _("%(fact)s is at most %(asked)s"),
        "gt": _("%(fact)s is above %(asked)s"), "lt": _("%(fact)s is below %(asked)s"),
    }  # fmt: skip
    return patterns.get(test, "%(fact)s %(asked)s") % {"fact": facts().get(fact, fact), "asked": shown}


def reason(r: Reason, words: Lexicon) -> str:
    """Why a condition does not hold: "Urgency is General, the rule asks for Urgent"."""
    listed = r.actual if isinstance(r.actual, tuple | list) else [r.actual]
    actual = ", ".join(words.value(r.fact, a) for a in listed if a not in ("", None, 0)) or _("not known")
    name = facts().get(r.fact, r.fact)
    if r.test == "not":
        return _("%(fact)s is %(actual)s, which the rule leaves out") % {"fact": name, "actual": actual}
    asked = (" " + _("or") + " ").join(words.value(r.fact, a) for a in r.asked)
    return _("%(fact)s is %(actual)s; the rule asks for %(asked)s") % {"fact": name, "actual": actual, "asked": asked}


def moment(step: Step) -> str:
    """When a step fires: "30 min before (at most 50 % of the time)"."""
    if step.when is When.UNACKNOWLEDGED:
        return _("“%(step)s” not acknowledged") % {"step": step.of}
    share = f"{(step.share or 0) * 100:g}"
    if step.when is When.AFTER:
        if step.share is not None:
            return _("%(share)s %% of the time after") % {"share": share}
        return _("%(span)s after") % {"span": formats.duration(step.seconds)} if step.seconds else _("when it breaks")
    if step.share is not None and not step.seconds:
        return _("%(share)s %% of the time before") % {"share": share}
    before = _("%(span)s before") % {"span": formats.duration(step.seconds)}
    if step.share is None:
        return before
    return _("%(before)s, at most %(share)s %% of the time") % {"before": before, "share": share}


def told_people(step: Step) -> str:
    """Whom a step tells, and how."""
    who, how = audiences(), ways()
    people = ", ".join(who.get(a, a) for a in step.audience) or _("nobody")
    return _("%(people)s by %(ways)s") % {"people": people, "ways": ", ".join(how.get(w, w) for w in step.ways) or "—"}


def pauses(terms: Terms) -> str:
    """For which reasons the clock may stand still."""
    if not terms.pauses:
        return _("never stands still")
    if ANY_REASON in terms.pauses:
        return _("stands still for any reason")
    known = reasons()
    return _("stands still: %(reasons)s") % {"reasons": ", ".join(known.get(r, r) for r in terms.pauses)}
