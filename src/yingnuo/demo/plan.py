"""Who asks what, when and by which way, in ninety days? A list of scripts, the same for the same seed and moment.

Busy on Mondays, quiet on holidays and in the evening, crowded in the ten days after the great sale of 11 November.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from yingnuo.demo.scenes import Scene, all_scenes
from yingnuo.engine.calendar import Calendar
from yingnuo.kit import instants
from yingnuo.people.models import Contact

DAYS = 90
RECENT = timedelta(days=5)  # these days are loaded before the first page, what is older behind it
PER_DAY = 21.0
ZONE = ZoneInfo("Asia/Shanghai")

_WEEKDAYS = (1.3, 1.12, 1.05, 1.0, 1.02, 0.78, 0.66)
_HOLIDAY = 0.5
_HOURS = (2, 1, 1, 1, 1, 2, 4, 9, 24, 48, 52, 44, 28, 32, 44, 46, 42, 36, 26, 26, 28, 22, 12, 5)
_HOTLINE = range(9, 20)
_VIAS = {"portal": 24, "mail": 20, "phone": 24, "chat": 14, "app": 8, "social": 8, "api": 3, "import": 1}
_ENGLISH_VIAS = {"mail": 60, "portal": 25, "api": 12, "chat": 5}
_MOST_A_DAY = 4.2  # of its usual weight: a scene of the sale during the sale


@dataclass(frozen=True, slots=True)
class Script:
    """One matter of one customer. `hold` tells how it stands today: "" when it takes its course."""

    at: datetime
    scene: Scene
    contact: Contact
    via: str
    seed: int
    hold: str = ""  # a key of course._HELD


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played before the first page (`recent`) and what behind it (`older`), each in order of time."""

    recent: tuple[Script, ...]
    older: tuple[Script, ...]


def make(*, seed: int, scale: float, office: Calendar, now: datetime) -> Plan:
    """The plan for a demonstration loaded at `now`; `scale` 1 is about 2,000 matters."""
    chance = Random(seed)  # noqa: S311  # the same seed shall give the same company
    founded = Contact.objects.filter(created_at__lt=now - timedelta(days=DAYS))  # not whom the present has brought
    people = _People(list(founded.select_related("company", "region").order_by("pk")))
    scripts = [s for day in range(DAYS + 1) for s in _day(now - timedelta(days=day), scale, office, people, chance)]
    settled = [s for s in scripts if now - timedelta(days=DAYS) < s.at < now - timedelta(minutes=1)]
    older = [s for s in settled if s.at < now - RECENT]
    recent = [s for s in settled if s.at >= now - RECENT]
    recent += _staged(people, scale, chance, now)
    return Plan(tuple(sorted(recent, key=_when)), tuple(sorted(older, key=_when)))


def most(scale: float) -> int:
    """More tickets than `make` will ever plan."""
    return hundreds(PER_DAY * DAYS * scale * 1.5 + 500)


