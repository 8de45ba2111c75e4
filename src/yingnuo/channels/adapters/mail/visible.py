"""Which lines of a mail did its writer newly write?

Three results: the new words, the signature, and what is quoted. Answers between quoted lines stay where they are,
together with the lines they answer. When nothing would be left to read, everything counts as new: a forwarded mail
without a word of one's own is still what the customer wanted to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from yingnuo.channels.adapters.mail import quotes

_WIDEST = 300
_MOST_LINES = 50_000
_LONGEST_SIGNATURE = 12
_JOINED = 4  # an introduction runs over at most four lines
_MOST_INTROS = 500  # lines looked at as ends of an introduction: bounds the work on hostile text


@dataclass(frozen=True, slots=True)
class Split:
    """A body in three parts. `quoted` begins with its introduction ("On … wrote:")."""

    visible: str
    signature: str = ""
    quoted: str = ""

    @property
    def folded(self) -> str:
        """All that is folded away, in reading order."""
        return "\n\n".join(part for part in (self.signature, self.quoted) if part)


def split(text: str) -> Split:
    """Tell new text, signature and quotation apart. Lines are kept as they are; blank edges are dropped."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", _MOST_LINES)
    intros = _introductions(lines)
    end = _earlier_mail(lines, intros)
    top, bottom = _inner_quotes(lines[:end], intros)
    own, signature = _cut_signature(lines[top:bottom])
    visible = _trimmed(own)
    if not visible:
        visible, signature = _trimmed(lines[top:bottom]), []
    if not visible:
        return Split(text.strip())
    quoted = [*lines[:top], *lines[bottom:]]
    return Split(visible, _trimmed(signature), _trimmed(quoted))


def _introductions(lines: list[str]) -> dict[int, int]:
    """Where "On … wrote:" and its like stand: index of the first line -> how many lines."""
    found: dict[int, int] = {}
    ends = [index for index, line in enumerate(lines) if line and quotes.INTRO_END.search(line[-20:])]
    for end in ends[:_MOST_INTROS]:
        start = _introduction_start(lines, end)
        if start is not None:
            found[start] = end - start + 1
    return found


def _introduction_start(lines: list[str], end: int) -> int | None:
    """The first line of the introduction that ends at `end`: the longest with a known first word, else the shortest."""
    starts: list[tuple[int, str]] = []
    joined = ""
    for start in range(end, max(-1, end - _JOINED), -1):
        line = lines[start].strip()
        if not line or quotes.QUOTED.match(line) or len(joined) + len(line) > _WIDEST:
            break
        joined = f"{line} {joined}".strip().replace("< ", "<")
        starts.append((start, joined))
    for start, text in reversed(starts):
        if quotes.INTRO.fullmatch(text):
            return start
    for start, text in starts[:2]:
        if _is_whole(text, lines[start]) and quotes.LOOSE_INTRO.fullmatch(text):
            return start
    return None


def _is_whole(text: str, first: str) -> bool:
    """Whether an introduction may begin with this line: not within an address that the line before opened."""
    return bool(quotes.HAS_CLUE.search(first)) and text.count("<") >= text.count(">")


def _earlier_mail(lines: list[str], intros: dict[int, int]) -> int:
    """Index of the first line that belongs to an unmarked copy of an earlier mail; len(lines) when there is none."""
    for index, line in enumerate(lines):
        if line.strip() and _begins_earlier_mail(lines, index, intros):
            return _without_rule(lines, index)
    return len(lines)


def _begins_earlier_mail(lines: list[str], index: int, intros: dict[int, int]) -> bool:
    line = lines[index][:_WIDEST].replace("&nbsp;", " ")  # QQ writes it into plain text
    if quotes.SEPARATOR.fullmatch(line) or quotes.BARE_SEPARATOR.fullmatch(line):
        return True
    if quotes.ANY_FIELD.match(_plain(line)) and _is_header_block(lines, index):
        return True
    length = intros.get(index, 0)
    return length > 0 and not _quoted_below(lines, index + length)


def _plain(line: str) -> str:
    return quotes.STRETCHED.sub("", line[:_WIDEST])


