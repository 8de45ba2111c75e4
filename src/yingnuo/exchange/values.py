"""How is what stands in a cell understood, and what is said when it cannot be?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import override

from yingnuo.kit import revisions
from yingnuo.kit.errors import Invalid, Refused
from yingnuo.people import roles
from yingnuo.people.models import Region, Role, Staff, Team, Tier
from yingnuo.people.queries import organisation
from yingnuo.people.services import normal_phone
from yingnuo.tickets.models import Kind, Urgency

Problem = tuple[str, str, dict[str, str | int]]
_LANGUAGES = {"zh-hans": ("简体中文", "中文", "zh-cn", "zh"), "zh-hant": ("繁體中文", "zh-tw", "zh-hk"),
              "en": ("english", "英文", "英语")}  # fmt: skip
_YES = {"yes", "y", "true", "1", "是", "在职", "在職", "启用", "啟用", "active"}
_NO = {"no", "n", "false", "0", "否", "离职", "離職", "停用", "inactive"}
_STATUSES = {
    "open": "open new waiting pending assigned 新建 处理中 處理中 待处理 待處理 进行中 未处理 已受理 挂起 等待",
    "resolved": "resolved solved done 已解决 已解決 已完成 已处理",
    "closed": "closed 已关闭 已關閉 关闭 关单 已办结 办结 结案",
}
#: Words of other systems beside our own.
_OTHERS = {
    "tier": {"gold": "金牌 金卡 vip", "silver": "银牌 銀牌 银卡", "standard": "普通",
             "key": "大客户 大客戶 战略客户"},
    "urgency": {"urgent": "high critical p1 高 特急", "important": "medium p2 中",
                "general": "low normal p3 p4 低 普通"},
    "kind": {"fault": "incident 故障 报障 故障报修", "complaint": "投诉 投訴", "enquiry": "question request 咨询 諮詢",
             "repair": "维修 維修 报修", "return": "退货 退貨 退换货", "installation": "安装 安裝"},
    "role": {"agent": "客服 坐席 工程师", "lead": "组长 主管 班长", "manager": "经理 經理"},
}  # fmt: skip
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d",
            "%Y年%m月%d日 %H:%M", "%Y年%m月%d日", "%Y.%m.%d", "%Y%m%d")  # fmt: skip


class Wrong(Exception):
    """A row cannot be taken in; each problem is the field, a code and what the sentence needs."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__()
        self.problems = list(problems)


@dataclass(slots=True)
class Values:
    """The cells of one row by their fields, and what was found wrong while they were read."""

    cells: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def get(self, name: str, *, most: int = 0) -> str:
        """The cell; too long is a problem."""
        text = self.cells.get(name, "")
        if most and len(text) > most:
            self.wrong(name, "too_long", most=most)
        return text

    def read(self, name: str, understand: Callable[[str], Any], code: str, empty: Any = "") -> Any:
        """What `understand` makes of the cell, `empty` for an empty one; None is a problem with this code."""
        text = self.cells.get(name, "")
        if not text:
            return empty
        found = understand(text)
        if found is None:
            self.wrong(name, code, given=text[:60])
            return empty
        return found

    def wrong(self, name: str, code: str, **params: str | int) -> None:
        """Notes a problem."""
        self.problems.append((name, code, params))

    def settle(self) -> None:
        """Wrong when anything was."""
        if self.problems:
            raise Wrong(self.problems)


def refused(error: Refused) -> Wrong:
    """What a service refused, as problems of a row."""
    fields = error.fields if isinstance(error, Invalid) and error.fields else {"": error.text}
    return Wrong((name, error.code, {}) for name in fields)


def email(text: str) -> str | None:
    """A mail address in small letters."""
    try:
        validate_email(text)
    except ValidationError:
        return None
    return text.lower()


def phone(text: str) -> str | None:
    """A number in E.164."""
    return normal_phone(text) or None


def truth(text: str) -> bool | None:
    """Yes or no in three languages."""
    word = text.strip().lower()
    return True if word in _YES else False if word in _NO else None


def whole(text: str) -> int | None:
    """A whole number up to 9,999."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def words(text: str) -> list[str]:
    """Words with commas, semicolons or bars between them."""
    for mark in "，、;；|":
        text = text.replace(mark, ",")
    return list(dict.fromkeys(word[:40] for part in text.split(",") if (word := part.strip())))


def moment(text: str, zone: str) -> datetime | None:
    """A moment; one without a zone is the clock of `zone`."""
    tidy = text.strip()
    try:
        found = datetime.fromisoformat(tidy)
    except ValueError:
        found = next((at for form in _FORMATS if (at := _parsed(tidy, form))), None)  # type: ignore[assignment]
    if found is None or not 1990 <= found.year <= 2100:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007  # its zone is given by whoever asks
    except ValueError:
        return None


@lru_cache(maxsize=1)
def _choices() -> dict[str, dict[str, str]]:
    """For each kind of choice: its codes and its words in every language."""
    found: dict[str, dict[str, str]] = {"language": {}, "status": {}}
    for language in ("en", "zh-hans", "zh-hant"):
        with override(language):
            for name, listed in (("tier", Tier), ("role", Role), ("kind", Kind), ("urgency", Urgency)):
                mine = found.setdefault(name, {})
                mine |= {str(label).lower(): code for code, label in listed.choices} | {c: c for c in listed.values}
    for name, others in _OTHERS.items():
        for code, listed_words in others.items():
            found[name] |= dict.fromkeys(listed_words.split(), code)
    for code, names in _LANGUAGES.items():
        found["language"] |= dict.fromkeys((code, *names), code)
    for code, said in _STATUSES.items():
        found["status"] |= dict.fromkeys(said.split(), code)
    return found


def choice(name: str) -> Callable[[str], str | None]:
    """How a tier, role, kind, urgency, language or status is understood: its code, or its word in any language."""
    return lambda text: _choices()[name].get(text.strip().lower())


def role(text: str) -> str | None:
    """A role that can be given, by its code or its name in any language."""
    said = text.strip().lower()
    for known in roles.offered():
        if said in {known.code, *(name.lower() for name in known.names if name)}:
            return known.code
    return choice("role")(text)


def administers(code: str | None) -> bool:
    """Whether a role may administer."""
    return bool(code) and "admin" in roles.standing(str(code), organisation.at(revisions.current())).verbs


def person(text: str) -> Staff | None:
    """A member of staff by his user name, or by a name that nobody else has."""
    found = Staff.objects.filter(username__iexact=text).first()
    named = list(Staff.objects.filter(name=text, active=True)[:2]) if found is None else []
    return found or (named[0] if len(named) == 1 else None)


def region(text: str) -> Region | None:
    """A region by its code or name."""
    return Region.objects.filter(code=text).first() or Region.objects.filter(name__iexact=text).first()


def team(text: str) -> Team | None:
    """A team by its code or name."""
    return Team.objects.filter(code=text).first() or Team.objects.filter(name__iexact=text).first()
