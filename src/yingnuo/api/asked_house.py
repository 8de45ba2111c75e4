"""What may a program send about the house: people, teams, customers, catalogue, rules, standards, lab?"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, SecretStr, StringConstraints

from yingnuo.api.asked import Body, Code, Cursor, Id, Language, Name, without_nul
from yingnuo.people.models import Evidence, Presence, TeamKind, TeamStrategy, Tier
from yingnuo.scorecards.sight import GROUPS
from yingnuo.tickets.models import Kind, Urgency

Title = Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=80)]
Short = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=40)]
Note = Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=4_000)]
Mail = Annotated[str, StringConstraints(max_length=254, pattern=r"^([^@\s\x00]+@[^@\s\x00]+)?$")]
Phone = Annotated[str, StringConstraints(max_length=30, pattern=r"^[0-9+() .-]*$")]
Zone = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9_+/-]+$")]
User = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[\w.@-]+$")]
Limit = Annotated[int, Field(ge=1, le=200)]
Yaml = Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=400_000)]
Number = Annotated[int, Field(ge=0, le=32_767)]


class PageQuery(BaseModel):
    """Which page of a list."""

    limit: Limit = 50
    after: Cursor = Field("", description="`next` of the page before.")


class EventQuery(PageQuery):
    """Which rows of the ledger; `after` is the `next` of the answer before."""

    code: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z_.]*$")] = ""
    since: AwareDatetime | None = None


class NameQuery(PageQuery):
    """Which rows of a list with names."""

    q: Name = Field("", description="A part of the name.")


class SeenIn(Body):
    """Up to which notice, that one included."""

    up_to: Id


class CustomerIn(Body):
    """A customer. What is left out of a change stays as it is; null takes company or region away."""

    name: Name = ""
    email: Mail = ""
    phone: Phone = ""
    tier: Tier = Tier.STANDARD
    language: Language = "zh-hans"
    note: Note = ""
    company: Id | None = None
    region: Code | None = None


class JoinIn(Body):
    """The customer who is the same person and becomes part of this one, and how that is known."""

    absorb: Id
    evidence: Evidence
    note: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=400)] = ""


class CompanyIn(Body):
    """A customer company; who writes from its mail `domain` belongs to it."""

    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=120)]
    tier: Tier = Tier.STANDARD
    region: Code | None = None
    domain: Annotated[str, StringConstraints(max_length=120, pattern=r"^[A-Za-z0-9.-]*$")] = ""
    note: Note = ""


class RegionIn(Body):
    """A service region; `zone` is an IANA name."""

    name: Title
    zone: Zone = "Asia/Shanghai"


class DepartmentIn(Body):
    """A department: its parent by code, its head by user name, and which tickets concern it."""

    name: Title
    parent: Code | None = None
    head: User | None = None
    kinds: Annotated[tuple[Kind, ...], Field(max_length=20)] = ()
    product_lines: Annotated[tuple[Code, ...], Field(max_length=100)] = ()


class TeamIn(Body):
    """A team: its department and region by code, its lead by user name; `calendar` is the code of its service time."""

    name: Title
    department: Code
    kind: TeamKind = TeamKind.INTERNAL
    tier: Annotated[int, Field(ge=1, le=3)] = 1
    lead: User | None = None
    region: Code | None = None
    calendar: Code = "office"
    active: bool = True
    strategy: TeamStrategy = Field(TeamStrategy.LEAST_LOADED, description="How it picks among its people.")
    asks_note: bool = Field(False, description="Tickets of another tier or department come with a hand-off note.")
    away_after: Annotated[int, Field(ge=0, le=240)] = Field(0, description="Minutes without a desk; 0 for never.")


class StaffIn(Body):
    """A member of staff; teams by code, the deputy by user name. Somebody new needs a `password`."""

    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=60)]
    email: Mail = ""
    phone: Phone = ""
    role: Code = Field("agent", description="Code of a role (`GET /roles`).")
    team: Code | None = None
    more_teams: Annotated[tuple[Code, ...], Field(max_length=50)] = ()
    deputy: User | None = None
    skills: Annotated[tuple[Short, ...], Field(max_length=50)] = ()
    languages: Annotated[tuple[Language, ...], Field(max_length=3)] = ()
    capacity: Annotated[int, Field(ge=1, le=500)] = 20
    calendar: Code = ""
    language: Language = "zh-hans"
    time_zone: Zone = "Asia/Shanghai"
    active: bool = True
    levels: dict[Short, Annotated[int, Field(ge=1, le=5)]] = Field({}, description="Level by skill, 1 to 5.")
    password: Annotated[SecretStr, Field(max_length=200)] | None = None


class PresenceIn(Body):
    """Whether somebody takes tickets."""

    presence: Presence
    reason: Short = Field("", description="Code of a reason of the list (`GET /presence-reasons`).")


class AbsenceIn(Body):
    """Leave of one person; his deputy gets what would go to him."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""


class LineIn(Body):
    """A product line; `skill` is what an agent needs for its tickets, "" for none."""

    name: Title
    skill: Short = ""


class RuleIn(Body):
    """A dispatch rule: when facts meet `when` and one of the keywords occurs, it gives a team and sets facts."""

    name: Title
    when: dict[str, Any] = {}
    keywords: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...], Field(max_length=2_000)
    ] = ()
    team: Code | None = None
    skills: Annotated[tuple[Short, ...], Field(max_length=50)] = ()
    set_kind: Kind | Literal[""] = ""
    set_urgency: Urgency | Literal[""] = ""
    set_product_line: Code = ""
    add_tags: Annotated[tuple[Short, ...], Field(max_length=20)] = ()
    active: bool = True


