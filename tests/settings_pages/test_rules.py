"""Are dispatch rules ordered, checked and read by the thousand?"""

import time

import pytest
from django.test import Client

from tests.factories import House
from yingnuo.kit import revisions
from yingnuo.routing import rules as services
from yingnuo.routing import services as routing
from yingnuo.routing.models import Rule
from yingnuo.routing.services import Draft


def names() -> list[str]:
    return list(Rule.objects.values_list("name", flat=True))


def test_a_new_rule_comes_last(manager: Client, house: House) -> None:
    posted = {
        "name": "Smoke",
        "keywords": "smoke\n冒烟",
        "team_id": str(house.technicians.pk),
        "when_channel": "mail",
        "active": "on",
    }
    manager.post("/settings/rules/new", posted)
    rule = Rule.objects.get(name="Smoke")
    assert (rule.keywords, rule.when, rule.position) == (["smoke", "冒烟"], {"channel": "mail"}, 2)


@pytest.mark.parametrize(
    "wrong", [{"add_tags": ""}, {"name": ""}, {"when_extra": "moon: full"}, {"keywords": "x" * 61}]
)
def test_a_bad_rule_is_refused(manager: Client, wrong: dict[str, str]) -> None:
    assert manager.post("/settings/rules/new", {"name": "Tag", "add_tags": "vip", **wrong}).status_code == 422
    assert Rule.objects.count() == 1


def test_rules_move_up_down_and_in_front_of_another(manager: Client, house: House) -> None:
    for name in "abc":
        Rule.objects.create(name=name, position=5, team=house.front)
    by_name = {rule.name: rule.pk for rule in Rule.objects.all()}
    manager.post("/settings/rules/move", {"rule": by_name["a"], "to": "up"})
    assert names() == ["a", "All to the front", "b", "c"]
    manager.post("/settings/rules/move", {"rule": by_name["a"], "to": "down"})
    assert names() == ["All to the front", "a", "b", "c"]
    manager.post("/settings/rules/move", {"rule": by_name["c"], "before": by_name["All to the front"]})
    assert names() == ["c", "All to the front", "a", "b"]
    manager.post("/settings/rules/move", {"rule": by_name["c"], "before": ""})
    assert names() == ["All to the front", "a", "b", "c"]


def test_a_rule_behind_one_that_takes_all_is_told(manager: Client, house: House) -> None:
    late = Rule.objects.create(name="late", position=9, team=house.front, keywords=["x"])
    assert services.lint() == [services.Finding(late.pk, "after_all")]
    assert "A rule above takes every ticket" in manager.get("/settings/rules/").content.decode()


def test_ten_thousand_rules_are_read_and_tried_quickly(manager: Client) -> None:
    rows = "".join(f"Rule {n},word{n}|字{n},technicians,fault\n" for n in range(10_000))
    began = time.monotonic()
    assert manager.post("/settings/rules/load", {"text": f"name,keywords,team,kind\n{rows}"}).status_code == 302
    assert time.monotonic() - began < 20
    assert Rule.objects.count() == 10_001
    assert "word9999" in routing.decide(Draft("it says word9999", "mail"), revision=revisions.current()).words


def test_wrong_rows_are_told_and_nothing_is_added(manager: Client) -> None:
    text = "name,keywords,team\nGood,a,front\nBad,b,nowhere\n,c,front\n"
    answer = manager.post("/settings/rules/load", {"text": text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no team of this code:" in page
    assert "Give the rule a name" in page
    assert Rule.objects.count() == 1


def test_a_head_that_nobody_knows_is_told(manager: Client) -> None:
    assert manager.post("/settings/rules/load", {"text": "title,words\na,b"}).status_code == 422


def test_a_rule_is_deleted(manager: Client) -> None:
    manager.post(f"/settings/rules/{Rule.objects.get().pk}/delete")
    assert not Rule.objects.exists()
