"""What may be shown of hostile HTML, and what does HTML say as plain text?

`safe` first parses by nh3 (html5ever, as a browser does) and keeps a tight list of tags, attributes and styles; only
its well-formed output is touched afterwards. Pictures from elsewhere lose their `src`: it stands in `data-remote`,
which `with_pictures` turns back when a reader asks for them. `to_text` also reads nh3's output, never the raw mail:
the standard library's parser takes quadratic time on some broken input.
"""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

import nh3

LONGEST = 2_000_000
_DEEPEST_QUOTE = 20


def _words(names: str) -> set[str]:
    return set(names.split())


_TAGS = _words(
    "a abbr b blockquote br caption cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins "
    "li ol p pre q s small span strike strong sub sup table tbody td tfoot th thead tr u ul"
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "col": {"span"},
    "ol": {"start"},
    "*": {"style"},
}
_STYLES = _words(
    "color background-color font-weight font-style font-size text-align text-decoration vertical-align white-space "
    "line-height width border border-top border-right border-bottom border-left border-color border-style border-width "
    "border-collapse border-radius padding padding-top padding-right padding-bottom padding-left"
)
_DECLARATION = re.compile(r"\s*([a-z-]{4,20})\s*:\s*((?:[#\w.,%+ -]|rgba?\([\d.,% ]{1,40}\)){1,120})\s*", re.IGNORECASE)
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
_REL = "noopener noreferrer nofollow"
_DROPPED = {"script", "style", "title", "head", "noscript", "iframe", "object", "svg", "math", "template", "select"}
_TEXT_ATTRIBUTES = {"a": {"href"}, "img": {"alt"}}
_BLOCKS = _words("address blockquote caption dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul")
_SPACED = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote"}
# html5ever takes quadratic time in the number of elements open at once: 8,000 take 0.3 s, 300,000 over 10 minutes
_DEEPEST = 2000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})")
_NOT_NESTING = _words("area base br col embed hr img input li link meta p param source td th tr dt dd option wbr tbody")
# and in the number of ampersands that begin no entity: 400,000 take 1.4 s
_BARE_AMPERSAND = re.compile(r"&(?!(?:[a-zA-Z]{2,10}|#\w{1,7});)")
_MOST_BARE_AMPERSANDS = 20_000
_ANY_TAG = re.compile(r"<[^<>]*>")
_WHITE = re.compile(r"[ \t\n\f\r\u00a0]+")


def safe(source: str) -> str:
    """HTML that may be shown: no scripts, nothing from elsewhere; links cannot reach back to our page."""
    if _would_take_too_long(source[:LONGEST]):
        return escape(_flat(source))
    cleaned = nh3.clean(
        source[:LONGEST],
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        link_rel=_REL,
        strip_comments=True,
    )
    if "<img" not in cleaned:
        return cleaned
    pictures = _Pictures()
    pictures.feed(cleaned)
    pictures.close()
    return "".join(pictures.out)


def with_pictures(shown: str) -> str:
    """`safe` HTML whose pictures from elsewhere are loaded by who looks at it."""
    return shown.replace(' data-remote="', ' src="')


def has_remote(shown: str) -> bool:
    """Whether pictures from elsewhere are held back in `safe` HTML."""
    return ' data-remote="' in shown


def _attribute(tag: str, name: str, value: str) -> str | None:
    """Of styles only what colours and orders words: nothing loads, moves out of its place or covers anything."""
    if name != "style":
        return value
    kept = []
    for part in value[:2_000].split(";"):
        match = _DECLARATION.fullmatch(part)
        if match and match[1].lower() in _STYLES:
            kept.append(f"{match[1].lower()}:{match[2].strip()}")
    return ";".join(kept) or None


def to_text(source: str) -> str:
    """The text a reader sees. Quotations get "> " before each line; links are followed by their address."""
    if _would_take_too_long(source[:LONGEST]):
        return _flat(source)
    cleaned = nh3.clean(
        source[:LONGEST],
        tags=_TAGS,
        clean_content_tags=_DROPPED,
        attributes=_TEXT_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel=None,
        strip_comments=True,
    )
    reader = _Reader()
    reader.feed(cleaned)
    reader.close()
    return reader.text()


