"""How does a row become a customer, a company, a member of staff or a product line, and how is that undone?

`plan` looks and writes nothing; a preview is nothing but plans. What a plan found (`before`) and would leave (`after`)
is kept with the row: it is undone only where nothing but the import has touched it since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from yingnuo.exchange import values
from yingnuo.exchange.models import Import, Key, Outcome, Row
from yingnuo.exchange.values import Values
from yingnuo.kit import secrets
from yingnuo.people import adding, contacts, organisation, skills
from yingnuo.people.adding import CompanyFacts
from yingnuo.people.models import Company, Contact, Staff
from yingnuo.people.organisation import StaffFacts
from yingnuo.people.roles import Actor
from yingnuo.tickets import catalogue
from yingnuo.tickets.catalogue import LineFacts
from yingnuo.tickets.models import ProductLine, Ticket


@dataclass(frozen=True, slots=True)
class Plan:
    """What a row would do. `after` are the facts it would leave, `before` those it found; `key` is its name."""

    outcome: str
    key: str
    object_id: int | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] = field(default_factory=dict)


class Taker(Protocol):
    """How one kind of table is taken in."""

    def plan(self, found: Values, table: Import) -> Plan:
        """What this row would do; Wrong says what is wrong with it."""
        ...

    def write(self, actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
        """Does it in the caller's transaction; the id of what was made or changed."""
        ...

    def undo(self, actor: Actor, row: Row, now: datetime) -> bool:
        """Takes it back in the caller's transaction; False when something else has touched it since."""
        ...


