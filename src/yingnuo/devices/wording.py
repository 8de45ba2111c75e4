"""How is an alarm put into words, in the reader's language?"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yingnuo.devices.models import Alarm, Device, FaultCode
from yingnuo.devices.rulebook import Rulebook


def fault_title(fault: FaultCode | None) -> str:
    """What the code means; "" when the table does not know it."""
    return "" if fault is None else (fault.title_zh if _chinese() else fault.title_en)


def fault_advice(fault: FaultCode | None) -> str:
    """What to do about it."""
    return "" if fault is None else (fault.advice_zh if _chinese() else fault.advice_en)


def _chinese() -> bool:
    return (get_language() or "").lower().startswith("zh")


def what(alarm: Alarm, device: Device, book: Rulebook) -> str:
    """The alarm in a few words: a fault by its code and its meaning, anything else by its rule and its value."""
    return told(alarm.name, alarm.code, device.product_line, alarm.value, book)


def told(rule: str, code: str, line: str, value: float | None, book: Rulebook) -> str:
    """As `what`, of what the ledger keeps."""
    if code:
        return f"{code} {fault_title(book.fault(line, code)) or rule}"
    return f"{rule} ({number(value)})" if value is not None else rule


def number(value: float) -> str:
    """A measured value as short as it can be told."""
    return f"{value:.6g}"


def subject(alarm: Alarm, device: Device, book: Rulebook) -> str:
    """The subject of its ticket."""
    return _("%(device)s: %(what)s") % {"device": str(device), "what": what(alarm, device, book)}


def storm_subject(alarm: Alarm, place: str, count: int, book: Rulebook) -> str:
    """The subject of a ticket about many machines."""
    words = {"count": count, "place": place, "what": what(alarm, alarm.device, book)}
    if not place:
        return _("%(count)s devices at once: %(what)s") % words
    return _("%(place)s: %(count)s devices at once: %(what)s") % words


def report(alarm: Alarm, device: Device, book: Rulebook) -> str:
    """What the machine itself says in its ticket."""
    facts = [
        (_("Device"), " · ".join(filter(None, (str(device), device.identity if device.name else "")))),
        (_("Model"), device.model), (_("Serial number"), device.serial), (_("Site"), device.site),
        (_("Severity"), str(alarm.get_severity_display())),
        (_("Rule"), alarm.name if alarm.code else ""),
    ]  # fmt: skip
    lines = [what(alarm, device, book), "", *(f"{name}: {value}" for name, value in facts if value)]
    advice = fault_advice(book.fault(device.product_line, alarm.code))
    return "\n".join([*lines, *(["", advice] if advice else [])])


def storm_report(alarms: Iterable[Alarm], book: Rulebook) -> str:
    """What many machines say at once, a line each."""
    lines = [f"- {alarm.device}: {what(alarm, alarm.device, book)}" for alarm in alarms]
    return "\n".join([_("These devices raised an alarm within a short time:"), "", *lines])
