"""By which words is a customer found: his name in signs or as it sounds, his addresses, his company?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from yingnuo.kit import chinese, search
from yingnuo.people.models import Company, Contact, IdentityKind
from yingnuo.people.services import normal_phone

_MOST_COMPANIES = 50


def customers(text: str) -> QuerySet[Contact]:
    """Customers by mail address, phone number, name (signs, pinyin, initials), handle or their company's name.

    In no order; those who were joined into others are left out.
    """
    people = Contact.objects.filter(joined_into=None)
    words = text.strip()[:100]
    if "@" in words:
        beside = Q(identities__kind=IdentityKind.EMAIL, identities__value__iexact=words)
        return people.filter(Q(email__istartswith=words) | beside).distinct()
    if _is_number(words) and (phone := normal_phone(words)):
        beside = Q(identities__kind=IdentityKind.PHONE, identities__value=phone)
        return people.filter(Q(phone=phone) | Q(phone__endswith=_digits(words)) | beside).distinct()
    asked = search.query(words)
    if not asked:
        return people.none()
    by_words = RawSQL("SELECT contact_id FROM people_contactwords WHERE search @@ %s::tsquery", [asked])
    firms = companies(words)[:_MOST_COMPANIES]
    return people.filter(Q(pk__in=by_words) | Q(company__in=firms.values("pk")) | Q(handle=words))


def companies(text: str) -> QuerySet[Company]:
    """Companies whose name has the words or whose domain begins with them, by name."""
    words = text.strip()[:100]
    return Company.objects.filter(Q(name__icontains=words) | Q(domain__istartswith=words)).order_by("name")


def staff(text: str, names: Iterable[tuple[int, str]]) -> list[int]:
    """Those of (id, name) whose name has the text or sounds so: "wangf" and "wf" are 王芳."""
    said = chinese.plain(text).strip()
    return [pk for pk, name in names if said and (said in chinese.plain(name) or _sounds_so(said, name))]


def _sounds_so(said: str, name: str) -> bool:
    return said.isascii() and any(sound.startswith(said.replace(" ", "")) for sound in chinese.sounds(name))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_number(text: str) -> bool:
    """At least four digits and nothing but what stands between digits of a phone number."""
    return len(_digits(text)) >= 4 and re.fullmatch(r"[\d\s()+./-]+", text) is not None
