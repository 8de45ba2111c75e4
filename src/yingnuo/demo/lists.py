"""Which lists of tickets have the people of the demonstration saved?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yingnuo.demo.told import told
from yingnuo.people.models import Staff, Team
from yingnuo.tickets import asking
from yingnuo.worklists import looks
from yingnuo.worklists.models import Audience, Worklist


def set_up(*, staff: Mapping[str, Staff], teams: Mapping[str, Team], at: datetime) -> None:
    """Rows are written directly, as the rest of the company."""
    Worklist.objects.bulk_create([_list(row, staff, teams, at) for row in told("lists")])


def _list(row: Mapping[str, Any], staff: Mapping[str, Staff], teams: Mapping[str, Team], at: datetime) -> Worklist:
    tests = [{"values": [], **test} for test in row["tests"]]
    asked = asking.read({"groups": [{"how": row.get("how", "all"), "tests": tests}]})
    team = teams.get(row.get("for", ""))
    shared = Audience.TEAM if team else Audience.ALL if row.get("for") else Audience.OWN
    return Worklist(
        name=row["name"], owner=staff[row["owner"]], audience=shared, team=team, scope=row.get("scope", "all"),
        state=row.get("state", "open"), asked=asking.spec_of(asked), look=looks.spec_of(looks.read(row.get("look"))),
        created_at=at, updated_at=at,
    )  # fmt: skip