def hundreds(tickets: float) -> int:
    """The next full hundred."""
    return -(-int(tickets) // 100) * 100


def one(*, people: Sequence[Contact], chance: Random, at: datetime) -> Script:
    """One more matter, of somebody who asks at `at`: for the simulator."""
    return _script(at, _People(people), chance, promotion=0.0)


def sale_before(now: datetime) -> datetime:
    """Midnight of the latest 11 November, where that was in the last eighty days; else twelve days ago."""
    here = now.astimezone(ZONE)
    sale = here.replace(month=11, day=11, hour=0, minute=0, second=0, microsecond=0)
    if sale > here:
        sale = sale.replace(year=sale.year - 1)
    return sale if here - sale < timedelta(days=80) else here - timedelta(days=12)


def _when(script: Script) -> datetime:
    return script.at


class _People:
    """Customers by what they may ask about."""

    def __init__(self, contacts: Sequence[Contact]) -> None:
        self.english = [c for c in contacts if c.language == "en"]
        self.at_work = [c for c in contacts if c.language != "en" and c.company_id]
        self.chinese = [c for c in contacts if c.language != "en"]

    def for_scene(self, scene: Scene, chance: Random) -> Contact:
        chinese = self.at_work if scene.at_work else self.chinese
        pool = self.english if scene.language == "en" else chinese
        return pool[int(len(pool) * chance.random() ** 1.6)]  # some ask again and again


def _day(day: datetime, scale: float, office: Calendar, people: _People, chance: Random) -> Iterator[Script]:
    midnight = day.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    noon = midnight.replace(hour=11)
    worked = office.is_open(instants.seconds(noon))
    weight = _WEEKDAYS[midnight.weekday()]
    if worked and midnight.weekday() >= 5:
        weight = 1.15  # a make-up workday
    elif not worked and midnight.weekday() < 5:
        weight = _HOLIDAY
    promotion = _promotion((midnight - sale_before(day)).days)
    mean = PER_DAY * scale * weight * (1 + promotion)
    count = max(0, round(chance.gauss(mean, mean**0.5)))
    for _n in range(count):
        hour = chance.choices(range(24), _HOURS)[0]
        at = midnight + timedelta(hours=hour, seconds=chance.randrange(3600))
        yield _script(at.astimezone(day.tzinfo), people, chance, promotion=promotion)


def _promotion(days_after: int) -> float:
    return max(0.0, 0.9 - 0.08 * abs(days_after - 3)) if 0 <= days_after <= 11 else 0.0


def _script(at: datetime, people: _People, chance: Random, *, promotion: float) -> Script:
    weights = [s.weight * (1 + _MOST_A_DAY * promotion if s.promotion else 1) for s in all_scenes()]
    scene = chance.choices(all_scenes(), weights)[0]
    contact = people.for_scene(scene, chance)
    return Script(at, scene, contact, _via(scene, contact, at, chance), chance.getrandbits(40))


def _via(scene: Scene, contact: Contact, at: datetime, chance: Random) -> str:
    if scene.only:
        return scene.only
    ways = _ENGLISH_VIAS if scene.language == "en" else _VIAS
    via = chance.choices(list(ways), list(ways.values()))[0]
    if via == "chat" and at.astimezone(ZONE).hour not in _HOTLINE:
        return "app" if scene.language == "zh" else "portal"
    return "social" if via == "mail" and not contact.email else via


@cache
def _scene(code: str) -> Scene:
    return next(s for s in all_scenes() if s.code == code)


# How things stand at the moment of loading: (minutes ago, scene, way in, hold).
_STAGED = (
    (4, "heater-shock", "phone", "answered"), (9, "complaint-late", "portal", "unanswered"),
    (6, "oven-smoke", "app", "unanswered"), (98, "fridge-warm", "mail", "unanswered"),
    (104, "ac-drip", "portal", "unanswered"), (35, "heater-leak", "app", "unanswered"),
    (22, "washer-leak", "social", "answered"), (50, "en-smoke", "mail", "answered"),
    (160, "fridge-chain", "api", "unanswered"), (75, "complaint-fee", "mail", "unanswered"),
    (300, "laundry-urgent", "portal", "answered"), (12, "hurt", "portal", "answered"),
    (1_500, "regulator", "mail", "answered"), (2_900, "complaint-repeat", "portal", "paused"),
    (7_000, "fridge-seal", "portal", "paused"), (9_000, "robot-brush", "mail", "paused"),
    (13_500, "en-filter", "mail", "paused"), (5_800, "robot-dock", "app", "paused"),
    (17_000, "washer-noise", "phone", "paused"), (21_500, "repair-post", "portal", "paused"),
    (3, "invoice", "mail", "unanswered"), (15, "choose", "chat", "unanswered"), (28, "warranty", "app", "unanswered"),
    (700, "ac-install", "portal", "unanswered"), (400, "return-7", "portal", "unanswered"),
    (4_400, "bulk", "mail", "answered"), (90, "iot-temp", "iot", "unanswered"), (45, "robot-map", "app", "answered"),
    (1_900, "return-dent", "phone", "cancelled"), (3_300, "ac-move", "phone", "cancelled"),
    (260, "en-cool", "mail", "unanswered"), (33, "en-e3", "portal", "answered"),
    (7, "choose", "mail", "unclaimed"), (2_600, "invoice", "mail", "solved"), (6_400, "warranty", "app", "solved"),
)  # fmt: skip


def _staged(people: _People, scale: float, chance: Random, now: datetime) -> list[Script]:
    rounds = max(1, round(scale))
    return [
        Script(
            now - timedelta(minutes=minutes, seconds=chance.randrange(40)), _scene(code),
            people.for_scene(_scene(code), chance), via, chance.getrandbits(40), hold,
        )
        for _n in range(rounds)
        for minutes, code, via, hold in _STAGED
    ]  # fmt: skip
