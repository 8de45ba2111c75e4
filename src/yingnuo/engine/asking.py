"""What does somebody ask for who writes `from:王芳 status:waiting before:3-1 -漏水 "exact words" E3` into one line?

Read without ever refusing: an operator that is none, or whose value makes no sense, is searched as words and said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST, MOST_PARTS = 500, 40  # characters and parts of a question that are read

#: Every operator with the names it goes by; the first is the one suggested in English, then simplified, traditional.
OPERATORS: Mapping[str, tuple[str, ...]] = {
    "from": ("from", "客户", "客戶", "customer", "来自", "來自"),
    "agent": ("agent", "客服", "專員", "to", "专员", "处理人", "處理人"),
    "team": ("team", "团队", "團隊", "组", "組"),
    "tag": ("tag", "标签", "標籤"),
    "status": ("status", "状态", "狀態"),
    "kind": ("kind", "类型", "類型", "type"),
    "urgency": ("urgency", "紧急程度", "緊急程度", "priority", "优先级", "優先順序"),
    "via": ("via", "渠道", "管道", "channel"),
    "before": ("before", "之前", "早於", "早于"),
    "after": ("after", "之后", "之後", "晚于", "晚於"),
    "on": ("on", "日期", "當日", "当日"),
    "has": ("has", "有", "含有", "含"),
    "serial": ("serial", "序列号", "序號", "sn"),
    "phone": ("phone", "电话", "電話", "手机", "手機"),
    "linked": ("linked", "关联", "關聯", "连结", "連結"),
    "is": ("is", "是", "屬於", "属于"),
}
#: What `has:` and `is:` know, with the names it goes by.
FLAGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "has": {"file": ("file", "附件", "檔案", "attachment", "文件")},
    "is": {
        "open": ("open", "未完结", "未結案"),
        "overdue": ("overdue", "已超时", "已超時", "超时", "超時", "逾期", "已逾期"),
        "unassigned": ("unassigned", "未分配", "未分配", "未派单", "未派單"), "mine": ("mine", "我的", "我的"),
        "parent": ("parent", "父工单", "父工單", "主工单", "主工單"),
        "child": ("child", "子工单", "子工單"),
    },
}  # fmt: skip
DATES = ("before", "after", "on")
#: `field.serial:HW-1` asks for a custom field, by its code or its name.
FIELD = ("field.", "字段.", "欄位.")
FREE = ("from", "agent", "team", "tag", "serial", "phone")
_NAMES = {name: code for code, names in OPERATORS.items() for name in names}
_QUOTES = str.maketrans(dict.fromkeys("“”„「」『』＂«»", '"') | {"：": ":", "，": ","})
_TICKET = re.compile(r"(?:yn-)?(\d{1,18})")
_PART = re.compile(
    r'(?P<minus>(?<!\S)[-－])?(?:(?P<name>[^\s:"]{1,60}):(?=\S))?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))'
)

Vocabulary = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Term:
    """One operator: its code, its values (any of them), and whether it is turned round by a "-" before it.

    The values of dates are ISO days: the first of the time meant and the first after it.
    """

    name: str
    values: tuple[str, ...]
    without: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read. `unread`: operators that made no sense; their text is among the words. `cut`: it was longer."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    unread: tuple[str, ...] = ()
    cut: bool = False

    @property
    def has_words(self) -> bool:
        """Whether any text is asked for."""
        return bool(self.words or self.phrases or self.without)


def folded(text: str) -> str:
    """As names of operators and values are compared."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def operator(name: str) -> str:
    """The code of an operator by any of its names, `field.<name>` for a custom field; "" when there is none."""
    said = folded(name)
    own = next((said.removeprefix(prefix) for prefix in FIELD if said.startswith(prefix) and said != prefix), "")
    return f"field.{own}" if own else _NAMES.get(said, "")


