"""What is true of one customer's machine, order and photograph? Made up, and plain to see as made up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from random import Random

from yingnuo.channels.contract import File
from yingnuo.demo import pictures
from yingnuo.demo.plan import ZONE, Script
from yingnuo.demo.scenes import Scene
from yingnuo.demo.told import told

TAGS = ("已回访", "批次", "老客户", "师傅已到", "待跟进", "知识库")
_SHOWN = {"washer-e3": "E3", "ac-f5": "F5", "dish-e1": "E1", "en-e3": "E3"}
_SCORES = (1, 2, 3, 4, 5)


@cache
def _models() -> dict[str, list[str]]:
    return {line["code"]: line["models"] for line in told("company")["product_lines"]}


def of(script: Script, chance: Random) -> dict[str, str]:
    """The facts that texts may name."""
    line = script.scene.line or chance.choice(list(_models()))
    bought = script.at - timedelta(days=chance.randint(4, 900))
    named = script.contact.name
    return {
        "name": named if script.scene.language == "en" else f"{named[:1]}{chance.choice(('先生', '女士'))}",
        "model": chance.choice(_models()[line]),
        "serial": f"QC{chance.randint(23, 26)}{chance.randint(100000, 999999)}",
        "day": _day(script, chance),
        "order": f"D{script.at.astimezone(ZONE):%y%m%d}{chance.randint(1000, 9999)}",
        "page": str(chance.randint(6, 42)),
        "time": f"{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}",
        "purchased": bought.date().isoformat(),
    }


def _day(script: Script, chance: Random) -> str:
    day = (script.at - timedelta(days=chance.randint(1, 6))).astimezone(ZONE)
    return f"{day.month}月{day.day}日"


def fields(facts: Mapping[str, str], chance: Random) -> tuple[tuple[str, str], ...]:
    """The custom fields of a ticket, as far as the customer filled them in."""
    if chance.random() < 0.35:
        return ()
    names = ("model", "serial", "purchased") if chance.random() < 0.6 else ("model",)
    return tuple((name, facts[name]) for name in names)


def files(scene: Scene, via: str, chance: Random) -> tuple[File, ...]:
    """A photograph of the display, where a customer thought of one."""
    if scene.code not in _SHOWN or via not in ("mail", "portal", "app") or chance.random() < 0.5:
        return ()
    return (File("display.png", "image/png", pictures.display(_SHOWN[scene.code])),)


def score(chance: Random, *, broken: bool, complaint: bool) -> int:
    """How a customer rates, 1 to 5."""
    weights = (10, 14, 22, 30, 24) if broken or complaint else (2, 3, 10, 33, 52)
    return chance.choices(_SCORES, weights)[0]