def planned(key: str, row: Any, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Plan:
    """The plan that leads from the facts that were found to those that are wanted."""
    if row is None:
        return Plan(Outcome.NEW, key, None, None, after)
    same = before is not None and all(before[name] == value for name, value in after.items())
    return Plan(Outcome.SAME if same else Outcome.CHANGED, key, row.pk, before, after)


def by_key(kind: str, key: str) -> int | None:
    """The row of ours that another system names so."""
    return Key.objects.filter(kind=kind, key=key).values_list("object_id", flat=True).first() if key else None


_CONTACT = ("name", "email", "phone", "handle", "tier", "language", "note", "zone", "company_id", "region_id")


class Customers:
    """Customers: by key, mail address, name in a channel or phone number."""

    def plan(self, found: Values, table: Import) -> Plan:
        """Empty cells leave what is known."""
        key = found.get("key", most=200)
        wanted: dict[str, Any] = {
            "name": found.get("name", most=120), "email": found.read("email", values.email, "no_mail"),
            "phone": found.read("phone", values.phone, "no_phone"), "handle": found.get("handle", most=120),
            "tier": found.read("tier", values.choice("tier"), "unknown_value"),
            "language": found.read("language", values.choice("language"), "unknown_value"),
            "note": found.get("note", most=4_000),
            "company_id": pk_of(found.read("company", _company, "unknown_company", None)),
            "region_id": pk_of(found.read("region", values.region, "unknown_region", None)),
        }  # fmt: skip
        after = {name: value for name, value in wanted.items() if value not in ("", None)}
        if not {"email", "phone", "handle"} & after.keys() and not key:
            found.wrong("", "needs_contact")
        row = self._known(key, after)
        self._refuse_taken(found, row, after)
        found.settle()
        return planned(_name_of(key, after), row, facts_of(row, _CONTACT) if row else None, after)

    def _known(self, key: str, after: Mapping[str, Any]) -> Contact | None:
        if pk := by_key("customers", key):
            return Contact.objects.filter(pk=pk).first()
        for name in ("email", "handle"):
            if after.get(name):
                row = Contact.objects.filter(**{name: after[name]}).first()
                if row is not None:
                    return row
        if after.get("phone") and not after.get("email"):
            return Contact.objects.filter(phone=after["phone"]).first()
        return None

    def _refuse_taken(self, found: Values, row: Contact | None, after: Mapping[str, Any]) -> None:
        for name in ("email", "handle"):
            others = Contact.objects.filter(**{name: after.get(name)}).exclude(pk=row.pk if row else 0)
            if after.get(name) and others.exists():
                found.wrong(name, f"{name}_taken")

    def write(self, actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
        """A new customer, or the changed facts of a known one."""
        after = dict(plan.after)
        company, region, handle = after.pop("company_id", None), after.pop("region_id", None), after.pop("handle", "")
        if plan.object_id is None:
            return adding.add_contact(actor, facts=after, handle=handle, company=company, region=region, now=now).pk
        before = plan.before or {}
        contacts.edit(
            actor, contact=plan.object_id, facts=after, company=company or before["company_id"],
            region=region or before["region_id"], now=now,
        )  # fmt: skip
        if handle:
            Contact.objects.filter(pk=plan.object_id).update(handle=handle)
        return plan.object_id

    def undo(self, actor: Actor, row: Row, now: datetime) -> bool:
        """A new one goes if nothing belongs to him; a changed one gets his facts back."""
        there = Contact.objects.filter(pk=row.object_id or 0).first()
        if there is None or touched(row, there):
            return False
        if row.before is None:
            if there.tickets.exists() or there.conversations.exists():
                return False
            adding.remove(actor, row=there, now=now)
            return True
        facts = {name: row.before[name] for name in contacts.FACTS if name in row.before}
        contacts.edit(
            actor, contact=there.pk, facts=facts, company=row.before["company_id"], region=row.before["region_id"],
            now=now,
        )  # fmt: skip
        Contact.objects.filter(pk=there.pk).update(handle=row.before["handle"])
        return True


def _name_of(key: str, after: Mapping[str, Any]) -> str:
    return key or str(after.get("email") or after.get("handle") or after.get("phone") or "")


def _company(text: str) -> Company | None:
    return Company.objects.filter(name__iexact=text).first()


def pk_of(row: Any) -> int | None:
    """The id of a row that was found, None where there is none."""
    return row.pk if row is not None and row != "" else None


def facts_of(row: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Named facts of a row as JSON keeps them."""
    return {name: getattr(row, name) for name in names}


def touched(row: Row, there: Any) -> bool:
    """Whether something of what an import left is not so any more."""
    return any(getattr(there, name) != value for name, value in (row.after or {}).items())


_COMPANY = ("name", "tier", "region_id", "domain", "note")


class Companies:
    """Companies: by key, else by name."""

    def plan(self, found: Values, table: Import) -> Plan:
        """Empty cells leave what is known."""
        key, name = found.get("key", most=200), found.get("name", most=120)
        wanted = {
            "name": name, "tier": found.read("tier", values.choice("tier"), "unknown_value"),
            "region_id": pk_of(found.read("region", values.region, "unknown_region", None)),
            "domain": found.get("domain", most=120).lower().removeprefix("@"), "note": found.get("note", most=4_000),
        }  # fmt: skip
        after = {n: value for n, value in wanted.items() if value not in ("", None)}
        known = by_key("companies", key)
        row = Company.objects.filter(pk=known).first() if known else Company.objects.filter(name__iexact=name).first()
        if not name:
            found.wrong("name", "missing")
        elif Company.objects.filter(name__iexact=name).exclude(pk=row.pk if row else 0).exists():
            found.wrong("name", "name_taken")
        found.settle()
        return planned(key or name.lower(), row, facts_of(row, _COMPANY) if row else None, after)

    def write(self, actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
        """A new or changed company."""
        facts = CompanyFacts(**{**(plan.before or {}), **plan.after})
        return adding.save_company(actor, pk=plan.object_id, facts=facts, now=now).pk

    def undo(self, actor: Actor, row: Row, now: datetime) -> bool:
        """A new one goes if nobody belongs to it; a changed one gets its facts back."""
        there = Company.objects.filter(pk=row.object_id or 0).first()
        if there is None or touched(row, there):
            return False
        if row.before is None:
            if there.contacts.exists() or there.tickets.exists():
                return False
            adding.remove(actor, row=there, now=now)
        else:
            adding.save_company(actor, pk=there.pk, facts=CompanyFacts(**row.before), now=now)
        return True


_STAFF = (
    "name",
    "email",
    "phone",
    "role",
    "team_id",
    "deputy_id",
    "skills",
    "levels",
    "languages",
    "capacity",
    "active",
)


class People:
    """Staff: by user name. A new one gets a password that nobody knows."""

    def plan(self, found: Values, table: Import) -> Plan:
        """Empty cells leave what is known."""
        username = found.get("username", most=60).lower()
        wanted: dict[str, Any] = {
            "name": found.get("name", most=60), "email": found.read("email", values.email, "no_mail"),
            "phone": found.read("phone", values.phone, "no_phone"),
            "role": found.read("role", values.role, "unknown_value"),
            "team_id": pk_of(found.read("team", values.team, "unknown_team", None)),
            "deputy_id": pk_of(found.read("deputy", values.person, "unknown_person", None)),
            **_skills(found),
            "languages": found.read("languages", values.words, "unknown_value", None),
            "capacity": found.read("capacity", values.whole, "no_number", None),
            "active": found.read("active", values.truth, "no_truth", None),
        }  # fmt: skip
        after = {name: value for name, value in wanted.items() if value not in ("", None)}
        row = Staff.objects.filter(username__iexact=username).first() if username else None
        for name in ("username", "name"):
            if not found.get(name) and row is None:
                found.wrong(name, "missing")
        if values.administers(after.get("role")) or (row and values.administers(row.role)):
            found.wrong("role", "no_administrators")
        if row is not None and after.get("deputy_id") == row.pk:
            found.wrong("deputy", "own_deputy")
        found.settle()
        return planned(username, row, facts_of(row, _STAFF) if row else None, after)

    def write(self, actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
        """A new or changed member of staff."""
        if plan.object_id is None:
            facts = StaffFacts(**_tuples(plan.after))
            return organisation.hire(actor, username=plan.key, password=secrets.new_token(), facts=facts, now=now).pk
        return _save_staff(actor, plan.object_id, plan.after, now)

    def undo(self, actor: Actor, row: Row, now: datetime) -> bool:
        """A new one goes if he never signed in and nothing is his; a changed one gets his facts back."""
        there = Staff.objects.filter(pk=row.object_id or 0).first()
        if there is None or touched(row, there):
            return False
        if row.before is not None:
            _save_staff(actor, there.pk, row.before, now)
            return True
        if there.last_login is not None or there.tickets.exists() or there.leads.exists() or there.heads.exists():
            return False
        adding.remove(actor, row=there, now=now)
        return True


def _skills(found: Values) -> dict[str, Any]:
    """Skills with their levels, written like pump:3."""
    words = found.read("skills", values.words, "unknown_value", None)
    if words is None:
        return {}
    names, levels = skills.read(words)
    if any(not 1 <= level <= organisation.HIGHEST_LEVEL for level in levels.values()):
        found.wrong("skills", "no_level")
    return {"skills": names, "levels": levels}


def _tuples(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}


def _save_staff(actor: Actor, pk: int, facts: Mapping[str, Any], now: datetime) -> int:
    row = Staff.objects.get(pk=pk)
    kept = {name: getattr(row, name) for name in StaffFacts.__dataclass_fields__ if name != "more_teams"}
    more = tuple(row.more_teams.values_list("pk", flat=True))
    wanted = StaffFacts(**_tuples({**kept, **facts}), more_teams=more)
    return organisation.save_person(actor, pk=pk, facts=wanted, now=now).pk


class Lines:
    """Product lines: by code."""

    def plan(self, found: Values, table: Import) -> Plan:
        """An empty skill leaves the one there is."""
        code = found.get("code", most=40).lower()
        after = {"code": code, "name": found.get("name", most=80), "skill": found.get("skill", most=40)}
        row = ProductLine.objects.filter(code=code).first()
        if row is not None and not after["skill"]:
            after["skill"] = row.skill
        if not _is_code(code):
            found.wrong("code", "no_code" if code else "missing")
        if not after["name"]:
            found.wrong("name", "missing")
        found.settle()
        return planned(code, row, facts_of(row, ("code", "name", "skill")) if row else None, after)

    def write(self, actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
        """A new or changed product line."""
        return catalogue.save_line(actor, pk=plan.object_id, facts=LineFacts(**plan.after), now=now).pk

    def undo(self, actor: Actor, row: Row, now: datetime) -> bool:
        """A new one goes if no ticket carries it; a changed one gets its facts back."""
        there = ProductLine.objects.filter(pk=row.object_id or 0).first()
        if there is None or touched(row, there):
            return False
        if row.before is None:
            if Ticket.objects.filter(product_line=there.code).exists():
                return False
            catalogue.delete_line(actor, row=there, now=now)
        else:
            catalogue.save_line(actor, pk=there.pk, facts=LineFacts(**row.before), now=now)
        return True


def _is_code(text: str) -> bool:
    return bool(text) and all(c.isascii() and (c.isalnum() or c in "-_") for c in text)


TAKERS: Mapping[str, Taker] = {
    "customers": Customers(), "companies": Companies(), "staff": People(), "lines": Lines(),
}  # fmt: skip
