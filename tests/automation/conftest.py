"""Who and what do these tests begin with?"""

import pytest

from tests import factories
from tests.factories import House


@pytest.fixture
def house(db: None) -> House:
    return factories.house()
