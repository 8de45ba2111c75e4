"""With which words is a customer told that a promise was broken? A template that a person reads and sends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import liquid
from django.conf import settings
from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yingnuo.kit import texts
from yingnuo.kit.errors import Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require
from yingnuo.promises.breach_models import BreachWording
from yingnuo.promises.models import MilestoneCode, Promise
from yingnuo.tickets.models import Ticket

VARIABLES = ("name", "number", "subject", "milestone", "promised", "follows", "next")
LANGUAGES = ("zh-hans", "zh-hant", "en")
LONGEST = 4_000
_lax, _strict = liquid.Environment(), liquid.Environment(undefined=liquid.StrictUndefined)


@dataclass(frozen=True, slots=True)
class Follows:
    """What the customer is told about the future: what is done now, and by when he hears again (None: not said)."""

    words: str = ""
    next_at: datetime | None = None


NOTHING_SAID = Follows()


def built_in(language: str) -> str:
    """The text that comes with the product, as a template."""
    with override(language):
        parts = (
            _("Dear %(name)s,") % {"name": "{{ name }}"},
            _(
                "For your request %(number)s we promised you “%(milestone)s” by %(promised)s. We did not keep that, "
                "and we are sorry."
            ) % {"number": "{{ number }}", "milestone": "{{ milestone }}", "promised": "{{ promised }}"},
        )  # fmt: skip
        follows = _("What follows: %(follows)s") % {"follows": "{{ follows }}"}
        again = _("You will hear from us by %(next)s.") % {"next": "{{ next }}"}
    optional = [f"{{% if {name} %}}\n\n{text}{{% endif %}}" for name, text in (("follows", follows), ("next", again))]
    return "\n\n".join(parts) + "".join(optional)


def template_of(language: str) -> str:
    """The template in force for a language: the company's own, else the built-in one."""
    own = BreachWording.objects.filter(language=language).first()
    return own.body if own else built_in(language)


def draft(promise: Promise, ticket: Ticket, follows: Follows) -> str:
    """The word to this ticket's customer, in his language and time zone; not sent, and not kept."""
    language = ticket.language if ticket.language in LANGUAGES else settings.LANGUAGE_CODE
    with override(language):
        zone = ticket.contact.zone
        values = {
            "name": str(ticket.contact), "number": ticket.number, "subject": ticket.subject,
            "milestone": _milestone(promise.milestone), "promised": _local(promise.broken_at or promise.due_at, zone),
            # nothing and not "", which is true in Liquid
            "follows": follows.words.strip() or None, "next": _local(follows.next_at, zone) or None,
        }  # fmt: skip
        return str(_lax.from_string(template_of(language)).render(**values)).strip()


def _milestone(code: str) -> str:
    return str(MilestoneCode(code).label) if code in MilestoneCode.values else code


def _local(at: datetime | None, zone: str) -> str:
    """A moment as the customer reads it; "" for none."""
    known = zone if zone in available_timezones() else settings.TIME_ZONE
    return date_format(at.astimezone(ZoneInfo(known)), "DATETIME_FORMAT") if at else ""


def sample(language: str) -> dict[str, str]:
    """Values of a made-up ticket, in the language of the template."""
    with override(language):
        at = datetime(2026, 3, 2, 10, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
        return {
            "name": _("Harbour Laundry"), "number": "YN-2041", "subject": _("Washing machine shows E3"),
            "milestone": _milestone(MilestoneCode.FIRST_RESPONSE), "promised": _local(at, "Asia/Shanghai"),
            "follows": _("A technician calls you this afternoon."),
            "next": _local(at.replace(hour=16), "Asia/Shanghai"),
        }  # fmt: skip


def preview(language: str, body: str) -> str:
    """The template filled with a made-up ticket; Invalid when it cannot be."""
    if not body.strip() or len(body) > LONGEST:
        said = _("Write a text of at most %(n)s characters.") % {"n": LONGEST}
        raise Invalid(said, fields={"body": said})
    try:
        return str(_strict.from_string(body).render(**sample(language)))
    except liquid.exceptions.LiquidError as error:
        said = _("This cannot be filled in: %(problem)s. Variables are written {{ number }}.") % {"problem": error}
        raise Invalid(said, fields={"body": said}, code="bad_template") from error


def save(actor: Actor, *, language: str, body: str, now: datetime) -> None:
    """The company's own text replaces the built-in one; "" goes back to that."""
    require(actor, "settings.edit")
    if language not in LANGUAGES:
        raise Invalid(gettext_lazy("There is no such language."))
    kept = texts.keepable(body).replace("\r\n", "\n")
    if kept.strip():
        preview(language, kept)
    with transaction.atomic():
        if kept.strip():
            BreachWording.objects.update_or_create(language=language, defaults={"body": kept})
        else:
            BreachWording.objects.filter(language=language).delete()
        entry = Entry(Code.SETTING_CHANGED, 0, f"breach_wording:{language}", {"what": "breach_wording"})
        ledger.record(actor, [entry], now=now)
