"""Who works at the invented appliance maker, whom does it serve, and by which rules does it send tickets on?

Rows are written directly and in one transaction: this is the ground on which history is then played by the journey.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from yingnuo.channels import accept
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.demo import chats, customers, lists, owned
from yingnuo.demo.told import told
from yingnuo.kit import revisions
from yingnuo.people.models import Absence, Company, Department, Presence, Region, Staff, Team, TeamKind
from yingnuo.people.roles import SYSTEM
from yingnuo.promises import versions
from yingnuo.routing.models import Rule
from yingnuo.tickets.models import ProductLine

PASSWORD = "yingnuo-demo"  # noqa: S105  # printed for everybody: the demonstration holds nothing worth hiding
STAFF_DOMAIN = "qingchuan.example"
OPENED_AT = timedelta(days=400)  # the company's books are older than its tickets


def found(*, chance: Random, now: datetime) -> None:
    """The whole company in an empty database; the caller holds the transaction."""
    data = told("company")
    _clear()
    versions.install_pack(SYSTEM, now=now - OPENED_AT)
    inside = told("inside")
    versions.save_policy(SYSTEM, code=inside["code"], name=inside["title"], spec=inside, now=now - OPENED_AT)
    _shifts(data["shifts"], now)
    regions = {code: Region.objects.create(code=code, name=name) for code, name in data["regions"]}
    _goods(data)
    departments = _departments(data["departments"])
    teams = _teams(data["teams"], departments, regions)
    staff = _staff(data, teams)
    _heads(data, staff)
    _leave(data, staff, now)
    lists.set_up(staff=staff, teams=teams, at=now)
    _rules(told("rules"), teams)
    _channels()
    chats.set_up()
    companies = _companies(data["companies"], regions)
    customers.make(chance=chance, regions=regions, companies=companies, at=now - OPENED_AT)
    revisions.bump()


def _clear() -> None:
    """Takes away the team and the rule that a fresh installation begins with."""
    for model in (Rule, Team, Department):
        model.objects.all().delete()


def _shifts(shifts: Sequence[Mapping[str, Any]], now: datetime) -> None:
    for shift in shifts:
        weekly = {day: [shift["span"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        spec = {"timezone": "Asia/Shanghai", "weekly": weekly}
        versions.save_calendar(SYSTEM, code=shift["code"], name=shift["name"], spec=spec, now=now - OPENED_AT)


def _goods(data: Mapping[str, Any]) -> None:
    lines = data["product_lines"]
    ProductLine.objects.bulk_create([ProductLine(code=p["code"], name=p["name"], skill=p["skill"]) for p in lines])
    owned.fields(data)


def _departments(rows: Sequence[Mapping[str, Any]]) -> dict[str, Department]:
    made: dict[str, Department] = {}
    for d in rows:
        parent = made[d["parent"]] if "parent" in d else None
        made[d["code"]] = Department.objects.create(
            code=d["code"], name=d["name"], parent=parent, kinds=d.get("kinds", []),
            product_lines=d.get("product_lines", []),
        )  # fmt: skip
    return made


def _teams(
    rows: Sequence[Mapping[str, Any]], departments: Mapping[str, Department], regions: Mapping[str, Region]
) -> dict[str, Team]:
    made = [
        Team(
            code=t["code"], name=t["name"], kind=t.get("kind", TeamKind.INTERNAL), tier=t["tier"],
            department=departments[t["department"]], region=regions.get(t.get("region", "")), calendar=t["calendar"],
        )
        for t in rows
    ]  # fmt: skip
    return {t.code: t for t in Team.objects.bulk_create(made)}


def _staff(data: Mapping[str, Any], teams: Mapping[str, Team]) -> dict[str, Staff]:
    sign_in = make_password(PASSWORD)  # one hash for all who may sign in: hashing is slow on purpose
    rows = []
    for n, (username, told_of) in enumerate(data["staff"].items(), 1):
        name, role, team, shift, languages, skills = told_of
        rows.append(
            Staff(
                username=username, name=name, role=role, team=teams.get(team or ""), calendar=shift or "",
                email=f"{username}@{STAFF_DOMAIN}", phone=f"+8610000090{n:02d}", languages=languages.split(),
                skills=skills.split(), capacity=25, presence=Presence.ONLINE,
                password=sign_in if username in data["logins"] else make_password(None),
            )
        )  # fmt: skip
    return {s.username: s for s in Staff.objects.bulk_create(rows)}


def _heads(data: Mapping[str, Any], staff: Mapping[str, Staff]) -> None:
    for d in data["departments"]:
        Department.objects.filter(code=d["code"]).update(head=staff[d["head"]])
    for t in data["teams"]:
        Team.objects.filter(code=t["code"]).update(lead=staff[t["lead"]])
    for username, deputy in data["deputies"].items():
        Staff.objects.filter(username=username).update(deputy=staff[deputy])


def _leave(data: Mapping[str, Any], staff: Mapping[str, Staff], now: datetime) -> None:
    username, reason = data["on_leave"]
    Absence.objects.create(
        staff=staff[username], starts_at=now - timedelta(days=2), ends_at=now + timedelta(days=5), reason=reason
    )


def _rules(rows: Sequence[Sequence[Any]], teams: Mapping[str, Team]) -> None:
    Rule.objects.bulk_create(
        [
            Rule(
                position=n * 10, name=name, keywords=words, when=when, team=teams.get(what.get("team", "")),
                set_kind=what.get("kind", ""), set_urgency=what.get("urgency", ""),
                set_product_line=what.get("line", ""), add_tags=what.get("tags", []), skills=what.get("skills", []),
            )
            for n, (name, words, when, what) in enumerate(rows, 1)
        ]
    )  # fmt: skip


def _channels() -> None:
    for kind in (ChannelKind.PORTAL, ChannelKind.API, ChannelKind.FILES):
        accept.built_in(kind)
    service = {"address": f"service@{STAFF_DOMAIN}"}
    Channel.objects.create(code="sms", name="短信 SMS", kind=ChannelKind.SMS, settings={"url": _sms_url()})
    Channel.objects.create(code="mailbox", name="服务邮箱 Service mailbox", kind=ChannelKind.MAIL, settings=service)


def point_sms_here() -> None:
    """The SMS channel follows the port that this installation listens on today."""
    Channel.objects.filter(code="sms").update(settings={"url": _sms_url()})


def _sms_url() -> str:
    """The SMS gateway's stand-in, which is one of our own addresses."""
    return f"http://127.0.0.1:{settings.YINGNUO.port}{reverse('sim-sms')}"


def _companies(rows: Sequence[Sequence[str]], regions: Mapping[str, Region]) -> list[Company]:
    made = [Company(name=n, tier=tier, region=regions[region], domain=domain) for n, tier, region, domain in rows]
    return Company.objects.bulk_create(made)
