import pytest
from tests import factories
pytestmark = pytest.mark.django_db
def test_f():
    h = factories.house()
    t = factories.ticket(h, agent=h.alice, urgency="urgent")
    t = factories.says(t)
    print(t.due_at, t.team, t.agent, [(p.milestone, p.due_at) for p in t.promises.all()])