class PlaceIn(Body):
    """In front of which rule; null for the end."""

    before: Id | None = None


class TableIn(Body):
    """Rules as CSV with a head; see the reference of the table."""

    table: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=8_000_000)]


class DraftIn(Body):
    """A standard as a draft. `edition` is that of the draft that was read; 0 where there was none.

    A policy's `spec` and a calendar's are those of the YAML files.
    """

    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""
    spec: dict[str, Any]
    edition: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0


class ProposeIn(Body):
    """Why, from when on (null: at once on approval), looked at again when; `moves_open`: open promises follow."""

    edition: Annotated[int, Field(ge=1, le=2**31 - 1)]
    justification: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=5, max_length=2_000)]
    effective_from: AwareDatetime | None = None
    review_on: date | None = None
    moves_open: bool = False


class DecideIn(Body):
    """What is said with a decision; a refusal needs words."""

    note: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=2_000)] = ""


class YamlIn(Body):
    """Standards as they are written in files."""

    text: Yaml


class SwitchIn(Body):
    """Whether a policy is asked at all (`on`, `off`), or earlier (`up`) or later (`down`) than others."""

    to: Literal["on", "off", "up", "down"]


class ExcuseIn(Body):
    """The decision about an excuse that was asked for."""

    verdict: Literal["granted", "refused"]
    note: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=2_000)] = ""
    version: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class BreachQuery(PageQuery):
    """Which broken promises."""

    state: Literal["unexplained", "explained", "asked", "granted", "refused", "any"] = "any"
    reason: Code = ""
    milestone: Code = ""
    team: Code = ""


class ReasonIn(Body):
    """A reason that can be given for breaches; `name` "" keeps the built-in word."""

    name: Annotated[str, BeforeValidator(without_nul), StringConstraints(max_length=80)] = ""
    needs_words: bool = False
    active: bool = True
    position: Number = 0


class FigureQuery(BaseModel):
    """Which days, whose, and by which trait they are split."""

    period: Literal["today", "7d", "30d", "90d"] = "30d"
    since: date | None = Field(None, description="First day; instead of `period`.")
    until: date | None = Field(None, description="Last day; today when left out.")
    zone: Zone = "Asia/Shanghai"
    by: Literal[GROUPS] = "team"  # type: ignore[valid-type]
    team: Code = ""
    agent: Annotated[str, StringConstraints(max_length=60)] = ""
    milestone: Code = ""
    agreement: Literal["", "sla", "ola", "uc"] = ""
    urgency: Urgency | Literal[""] = ""
    kind: Kind | Literal[""] = ""
    via: Code = ""
    region: Code = ""
    tier: Tier | Literal[""] = ""
    product_line: Code = ""
    excused: Literal["", "out"] = Field("", description='"out": without breaches that are excused.')


class BehindQuery(FigureQuery):
    """As for the figures, and which page; `next` of one page is the `page` of the following."""

    page: Annotated[int, Field(ge=1, le=1_000)] = 1


class RiskQuery(BaseModel):
    """How many tickets, and from which chance on."""

    limit: Limit = 50
    least: Annotated[float, Field(ge=0, le=1)] = 0.0


class TargetIn(Body):
    """Another target for one milestone, of one urgency ("" for all)."""

    milestone: Code
    urgency: Urgency | Literal[""] = ""
    seconds: Annotated[int, Field(ge=1, le=31_536_000)]


Version = Annotated[str, StringConstraints(max_length=60, pattern=r"^[A-Za-z0-9_-]+@[0-9]{1,6}$")]


class TrialIn(Body):
    """One standard to lay over what happened; versions as `default@4`."""

    name: Title
    policies: Annotated[tuple[Version, ...], Field(max_length=10)] = ()
    calendars: Annotated[tuple[Version, ...], Field(max_length=20)] = ()
    target: TargetIn | None = None
    saturdays: bool = False


class CrewIn(Body):
    """Other people for one team; null and "" leave it as it is."""

    team: Code
    people: Annotated[int, Field(ge=1, le=500)] | None = None
    shift: Code = ""
    extra: Annotated[int, Field(ge=0, le=500)] = 0
    begins: Annotated[str, StringConstraints(max_length=5, pattern=r"^([0-9]{2}:[0-9]{2})?$")] = ""
    ends: Annotated[str, StringConstraints(max_length=5, pattern=r"^([0-9]{2}:[0-9]{2})?$")] = ""


class LabIn(Body):
    """What to try in the promise lab over the days given; see the explanation of the lab."""

    title: Annotated[str, BeforeValidator(without_nul), StringConstraints(min_length=1, max_length=120)]
    first_day: date
    last_day: date
    zone: Zone = "Asia/Shanghai"
    trials: Annotated[tuple[TrialIn, ...], Field(min_length=1, max_length=3)]
    teams: Annotated[tuple[CrewIn, ...], Field(max_length=50)] = ()
    wanted: Annotated[float, Field(ge=0.01, le=0.999)] = 0.9
    hourly: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    penalty: Annotated[float, Field(ge=0, le=1e6)] = 0.0


class ShareIn(Body):
    """Whether others may read a run who see what it shows."""

    shared: bool


class ProbeIn(Body):
    """To which number a trial SMS goes, where the channel sends one."""

    to: Phone = ""
