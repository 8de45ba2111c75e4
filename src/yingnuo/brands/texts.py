"""Which texts go to customers by themselves, what do they say, and how does the company put them in its own words?

A text is Liquid. What ships stands here and is translated like every sentence; the company's own is kept by brand and
language in versions that are never changed, so that it can be told who wrote what, and gone back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from yingnuo.brands import books, wording
from yingnuo.brands.models import Brand, Text
from yingnuo.kit import revisions, texts
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

LONGEST = 5_000
_COMMON = ("number", "subject", "customer", "organisation", "url", "signature")


@dataclass(frozen=True, slots=True)
class Kind:
    """One automatic text: when it is sent, what it may ask for, what it must name, and how it ships."""

    code: str
    word: str | Promise
    when: str | Promise
    variables: tuple[str, ...]
    needs: tuple[str, ...]
    shipped: str | Promise


KINDS = {
    kind.code: kind
    for kind in (
        Kind(
            "receipt", _("Receipt for new requests"),
            _("By mail, as soon as a request has come in by mail or by the portal."),
            (*_COMMON, "promise"), ("url",),
            _(
                "We have received your request “{{ subject }}”. Its number is {{ number }}.\n\n"
                "{% if promise != '' %}A person answers you by {{ promise }} at the latest.\n\n{% endif %}"
                "What we promised you, and how it stands, you see at any time here:\n{{ url }}\n\n"
                "This is an automatic message; a person will answer you."
            ),
        ),
        Kind(
            "receipt_talk", _("Receipt on messaging channels"),
            _("As a message, when a conversation on a messaging channel has become a request."),
            _COMMON, ("url",),
            _("We have received your request; its number is {{ number }}. How it stands: {{ url }}"),
        ),
        Kind(
            "reply", _("Frame of answers"),
            _("Around what a member of staff answers by mail."),
            (*_COMMON, "text", "staff", "team"), ("text",),
            _("{{ text }}\n\n{{ staff }}\n\n-- \n{{ signature }}\nSee how your request stands: {{ url }}"),
        ),
        Kind(
            "link", _("A link was asked for"),
            _("By mail, when somebody asks on the portal for the link to his request."),
            _COMMON, (),
            _(
                "Somebody, most likely you, has asked for a new link to your request “{{ subject }}”. It stands below. "
                "If it was not you, nothing needs to be done."
            ),
        ),
        Kind(
            "link_renewed", _("A link was renewed"),
            _("By mail, when a member of staff has withdrawn the earlier links."),
            _COMMON, (),
            _(
                "The earlier links to your request “{{ subject }}” no longer work. The new one stands below."
            ),
        ),
        Kind(
            "transcript", _("Transcript of a chat"),
            _("By mail, when a visitor asks for what was said in a chat."),
            (*_COMMON, "day", "chat"), ("chat",),
            _("Our chat of {{ day }}\n\n{{ chat }}"),
        ),
    )
}  # fmt: skip


def shipped(code: str, language: str) -> str:
    """The text as it ships, in this language."""
    with override(language):
        return str(KINDS[code].shipped)


def say(code: str, *, brand: str, language: str, values: Mapping[str, str]) -> str:
    """The text filled in: the brand's own, else the shipped one; also where the own one cannot be filled in."""
    own = books.kept().text(brand, code, language)
    said = wording.filled(own, values) if own else ""
    needed = all(values.get(name, "") in said for name in KINDS[code].needs)
    return said if said and needed else wording.filled(shipped(code, language), values)


def current(brand: str, code: str, language: str) -> Text | None:
    """The version that counts of a brand's own; None where there never was one."""
    return _versions(brand, code, language).first()


def versions(brand: str, code: str, language: str) -> list[Text]:
    """All versions, the newest first, with who wrote them."""
    return list(_versions(brand, code, language).select_related("by")[:100])


def _versions(brand: str, code: str, language: str) -> QuerySet[Text]:
    return Text.objects.filter(brand=brand, code=code, language=language).order_by("-number")


def save(
    actor: Actor, *, brand: str, code: str, language: str, body: str, number: int | None = None, now: datetime
) -> Text | None:
    """The next version; "" is the shipped text again. None where it says what the one before says.

    Invalid names the place of what cannot be filled in; Conflict where somebody wrote one after version `number`.
    """
    require(actor, "settings.edit")
    kept = texts.keepable(body).replace("\r\n", "\n").strip()
    _refuse(brand, code, language, kept)
    newest = current(brand, code, language)
    if number is not None and (newest.number if newest else 0) != number:
        raise Conflict(_("Somebody has changed it meanwhile. Read it again first."), code="outdated")
    if kept == shipped(code, language).strip():
        kept = ""
    if kept == (newest.body if newest else ""):
        return None
    staff = actor.id if actor.kind == "staff" else None
    try:
        with transaction.atomic():
            last = _versions(brand, code, language).aggregate(n=Max("number"))["n"] or 0
            row = Text.objects.create(
                brand=brand, code=code, language=language, number=last + 1, body=kept, by_id=staff, at=now
            )
            entry = Entry(Code.TEXT_CHANGED, 0, f"text:{brand or 'default'}.{code}.{language}",
                          {"brand": brand, "text": code, "language": language, "version": row.number})  # fmt: skip
            ledger.record(actor, [entry], now=now)
            revisions.bump()
    except IntegrityError as error:
        raise Conflict(_("Somebody has changed it meanwhile. Read it again first."), code="outdated") from error
    return row


def _refuse(brand: str, code: str, language: str, body: str) -> None:
    if code not in KINDS or language not in dict(settings.LANGUAGES):
        raise NotFound(_("There is no such text."), code="text_not_found")
    if brand and not Brand.objects.filter(code=brand).exists():
        raise NotFound(_("There is no such brand."), code="brand_not_found")
    if problem := check(code, body):
        raise Invalid(_("The text cannot be saved."), fields={"body": problem}, code="bad_template")


def check(code: str, body: str) -> str | Promise:
    """What is wrong with an own text, "" when nothing is."""
    if len(body) > LONGEST:
        return _("Write a text of at most %(n)s characters.") % {"n": LONGEST}
    if not body:
        return ""
    kind = KINDS[code]
    if problem := wording.problem(body, kind.variables):
        return problem
    lacking = [name for name in kind.needs if name not in wording.names(body)]
    return _("It must name %(names)s.") % {"names": ", ".join("{{ " + n + " }}" for n in lacking)} if lacking else ""
