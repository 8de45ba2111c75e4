"""How does a tag change its name, become part of another or retire, everywhere at once?

Rules, macros and saved lists follow in the transaction that begins it; tickets follow piece by piece, for there may be
very many. A piece looks for tickets that still carry the old name, so whatever dies, the next worker goes on. Until
the end, and for ever after, the old name is understood as the new one (see `tickets.tags`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.automation import rules as automation
from yingnuo.kit import live, revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises.models import Policy, PolicyVersion
from yingnuo.routing import rules as routing
from yingnuo.tickets import tags
from yingnuo.tickets.tag_models import Change, Tag, TagRun
from yingnuo.tickets.tags import Used
from yingnuo.worklists import services as worklists

PIECE, AT_ONCE = 500, 4  # tickets of a piece, and pieces for which whoever began it waits


@dataclass(frozen=True, slots=True)
class Touched:
    """What names a tag: tickets and lists, and by name dispatch rules, rules of automation, macros and standards."""

    used: Used
    dispatch: list[str]
    automation: list[str]
    macros: list[str]
    lists: int
    standards: list[str]

    @property
    def rules(self) -> list[str]:
        """Every rule and macro."""
        return [*self.dispatch, *self.automation, *self.macros]


def touched(name: str) -> Touched:
    """What a change of this tag would change; nothing is written."""
    acting, macros = automation.naming_tag(name)
    return Touched(
        tags.used([name])[name], [r.name for r in routing.naming_tag(name)], [r.name for r in acting],
        [m.name for m in macros], len(worklists.naming_tag(name)), _standards(name),
    )  # fmt: skip


def _standards(name: str) -> list[str]:
    """The promise standards that name it, in force or not yet."""
    names = dict(Policy.objects.values_list("pk", "name"))
    current = dict(Policy.objects.values_list("pk", "current"))
    rows = PolicyVersion.objects.filter(policy__in=names).values_list("policy_id", "number", "spec")
    found = {pk for pk, number, spec in rows if number >= current[pk] and tags.named_in(spec, name)}
    return sorted(names[pk] for pk in found)


def rename(actor: Actor, *, pk: int, to: str, now: datetime) -> TagRun:
    """Another name for a tag; Conflict when there is a tag of that name, or a standard looks at it."""
    require(actor, "settings.edit")
    new = tags.tidy(to)
    if not new:
        raise Invalid(_("This field is required."), fields={"to": _("This field is required.")})
    with transaction.atomic():
        row = _locked(pk)
        if new == row.name:
            raise Invalid(_("It is called so already."), fields={"to": _("Choose another name.")})
        _refuse_standards(row.name)
        there = Tag.objects.select_for_update().filter(name=new).first()
        if there is not None and there.active:
            raise Conflict(_("There is a tag of this name. Merge them instead."), code="name_taken")
        heir = there or Tag(name=new)
        heir.description, heir.tone, heir.active, heir.into = row.description, row.tone, True, ""
        heir.save()
        return _begin(actor, row, Change.RENAMED, new, now)


def merge(actor: Actor, *, pk: int, into: int, now: datetime) -> TagRun:
    """Makes a tag part of another; Conflict when a standard looks at one of them."""
    require(actor, "settings.edit")
    with transaction.atomic():
        first, second = sorted((pk, into))
        rows = {number: _locked(number) for number in (first, second)}  # in one order, so that none waits for another
        if pk == into or not rows[into].active:
            raise Invalid(_("Choose another tag."), fields={"into": _("Choose from the list.")})
        _refuse_standards(rows[pk].name, rows[into].name)
        return _begin(actor, rows[pk], Change.MERGED, rows[into].name, now)


def retire(actor: Actor, *, pk: int, strip: bool, now: datetime) -> TagRun | None:
    """Offers a tag no more; with `strip` tickets lose it too. Conflict while a rule, macro or standard names it."""
    require(actor, "settings.edit")
    with transaction.atomic():
        row = _locked(pk)
        _refuse_standards(row.name)
        naming = touched(row.name).rules
        if naming:
            said = _("Rules and macros name it. Change them first: %(names)s") % {"names": ", ".join(naming[:8])}
            raise Conflict(said, code="in_use")
        if strip:
            return _begin(actor, row, Change.RETIRED, "", now)
        Tag.objects.filter(pk=pk).update(active=False, into="")
        _note(actor, row, Change.RETIRED, "", 0, now)
        return None


def undo(actor: Actor, *, run: int, now: datetime) -> TagRun:
    """Gives a renamed tag its old name back; Conflict when it has gone further since."""
    require(actor, "settings.edit")
    with transaction.atomic():
        row = TagRun.objects.select_for_update().filter(pk=run).first()
        if row is None:
            raise NotFound(_("There is no such change."))
        there = Tag.objects.filter(name=row.into, active=True).first()
        if row.what != Change.RENAMED or row.undone or row.ended_at is None or there is None:
            raise Conflict(_("This cannot be undone any more."), code="too_late")
        back = rename(actor, pk=there.pk, to=row.name, now=now)
        TagRun.objects.filter(pk=run).update(undone=True)
    return back


def _locked(pk: int) -> Tag:
    row = Tag.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("Somebody has deleted it."))
    if not row.active:
        raise Conflict(_("This tag is used no more."), code="retired")
    return row


def _refuse_standards(*names: str) -> None:
    found = sorted({standard for name in names for standard in _standards(name)})
    if found:
        said = _("Promise standards look at this tag. Change them first: %(names)s") % {"names": ", ".join(found)}
        raise Conflict(said, code="in_standard")


def _begin(actor: Actor, row: Tag, what: Change, into: str, now: datetime) -> TagRun:
    total = tags.used([row.name])[row.name].all
    try:
        with transaction.atomic():
            run = TagRun.objects.create(
                what=what, name=row.name, into=into, total=total, by_id=actor.id if actor.kind == "staff" else None,
                at=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict(_("A change of this tag is still under way."), code="under_way") from error
    if into:
        for follow in (routing.reword_tag, automation.reword_tag, worklists.reword_tag):
            follow(row.name, into)
        Tag.objects.filter(into=row.name).exclude(name=into).update(into=into)
    Tag.objects.filter(pk=row.pk).update(active=False, into=into)
    _note(actor, row, what, into, total, now)
    return run


def _note(actor: Actor, row: Tag, what: Change, into: str, total: int, now: datetime) -> None:
    params: dict[str, ledger.Value] = {"tag": row.name, "into": into, "what": what.value, "tickets": total}
    ledger.record(actor, [Entry(Code.TAG_MOVED, 0, f"tag:{row.pk}", params)], now=now)
    revisions.bump()


_PIECE = """
UPDATE tickets_ticket SET version = version + 1, tags = ARRAY(
  SELECT DISTINCT CASE WHEN tag = %(old)s THEN %(new)s ELSE tag END
  FROM unnest(tags) AS tag WHERE %(new)s <> '' OR tag <> %(old)s ORDER BY 1)
