"""Which small logs do the tests of the replay play? Our own writing; times are UTC.

`MAPPING` fits `HEADER`. Policy: ten minutes to answer, one hour to hand off, eight hours to solve, round the clock.
"""

from __future__ import annotations

from pathlib import Path

from yingnuo.replay import by_engine, grouping, mapping, results, standard, story
from yingnuo.replay.mapping import Mapping
from yingnuo.replay.rows import Sheet, Tally
from yingnuo.replay.standard import Pack, Standard
from yingnuo.replay.story import Story

HEADER = "id,at,state,level,team,who,way,caller,opened,solved,ok"
MAPPING = """
title: Workshop
log: {time_zone: UTC, time_format: "%Y-%m-%d %H:%M", order: grouped, empty: ["-"]}
columns: {id: id, at: at, state: state, priority: level, group: team, assignee: who, channel: way, caller: caller,
          opened: opened, resolved: solved, flag: ok}
states:
  New: new
  Work: open
  Ask: {waiting: waiting_customer}
  Parts: {waiting: waiting_parts}
  Odd: same
  Solved: resolved
  Closed: closed
priority: {values: {1: urgent, 2: important}, otherwise: general}
channel: {values: {Tel: phone, Mail: mail}}
groups: {front: [Desk]}
first_response: {leaves: [New], assigned: true}
"""
POLICY = """
policy:
  code: workshop
  title: Workshop hours
  rules:
    - code: urgent
      when: {urgency: urgent}
      promises:
        resolution: {target: 2h, calendar: always, pauses: [waiting_customer, waiting_parts]}
    - code: all
      when: {}
      promises:
        first_response: {target: 10m, calendar: always}
        handoff: {target: 1h, calendar: always}
        resolution: {target: 8h, calendar: always, pauses: [waiting_customer]}
        progress_update: {target: 2h, calendar: always}
"""
DAY = "2024-03-04"


def log(folder: Path, *lines: str, header: str = HEADER, name: str = "log.csv") -> Path:
    """A log of these rows; a time without a date is on DAY."""
    path = folder / name
    path.write_text("\n".join((header, *(_dated(line) for line in lines))) + "\n", encoding="utf-8")
    return path


def _dated(line: str) -> str:
    return ",".join(f"{DAY} {cell}" if len(cell) == 5 and cell[2] == ":" else cell for cell in line.split(","))


def read(text: str = MAPPING) -> Mapping:
    """The mapping of the tests."""
    return mapping.parse(text, "workshop.yaml")


def packed(folder: Path, chosen: Mapping, text: str = POLICY) -> tuple[Pack, Standard]:
    """The policy of the tests, cut to what the mapping judges, and compiled."""
    path = folder / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    pack = standard.cut(standard.load(path, chosen.service, range(2024, 2025)), chosen.milestones)
    return pack, standard.compiled(pack)


def stories(path: Path, chosen: Mapping, tally: Tally | None = None, bad_rows: str = "stop") -> list[Story]:
    """The stories of a log."""
    rows = Sheet(path, chosen, bad_rows).rows(tally or Tally())
    return [story.tell(ticket, chosen) for ticket in grouping.by_ticket(rows, chosen.log.order)]


def told(folder: Path, *lines: str, text: str = MAPPING) -> list[tuple[str, str, str]]:
    """The only ticket's commands as (time of day, verb, value)."""
    [one] = stories(log(folder, *lines), read(text))
    return [
        (f"{at // 3600:02}:{at % 3600 // 60:02}", str(c.verb), c.value)
        for c in one.commands
        if (at := c.at % 86400) + 1
    ]


def judged(folder: Path, *lines: str, policy: str = POLICY) -> dict[str, dict[str, object]]:
    """The only ticket's promises by milestone, as the report has them, judged by the engine."""
    chosen = read()
    _pack, ready = packed(folder, chosen, policy)
    [one] = by_engine.replay(stories(log(folder, *lines), chosen), chosen, ready)
    return {str(p["milestone"]): p for p in results.as_line(one)["promises"]}  # type: ignore[attr-defined]
