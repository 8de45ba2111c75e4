"""How does an installation word its notices itself?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from yingnuo.alerts import sandbox, wording
from yingnuo.alerts.models import Template
from yingnuo.alerts.rules import MESSENGERS
from yingnuo.alerts.sandbox import Problem
from yingnuo.alerts.wording import CUSTOMER_BROKEN, CUSTOMER_WARNING, Worded
from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

REASONS = ("warning", "unacknowledged", "broken", "urged", "undeliverable")
TO_CUSTOMERS = (CUSTOMER_WARNING, CUSTOMER_BROKEN)  # by mail alone; the subject is the ticket's
WAYS = ("mail", "sms", "in_app", *MESSENGERS)
VARIABLES = ("number", "subject", "milestone", "urgency", "due", "customer", "agent", "team", "url")


@dataclass(frozen=True, slots=True)
class Wording:
    """One own wording: when, by which way, in which language; Liquid over VARIABLES."""

    reason: str
    way: str
    language: str
    subject: str
    body: str


def save(actor: Actor, *, text: Wording, now: datetime) -> None:
    """The wording replaces the built-in one; Invalid when a variable is unknown or Liquid cannot read it."""
    require(actor, "settings.edit")
    if not known(text.reason, text.way):
        raise Invalid(gettext_lazy("There is no such notice."))
    preview(text)
    with transaction.atomic():
        Template.objects.update_or_create(
            reason=text.reason, way=text.way, language=text.language,
            defaults={"subject": text.subject[:200], "body": text.body},
        )  # fmt: skip
        _note(actor, text, now)


def starting_to_customer(reason: str, language: str) -> str:
    """The built-in words to customers as a wording to begin with."""
    with override(language):
        return wording.builtin_to_customer(reason) % {name: f"{{{{ {name} }}}}" for name in VARIABLES}


def known(reason: str, way: str) -> bool:
    """Whether there is such a notice that goes by this way."""
    return (reason in REASONS and way in WAYS) or (reason in TO_CUSTOMERS and way == "mail")


def forget(actor: Actor, *, text: Wording, now: datetime) -> None:
    """Back to the built-in wording."""
    require(actor, "settings.edit")
    with transaction.atomic():
        Template.objects.filter(reason=text.reason, way=text.way, language=text.language).delete()
        _note(actor, text, now)


def _note(actor: Actor, text: Wording, now: datetime) -> None:
    subject = f"template:{text.reason}.{text.way}.{text.language}"
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, subject, {"what": "template"})], now=now)
    revisions.bump()


def sample(language: str) -> dict[str, str]:
    """Values of a made-up ticket, in the language of the wording."""
    with override(language):
        return {
            "number": "YN-2041", "subject": _("Washing machine shows E3"), "milestone": _("First response"),
            "urgency": _("Urgent"), "due": "03-02 10:15", "customer": _("Harbour Laundry"), "agent": _("nobody yet"),
            "team": _("Front line"), "url": "https://desk.example/tickets/2041/",
        }  # fmt: skip


def preview(text: Wording) -> Worded:
    """The wording filled with a made-up ticket; Invalid at the field that cannot be filled."""
    values = sample(text.language)
    return Worded(_filled("subject", text.subject, values), _filled("body", text.body, values))


def _filled(field: str, template: str, values: dict[str, str]) -> str:
    broken = sandbox.problem(template, values)
    if broken:
        said = _said(broken)
        raise Invalid(said, fields={field: said}, code="bad_template")
    if field == "body" and not template.strip():
        raise Invalid(_("The text is empty."), fields={"body": _("Write what the notice says.")})
    return sandbox.fill(template, values)


def _said(broken: Problem) -> str:
    said = _("This cannot be filled in: %(problem)s. Variables are written {{ number }}.") % {"problem": broken.text}
    return said if broken.line is None else _("Line %(line)s. %(said)s") % {"line": broken.line, "said": said}
