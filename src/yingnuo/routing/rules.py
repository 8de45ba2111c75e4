"""How do dispatch rules change, how are thousands read from a table, and which can never match?"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from yingnuo.engine import conditions
from yingnuo.engine.errors import EngineError
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Team
from yingnuo.people.roles import Actor, require
from yingnuo.routing.models import Rule
from yingnuo.tickets import tags
from yingnuo.tickets.models import Kind, ProductLine, Urgency

FACTS = ("kind", "urgency", "product_line", "channel", "tier", "region", "language", "tags", "text")
MOST_ROWS = 20_000
_COLUMNS = ("name", "keywords", "team", "skills", "kind", "urgency", "product_line", "tags")
_WORD, _SHORT = 60, 40  # the longest keyword, the longest tag or skill


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """One dispatch rule without its position. `team_id` None: the rule only sets facts."""

    name: str
    when: Mapping[str, Any] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    team_id: int | None = None
    skills: tuple[str, ...] = ()
    set_kind: str = ""
    set_urgency: str = ""
    set_product_line: str = ""
    add_tags: tuple[str, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row of a table that cannot be read: its line, counted from 1 with the head, and why."""

    line: int
    problem: str | Promise
    given: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that cannot do anything: its id and a code (`after_all`, `no_effect`, `team_off`)."""

    rule: int
    code: str


def save(actor: Actor, *, pk: int | None, facts: RuleFacts, now: datetime) -> Rule:
    """A new rule (it comes last) or a changed one; Invalid names the field and what to do."""
    require(actor, "settings.edit")
    refuse(facts)
    with transaction.atomic():
        row = Rule(position=_last() + 1) if pk is None else _locked(pk)
        for name, value in _columns(facts).items():
            setattr(row, name, value)
        row.save()
        tags.remember(facts.add_tags)
        _note(actor, row.pk, now)
    return row


def naming_tag(tag: str) -> list[Rule]:
    """The rules that ask for a tag or give it."""
    return [r for r in Rule.objects.all() if tag in r.add_tags or tags.named_in(r.when, tag)]


def reword_tag(old: str, new: str) -> None:
    """Has every rule name the tag by another name; in the transaction of whoever renames it, who bumps the revision."""
    for row in naming_tag(old):
        row.when = tags.reworded(row.when, old, new)
        row.add_tags = list(dict.fromkeys(new if tag == old else tag for tag in row.add_tags))
        row.save(update_fields=["when", "add_tags"])


def _columns(facts: RuleFacts) -> dict[str, Any]:
    lists = {name: list(getattr(facts, name)) for name in ("keywords", "skills", "add_tags")}
    return asdict(facts) | lists | {"when": dict(facts.when)}


def refuse(facts: RuleFacts) -> None:
    """Raises Invalid when the rule cannot be read or would have no effect."""
    wrong = dict(_wrong(facts))
    if wrong:
        raise Invalid(_("The rule cannot be used yet."), fields=wrong)


def _wrong(facts: RuleFacts) -> list[tuple[str, str | Promise]]:
    found: list[tuple[str, str | Promise]] = []
    if not facts.name.strip() or len(facts.name) > 80:
        found.append(("name", _("Give the rule a name of at most 80 characters.")))
    if any(len(word) > _WORD for word in facts.keywords):
        found.append(("keywords", _("A keyword has at most 60 characters.")))
    if any(len(word) > _SHORT for word in (*facts.skills, *facts.add_tags)):
        found.append(("add_tags", _("A tag or skill has at most 40 characters.")))
    if facts.set_kind and facts.set_kind not in Kind.values:
        found.append(("set_kind", _("There is no such kind.")))
    if facts.set_urgency and facts.set_urgency not in Urgency.values:
        found.append(("set_urgency", _("There is no such urgency.")))
    if not _effect(facts):
        found.append(("team_id", _("The rule does nothing. Choose a team, or something that it sets.")))
    try:
        conditions.parse(facts.when, known=FACTS)
    except EngineError as error:
        found.append(("when", str(error)))
    return found


def _effect(f: RuleFacts) -> bool:
    return bool(f.team_id or f.skills or f.set_kind or f.set_urgency or f.set_product_line or f.add_tags)


def _last() -> int:
    return Rule.objects.aggregate(n=Max("position"))["n"] or 0


def _locked(pk: int) -> Rule:
    row = Rule.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("Somebody has deleted this rule."))
    return row


def move(actor: Actor, *, pk: int, before: int | None, now: datetime) -> None:
    """Puts a rule in front of another one; None puts it last."""
    require(actor, "settings.edit")
    with transaction.atomic():
        row = _locked(pk)
        if before is None:
            place = _last() + 1
        else:
            place = _locked(before).position
            Rule.objects.filter(position__gte=place).update(position=F("position") + 1)
        Rule.objects.filter(pk=row.pk).update(position=place)
        _note(actor, pk, now)


def delete(actor: Actor, *, pk: int, now: datetime) -> None:
    """Takes a rule away."""
    require(actor, "settings.edit")
    with transaction.atomic():
        _locked(pk).delete()
        _note(actor, pk, now)


def read_table(text: str) -> tuple[list[RuleFacts], list[Wrong]]:
    """Rules out of CSV with a head; columns `name`, `keywords` (with | between), `team` (code), `skills`, `kind`,
    `urgency`, `product_line`, `tags`. What is wrong is told row by row; nothing is stored."""
    reader = csv.DictReader(io.StringIO(text.replace("\x00", "")))
    head = [str(name).strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = head
    unknown = [name for name in head if name not in _COLUMNS]
    if unknown or "name" not in head:
        return [], [Wrong(1, _("The first line must name the columns, of these:"), ", ".join(_COLUMNS))]
    teams = dict(Team.objects.values_list("code", "pk"))
    lines = set(ProductLine.objects.values_list("code", flat=True))
    found: list[RuleFacts] = []
    wrong: list[Wrong] = []
    try:
        for row in reader:
            facts, problems = _row(row, reader.line_num, teams, lines)
            found += [facts]
            wrong += problems
            if len(found) > MOST_ROWS:
                return [], [Wrong(reader.line_num, _("At most 20,000 rules are read at once."))]
    except csv.Error as error:
        return [], [Wrong(reader.line_num, _("This line is not CSV."), str(error))]
    return found, wrong


def _row(row: Mapping[str, Any], line: int, teams: Mapping[str, int], lines: set[str]) -> tuple[RuleFacts, list[Wrong]]:
    def text(name: str) -> str:
        return str(row.get(name) or "").strip()

    def listed(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in text(name).replace("｜", "|").split("|") if part.strip())

    facts = RuleFacts(
        name=text("name"), keywords=listed("keywords"), team_id=teams.get(text("team")), skills=listed("skills"),
        set_kind=text("kind"), set_urgency=text("urgency"), set_product_line=text("product_line"),
        add_tags=listed("tags"),
    )  # fmt: skip
    wrong = [Wrong(line, problem) for _field, problem in _wrong(facts)]
    if text("team") and facts.team_id is None:
        wrong = [Wrong(line, _("There is no team of this code:"), text("team"))]
    if facts.set_product_line and facts.set_product_line not in lines:
        wrong.append(Wrong(line, _("There is no product line of this code:"), facts.set_product_line))
    return facts, wrong


def add_many(actor: Actor, *, rules: Sequence[RuleFacts], now: datetime) -> int:
    """Appends rules in their order, all or none; returns how many."""
    require(actor, "settings.edit")
    for facts in rules:
        refuse(facts)
    with transaction.atomic():
        first = _last() + 1
        rows = [Rule(position=first + n, **_columns(facts)) for n, facts in enumerate(rules)]
        Rule.objects.bulk_create(rows, batch_size=1_000)
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, "rules", {"what": "rules", "count": len(rows)})], now=now)
        revisions.bump()
    return len(rows)


def lint() -> list[Finding]:
    """Active rules that can have no effect: behind a rule that takes every ticket, or for a team out of work."""
    found: list[Finding] = []
    taken = False
    for rule in Rule.objects.filter(active=True).select_related("team"):
        sets = rule.set_kind or rule.set_urgency or rule.set_product_line or rule.add_tags or rule.skills
        if taken and not sets:
            found.append(Finding(rule.pk, "after_all"))
        elif rule.team and not rule.team.active:
            found.append(Finding(rule.pk, "team_off"))
        taken = taken or bool(rule.team_id and not rule.when and not rule.keywords)
    return found


def _note(actor: Actor, pk: int, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"rule:{pk}", {"what": "rule"})], now=now)
    revisions.bump()
