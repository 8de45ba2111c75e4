"""How does a checklist change, and how is a step of it ticked? The only writer of its tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.checklists import rulebook
from yingnuo.checklists.models import Checklist, Strictness, Tick
from yingnuo.checklists.rulebook import Rule, Step
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.tickets.models import Ticket

MOST_STEPS, LONGEST = 40, 120


@dataclass(frozen=True, slots=True)
class Facts:
    """A checklist as its form writes it. `steps` is text: a line each, `*` before what is required, 中文 | English."""

    name: str
    kinds: tuple[str, ...] = ()
    product_line: str = ""
    strictness: str = Strictness.WARN
    steps: str = ""
    active: bool = True


def save(actor: Actor, *, pk: int | None, facts: Facts, now: datetime) -> Checklist:
    """A new or changed checklist; a step whose words stay keeps its ticks."""
    require(actor, "settings.edit")
    wanted = _read(facts.steps)
    with transaction.atomic(durable=True):
        row = Checklist() if pk is None else Checklist.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            raise NotFound(_("Somebody has deleted it."))
        row.name, row.kinds, row.product_line = facts.name, list(facts.kinds), facts.product_line
        row.strictness, row.active = facts.strictness, facts.active
        row.steps = [asdict(step) for step in _keyed(row, wanted)]
        row.save()
        _note(actor, row, now)
    return row


def delete(actor: Actor, *, row: Checklist, now: datetime) -> None:
    """Takes a checklist away, with its ticks; what was done stays in the tickets' stories."""
    require(actor, "settings.edit")
    with transaction.atomic(durable=True):
        _note(actor, row, now)
        row.delete()


def _note(actor: Actor, row: Checklist, now: datetime) -> None:
    entry = Entry(Code.SETTING_CHANGED, 0, f"checklist:{row.pk}", {"what": "checklist"})
    ledger.record(actor, [entry], now=now)
    revisions.bump()


def _read(text: str) -> list[Step]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = []
    for line in lines:
        words, required = line.removeprefix("*").strip(), line.startswith("*")
        zh, _bar, en = (part.strip() for part in words.replace("｜", "|").partition("|"))
        found.append(Step(0, zh, en, required))
    problem = None
    if not 0 < len(found) <= MOST_STEPS:
        problem = _("Write 1 to 40 steps.")
    elif any(not (s.zh or s.en) or len(s.zh) > LONGEST or len(s.en) > LONGEST for s in found):
        problem = _("A step has 1 to 120 characters.")
    if problem is not None:
        raise Invalid(problem, fields={"steps": problem})
    return found


def _keyed(row: Checklist, wanted: list[Step]) -> list[Step]:
    """Steps with their keys: those of the same words as before, new ones for the rest."""
    known = {(s.zh, s.en): s.key for s in rulebook.steps_of(row)}
    keyed = []
    for step in wanted:
        key = known.pop((step.zh, step.en), 0)
        if not key:
            row.last_key += 1
            key = row.last_key
        keyed.append(Step(key, step.zh, step.en, step.required))
    return keyed


def written(row: Checklist) -> str:
    """The steps as text, as `Facts.steps` takes them."""
    lines = []
    for s in rulebook.steps_of(row):
        words = " | ".join([s.zh, s.en] if s.en else [s.zh])
        lines.append(f"* {words}" if s.required else words)
    return "\n".join(lines)


def tick(actor: Actor, *, ticket: Ticket, rule: int, key: int, done: bool, now: datetime) -> None:
    """A step of a (locked) ticket was done, or was not after all; twice the same is once."""
    found = rulebook.rule_for(ticket)
    step = next((s for s in found.steps if s.key == key), None) if found and found.id == rule else None
    if step is None:
        raise Conflict(_("The checklist has changed. Read it again first."), code="checklist_changed")
    where: dict[str, Any] = {"ticket": ticket, "checklist_id": rule, "key": key}
    staff = actor.id if actor.kind == "staff" else None
    if done:
        _row, changed = Tick.objects.get_or_create(**where, defaults={"staff_id": staff, "at": now})
    else:
        changed = bool(Tick.objects.filter(**where).delete()[0])
    if changed:
        params = {"zh": step.zh, "en": step.en}
        ledger.record(actor, [Entry(Code.STEP_DONE if done else Code.STEP_UNDONE, ticket.pk, "", params)], now=now)


def ticks(ticket: int, rule: Rule) -> dict[int, Tick]:
    """What was done of a rule in a ticket, by key of the step; one statement."""
    return {t.key: t for t in Tick.objects.filter(ticket_id=ticket, checklist_id=rule.id)}


def still_open(ticket: Ticket) -> tuple[Rule | None, list[Step]]:
    """The ticket's rule and its required steps that nobody has done."""
    rule = rulebook.rule_for(ticket)
    if rule is None or not any(s.required for s in rule.steps):
        return rule, []
    done = ticks(ticket.pk, rule)
    return rule, [s for s in rule.steps if s.required and s.key not in done]


def refuse_open(actor: Actor, *, ticket: Ticket) -> None:
    """Conflict where the ticket's rule forbids to solve it with required steps open."""
    rule, lacking = still_open(ticket)
    if rule is not None and rule.refuses and lacking:
        raise Conflict(
            _("Required steps of “%(rule)s” are open: %(steps)s"), code="steps_open", rule=rule.name,
            steps=", ".join(s.word for s in lacking),
        )  # fmt: skip


def left_open(actor: Actor, *, ticket: Ticket, now: datetime) -> None:
    """Records that a ticket is solved with required steps open, where nobody is there who could be asked."""
    rule, lacking = still_open(ticket)
    if rule is not None and rule.refuses and lacking:
        open_steps = [s.zh or s.en for s in lacking]
        entry = Entry(Code.STEPS_LEFT_OPEN, ticket.pk, "", {"rule": rule.name, "steps": open_steps})
        ledger.record(actor, [entry], now=now)
