"""How does a brand come to be and change? The only writer of the brands."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.brands.models import Brand
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

MOST_LOGO_BYTES = 512 * 1024
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
# By their first bytes, not by what the sender says. No SVG: it is a program as well as a picture.
_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"), (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BrandFacts:
    """A brand as its form writes it, but for the logo. `channels` are ids, lines and regions codes."""

    zh_hans: str = ""
    zh_hant: str = ""
    en: str = ""
    colour: str = ""
    host: str = ""
    sender: str = ""
    signature: str = ""
    footer: str = ""
    channels: tuple[int, ...] = ()
    product_lines: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    position: int = 0
    active: bool = True


def save(
    actor: Actor, *, code: str, facts: BrandFacts, new: bool = False, version: int | None = None, now: datetime
) -> Brand:
    """A new or changed brand; "" is the default one. Conflict where somebody changed it since `version`."""
    require(actor, "settings.edit")
    values = _checked(code, facts)
    try:
        with transaction.atomic():
            row = _row(code, new=new, version=version)
            for name, value in values.items():
                setattr(row, name, list(value) if isinstance(value, tuple) else value)
            row.version += 1
            row.save()
            _note(actor, code, now)
    except IntegrityError as error:
        raise Conflict(_("Another brand has this code or this host name."), code="brand_taken") from error
    return row


def name_house(actor: Actor, *, name: str, language: str, now: datetime) -> Brand:
    """The company's own name, in the language it was written in; other facts of the default brand stay."""
    require(actor, "settings.edit")
    given = name.strip()
    if not 0 < len(given) <= 60:
        raise Invalid(_("Write the company's name."), fields={"name": _("1 to 60 characters.")})
    with transaction.atomic():
        row = _row("", new=False, version=None)
        setattr(row, {"zh-hant": "zh_hant", "en": "en"}.get(language, "zh_hans"), given)
        row.version += 1
        row.save()
        _note(actor, "", now)
    return row


def _row(code: str, *, new: bool, version: int | None) -> Brand:
    row = Brand.objects.select_for_update().filter(code=code).first()
    if row is None:
        if code and not new:
            raise NotFound(_("There is no such brand."), code="brand_not_found")
        return Brand(code=code)
    if new:
        raise Conflict(_("Another brand has this code or this host name."), code="brand_taken")
    if version is not None and row.version != version:
        raise Conflict(_("Somebody has changed it meanwhile. Read it again first."), code="outdated")
    return row


def _checked(code: str, facts: BrandFacts) -> dict[str, Any]:
    values = asdict(facts) | {"colour": facts.colour.strip().lower(), "host": facts.host.strip().lower()}
    wrong: dict[str, Any] = {}
    if not (facts.zh_hans.strip() or facts.zh_hant.strip() or facts.en.strip()):
        wrong["zh_hans"] = _("Give it a name in one language at least.")
    if values["colour"] and not _COLOUR.fullmatch(values["colour"]):
        wrong["colour"] = _("Write it as #0b62c9.")
    if values["host"] and not _HOST.fullmatch(values["host"]):
        wrong["host"] = _("Write a host name, such as help.brand.example.")
    if any(char in facts.sender for char in "\r\n"):
        wrong["sender"] = _("One line.")
    if wrong:
        raise Invalid(_("The brand cannot be saved."), fields=wrong)
    # the default brand is what no other claims: it claims nothing itself and cannot be out of use
    return values if code else values | {"channels": (), "product_lines": (), "regions": (), "active": True}


def set_logo(actor: Actor, *, code: str, data: bytes, now: datetime) -> Brand:
    """Another logo: a PNG, JPEG or WebP by its own bytes; none with b""."""
    require(actor, "settings.edit")
    path, kind = ("", "") if not data else _kept(data)
    with transaction.atomic():
        row = _row(code, new=False, version=None)
        row.logo, row.logo_type = path, kind
        row.version += 1
        row.save()
        _note(actor, code, now)
    return row


def _kept(data: bytes) -> tuple[str, str]:
    kind = next((kind for head, kind in _PICTURES if head.match(data)), "")
    if not kind:
        raise Invalid(_("The logo cannot be used."), fields={"logo": _("Choose a PNG, JPEG or WebP picture.")})
    if len(data) > MOST_LOGO_BYTES:
        raise Invalid(_("The logo cannot be used."), fields={"logo": _("Choose a picture of at most 512 KB.")})
    path = f"brands/{hashlib.sha256(data).hexdigest()}"
    return (path if default_storage.exists(path) else default_storage.save(path, ContentFile(data))), kind


def remove(actor: Actor, *, code: str, now: datetime) -> None:
    """Takes a brand away: its tickets, and what it claimed, are the default brand's from now on."""
    require(actor, "settings.edit")
    with transaction.atomic():
        if not code or not Brand.objects.filter(code=code).delete()[0]:
            raise NotFound(_("There is no such brand."), code="brand_not_found")
        _note(actor, code, now)


def _note(actor: Actor, code: str, now: datetime) -> None:
    entry = Entry(Code.SETTING_CHANGED, 0, f"brand:{code or 'default'}", {"what": "brand"})
    ledger.record(actor, [entry], now=now)
    revisions.bump()
