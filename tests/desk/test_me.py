"""Everybody sets language, zone, look, start and keys of his own desk; what the menu switches is kept too."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House
from yingnuo.kit import instants
from yingnuo.kit.errors import Invalid, NotAllowed
from yingnuo.ledger.models import Event
from yingnuo.people import wishes
from yingnuo.people.models import Staff
from yingnuo.people.wishes import Wishes

FORM = {"language": "zh-hant", "time_zone": "Asia/Taipei", "theme": "dark", "density": "compact", "start": "/wall/"}


def test_what_is_saved_holds_from_the_next_page_on(bo: Client, house: House) -> None:
    assert bo.post("/me/", FORM).status_code == 302
    page = bo.get("/me/").content.decode()
    assert '<html lang="zh-Hant" data-bs-theme="dark" data-yn-theme="dark"' in page
    assert 'data-single-keys="off"' in page
    assert bo.get("/")["Location"] == "/wall/"
    assert Event.objects.filter(subject=f"staff:{house.bo.pk}", params__what="own_wishes").count() == 1


def test_the_account_wins_over_the_device(alice: Client) -> None:
    alice.cookies["yn_language"] = "zh-hans"
    assert b'<html lang="en"' in alice.get("/me/").content


def test_a_start_that_the_role_may_not_open_is_not_gone_to(alice: Client, house: House) -> None:
    Staff.objects.filter(pk=house.alice.pk).update(start_page="/settings/")
    assert alice.get("/")["Location"] == "/tickets/"


@pytest.mark.parametrize(
    "wrong",
    [{"language": "fr"}, {"time_zone": "Mars/Base"}, {"theme": "neon"}, {"density": "x"}, {"start": "//evil.example"}],
)
def test_what_makes_no_sense_comes_back_and_changes_nothing(alice: Client, house: House, wrong: dict[str, str]) -> None:
    assert alice.post("/me/", FORM | {"start": ""} | wrong).status_code == 422
    assert wishes.of(Staff.objects.get(pk=house.alice.pk)) == wishes.of(house.alice)


def test_a_part_that_is_not_his_is_not_offered_as_the_start(alice: Client) -> None:
    assert alice.post("/me/", FORM | {"start": "/settings/"}).status_code == 422


def test_the_menu_switches_the_account(alice: Client, house: House) -> None:
    answer = alice.post("/me/quick", {"language": "zh-hans", "next": "/tickets/"})
    assert (answer["Location"], answer.cookies["yn_language"].value) == ("/tickets/", "zh-hans")
    alice.post("/me/quick", {"theme": "dark", "next": "https://evil.example/"})
    person = Staff.objects.get(pk=house.alice.pk)
    assert (person.language, person.theme) == ("zh-hans", "dark")


def test_an_unknown_switch_is_refused_and_changes_nothing(alice: Client, house: House) -> None:
    assert alice.post("/me/quick", {"language": "xx"}).status_code == 422
    assert alice.post("/me/quick", {"theme": "neon"}).status_code == 422
    assert wishes.of(Staff.objects.get(pk=house.alice.pk)) == wishes.of(house.alice)


def test_only_staff_choose_and_only_usable_values(house: House) -> None:
    now = instants.now()
    with pytest.raises(NotAllowed):
        wishes.choose(factories.actor(house.chen), wishes=Wishes("en", "UTC"), now=now)
    with pytest.raises(Invalid) as refused:
        wishes.choose(factories.actor(house.alice), wishes=Wishes("en", "UTC", start="//evil"), now=now)
    assert set(refused.value.fields) == {"start"}
    assert wishes.of(Staff.objects.get(pk=house.alice.pk)) == wishes.of(house.alice)


def test_a_stranger_is_sent_to_sign_in(client: Client) -> None:
    assert client.get("/me/").status_code == 302
    assert client.post("/me/quick", {"theme": "dark"}).status_code == 302
