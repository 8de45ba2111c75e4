"""Which brand is it, what is it called, and how does it look? Kept in memory, read anew when a setting changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from yingnuo.brands.models import Brand, Text
from yingnuo.kit import revisions

FALLBACK = "应诺 Yingnuo"
_DARK, _LIGHT = "#111827", "#ffffff"


@dataclass(frozen=True, slots=True)
class Look:
    """A brand as pages and mails need it."""

    code: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    colour: str = ""
    logo: str = ""
    logo_type: str = ""
    host: str = ""
    sender: str = ""
    signature: str = ""
    footer: str = ""
    channels: frozenset[int] = frozenset()
    product_lines: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    version: int = 0

    def name(self, language: str) -> str:
        """What it is called in this language, else in another; "" where it has no name yet."""
        own = self.names.get(language)
        return own or next((self.names[code] for code in ("zh-hans", "zh-hant", "en") if self.names.get(code)), "")

    @property
    def ink(self) -> str:
        """A text colour that is read on the brand's own."""
        return ink_on(self.colour) if self.colour else ""


@dataclass(frozen=True, slots=True)
class Book:
    """All brands that are in use, the default one first asked last, and the texts that are not the shipped ones."""

    default: Look
    others: tuple[Look, ...]
    texts: Mapping[tuple[str, str, str], str]

    def of(self, code: str) -> Look:
        """The brand of this code; the default one where it is gone or out of use."""
        return next((look for look in self.others if look.code == code), self.default) if code else self.default

    def by_host(self, host: str) -> Look | None:
        """The brand whose portal is reached under this name."""
        return next((look for look in self.others if look.host and look.host == host.lower()), None)

    def chosen(self, *, channel: int | None, product_line: str, region: str) -> str:
        """The code of the brand that a request belongs to: by its way in, else its product line, else its region."""
        claims: tuple[tuple[object, str], ...] = (
            (channel, "channels"), (product_line, "product_lines"), (region, "regions"),
        )  # fmt: skip
        for value, kind in claims:
            found = next((look.code for look in self.others if value and value in getattr(look, kind)), "")
            if found:
                return found
        return ""

    def text(self, brand: str, code: str, language: str) -> str:
        """The company's own text: the brand's, else the default brand's; "" where the shipped one counts."""
        return self.texts.get((brand, code, language)) or self.texts.get(("", code, language), "")


def _load() -> Book:
    looks = [_look(row) for row in Brand.objects.filter(active=True).order_by("position", "pk")]
    default = next((look for look in looks if not look.code), Look())
    rows = Text.objects.order_by("brand", "code", "language", "-number").distinct("brand", "code", "language")
    texts = {(t.brand, t.code, t.language): t.body for t in rows if t.body}
    return Book(default, tuple(look for look in looks if look.code), texts)


def _look(row: Brand) -> Look:
    names = {"zh-hans": row.zh_hans, "zh-hant": row.zh_hant, "en": row.en}
    return Look(
        code=row.code, names=names, colour=row.colour, logo=row.logo, logo_type=row.logo_type, host=row.host,
        sender=row.sender, signature=row.signature, footer=row.footer, channels=frozenset(row.channels),
        product_lines=frozenset(row.product_lines), regions=frozenset(row.regions), version=row.version,
    )  # fmt: skip


_book = revisions.Book(_load)


def at(revision: int) -> Book:
    """The brands at this revision."""
    return _book.at(revision)


def now() -> Book:
    """The brands as they are now; one tiny query."""
    return _book.at(revisions.current())


def kept() -> Book:
    """The brands as this process read them last: inside a command that has read them already."""
    return _book.kept()


def house(language: str) -> str:
    """What the company calls itself, from what is kept; "" where nobody has said yet."""
    return kept().default.name(language) or str(settings.YINGNUO.organisation)


def name_of(code: str, language: str) -> str:
    """What the brand of this code is called, from what is kept; never ""."""
    return kept().of(code).name(language) or house(language) or FALLBACK


def ink_on(colour: str) -> str:
    """Dark or light text, whichever is read better on this colour (WCAG 2, relative luminance)."""
    return max((_DARK, _LIGHT), key=lambda ink: contrast(colour, ink))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, 1.4.3)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
