"""How does a role change: what may it do, how far does it see, and when does it retire?

Nobody grants or withdraws what he may not do himself, and nobody lets others see further than he sees.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import roles, verbs
from yingnuo.people.models import Role, Staff
from yingnuo.people.queries import organisation
from yingnuo.people.role_models import Sight, StaffRole
from yingnuo.people.roles import Actor, Standing, require

_NEEDED_BY_ADMIN = frozenset({"people.edit", "role.edit"})


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A role as somebody wants it; an empty name is that of its base."""

    verbs: frozenset[str]
    sight: str
    zh_hans: str = ""
    zh_hant: str = ""
    en: str = ""


def of(code: str) -> Standing:
    """A role by its code; NotFound."""
    known = organisation.at(revisions.current())
    if code not in roles.VERBS and code not in known.roles:
        raise NotFound(_("There is no such role."), code="role_not_found")
    return roles.standing(code, known)


def add(actor: Actor, *, code: str, base: str, facts: RoleFacts, now: datetime) -> StaffRole:
    """A role of the house, made of a built-in one; Conflict when the code is taken."""
    require(actor, "role.edit")
    if base not in roles.VERBS:
        raise Invalid(_("There is no such role."), fields={"base": _("Choose from the list.")})
    if not any((facts.zh_hans, facts.zh_hant, facts.en)):
        raise Invalid(_("A role needs a name."), fields={"zh_hans": _("Name it in one language at least.")})
    if code in roles.VERBS:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken")
    nothing = Standing(code, base, ("", "", ""), frozenset(), Sight.OWN, active=True, edition=0)
    _refuse(actor, nothing, facts)
    try:
        with transaction.atomic():
            row = _fill(StaffRole(code=code, base=base), facts)
            row.save()
            _note(actor, nothing, facts, "made", now)
    except IntegrityError as error:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken") from error
    return row


def save(actor: Actor, *, code: str, facts: RoleFacts, edition: int, now: datetime) -> StaffRole:
    """A role changed; Conflict when it is not the `edition` any more that was read (0: a built-in one as it was built).

    Whoever has it may do so from the next request on.
    """
    require(actor, "role.edit")
    with transaction.atomic():
        row = StaffRole.objects.select_for_update().filter(code=code).first()
        was = of(code)
        if (row.edition if row else 0) != edition:
            raise Conflict(_("Somebody else has changed this role. Look at it again."), code="role_changed")
        _refuse(actor, was, facts)
        saved = _fill(row or StaffRole(code=code, base=code), facts)
        saved.edition = edition + 1
        try:
            with transaction.atomic():
                saved.save()
        except IntegrityError as error:  # two made the first change to a built-in role
            raise Conflict(_("Somebody else has changed this role. Look at it again."), code="role_changed") from error
        _note(actor, was, facts, "changed", now)
        _keep_an_administrator(was, facts)
    return saved


def restore(actor: Actor, *, code: str, now: datetime) -> None:
    """Makes a built-in role as it was built."""
    require(actor, "role.edit")
    with transaction.atomic():
        row = StaffRole.objects.select_for_update().filter(code=code, base=code).first()
        if row is None:
            raise Conflict(_("It is as it was built."), code="as_built")
        was = of(code)
        facts = RoleFacts(roles.VERBS[code], roles.SIGHTS[code])
        _refuse(actor, was, facts)
        row.delete()
        _note(actor, was, facts, "restored", now)
        _keep_an_administrator(was, facts)


def retire(actor: Actor, *, code: str, active: bool, now: datetime) -> None:
    """Offers a role of the house no more, or again; Conflict while somebody has it."""
    require(actor, "role.edit")
    with transaction.atomic():
        row = StaffRole.objects.select_for_update().filter(code=code).first()
        was = of(code)
        if row is None or was.built_in:
            raise Conflict(_("A built-in role stays."), code="built_in")
        if not active and Staff.objects.filter(role=code).exists():
            raise Conflict(_("People still have this role. Give them another one first."), code="in_use")
        if row.active != active:
            row.active, row.edition = active, row.edition + 1
            row.save(update_fields=["active", "edition"])
            _write(actor, code, [], "revived" if active else "retired", now)


