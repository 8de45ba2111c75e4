"""Where does each link of a mail really lead?

Works on HTML that `html.safe` made. Behind a link whose words do not name its host the host is written; where the words
name another host, as phishing does, it is marked as a contradiction.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlsplit

_HOST = re.compile(r"(?:https?://)?((?:[\w\u0080-\uffff-]{1,63}\.){1,8}[a-z\u0080-\uffff]{2,24})", re.IGNORECASE)
_ENDINGS_OF_FILES = frozenset(("pdf", "doc", "docx", "xls", "xlsx", "zip", "jpg", "png", "txt", "html"))


def marked(safe_html: str) -> str:
    """The same HTML with the real host behind its links."""
    if "<a " not in safe_html:
        return safe_html
    marker = _Marker()
    marker.feed(safe_html)
    marker.close()
    return "".join(marker.out)


def host_of(address: str) -> str:
    """The host of a web address as name servers know it: letters of other scripts that only look right show."""
    try:
        host = urlsplit(address).hostname or ""
        return host.encode("idna").decode() if not host.isascii() else host
    except (ValueError, UnicodeError):
        return address[:60]


class _Marker(HTMLParser):
    """Copies clean HTML and writes hosts behind links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.words: list[str] = []
        self.address = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._end_of_link()
            self.address, self.words = dict(attrs).get("href") or "", []
        self.out.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.out.append(f"</{tag}>")
        if tag == "a":
            self._end_of_link()

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")

    def _end_of_link(self) -> None:
        address, self.address = self.address, ""
        if not address.startswith(("http://", "https://")):
            return
        host, words = host_of(address), "".join(self.words).lower()
        named = [m[1].lower() for m in _HOST.finditer(words) if m[1].rpartition(".")[2] not in _ENDINGS_OF_FILES]
        if host and not (named and all(_same(host, host_of(f"http://{n}")) for n in named)):
            kind = "yn-host yn-host-other" if named else "yn-host"
            self.out.append(f'<span class="{kind}" title="{escape(address[:500])}">{escape(host)}</span>')


def _same(host: str, named: str) -> bool:
    return host.removeprefix("www.") == named.removeprefix("www.")
