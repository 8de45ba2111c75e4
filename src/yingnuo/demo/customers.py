"""Who are the customers? About three hundred invented people, most of them Chinese, some reading English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from yingnuo.demo.told import told
from yingnuo.people import wording
from yingnuo.people.models import Company, Contact, Region

PRIVATE, AT_WORK, ENGLISH = 220, 60, 24

_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭郎鲁韦马方任袁柳"
_GIVEN = told("names")["given"]
_FIRST, _LAST = told("names")["first"], told("names")["last"]
_HOME = ("east", "east", "east", "north", "north", "south", "south", "central", "southwest", "northeast")
_TIERS = ("standard",) * 14 + ("silver",) * 4 + ("gold",)


def make(*, chance: Random, regions: Mapping[str, Region], companies: Sequence[Company], at: datetime) -> None:
    """Writes the customers of the demonstration."""
    abroad = regions["overseas"]
    chinese = [c for c in companies if c.region_id != abroad.pk]
    english = [c for c in companies if c.region_id == abroad.pk]
    rows = [_private(n, chance, regions, at) for n in range(PRIVATE)]
    rows += [_employee(n, chance.choice(chinese), chance, at) for n in range(AT_WORK)]
    rows += [_english(n, english, abroad, chance, at) for n in range(ENGLISH)]
    wording.keep(Contact.objects.bulk_create(rows))


def chinese_name(chance: Random) -> str:
    """A plain invented name."""
    return f"{chance.choice(_FAMILY)}{chance.choice(_GIVEN)}"


def _private(n: int, chance: Random, regions: Mapping[str, Region], at: datetime) -> Contact:
    reach = chance.random()
    return Contact(
        name=chinese_name(chance),
        email=f"c{1000 + n}@example.com" if reach < 0.7 else "",
        handle=f"wx-{chance.getrandbits(32):08x}-{n}" if reach > 0.6 else "",
        phone=f"+86100000{1000 + n}",
        region=regions[chance.choice(_HOME)],
        tier=chance.choice(_TIERS),
        language="zh-hans",
        created_at=at,
    )


def _employee(n: int, company: Company, chance: Random, at: datetime) -> Contact:
    return Contact(
        name=chinese_name(chance), email=f"staff{n}@{company.domain}", phone=f"+86100000{3000 + n}", company=company,
        tier=company.tier, region_id=company.region_id, language="zh-hans", created_at=at,
    )  # fmt: skip


def _english(n: int, companies: Sequence[Company], abroad: Region, chance: Random, at: datetime) -> Contact:
    company = chance.choice(companies) if n % 3 else None
    domain = company.domain if company else "example.net"
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    return Contact(
        name=f"{first} {last}", email=f"{first}.{last}{n}@{domain}".lower(), phone=f"+1202555{100 + n:04d}",
        company=company, tier=company.tier if company else "standard", region=abroad, language="en",
        zone="Europe/London", created_at=at,
    )  # fmt: skip
