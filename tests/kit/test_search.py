"""Is text made findable whatever way it is written, and is what was found marked where it stands?"""

from __future__ import annotations

import pytest

from yingnuo.kit import chinese, search
from yingnuo.kit.shares import Shares


@pytest.mark.parametrize(
    ("one", "other"),
    [("ＡＢＣ１２", "abc12"), ("洗衣機壞了", "洗衣机坏了"), ("E3", "e3"), ("發票", "发票"), ("ﾃｽﾄ", "テスト")],
)
def test_ways_to_write_the_same_are_the_same(one: str, other: str) -> None:
    assert search.document(one) == search.document(other)


def test_other_scripts_are_words_too() -> None:
    assert list(search.tokens("Привет, 世界! don't 🙂")) == ["привет", "世界", "界", "don", "t"]


def test_a_phrase_keeps_its_order_across_scripts() -> None:
    assert search.query("", phrases=["洗衣机 E3"]) == "('洗衣' <-> '衣机' <-> '机' <-> 'e3')"
    assert search.query("pump", without=["oil"]) == "'pump':* & !(('oil'))"


def test_nothing_to_search_is_no_query() -> None:
    assert search.query("!?… 🙂") == search.any_of("") == ""


def test_every_hit_must_have_these() -> None:
    assert search.musts("洗衣机 pu") == [("洗衣", False), ("衣机", False), ("pu", True)]
    assert search.musts("机") == [("机", True)]


def test_what_was_found_is_marked_in_the_text_as_it_stands() -> None:
    pieces = search.marked("我的洗衣機顯示Ｅ３。", search.needles("洗衣机 e3"))
    assert [text for text, hit in pieces if hit] == ["洗衣機", "Ｅ３"]
    assert "".join(text for text, _hit in pieces) == "我的洗衣機顯示Ｅ３。"


def test_letters_are_marked_where_a_word_begins_and_after_what_grows() -> None:
    assert [t for t, hit in search.marked("㎏ unplug the plugs", ["plug"]) if hit] == ["plug"]


def test_a_long_text_is_cut_to_where_most_is_found() -> None:
    text = "pump " + "x " * 500 + "the pump and the hose " + "y " * 500
    pieces = search.marked(text, search.needles("pump hose"), width=80)
    assert [t for t, hit in pieces if hit] == ["pump", "hose"]
    assert pieces[0] == pieces[-1] == ("…", False)


@pytest.mark.parametrize(
    ("name", "sound"),
    [("王芳", "wangfang"), ("王芳", "wf"), ("吕布", "lvbu"), ("曾小红", "zxh"), ("曾小红", "zengxiaohong")],
)
def test_a_name_is_typed_as_it_sounds(name: str, sound: str) -> None:
    assert sound in chinese.sounds(name)


def test_other_names_have_no_sound() -> None:
    assert chinese.sounds("Alice") == chinese.sounds("") == []


def test_the_rarest_word_bounds_how_many_have_them_all() -> None:
    known = Shares(1_000, ("pump", "pumps", "the"), (0.1, 0.2, 0.9), 0.1)
    assert known.most([("the", False), ("pump", False)]) == 0.1
    assert known.of("pump", begins=True) == pytest.approx(0.3)
    assert known.of("unknown") == 0.1