def _is_header_block(lines: list[str], index: int) -> bool:
    """Header lines of an earlier mail: three with From among them; two when From is first and an address is there."""
    fields: list[str] = []
    strays = 0
    for line in lines[index : index + 14]:
        plain = _plain(line)
        if quotes.ANY_FIELD.match(plain):
            fields.append(plain)
        elif plain.strip(" |>-\u3000\u00a0"):
            strays += 1
            if strays > 1:
                break
    from_first = bool(quotes.FROM_FIELD.match(fields[0]))
    if from_first and len(fields) == 2:
        return "@" in "".join(fields)
    return len(fields) >= 3 and any(quotes.FROM_FIELD.match(field) for field in fields)


def _quoted_below(lines: list[str], index: int) -> bool:
    """Whether the next words are marked by ">": then the marks tell where the quotation ends."""
    for line in lines[index : index + 6]:
        if line.strip():
            return bool(quotes.QUOTED.match(line))
    return False


def _without_rule(lines: list[str], index: int) -> int:
    """Take a rule of dashes above an earlier mail with it."""
    above = index
    while above > 0 and not lines[above - 1].strip(" -_—─=*~>\u00a0\u3000"):
        above -= 1
    return above


def _inner_quotes(lines: list[str], intros: dict[int, int]) -> tuple[int, int]:
    """(top, bottom): the range left when quoted blocks at the beginning and the end are taken away."""
    marks = _quote_marks(lines, intros)
    bottom = _cut_bottom(lines, marks)
    top = _cut_top(lines, marks, bottom)
    return top, bottom


def _quote_marks(lines: list[str], intros: dict[int, int]) -> list[bool]:
    """For each line whether it is quoted: marked by ">", or the introduction of a marked quotation."""
    marks = [bool(quotes.QUOTED.match(line)) for line in lines]
    for index, length in intros.items():
        if index < len(lines) and _quoted_below(lines, index + length):
            marks[index : index + length] = [True] * length
    return marks


def _cut_bottom(lines: list[str], marks: list[bool]) -> int:
    """Where the quotation at the end begins. A signature below it goes with it."""
    last = max((index for index, mark in enumerate(marks) if mark), default=-1)
    if last < 0 or not _only_signature(lines[last + 1 :]):
        return len(lines)
    bottom = last
    while bottom > 0 and (marks[bottom - 1] or not lines[bottom - 1].strip()):
        bottom -= 1
    return bottom


def _only_signature(lines: list[str]) -> bool:
    own, _ = _cut_signature(lines)
    return not _trimmed(own)


def _cut_top(lines: list[str], marks: list[bool], bottom: int) -> int:
    """Where the answer begins below one quotation at the top; 0 when answers stand between quoted lines."""
    first = next((index for index in range(bottom) if lines[index].strip()), bottom)
    if first >= bottom or not marks[first]:
        return 0
    top = first
    while top < bottom and (marks[top] or not lines[top].strip()):
        top += 1
    interleaved = any(marks[top:bottom]) or bottom < len(lines)
    return 0 if interleaved or top >= bottom else top


def _cut_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """(words, signature). The first rule that is followed by little text, or the program's own line at the end."""
    written = [index for index, line in enumerate(lines) if line.strip()]
    # a rule with more than so many lines of text below it begins no signature
    first = written[-_LONGEST_SIGNATURE - 1] if len(written) > _LONGEST_SIGNATURE else 0
    for index, line in enumerate(lines[first:], start=first):
        if quotes.SIGNATURE_RULE.match(line[:_WIDEST]):
            own, more = _cut_last_lines(lines[:index])
            return own, more + lines[index:]
    return _cut_last_lines(lines)


def _cut_last_lines(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take "Sent from my …" and "-Name" lines off the end, however many there are."""
    end = len(lines)
    while end > 0:
        line = lines[end - 1][:_WIDEST]
        if line.strip() and not _is_signature_line(lines, end - 1, line):
            break
        end -= 1
    signature = lines[end:]
    return lines[:end], signature if _trimmed(signature) else []


def _is_signature_line(lines: list[str], index: int, line: str) -> bool:
    if quotes.SIGNATURE_LINE.fullmatch(line):
        return True
    alone = index > 0 and not lines[index - 1].strip()
    named = quotes.SIGNATURE_NAME.fullmatch(line) or quotes.SIGNATURE_ADDRESS.fullmatch(line)
    return alone and bool(named)


def _trimmed(lines: list[str]) -> str:
    return "\n".join(line.rstrip() for line in lines).strip("\n").rstrip()
