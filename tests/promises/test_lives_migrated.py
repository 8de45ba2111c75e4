"""Do versions of an installation from before have a life afterwards: approved, in force or superseded?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

NAME = "standards_with_a_life"
FIRST, SECOND = datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 2, 5, tzinfo=UTC)


def migrate(*nodes: tuple[str, str]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate(list(nodes))
    return MigrationExecutor(connection).loader.project_state(list(nodes)).apps


@pytest.mark.django_db(transaction=True)
def test_versions_from_before_are_in_force_or_superseded() -> None:
    graph = MigrationExecutor(connection).loader.graph
    leaves = graph.leaf_nodes()
    [node] = [key for key in graph.nodes if key[0] == "promises" and key[1].endswith(NAME)]
    [before] = [parent.key for parent in graph.node_map[node].parents if parent.key[0] == "promises"]
    try:
        apps = migrate(before)
        Staff, Calendar = apps.get_model("people", "Staff"), apps.get_model("promises", "Calendar")  # noqa: N806
        ada = Staff.objects.create(username="ada", name="Ada")
        shop = Calendar.objects.create(code="shop", name="Shop", current=2)
        for number, at in ((1, FIRST), (2, SECOND)):
            shop.versions.create(number=number, spec={}, created_at=at, created_by=ada, note=f"note {number}")
        policy = apps.get_model("promises", "Policy").objects.create(code="p", name="P", current=1)
        policy.versions.create(number=1, spec={}, created_at=FIRST)
        apps = migrate(*leaves)
        rows = apps.get_model("promises", "CalendarVersion").objects.order_by("number")
        told = [(v.state, v.decided_at, v.decided_by_id, v.in_force_at, v.ended_at, v.justification) for v in rows]
        assert told == [
            ("superseded", FIRST, ada.pk, FIRST, SECOND, "note 1"),
            ("in_force", SECOND, ada.pk, SECOND, None, "note 2"),
        ]  # fmt: skip
        assert apps.get_model("promises", "PolicyVersion").objects.get().state == "in_force"
    finally:
        migrate(*leaves)
