"""How does a person choose his notices within the rule, and how does the company set the rule?

Nobody chooses for another: a lead sees what his people have chosen, and talks to them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from yingnuo.alerts.models import NoticeRules, Preference, QuietHours, QuietKind
from yingnuo.alerts.quiet import DAYS, NEVER, Quiet
from yingnuo.alerts.rules import DIGEST_FROM, UNCAPPED, WAYS, Caps, Wishes, rules
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, NotAllowed, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, require
from yingnuo.promises.models import Calendar

LANGUAGES = ("zh-hans", "zh-hant", "en")
DIGEST_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Facts:
    """The company's rule for all notices."""

    quiet: Quiet = NEVER
    optional: tuple[str, ...] = ()
    digest_from: int = DIGEST_FROM
    caps: Caps = UNCAPPED


def visible(actor: Actor, *, staff: int) -> Staff:
    """The person whose choice the actor may look at: himself, or one of his teams where he may see people; NotFound."""
    person = Staff.objects.filter(pk=staff, active=True).first()
    own = person is not None and actor.kind == "staff" and actor.id == person.pk
    if person is None or not (own or _sees(actor, person)):
        raise NotFound(_("There is no such member of staff."))
    return person


def _sees(actor: Actor, person: Staff) -> bool:
    return actor.may("people.view") and (actor.teams is None or person.team_id in actor.teams)


def choose(actor: Actor, *, staff: int, wishes: Wishes, now: datetime) -> None:
    """The person's own choice; NotAllowed for anybody else, Invalid where the rule does not let him choose so."""
    if actor.kind != "staff" or actor.id != staff:
        raise NotAllowed(_("Everybody chooses his own notices."), code="not_allowed", verb="notice.choose")
    _refuse_wishes(wishes)
    with transaction.atomic():
        _keep_quiet(staff, wishes.quiet)
        Preference.objects.update_or_create(
            staff_id=staff,
            defaults={
                "more": list(wishes.more), "off": list(wishes.off), "language": wishes.language,
                "digest_from": wishes.digest_from,
            },
        )  # fmt: skip
        _note(actor, f"staff:{staff}", "notice_preference", now)


def set_rule(actor: Actor, *, facts: Facts, now: datetime) -> None:
    """The rule for everybody; Invalid names what is wrong."""
    require(actor, "settings.edit")
    _refuse_facts(facts)
    caps = facts.caps
    with transaction.atomic():
        _keep_quiet(None, facts.quiet)
        NoticeRules.objects.update_or_create(
            pk=1,
            defaults={
                "optional": list(facts.optional), "digest_from": facts.digest_from, "currency": caps.currency,
                "sms_price": caps.price, "sms_day": caps.day, "sms_month": caps.month, "sms_person": caps.person,
            },
        )  # fmt: skip
        _note(actor, "", "notices", now)


def _note(actor: Actor, subject: str, what: str, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, subject, {"what": what})], now=now)
    revisions.bump()


def _keep_quiet(staff: int | None, quiet: Quiet | None) -> None:
    of = Q(staff__isnull=True) if staff is None else Q(staff_id=staff)
    if quiet is None:
        QuietHours.objects.filter(of).delete()
        return
    values = {
        "kind": quiet.kind, "starts": quiet.starts, "ends": quiet.ends, "days": sorted(quiet.days),
        "calendar": quiet.calendar,
    }  # fmt: skip
    if not QuietHours.objects.filter(of).update(**values):
        QuietHours.objects.create(staff_id=staff, **values)


def _refuse_wishes(wishes: Wishes) -> None:
    if wishes.quiet is not None:
        _refuse_quiet(wishes.quiet)
    _refuse_ways(wishes.more, WAYS, "more", _("There is no such way."))
    optional = rules.at(revisions.current()).optional
    _refuse_ways(wishes.off, optional, "off", _("The company’s rule needs this way."))
    if wishes.language not in ("", *LANGUAGES):
        raise Invalid(_("Choose from the list."), fields={"language": _("Choose from the list.")})
    if wishes.digest_from is not None:
        _refuse_digest(wishes.digest_from)


def _refuse_facts(facts: Facts) -> None:
    _refuse_quiet(facts.quiet)
    _refuse_ways(facts.optional, WAYS, "optional", _("There is no such way."))
    _refuse_digest(facts.digest_from)
    if not (len(facts.caps.currency) == 3 and facts.caps.currency.isalpha() and facts.caps.currency.isupper()):
        raise Invalid(_("This is no currency."), fields={"currency": _("Three capital letters, such as CNY.")})
    amounts = {
        "sms_price": facts.caps.price, "sms_day": facts.caps.day, "sms_month": facts.caps.month,
        "sms_person": facts.caps.person,
    }  # fmt: skip
    negative = [name for name, amount in amounts.items() if amount is not None and amount < Decimal(0)]
    if negative:
        said = _("An amount is not less than nothing.")
        raise Invalid(said, fields=dict.fromkeys(negative, said))


def _refuse_ways(ways: Collection[str], allowed: Collection[str], field: str, said: Lazy | str) -> None:
    if not set(ways) <= set(allowed):
        raise Invalid(said, fields={field: said})


def _refuse_digest(count: int) -> None:
    if not 2 <= count <= DIGEST_AT_MOST:
        said = _("Choose from 2 to 100.")
        raise Invalid(said, fields={"digest_from": said})


def _refuse_quiet(quiet: Quiet) -> None:
    if quiet.kind not in QuietKind.values or not quiet.days <= DAYS:
        raise Invalid(_("Choose from the list."), fields={"quiet": _("Choose from the list.")})
    if quiet.endless:
        said = _("Quiet all day every day: nothing would ever come.")
        raise Invalid(said, fields={"ends": said})
    if quiet.kind == QuietKind.HOURS and not quiet.days:
        raise Invalid(_("Choose the days on which quiet begins."), fields={"days": _("Choose at least one day.")})
    known = not quiet.calendar or Calendar.objects.filter(code=quiet.calendar).exists()
    if not known or (quiet.kind == QuietKind.CALENDAR and not quiet.calendar):
        raise Invalid(_("Choose a service time."), fields={"calendar": _("Choose from the list.")})
