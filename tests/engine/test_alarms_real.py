"""Do the rules find the failures of AI4I 2020 (10,000 working points of a milling machine, synthetic, CC BY 4.0)?

Its description says by which rules heat, power and strain failures were made; those are written here as anybody would
write them in the rules' page. A shown temperature difference of exactly 8.6 K can fall on either side.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Mapping
from functools import cache

from tests.data_paths import shared
from yingnuo.engine import alarm_specs
from yingnuo.engine.alarm_course import Memory, Sample
from yingnuo.engine.alarms import Rules

_NAMES = {
    "AirTemperature": "air", "ProcessTemperature": "process", "RotationalSpeed": "rpm", "Torque": "torque",
    "ToolWear": "wear",
}  # fmt: skip
HEAT = {
    "kind": "threshold",
    "all": [{"of": "process - air", "op": "below", "limit": 8.65}, {"of": "rpm", "op": "below", "limit": 1380}],
}
POWER = {
    "kind": "threshold",
    "all": [{"of": "torque * rpm * 0.104719755", "op": "outside", "limit": 3500, "upper": 9000}],
}
STRAIN = {
    line: {"kind": "threshold", "all": [{"of": "wear * torque", "op": "above", "limit": limit}]}
    for line, limit in {"L": 11_000, "M": 12_000, "H": 13_000}.items()
}


@cache
def _rows() -> tuple[Mapping[str, str], ...]:
    with gzip.open(shared("data", "ai4i2020", "telemetry.csv.gz"), "rt", encoding="utf-8", newline="") as opened:
        rows = csv.DictReader(opened)
        assert rows.fieldnames is not None
        rows.fieldnames = [name.partition("[")[0].strip() for name in rows.fieldnames]
        return tuple(rows)


def _values(row: Mapping[str, str]) -> dict[str, float]:
    return {ours: float(row[theirs]) for theirs, ours in _NAMES.items()}


def _raises(spec: Mapping[str, object], row: Mapping[str, str]) -> bool:
    rules = Rules([alarm_specs.read(spec, id=1)])
    return bool(rules.judge(Memory(), Sample(1_000, _values(row))))


def _found(kind: str) -> Iterator[tuple[bool, bool, Mapping[str, str]]]:
    for row in _rows():
        spec = {"HDF": HEAT, "PWF": POWER}.get(kind) or STRAIN[row["Type"]]
        yield _raises(spec, row), row[kind] == "1", row


def _on_the_edge(row: Mapping[str, str]) -> bool:
    """A difference shown as 8.6 K."""
    v = _values(row)
    return abs(round(v["process"] - v["air"], 1) - 8.6) < 0.01


def test_every_power_and_strain_failure_is_found_and_nothing_else() -> None:
    for kind, known in (("PWF", 60), ("OSF", 67)):
        found = list(_found(kind))
        assert sum(failed for _raised, failed, _row in found) == known
        assert [row["UDI"] for raised, failed, row in found if raised != failed] == []


def test_heat_failures_are_found_but_for_what_rounding_hides() -> None:
    found = list(_found("HDF"))
    wrong = [row for raised, failed, row in found if raised != failed]
    assert sum(failed for _raised, failed, _row in found) == 88
    assert all(_on_the_edge(row) for row in wrong)
    assert all(raised for raised, failed, _row in found if failed)
    agreement = 1 - len(wrong) / len(found)
    assert agreement > 0.995
