"""What does every test of approvals begin with?"""

from __future__ import annotations

import pytest

from tests import factories
from tests.factories import MONDAY, House
from yingnuo.tickets.models import Ticket


@pytest.fixture
def house(db: None) -> House:
    """The company of the tests."""
    return factories.house(now=MONDAY)


@pytest.fixture
def ticket(house: House) -> Ticket:
    """A ticket of Alice's that came on Monday at ten."""
    return factories.ticket(house, agent=house.alice, at=MONDAY)
