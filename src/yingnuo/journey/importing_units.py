"""How do the products of customers come in by a table: whose is it, until when is it under warranty?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from yingnuo.devices import units
from yingnuo.devices.models import Unit
from yingnuo.devices.units import Facts
from yingnuo.exchange import takers, values
from yingnuo.exchange.models import Import, Row
from yingnuo.exchange.takers import Plan
from yingnuo.exchange.values import Values
from yingnuo.people.models import Company, Contact
from yingnuo.people.roles import Actor
from yingnuo.tickets.models import ProductLine

_DATES = ("bought_on", "warranty_until")
_FACTS = ("product_line", "model", "serial", *_DATES, "contract", "note")


class Units:
    """Products: by serial number, else by key."""

    def plan(self, found: Values, table: Import) -> Plan:
        """Empty cells leave what is known; a new one needs an owner."""
        key, serial = found.get("key", most=200), found.get("serial", most=80).upper()
        line = found.read("product_line", _line, "unknown_line", None)
        after: dict[str, Any] = {
            "product_line": line.code if line else "", "model": found.get("model", most=80), "serial": serial,
            "contract": found.get("contract", most=80), "note": found.get("note", most=400),
        }  # fmt: skip
        for name in _DATES:
            day = found.read(name, _day, "no_moment", None)
            after[name] = day.isoformat() if day else ""
        row = self._known(key, serial)
        after |= self._owner(found, row)
        if not (serial or after["model"] or after["product_line"]):
            found.wrong("serial", "missing")
        found.settle()
        after = {name: value for name, value in after.items() if value not in ("", None)}
        return takers.planned(serial or key, row, _before(row) if row else None, after)

    def _known(self, key: str, serial: str) -> Unit | None:
        if serial and (row := Unit.objects.filter(serial=serial).first()):
            return row
        known = takers.by_key("units", key)
        return Unit.objects.filter(pk=known).first() if known else None

    def _owner(self, found: Values, row: Unit | None) -> dict[str, int | None]:
        contact = _contact(found)
        name = found.get("company", most=120)
        company = Company.objects.filter(name__iexact=name).first() if name and contact is None else None
        if contact is None and company is None and row is None:
            found.wrong("customer", "unknown_person", given=(found.get("customer") or found.get("email") or name)[:60])
        return {"contact": contact.pk if contact else None, "company": company.pk if company else None}

    def write(self, actor: Actor, plan: Plan, table: Import, now: datetime) -> int:
        """A new or changed product."""
        merged = {**(plan.before or {}), **plan.after}
        owner = {name: plan.after.get(name) for name in ("contact", "company")}
        return units.save(actor, pk=plan.object_id, facts=_facts(merged), **owner, now=now).pk

    def undo(self, actor: Actor, row: Row, now: datetime) -> bool:
        """A new one goes; a changed one gets its facts back. False when something else has touched it since."""
        there = Unit.objects.filter(pk=row.object_id or 0).first()
        if there is None or any(_before(there).get(name) != value for name, value in (row.after or {}).items()):
            return False
        if row.before is None:
            units.delete(actor, row=there, now=now)
            return True
        owner = {name: row.before.get(name) for name in ("contact", "company")}
        units.save(actor, pk=there.pk, facts=_facts(row.before), **owner, now=now)
        return True


def _facts(kept: dict[str, Any]) -> Facts:
    days: dict[str, Any] = {name: date.fromisoformat(kept[name]) if kept.get(name) else None for name in _DATES}
    plain: dict[str, Any] = {name: str(kept.get(name) or "") for name in _FACTS if name not in _DATES}
    return Facts(**plain, **days, gone=bool(kept.get("gone")))


def _before(row: Unit) -> dict[str, Any]:
    """What is known of it, as JSON keeps it."""
    days = {name: day.isoformat() if (day := getattr(row, name)) else "" for name in _DATES}
    plain = {name: getattr(row, name) for name in _FACTS if name not in _DATES}
    return plain | days | {"contact": row.contact_id, "company": row.company_id, "gone": row.gone}


def _contact(found: Values) -> Contact | None:
    if pk := takers.by_key("customers", found.get("customer", most=200)):
        return Contact.objects.filter(pk=pk).first()
    for name, code in (("email", "no_mail"), ("phone", "no_phone")):
        value = found.read(name, values.email if name == "email" else values.phone, code)
        if value and (row := Contact.objects.filter(**{name: value}, joined_into=None).first()):
            return row
    return None


def _line(text: str) -> ProductLine | None:
    return ProductLine.objects.filter(code=text).first() or ProductLine.objects.filter(name__iexact=text).first()


def _day(text: str) -> date | None:
    at = values.moment(text, settings.TIME_ZONE)
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date() if at else None
