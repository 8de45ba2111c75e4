"""By what is a customer recognised, and who may be the same person?

His own mail address, phone number and handle stand in his row; what came by joining another customer stands beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from yingnuo.people.models import Contact, Evidence, Identity, IdentityKind
from yingnuo.people.services import normal_phone

_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\d.])(?:\+?\d[\d -]{6,17}\d)(?![\d.])")
_MOST_NAMED = 40


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another customer who may be the same person, and why."""

    contact: Contact
    evidence: Evidence


def others_of(contacts: Collection[int]) -> Mapping[int, set[str]]:
    """By contact, what he is also recognised by: mail addresses, phone numbers, handles."""
    found: dict[int, set[str]] = defaultdict(set)
    for pk, value in Identity.objects.filter(contact__in=contacts).values_list("contact", "value"):
        found[pk].add(value)
    return found


def has_address(contact: Contact, address: str) -> bool:
    """Whether mail from this address is this customer's."""
    wanted = address.strip().lower()
    if not wanted:
        return False
    if contact.email.lower() == wanted:
        return True
    return Identity.objects.filter(contact=contact, kind=IdentityKind.EMAIL, value=wanted).exists()


def take_over(kept: Contact, absorbed: Contact, *, now: datetime) -> list[int]:
    """Gives `kept` what `absorbed` was recognised by, in the caller's transaction; the ids of the rows made for it.

    An empty field of `kept` is filled; what does not fit into its row becomes an identity beside it.
    """
    made = []
    taken = {kind: getattr(absorbed, kind) for kind in IdentityKind.values}
    for kind in IdentityKind.values:  # first: the fields are unique
        setattr(absorbed, kind, "")
    absorbed.joined_into = kept
    absorbed.save(update_fields=[*IdentityKind.values, "joined_into"])
    for kind, value in taken.items():
        if value and not getattr(kept, kind):
            setattr(kept, kind, value)
        elif value and value != getattr(kept, kind):
            beside = {"contact": kept, "added_at": now}
            row, new = Identity.objects.get_or_create(kind=kind, value=value, defaults=beside)
            made += [row.pk] if new else []
    kept.save(update_fields=list(IdentityKind.values))
    return made


def suggestions(contact: Contact, *, words: Iterable[str] = (), most: int = 8) -> list[Suggestion]:
    """Who may be the same person; `words` are texts he wrote, in which he may name himself. The strongest first."""
    found: dict[int, Suggestion] = {}
    for evidence, query in _signs(contact, words):
        rows = Contact.objects.filter(query, joined_into=None).exclude(pk=contact.pk).select_related("company")
        for other in rows.order_by("-id")[:most]:
            found.setdefault(other.pk, Suggestion(other, evidence))
    return list(found.values())[:most]


def _signs(contact: Contact, words: Iterable[str]) -> list[tuple[Evidence, Q]]:
    text = "\n".join(words)
    mails = {m.lower() for m in _MAIL.findall(text)[:_MOST_NAMED]} - {contact.email, ""}
    phones = {normal_phone(p) for p in _PHONE.findall(text)[:_MOST_NAMED]} - {contact.phone, ""}
    signs = []
    if contact.phone:
        signs.append((Evidence.SAME_PHONE, Q(phone=contact.phone)))
    if mails:
        signs.append((Evidence.NAMED_MAIL, Q(email__in=mails)))
    if phones:
        signs.append((Evidence.NAMED_PHONE, Q(phone__in=phones)))
    if contact.company_id and len(contact.name.strip()) > 1:
        signs.append((Evidence.SAME_NAME, Q(name__iexact=contact.name.strip(), company=contact.company_id)))
    return signs
