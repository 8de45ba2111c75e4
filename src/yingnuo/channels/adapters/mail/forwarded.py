"""Whose words does a forwarded mail carry?

A colleague who forwards a customer's mail wants a ticket of that customer. A mail counts as forwarded when its
subject or a line that only forwarding writes says so, and a header block with another sender follows; or when it
carries that mail whole, as a file. Replies, which quote likewise, say none of this.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from yingnuo.channels.adapters.mail import headers, quotes, visible
from yingnuo.channels.contract import Arrival, File

_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{1,40}\]\s*)?(?:fwd?|wg|tr|rv|转发|轉寄|轉發|转寄|转)\s*[:\uff1a]|.{0,200}\((?:fwd|转发)\)\s*\Z",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"\s*(?:fwd?|wg|tr|rv|re|aw|转发|轉寄|轉發|转寄|转|回复|回覆|答复)\s*[:\uff1a]\s*", re.IGNORECASE)
_ONLY_FORWARDS = re.compile(
    r"[-_=—─–*~ \u00a0>]*(?:forwarded message|begin forwarded message|转发邮件信息|转发的?邮件|轉寄的?郵件|轉寄郵件"
    r"|开始转发的?邮件|開始轉寄郵件|以下是转发的邮件|weitergeleitete nachricht|message transféré|mensaje reenviado"
    r"|转发的原邮件)[-_=—─–*~ \u00a0:\uff1a]*",
    re.IGNORECASE,
)
_SUBJECT_FIELD = re.compile(
    r"[\s>*|\u3000\u00a0]*(?:subject|主题|主題|主旨|标题|標題|betreff|objet|asunto)\*?\s*[:\uff1a]\s*(.*)",
    re.IGNORECASE,
)
_TABBED = re.compile(r"^([\s>]*(?:发件人|發件人|日期|时间|收件人|抄送|主题|主題))至?(?:[ \u00a0]*\t|\s*\Z)")
_MARK = re.compile(r"\s{0,3}[>＞] ?")
_MOST_LINES = 4_000
_BLOCK = 16  # lines that a header block takes at most, with its blanks and folded recipients


@dataclass(frozen=True, slots=True)
class Original:
    """The mail within. `words` are the forwarder's own; `how` is text or file."""

    name: str
    address: str
    subject: str
    text: str
    quoted: str = ""
    words: str = ""
    how: str = "text"


def original(arrival: Arrival, own_addresses: Collection[str]) -> Original | None:
    """The mail that was forwarded; None when this is none, or when its first sender cannot be told."""
    named = bool(_SUBJECT.match(arrival.subject))
    lines = "\n".join(part for part in (arrival.text, arrival.quoted) if part).split("\n", _MOST_LINES)
    start = _block_start(lines, named=named)
    found = _of_text(lines, start) if start is not None else None
    others = {a.lower() for a in own_addresses} | {arrival.sender_address.lower(), ""}
    return found if found is not None and found.address.lower() not in others else None


def file_within(arrival: Arrival) -> File | None:
    """The one mail that came along as a file, where the forwarder wrote little himself."""
    mails = [f for f in arrival.files if f.content_type in ("message/rfc822", "message/global")]
    short = len(arrival.text) < 2_000
    return mails[0] if len(mails) == 1 and short and _SUBJECT.match(arrival.subject) else None


def _block_start(lines: list[str], *, named: bool) -> int | None:
    """Where the header block of the forwarded mail begins."""
    told = False
    for index, line in enumerate(lines):
        short = line[:300]
        told = told or bool(_ONLY_FORWARDS.fullmatch(short))
        if (told or named) and quotes.FROM_FIELD.match(_plain(short)) and _is_block(lines, index):
            return index
    return None


def _plain(line: str) -> str:
    """A header line as others write it: NetEase's client sets tabs in the place of colons, and leaves labels empty."""
    return _TABBED.sub(r"\1:", quotes.STRETCHED.sub("", line))


