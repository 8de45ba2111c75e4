"""Do light marks show as they are meant, in Chinese too, and can nothing harmful come through?"""

from __future__ import annotations

import pytest

from yingnuo.kit import marks


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**注意：**请断电", "<p><strong>注意：</strong>请断电</p>"),
        ("_斜体_和 snake_case_x, 5*3*2", "<p><em>斜体</em>和 snake_case_x, 5*3*2</p>"),
        ("- 一\n- 二", "<ul>\n<li>一</li>\n<li>二</li>\n</ul>"),
        ("`a_b` **c _d_**", "<p><code>a_b</code> <strong>c <em>d</em></strong></p>"),
        ("https://a.cn/_b_/c", '<p><a href="https://a.cn/_b_/c" rel="noopener noreferrer">https://a.cn/_b_/c</a></p>'),
        ("a\nb", "<p>a<br>b</p>"),
    ],
)
def test_marks_are_shown(text: str, html: str) -> None:
    assert marks.shown(text).strip() == html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> **x**", "**<img src=x onerror=alert(1)>**", "[x](javascript:alert(1))",
        "[x](data:text/html,x)", '[x](https://a.cn "onclick=y") `<b>`', "[x](/logout/)", "![x](http://a.cn/b.png)",
    ],
)  # fmt: skip
def test_nothing_harmful_comes_through(text: str) -> None:
    html = marks.shown(text)
    assert not any(bad in html for bad in ("<script", "<img", 'href="javascript', 'href="data', 'href="/', "<b>"))


def test_plain_ways_get_no_marks() -> None:
    assert marks.plain("**A** _b_ [c](https://d.cn)\n- e") == "A b c (https://d.cn)\n• e"
    assert marks.plain("5 * 3 = 15") == "5 * 3 = 15"