def _would_take_too_long(source: str) -> bool:
    depth = 0
    if sum(1 for _ in _BARE_AMPERSAND.finditer(source)) > _MOST_BARE_AMPERSANDS:
        return True
    for match in _TAG.finditer(source):
        if match[2].lower() not in _NOT_NESTING:
            depth = max(0, depth - 1) if match[1] else depth + 1
            if depth > _DEEPEST:
                return True
    return False


def _flat(source: str) -> str:
    """What no mail program writes is read by simply taking the tags out."""
    return unescape(_ANY_TAG.sub(" ", source[:LONGEST])).strip()


class _Pictures(HTMLParser):
    """Copies clean HTML; pictures from elsewhere are held back, pictures that came along stay."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.out.append(self._picture(dict(attrs)) if tag == "img" else self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")

    def _picture(self, attrs: dict[str, str | None]) -> str:
        source, label = attrs.get("src") or "", (attrs.get("alt") or "").strip()
        if source.startswith("cid:"):
            return self.get_starttag_text() or ""
        if not source or (_is_pixel(attrs) and not label):
            return escape(label)
        if not source.startswith(("http://", "https://")):
            return escape(f"[{label or 'image'}]")
        size = "".join(f' {n}="{escape(attrs[n] or "")}"' for n in ("width", "height") if attrs.get(n))
        return f'<img data-remote="{escape(source)}" alt="{escape(label)}"{size}>'


def _is_pixel(attrs: dict[str, str | None]) -> bool:
    return attrs.get("width") in ("0", "1") or attrs.get("height") in ("0", "1")


def _shown_for(tag: str, attrs: dict[str, str | None]) -> str:
    """What stands in the text for a tag that has no text of its own."""
    if tag == "img":
        return f"[{attrs['alt']}]" if attrs.get("alt") else ""
    return {"hr": "-" * 20, "td": " ", "th": " ", "li": "- "}.get(tag, "")


class _Reader(HTMLParser):
    """Lines of text with their depth of quotation."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.current: list[str] = []
        self.depth = 0
        self.blank_depth = -1  # depth of quotation of a wanted blank line, -1 for none
        self.pre = 0
        self.link = ""
        self.link_from = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._block(tag)
        self.depth += tag == "blockquote"
        self.pre += tag == "pre"
        if tag == "br":
            self._break()
        elif tag == "a":
            self.link, self.link_from = dict(attrs).get("href") or "", len(self.current)
        else:
            self._add(_shown_for(tag, dict(attrs)))
        if tag == "hr":
            self._line_end()

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link_end()
        elif tag in _BLOCKS:
            self._block(tag)
        self.pre -= tag == "pre"
        if tag == "blockquote":
            self.depth = max(0, self.depth - 1)

    def handle_data(self, data: str) -> None:
        if self.pre:
            first, *others = data.split("\n")
            self.current.append(first)
            for row in others:
                self._break()
                self.current.append(row)
        else:
            self._add(data)

    def text(self) -> str:
        self._line_end()
        return "\n".join(self.lines).strip("\n")

    def _add(self, data: str) -> None:
        piece = _WHITE.sub(" ", data)
        if not piece:
            return
        if piece != " " or (self.current and not self.current[-1].endswith(" ")):
            self.current.append(piece)

    def _block(self, tag: str) -> None:
        self._line_end()
        if tag in _SPACED:
            self.blank_depth = self.depth if self.blank_depth < 0 else min(self.depth, self.blank_depth)

    def _line_end(self) -> None:
        if "".join(self.current).strip():
            self._break()
        self.current.clear()
        self.link = ""

    def _break(self) -> None:
        content = "".join(self.current)
        content = content.rstrip() if self.pre else content.strip()
        prefix = "> " * min(self.depth, _DEEPEST_QUOTE)
        if content and self.blank_depth >= 0 and self.lines and self.lines[-1].strip("> "):
            self.lines.append(prefix[: 2 * self.blank_depth].rstrip())
        if content:
            self.blank_depth = -1
        self.lines.append((prefix + content).rstrip())
        self.current.clear()

    def _link_end(self) -> None:
        shown = "".join(self.current[self.link_from :]).strip()
        address = self.link.removeprefix("mailto:").removeprefix("tel:")
        if address and address not in (shown, f"http://{shown}", f"https://{shown}") and address.startswith("http"):
            self.current.append(f" <{address}>")
        self.link = ""