def _is_block(lines: list[str], index: int) -> bool:
    fields = [_plain(row[:300]) for row in lines[index : index + _BLOCK] if quotes.ANY_FIELD.match(_plain(row[:300]))]
    return len(fields) >= 2 and "@" in "".join(lines[index : index + _BLOCK])


def _of_text(lines: list[str], start: int) -> Original | None:
    end = _block_end(lines, start)
    box = _sender(lines, start, end)
    if box is None:
        return None
    start = _block_top(lines, start)
    subject = next((m[1].strip() for row in lines[start:end] if (m := _SUBJECT_FIELD.match(_plain(row[:400])))), "")
    split = visible.split("\n".join(_unmarked(lines[end:])))
    words = "\n".join(_without_rule(lines[:start])).strip()
    return Original(box.name, box.address, bare(subject), split.visible, split.folded, words)


def _block_top(lines: list[str], start: int) -> int:
    """Thunderbird writes subject and date above From."""
    while start > 0 and quotes.ANY_FIELD.match(_plain(lines[start - 1][:300])):
        start -= 1
    return start


def _block_end(lines: list[str], start: int) -> int:
    """The line after the last field of the block; folded lines and single blanks within belong to it."""
    end, index = start, start
    while index < min(len(lines), start + _BLOCK):
        row = _plain(lines[index][:300])
        if quotes.ANY_FIELD.match(row) or (index == end and row.startswith((" ", "\t", "> \t")) and row.strip("> \t")):
            end = index + 1
        elif row.strip("> \u00a0\u3000*|") and index > end:
            break
        index += 1
    return end


def _sender(lines: list[str], start: int, end: int) -> headers.Mailbox | None:
    """The address after From; some programs fold it to the next line, or write mailto: beside it."""
    written = " ".join(_MARK.sub("", row) for row in lines[start : min(end, start + 2)][:2])
    value = re.split(r"[:\uff1a|]", _plain(lines[start]), maxsplit=1)[-1]
    for text in (value, written):
        found = headers.mailboxes(_tidy(text).encode("utf-8"))
        if found:
            return headers.Mailbox(found[0].name.strip("*\"' "), found[0].address)
    return None


def _tidy(text: str) -> str:
    """`Name [mailto:a@b]`, `Name <mailto:a@b>` and `Name(a@b)` as mail programs write addresses in text."""
    text = re.sub(r"[\[<]mailto:([^\]>]{1,250})[\]>]", r"<\1>", text)
    text = re.sub(r"[(（\[]\s*([^\s()（）<>\[\]]{1,120}@[^\s()（）<>\[\]]{1,120})\s*[)）\]]", r" <\1>", text)
    return re.sub(r"(<[^<>]+>)\s*<[^<>]+>", r"\1", text).replace("*", "")


def _unmarked(lines: list[str]) -> list[str]:
    """The text below; programs that mark the whole forwarded mail with ">" mark one level too many."""
    written = [row for row in lines if row.strip()]
    if written and sum(bool(_MARK.match(row)) for row in written) > 0.8 * len(written):
        return [_MARK.sub("", row, count=1) for row in lines]
    return lines


def _without_rule(lines: list[str]) -> list[str]:
    kept = list(lines)
    while kept and (not kept[-1].strip(" -_—─=*~>\u00a0\u3000") or _is_rule(kept[-1])):
        kept.pop()
    return kept


def _is_rule(line: str) -> bool:
    short = line[:300]
    rules = (quotes.SEPARATOR, quotes.BARE_SEPARATOR, _ONLY_FORWARDS)
    return any(rule.fullmatch(short) for rule in rules)


def bare(subject: str) -> str:
    """A subject without what programs put before it."""
    for _time in range(6):
        shorter = _PREFIX.sub("", subject, count=1)
        if shorter == subject:
            break
        subject = shorter
    return subject.strip()
