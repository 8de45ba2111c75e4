"""Which questions does the company of the demonstration ask, and what do its customers own?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from yingnuo.demo.told import told
from yingnuo.devices.models import Device, Unit
from yingnuo.people.models import Contact
from yingnuo.tickets.models import Editors, Field, Form

CONTRACTS = ("", "", "", "延保 2 年 Extended warranty", "全包维护 Full maintenance")
_YEARS = 3  # of warranty


def fields(data: Mapping[str, Any]) -> None:
    """Custom fields with their words in three languages, and how the forms of two kinds are arranged."""
    Field.objects.bulk_create([_field(f, n) for n, f in enumerate(data["fields"])])
    Form.objects.bulk_create([Form(kind=kind, sections=_sections(parts)) for kind, parts in data["forms"].items()])


def _field(f: Mapping[str, Any], position: int) -> Field:
    choices: Mapping[str, list[str]] = f.get("choices", {})
    words = {
        language: {
            "name": f[tail], "help": f.get(f"help_{tail}", ""),
            "choices": {choice: others[place] for choice, others in choices.items()},
        }
        for place, (language, tail) in enumerate((("zh-hant", "hant"), ("en", "en")))
    }  # fmt: skip
    return Field(
        code=f["code"], name=f["name"], help=f.get("help", ""), words=words, type=f["type"], choices=list(choices),
        limits=f.get("limits", {}), kinds=f.get("kinds", []), on_portal=f.get("portal", True),
        needed=f.get("needed", ""), editors=f.get("editors", Editors.AGENTS), position=position,
    )  # fmt: skip


def _sections(parts: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "name": part["name"], "words": {"zh-hant": part["hant"], "en": part["en"]},
            "fields": [_item(one) for one in part["fields"]],
        }
        for part in parts
    ]  # fmt: skip


def _item(one: Any) -> dict[str, Any]:
    told_of: Mapping[str, Any] = {"code": one} if isinstance(one, str) else one
    return {"code": told_of["code"], "show": told_of.get("show"), "need": told_of.get("need")}


def found(*, seed: int, now: datetime) -> None:
    """What the customers own: the machines that report from companies, and something in most homes."""
    chance = Random(seed)  # noqa: S311  # the same seed, the same goods
    devices = Device.objects.exclude(serial="").order_by("pk")
    units = [_unit(chance, now.date(), d.model, d.serial, d.product_line, company_id=d.company_id, device=d)
             for d in devices if d.company_id]  # fmt: skip
    Unit.objects.bulk_create([*units, *_at_home(chance, now.date())])


def _at_home(chance: Random, today: date) -> Iterator[Unit]:
    models: Mapping[str, list[str]] = {line["code"]: line["models"] for line in told("company")["product_lines"]}
    lines = sorted(models)
    for n, contact in enumerate(Contact.objects.filter(company=None).order_by("pk")):
        for k in range(chance.choice((0, 1, 1, 2))):
            line = chance.choice(lines)
            serial = f"QC{chance.randint(22, 26)}{700_000 + n * 4 + k}"
            yield _unit(chance, today, chance.choice(models[line]), serial, line, contact=contact)


def _unit(chance: Random, today: date, model: str, serial: str, line: str, **owner: Any) -> Unit:
    bought = today - timedelta(days=chance.randint(20, 6 * 365))
    contract = chance.choice(CONTRACTS)
    until = bought + timedelta(days=365 * (_YEARS + (2 if contract.startswith("延保") else 0)))
    known = until if chance.random() > 0.08 else None
    return Unit(
        model=model,
        serial=serial,
        product_line=line,
        bought_on=bought,
        warranty_until=known,
        contract=contract,
        **owner,
    )
