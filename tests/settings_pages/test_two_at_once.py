"""Two people have one settings form open: neither loses what he saved, and each is asked about what both changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, reverse

from tests import factories
from tests.factories import House
from tests.house.places import PACKAGE
from yingnuo.desk.settings import urls
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.people.models import Team
from yingnuo.routing.models import Rule


def opened(client: Client, address: str) -> dict[str, str | list[str]]:
    """What a browser would send of the form at an address as it is shown."""
    answer = client.get(address)
    form: SettingForm = answer.context["form"]
    values = {name: list(raw) for name, raw in form._now.items() if name in form.fields}
    mark = re.search(r'name="shown" value="([^"]*)"', answer.content.decode())
    assert mark, address
    return {**values, "shown": unescape(mark[1])}


def page_of(house: House) -> str:
    return reverse("desk:settings_team", args=[house.front.pk])


def test_what_i_left_alone_stays_as_the_other_saved_it(admin: Client, manager: Client, house: House) -> None:
    mine, theirs = opened(admin, page_of(house)), opened(manager, page_of(house))
    assert manager.post(page_of(house), theirs | {"name": "First line"}).status_code == 302
    assert admin.post(page_of(house), mine | {"away_after": "10"}).status_code == 302
    house.front.refresh_from_db()
    assert (house.front.name, house.front.away_after) == ("First line", 10)


def test_what_both_changed_is_asked_with_who_and_nothing_is_saved(
    admin: Client, manager: Client, house: House
) -> None:  # fmt: skip
    mine, theirs = opened(admin, page_of(house)), opened(manager, page_of(house))
    manager.post(page_of(house), theirs | {"name": "First line", "away_after": "20"})
    answer = admin.post(page_of(house), mine | {"name": "Hotline"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"{house.mia.name} changed “Name” while you had it open." in page
    assert [text in page for text in ("First line", 'value="Hotline"', 'value="20"')] == [True] * 3
    house.front.refresh_from_db()
    assert house.front.name == "First line"


@pytest.mark.parametrize(("keep", "left"), [("mine", "Hotline"), ("theirs", "First line")])
def test_the_answer_decides(admin: Client, manager: Client, house: House, keep: str, left: str) -> None:
    mine, theirs = opened(admin, page_of(house)), opened(manager, page_of(house))
    manager.post(page_of(house), theirs | {"name": "First line"})
    again = admin.post(page_of(house), mine | {"name": "Hotline"}).content.decode()
    mark = re.findall(r'name="shown" value="([^"]*)"', again)[0]
    said = mine | {"name": "Hotline", "shown": unescape(mark), "keep.name": keep}
    assert admin.post(page_of(house), said).status_code == 302
    house.front.refresh_from_db()
    assert house.front.name == left


def test_an_answer_to_an_older_question_is_asked_again(admin: Client, manager: Client, house: House) -> None:
    mine, theirs = opened(admin, page_of(house)), opened(manager, page_of(house))
    manager.post(page_of(house), theirs | {"name": "First line"})
    again = admin.post(page_of(house), mine | {"name": "Hotline"}).content.decode()
    mark = unescape(re.findall(r'name="shown" value="([^"]*)"', again)[0])
    manager.post(page_of(house), opened(manager, page_of(house)) | {"name": "Reception"})
    said = mine | {"name": "Hotline", "shown": mark, "keep.name": "mine"}
    assert admin.post(page_of(house), said).status_code == 422
    house.front.refresh_from_db()
    assert house.front.name == "Reception"


def test_a_change_by_nobody_of_the_desk_names_nobody(admin: Client, house: House) -> None:
    mine = opened(admin, page_of(house))
    Team.objects.filter(pk=house.front.pk).update(name="First line")
    page = admin.post(page_of(house), mine | {"name": "Hotline"}).content.decode()
    assert "“Name” was changed while you had it open." in page


def test_who_saw_nothing_writes_what_he_says(admin: Client, house: House) -> None:
    mine = opened(admin, page_of(house))
    del mine["shown"]
    Team.objects.filter(pk=house.front.pk).update(name="First line")
    assert admin.post(page_of(house), mine | {"name": "Hotline"}).status_code == 302
    house.front.refresh_from_db()
    assert house.front.name == "Hotline"


def test_the_conditions_of_a_rule_are_one_thing(admin: Client, manager: Client, house: House) -> None:
    rule = Rule.objects.create(name="Faults", position=1, team=house.front, when={"kind": "fault"})
    address = reverse("desk:settings_dispatch", args=[rule.pk])
    mine, theirs = opened(admin, address), opened(manager, address)
    assert manager.post(address, theirs | {"when_kind": "complaint"}).status_code == 302
    assert admin.post(address, mine | {"name": "Broken", "when_kind": "fault"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.name, rule.when) == ("Broken", {"kind": "complaint"})
    page = admin.post(address, mine | {"when_kind": "question"})
    assert page.status_code == 422
    assert 'name="keep.when_"' in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_saves_in_the_same_instant_one_is_asked() -> None:
    house = factories.house()
    clients = [factories.sign_in(Client(), who) for who in (house.root, house.mia)]
    forms = [opened(client, page_of(house)) | {"name": f"Name {n}"} for n, client in enumerate(clients)]

    def save(n: int) -> int:
        try:
            return clients[n].post(page_of(house), forms[n]).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, (0, 1))) == [302, 422]


def _editing() -> Iterator[URLPattern]:
    """The settings addresses without arguments that make something new."""
    return (one for one in urls.urlpatterns if str(one.pattern).endswith("new") and not one.pattern.converters)


@pytest.mark.parametrize("name", [str(pattern.name) for pattern in _editing()])
def test_every_form_of_the_settings_carries_what_it_shows(admin: Client, name: str) -> None:
    """A form over nothing that is stored (`RouteForm`, say) has nothing to lose."""
    answer = admin.get(reverse(f"desk:{name}"))
    form = (answer.context or {}).get("form")
    if isinstance(form, SettingForm):
        assert 'name="shown"' in answer.content.decode()


FORM = re.compile(r"(\w+)\((?:[^()]|\([^()]*\))*request\.POST or None(?:[^()]|\([^()]*\))*initial=")


@pytest.mark.parametrize("source", sorted((PACKAGE / "desk").rglob("*.py")), ids=lambda path: str(path.name))
def test_no_page_fills_a_form_over_stored_things_past_the_mechanism(source: Path) -> None:
    allowed = {
        "Steps",  # the lines of a list: they are a part of its form
        "NewRoleForm", "RoleForm", "MoveForm",  # carry the edition or the place they showed, and are refused when stale
        "HouseForm", "HoursForm", "StandardForm",  # the first set-up, of an installation with one person
    }  # fmt: skip
    assert set(FORM.findall(source.read_text(encoding="utf-8"))) <= allowed


SHOWS = re.compile(r"{% (?:field form\.|for \w+ in (?:form|named) %})")


@pytest.mark.parametrize("template", sorted((PACKAGE / "desk/templates").rglob("*.html")), ids=lambda path: path.name)
def test_every_template_of_a_form_says_what_it_shows(template: Path) -> None:
    """Drafts of standards carry their version (`at`); the forms named below are over nothing stored."""
    fresh = {
        "house.html", "people.html", "join.html", "login.html", "absences.html", "basis.html", "tokens.html",
        "imports.html", "_import.html",
    }  # fmt: skip
    text = template.read_text(encoding="utf-8")
    if 'method="post"' in text and SHOWS.search(text) and template.name not in fresh:
        assert "form.meanwhile" in text or 'name="at"' in text or "form.edition" in text or "_form.html" in text
