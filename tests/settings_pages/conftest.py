"""Who opens the settings in these tests?"""

import pytest
from django.test import Client

from tests import factories
from tests.factories import House


@pytest.fixture
def house(db: None) -> House:
    return factories.house()


@pytest.fixture
def manager(house: House) -> Client:
    return factories.sign_in(Client(), house.mia)


@pytest.fixture
def admin(house: House) -> Client:
    return factories.sign_in(Client(), house.root)


@pytest.fixture
def lead(house: House) -> Client:
    return factories.sign_in(Client(), house.bo)
