"""How does a text with light marks look: **bold**, _italic_, `code`, [words](address), lists?

The text itself stays as it was typed; this is only how it is shown. Marks are read by markdown-it with everything off
that is not on the list: no HTML, no pictures, no headings. Bold and italic are rules of our own, for those of
CommonMark look for spaces around words and so fail in Chinese; a single * is a star, for people multiply with it. What
comes out passes nh3 all the same.
"""

from __future__ import annotations

import re
from functools import cache

import nh3
from django.utils.html import Urlizer
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_TAGS = {"p", "br", "strong", "em", "code", "pre", "a", "ul", "ol", "li"}
_SCHEMES = {"http", "https", "mailto", "tel"}
_RULES = ("list", "fence", "backticks", "link", "newline", "escape")
_MARKED = re.compile(r"\*\*|_|`|\]\(|^\s*(?:[-*+]|\d{1,3}[.)])\s", re.MULTILINE)
_TAG = {"**": "strong", "_": "em"}


def _emphasis(state: StateInline, silent: bool) -> bool:
    """`**words**` and `_words_`, not within an ASCII word (snake_case), with no space just inside."""
    mark = next((m for m in _TAG if state.src.startswith(m, state.pos)), "")
    end = _end(state, mark) if mark else -1
    if end < 0:
        return False
    if not silent:
        _inside(state, mark, end)
    state.pos = end + len(mark)
    return True


def _end(state: StateInline, mark: str) -> int:
    """Where the closing mark stands; -1 where there is none in this line."""
    src, start = state.src, state.pos + len(mark)
    if mark == "_" and (_is_word(src, state.pos - 1) or _in_address(src, state.pos)):
        return -1
    if start >= state.posMax or src[start].isspace() or src[start] == mark[0]:
        return -1
    line = src.find("\n", start)
    last = state.posMax if line < 0 else min(line, state.posMax)
    end = src.find(mark, start + 1, last)
    while end >= 0 and (src[end - 1].isspace() or (mark == "_" and _is_word(src, end + 1))):
        end = src.find(mark, end + 1, last)
    return end


def _in_address(src: str, at: int) -> bool:
    return "://" in src[max(0, at - 300) : at].rpartition(" ")[2].rpartition("\n")[2]


def _is_word(src: str, at: int) -> bool:
    return 0 <= at < len(src) and src[at].isascii() and (src[at].isalnum() or src[at] == "_")


def _inside(state: StateInline, mark: str, end: int) -> None:
    state.push(f"{_TAG[mark]}_open", _TAG[mark], 1)
    old, state.pos, state.posMax = state.posMax, state.pos + len(mark), end
    state.md.inline.tokenize(state)
    state.posMax = old
    state.push(f"{_TAG[mark]}_close", _TAG[mark], -1)


class _Reader(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802  # markdown-it asks for it under this name
        """Whole addresses only: what has no scheme would lead into our own pages."""
        return url.partition(":")[0].lower() in _SCHEMES and ":" in url


@cache
def _reader() -> MarkdownIt:
    reader = _Reader("zero", {"breaks": True, "html": False}).enable(list(_RULES))
    reader.inline.ruler.before("link", "our_emphasis", _emphasis)
    return reader


_urlizer = Urlizer()


def has(text: str) -> bool:
    """Whether there may be marks in it at all."""
    return _MARKED.search(text) is not None


def shown(text: str) -> SafeString:
    """The text as safe HTML: marks at work, bare addresses linked, every line where it was."""
    if not has(text):
        made = "<p>" + _plain_lines(text) + "</p>"
    else:
        made = _reader().render(text)
        made = re.sub(r"(<a .*?</a>|<code>.*?</code>|<pre>.*?</pre>)|([^<>]+)", _linked, made, flags=re.DOTALL)
    return SafeString(nh3.clean(made, tags=_TAGS, attributes={"a": {"href"}}, url_schemes=_SCHEMES))


def _plain_lines(text: str) -> str:
    return str(_urlizer(text, nofollow=False, autoescape=True)).replace("\n", "<br>")


def _linked(found: re.Match[str]) -> str:
    return found[1] or str(_urlizer(found[2], nofollow=False))


def plain(text: str) -> str:
    """The text for ways that show no marks (chat, SMS): without them, a link as its words and its address."""
    if not has(text):
        return text
    lines = [_line(line) for line in text.split("\n") if not line.lstrip().startswith("```")]
    return "\n".join(lines)


def _line(line: str) -> str:
    bullet = re.match(r"^(\s*)[-*+]\s+", line)
    head = f"{bullet[1]}• " if bullet else ""
    tokens = _reader().parseInline(line[bullet.end() :] if bullet else line)
    return head + "".join(_words(tokens[0].children or []))


def _words(tokens: list[Token]) -> list[str]:
    said: list[str] = []
    href, start = "", 0
    for token in tokens:
        if token.type == "link_open":
            href, start = str(token.attrGet("href") or ""), len(said)
        elif token.type == "link_close":
            if "".join(said[start:]) != href:
                said.append(f" ({href.removeprefix('mailto:')})")
        else:
            said.append(token.content)
    return said
