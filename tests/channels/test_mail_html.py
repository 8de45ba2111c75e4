"""Can hostile HTML do anything to who looks at it?"""

from __future__ import annotations

import pytest

from tests.channels.conftest import SecondsAtMost
from tests.channels.mails import mail, read
from yingnuo.channels.adapters.mail import html, links


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


def test_remote_pictures_are_held_back_until_asked_for_and_own_ones_stay() -> None:
    shown = html.safe('<img src="https://cdn.example/a.png?x=1&y=2" alt="Plan"><img src="cid:p1" alt="Photo">')
    assert '<img data-remote="https://cdn.example/a.png?x=1&amp;y=2" alt="Plan">' in shown
    assert '<img src="cid:p1" alt="Photo">' in shown
    assert ' src="https' not in shown
    assert ' src="https://cdn.example/a.png?x=1&amp;y=2"' in html.with_pictures(shown)


STYLES = [
    ("color:red; background-color: #ffee00", "color:red;background-color:#ffee00"),
    ("color: rgb(1, 2, 3)", "color:rgb(1, 2, 3)"),
    ("background:url(//evil.example/x)", ""),
    ("background-color: url(https://evil.example)", ""),
    ("position:fixed;top:0;left:0;width:100%", "width:100%"),
    ("color:expression(alert(1))", ""),
    ("col\\6fr:red", ""),
    ("color:red/**/;background:\\75rl(//evil.example)", ""),
    ("font-family:'x';behavior:url(#x)", ""),
    ("--x:url(//evil.example);color:var(--x)", ""),
    ("color:red;}body{background:url(//evil.example)}", "color:red"),
    ("margin:-999px;z-index:99;opacity:0", ""),
]


@pytest.mark.parametrize(("style", "kept"), STYLES)
def test_styles_colour_words_and_do_nothing_else(style: str, kept: str) -> None:
    shown = html.safe(f'<p style="{style}">x</p>')
    assert shown == (f'<p style="{kept}">x</p>' if kept else "<p>x</p>")


@pytest.mark.parametrize(
    ("link", "mark"),
    [
        (
            '<a href="https://pay.example/x">click here</a>',
            'class="yn-host" title="https://pay.example/x">pay.example<',
        ),
        ('<a href="https://evil.example/">www.bank.example</a>', "yn-host-other"),
        ('<a href="https://evil.example/">https://bank.example/login</a>', "yn-host-other"),
        ('<a href="https://b\u0430nk.example/">bank.example</a>', "xn--"),  # a Cyrillic letter
        ('<a href="https://bank.example@evil.example/">bank.example</a>', ">evil.example<"),
    ],
)
def test_a_link_says_where_it_leads(link: str, mark: str) -> None:
    assert mark in links.marked(html.safe(link))


@pytest.mark.parametrize(
    "link",
    ['<a href="https://www.bank.example/x">bank.example</a>', '<a href="mailto:a@b.example">write</a>', "<p>none</p>"],
)
def test_an_honest_link_is_left_alone(link: str) -> None:
    assert "yn-host" not in links.marked(html.safe(link))


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