WHERE id IN (SELECT id FROM tickets_ticket WHERE tags @> ARRAY[%(old)s::varchar] ORDER BY id LIMIT %(most)s FOR UPDATE)
"""


def advance(*, only: int | None = None, now: datetime) -> bool:
    """One piece of the oldest change under way (or of this one); False when there is nothing to do."""
    with transaction.atomic(durable=True):
        waiting = TagRun.objects.select_for_update(skip_locked=True).filter(ended_at=None)
        run = (waiting if only is None else waiting.filter(pk=only)).order_by("pk").first()
        if run is None:
            return False
        with connection.cursor() as cursor:
            cursor.execute(_PIECE, {"old": run.name, "new": run.into, "most": PIECE})
            moved = cursor.rowcount
        run.done += moved
        if moved < PIECE:
            run.ended_at, run.total = now, run.done
        run.save(update_fields=["done", "total", "ended_at"])
    if moved:
        live.publish_all([("tickets", "")])
    return True


def at_once(run: TagRun, *, now: datetime) -> None:
    """The first pieces of a change, for who waits before the page; workers do the rest."""
    for _piece in range(AT_ONCE):
        if not advance(only=run.pk, now=now):
            break
    run.refresh_from_db()


def finish(*, now: datetime) -> None:
    """All that is under way."""
    while advance(now=now):
        pass