def read(text: str, *, vocabulary: Vocabulary, today: date) -> Asked:
    """The question in a line of text; never raises.

    `vocabulary` has the codes of kind, urgency, status and via by each of their words, folded; `today` is the reader's.
    """
    words: list[str] = []
    phrases: list[str] = []
    without: list[str] = []
    terms: list[Term] = []
    unread: list[str] = []
    for part in _parts(text):
        name, said = part["name"] or "", part["word"] if part["word"] is not None else part["phrase"]
        term = _term(name, said, vocabulary, today) if operator(name) else None
        if term is not None:
            terms.append(Term(term.name, term.values, bool(part["minus"])))
            continue
        if operator(name):
            unread.append(part[0])
        whole = f"{name}:{said}" if name and not operator(name) else f"{name} {said}".strip()
        bucket = without if part["minus"] else phrases if part["phrase"] is not None else words
        bucket.append(whole)
    kept = [tuple(w for w in group if w.strip()) for group in (phrases, without, unread)]
    return Asked(" ".join(words), kept[0], kept[1], tuple(terms), kept[2], len(text) > LONGEST)


def _parts(text: str) -> Iterator[re.Match[str]]:
    tidy = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Cs") else sign for sign in text[:LONGEST])
    for count, part in enumerate(_PART.finditer(tidy.translate(_QUOTES))):
        if count < MOST_PARTS:
            yield part


def _term(name: str, said: str, vocabulary: Vocabulary, today: date) -> Term | None:
    code = operator(name)
    values = tuple(dict.fromkeys(v.strip() for v in said.split(",") if v.strip()))
    if not values:
        return None
    if code.startswith(FIELD[0]):
        field = vocabulary.get("field", {}).get(code.removeprefix(FIELD[0]), "")
        return Term(f"{FIELD[0]}{field}", values) if field else None
    if code in FREE:
        return Term(code, values)
    if code == "linked":
        numbers = [_TICKET.fullmatch(folded(value)) for value in values]
        return Term(code, tuple(found[1] for found in numbers if found)) if all(numbers) else None
    if code in DATES:
        span = day(values[0], today=today)
        return Term(code, (span[0].isoformat(), span[1].isoformat())) if span else None
    known = vocabulary.get(code, {}) if code not in FLAGS else _flags(code)
    codes = [known.get(folded(value), "") for value in values]
    return Term(code, tuple(codes)) if all(codes) else None


def _flags(code: str) -> dict[str, str]:
    return {name: flag for flag, names in FLAGS[code].items() for name in names}


_DAYS = {"today": 0, "今天": 0, "今日": 0, "yesterday": 1, "昨天": 1, "昨日": 1, "前天": 2}
_AGO = re.compile(r"(\d{1,4})(?:d|天|日)前?")
_DAY = re.compile(r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")


def day(text: str, *, today: date) -> tuple[date, date] | None:
    """The first day meant and the first one after it: 2026-03-01, 3-1 (the last one there was), 2026-03, today, 7d."""
    said = folded(text)
    if said in _DAYS:
        return _one(today - timedelta(days=_DAYS[said]))
    if ago := _AGO.fullmatch(said):
        return _one(today - timedelta(days=int(ago[1])))
    if month := _MONTH.fullmatch(said):
        first = _made(int(month[1]), int(month[2]), 1)
        return (first, (first + timedelta(days=32)).replace(day=1)) if first else None
    if found := _DAY.fullmatch(said):
        named = _made(int(found[1] or today.year), int(found[2]), int(found[3]))
        if named and not found[1] and named > today:
            named = _made(today.year - 1, named.month, named.day)
        return _one(named) if named else None
    return None


def _one(named: date) -> tuple[date, date]:
    return named, named + timedelta(days=1)


def _made(year: int, month: int, day_of_month: int) -> date | None:
    try:
        return date(year, month, day_of_month) if 1 < year < 9000 else None
    except ValueError:
        return None


def ending(text: str) -> str:
    """The part at the end of a line that is still being written: "from:王" of "E3 from:王"; "" after a space."""
    found: Sequence[str] = re.findall(r'(?:[^\s"]|"[^"]*"?)+$', text[-LONGEST:])
    return found[0] if found else ""