def _keep_an_administrator(was: Standing, facts: RoleFacts) -> None:
    if "admin" in was.verbs - facts.verbs:
        roles.keep_an_administrator()


def _fill(row: StaffRole, facts: RoleFacts) -> StaffRole:
    built = roles.VERBS[row.base]
    row.granted, row.withdrawn = sorted(facts.verbs - built), sorted(built - facts.verbs)
    row.sight = "" if facts.sight == roles.SIGHTS[row.base] else facts.sight
    row.zh_hans, row.zh_hant, row.en = (name.strip()[:40] for name in (facts.zh_hans, facts.zh_hant, facts.en))
    return row


def _refuse(actor: Actor, was: Standing, facts: RoleFacts) -> None:
    unknown = facts.verbs - verbs.WORDS.keys()
    if unknown or facts.sight not in Sight.values:
        field = "verbs" if unknown else "sight"
        raise Invalid(_("This value cannot be used."), fields={field: _("Choose from the list.")})
    if was.code == Role.ADMIN and (facts.verbs, facts.sight) != (roles.VERBS[Role.ADMIN], Sight.ALL):
        raise Invalid(_("The built-in administrator stays as it is."), fields={"verbs": _("Only its names change.")})
    if "admin" in facts.verbs and not facts.verbs >= _NEEDED_BY_ADMIN:
        needed = _("Whoever administers also changes people and roles.")
        raise Invalid(needed, fields={"verbs": needed})
    if actor.kind != "system":
        _refuse_more_than_own(actor, was, facts)


def _refuse_more_than_own(actor: Actor, was: Standing, facts: RoleFacts) -> None:
    foreign = (was.verbs ^ facts.verbs) - actor.verbs
    if foreign:
        named = ", ".join(verbs.word(code) for code in verbs.sorted_as_shown(foreign))
        text = _("Nobody grants or withdraws what he may not do himself: %(verbs)s") % {"verbs": named}
        raise NotAllowed(text, code="not_allowed", verb="role.edit")
    own = Sight.ALL if actor.teams is None else of(actor.role).sight if actor.kind == "staff" else Sight.OWN
    order = list(Sight.values)
    if facts.sight != was.sight and order.index(facts.sight) > order.index(own):
        raise NotAllowed(_("Nobody lets others see further than he sees."), code="not_allowed", verb="role.edit")


def _note(actor: Actor, was: Standing, facts: RoleFacts, what: str, now: datetime) -> None:
    """One row for the role, and one for each verb that came or went."""
    told = [(Code.ROLE_GRANTED, verb) for verb in verbs.sorted_as_shown(facts.verbs - was.verbs)]
    told += [(Code.ROLE_WITHDRAWN, verb) for verb in verbs.sorted_as_shown(was.verbs - facts.verbs)]
    sight = facts.sight if facts.sight != was.sight else ""
    _write(actor, was.code, told, what, now, sight)


def _write(actor: Actor, code: str, told: list[tuple[Code, str]], what: str, now: datetime, sight: str = "") -> None:
    subject = f"role:{code}"
    rows = [Entry(Code.ROLE_CHANGED, 0, subject, {"role": code, "what": what, "sight": sight})]
    rows += [Entry(kind, 0, subject, {"role": code, "verb": verb}) for kind, verb in told]
    ledger.record(actor, rows, now=now)
    revisions.bump()


def foreseen(was: Standing, facts: RoleFacts) -> Standing:
    """The role as it would stand with these facts; nothing is written."""
    return replace(was, verbs=facts.verbs, sight=facts.sight, names=(facts.zh_hans, facts.zh_hant, facts.en))
