"""Who is it that writes?"""

from __future__ import annotations

import pytest

from yingnuo.kit import instants
from yingnuo.people import services
from yingnuo.people.services import Caller

pytestmark = pytest.mark.django_db


def test_two_people_of_one_name_without_address_are_two_customers() -> None:
    first, second = (services.recognise([Caller(name="Li")], now=instants.now())[0] for _ in range(2))
    assert first.pk != second.pk


def test_one_address_in_two_cases_is_one_customer() -> None:
    callers = [Caller(email="Chen@Example.com"), Caller(email="chen@example.com ")]
    first, second = services.recognise(callers, now=instants.now())
    assert first.pk == second.pk


def test_nul_in_a_name_is_left_out() -> None:
    [found] = services.recognise([Caller(name="Ch\x00en", email="chen@example.com")], now=instants.now())
    assert found.name == "Chen"
