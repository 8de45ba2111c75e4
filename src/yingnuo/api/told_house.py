"""What does a program get about the house: customers, companies, people, teams, catalogue, rules, channels?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from yingnuo.api.told import Answer, ContactOut


class ContactDetail(ContactOut):
    """A customer with all that is known of him. `joined_into`: whose part he is; `also`: what else he is known by."""

    company_id: int | None
    note: str
    created_at: datetime
    joined_into: int | None
    also: list[str]


class JoiningOut(Answer):
    """Two customers that became one: `kept` goes on. `undone_at`: they were taken apart again."""

    id: int
    kept: int
    absorbed: int
    evidence: str
    note: str
    at: datetime
    undone_at: datetime | None


class Joinings(Answer):
    """What was joined into a customer, the latest first."""

    items: list[JoiningOut]


class CompanyOut(Answer):
    """A customer company."""

    id: int
    name: str
    tier: str
    region: str | None
    domain: str
    note: str


class CompanyPage(Answer):
    """One page of companies; `next` is "" at the end."""

    items: list[CompanyOut]
    next: str


class RegionOut(Answer):
    """A service region."""

    code: str
    name: str
    zone: str


class Regions(Answer):
    """Every region."""

    items: list[RegionOut]


class DepartmentOut(Answer):
    """A department; its parent by code, its head by user name."""

    code: str
    name: str
    parent: str | None
    head: str | None
    kinds: list[str]
    product_lines: list[str]


class Departments(Answer):
    """Every department."""

    items: list[DepartmentOut]


class TeamDetail(Answer):
    """A team; its department and region by code, its lead by user name."""

    code: str
    name: str
    kind: str
    tier: int
    department: str
    lead: str | None
    region: str | None
    calendar: str
    active: bool
    strategy: str
    asks_note: bool
    away_after: int


class Teams(Answer):
    """Every team."""

    items: list[TeamDetail]


class StaffOut(Answer):
    """A member of staff; teams by code, the deputy by user name."""

    id: int
    username: str
    name: str
    email: str
    phone: str
    role: str
    team: str | None
    more_teams: list[str]
    deputy: str | None
    skills: list[str]
    languages: list[str]
    capacity: int
    load: int
    presence: str
    calendar: str
    language: str
    time_zone: str
    active: bool
    levels: dict[str, int]
    presence_reason: str
    presence_since: datetime | None


class StaffPage(Answer):
    """One page of staff; `next` is "" at the end."""

    items: list[StaffOut]
    next: str


class PresenceOut(Answer):
    """Whether somebody takes tickets."""

    username: str
    presence: str
    reason: str


class AbsenceOut(Answer):
    """Leave of one person."""

    id: int
    username: str
    starts_at: datetime
    ends_at: datetime
    reason: str


class Absences(Answer):
    """The absences of one person, the latest first."""

    items: list[AbsenceOut]


class LineOut(Answer):
    """A product line."""

    code: str
    name: str
    skill: str


class Lines(Answer):
    """Every product line."""

    items: list[LineOut]


class FieldOut(Answer):
    """A custom field of tickets."""

    code: str
    name: str
    type: str
    choices: list[str]
    kinds: list[str]
    on_portal: bool
    position: int
    help: str
    words: dict[str, dict[str, str | dict[str, str]]]
    limits: dict[str, str | int | float]
    default: str
    needed: str
    editors: str
    retired_at: datetime | None
    version: int


class OnOut(Answer):
    """Holds when the field has one of the values; without values, when it is filled in at all."""

    field: str
    values: list[str]


class ItemOut(Answer):
    """A field in a form."""

    code: str
    show: OnOut | None
    need: OnOut | None


class SectionOut(Answer):
    """Fields under a heading."""

    name: str
    words: dict[str, str]
    fields: list[ItemOut]


class FormOut(Answer):
    """The form of a kind. `version` 0: nobody arranged it, it has all the kind's fields by their position."""

    kind: str
    version: int
    sections: list[SectionOut]


class UnitOut(Answer):
    """Something that a customer owns. `warranty`: in, out, or unknown, today."""

    id: int
    contact: int | None
    company: int | None
    product_line: str
    model: str
    serial: str
    bought_on: date | None
    warranty_until: date | None
    warranty: str
    contract: str
    note: str
    gone: bool
    device: int | None
    version: int


class Units(Answer):
    """What a customer and his company own."""

    items: list[UnitOut]


class Fields(Answer):
    """Every custom field, in its order."""

    items: list[FieldOut]


class RuleOut(Answer):
    """A dispatch rule. `warning`: after_all or team_off, a rule that can do nothing; "" for one that can."""

    id: int
    name: str
    when: dict[str, Any]
    keywords: list[str]
    team: str | None
    skills: list[str]
    set_kind: str
    set_urgency: str
    set_product_line: str
    add_tags: list[str]
    active: bool
    warning: str


class RulePage(Answer):
    """One page of rules in the order they are tried; `next` is "" at the end."""

    items: list[RuleOut]
    next: str


class WrongOut(Answer):
    """A row of a table that cannot be read."""

    line: int
    problem: str
    given: str


class TableOut(Answer):
    """What became of a table: how many rules were added; 0 as long as any row is wrong."""

    added: int
    wrong: list[WrongOut]


class ChannelOut(Answer):
    """A way in or out, without its secrets. `problem` is "" while it works; `retry_at` in the future: left alone."""

    id: int
    code: str
    name: str
    kind: str
    active: bool
    problem: str
    problem_at: datetime | None
    checked_at: datetime | None
    last_in_at: datetime | None
    last_out_at: datetime | None
    failures: int
    retry_at: datetime | None
    waiting: int
    failed: int


class Channels(Answer):
    """Every channel with its health: arrivals that wait to be understood, and those that could not be."""

    items: list[ChannelOut]


class ProbeOut(Answer):
    """What a trial found: `code` "" when it works, and the other side's words."""

    code: str
    detail: str


class Gone(Answer):
    """What was taken away."""

    deleted: str
