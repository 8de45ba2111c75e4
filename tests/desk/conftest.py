"""What does every test of the desk begin with?"""

from __future__ import annotations

import pytest
from django.test import Client

from tests import factories
from tests.factories import House


@pytest.fixture
def house(db: None) -> House:
    """The company of the tests."""
    return factories.house()


@pytest.fixture
def alice(house: House) -> Client:
    """Alice's browser: an agent of the front team."""
    return factories.sign_in(Client(), house.alice)


@pytest.fixture
def bo(house: House) -> Client:
    """Bo's browser: the front team's lead."""
    return factories.sign_in(Client(), house.bo)


@pytest.fixture
def dee(house: House) -> Client:
    """Dee's browser: an agent of another team."""
    return factories.sign_in(Client(), house.dee)


@pytest.fixture
def root(house: House) -> Client:
    """The administrator's browser."""
    return factories.sign_in(Client(), house.root)
