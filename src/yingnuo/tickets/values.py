"""What may a custom field hold, how is it read from what somebody wrote, and how is it said?

Kept in `Ticket.fields` by type: number as a number, checkbox as true or false, several choices as a list, date and
moment as ISO text (a moment in UTC), everything else as text. An empty value is not kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from yingnuo.kit import formats, texts
from yingnuo.people.services import normal_phone
from yingnuo.tickets.models import Field, FieldType

Value = str | int | float | bool | list[str]
MOST_TEXT, MOST_LONG, MOST_SHORT = 500, 4_000, 200  # short: what is compared with a pattern
YES, NO = frozenset({"true", "1", "on", "yes", "是"}), frozenset({"false", "0", "off", "no", "否"})
_WEB = URLValidator(schemes=["http", "https"])


class Wrong(Exception):
    """This is no value of the field; `said` tells what to do."""

    def __init__(self, said: Promise | str) -> None:
        super().__init__(str(said))
        self.said = said


def read(field: Field, said: object, lines: Mapping[str, str]) -> Value | None:
    """The value in what a form, a program or a table said; None for nothing. Raises Wrong. `lines`: product lines."""
    if field.type == FieldType.CHOICES:
        return _several(field, said)
    if field.type == FieldType.CHECKBOX:
        return _ticked(said)
    text = texts.keepable(_one(said)).strip()
    if not text:
        return None
    if field.type == FieldType.LINE:
        return _among(text, lines, {name: code for code, name in lines.items()})
    if field.type == FieldType.CHOICE:
        return _among(text, field.choices, by_word(field))
    return _READERS[FieldType(field.type)](field, text)


def _one(said: object) -> str:
    """One value as text; a list of one is what it holds."""
    if isinstance(said, list | tuple):
        if len(said) > 1:
            raise Wrong(gettext_lazy("Give one value."))
        return _one(said[0]) if said else ""
    return "" if said is None else str(said)


def _several(field: Field, said: object) -> list[str] | None:
    given = said.split("\n") if isinstance(said, str) else said if isinstance(said, list | tuple) else [said]
    wanted = {_among(text, field.choices, by_word(field)) for one in given if (text := _one(one).strip())}
    return [choice for choice in field.choices if choice in wanted] or None


def _ticked(said: object) -> bool | None:
    text = _one(said).strip().lower()
    if text in YES:
        return True
    if text in NO:
        return False
    if text:
        raise Wrong(gettext_lazy("Say yes or no."))
    return None


def _among(text: str, codes: Mapping[str, str] | Sequence[str], by_word: Mapping[str, str]) -> str:
    if text in codes:
        return text
    if text in by_word:
        return by_word[text]
    raise Wrong(gettext_lazy("Choose from the list."))


def by_word(field: Field) -> dict[str, str]:
    """Choices by their words in every language: tables hold what people read."""
    told = (words.get("choices", {}) for words in field.words.values())
    return {word: choice for book in told for choice, word in book.items()}


def _text(field: Field, text: str) -> str:
    pattern = field.limits.get("pattern", "")
    most = MOST_LONG if field.type == FieldType.LONG else MOST_SHORT if pattern else MOST_TEXT
    if len(text) > most:
        raise Wrong(_("At most %(most)s characters.") % {"most": most})
    if pattern and not re.fullmatch(pattern, text):
        raise Wrong(help_of(field) or gettext_lazy("It is written differently."))
    return text


def _number(field: Field, text: str) -> int | float:
    try:
        number = Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation as error:
        raise Wrong(gettext_lazy("Write a number.")) from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise Wrong(gettext_lazy("Write a number."))
    places = int(field.limits.get("decimals", 2))
    rounded = round(number, places)
    if rounded != number:
        raise Wrong(_("At most %(n)s digits after the point.") % {"n": places})
    _within(field, float(number))
    return int(number) if number == number.to_integral_value() else float(number)


def _within(field: Field, value: float) -> None:
    least, most = field.limits.get("least"), field.limits.get("most")
    if least is not None and value < float(least):
        raise Wrong(_("At least %(least)s.") % {"least": f"{float(least):g}"})
    if most is not None and value > float(most):
        raise Wrong(_("At most %(most)s.") % {"most": f"{float(most):g}"})


def _date(field: Field, text: str) -> str:
    try:
        found = parse_date(text.replace("/", "-"))
    except ValueError:
        found = None
    if found is None:
        raise Wrong(gettext_lazy("Write a date such as 2026-03-31."))
    return found.isoformat()


def _moment(field: Field, text: str) -> str:
    try:
        found = parse_datetime(text.replace("/", "-"))
    except ValueError:
        found = None
    if found is None:
        raise Wrong(gettext_lazy("Write a date and time such as 2026-03-31 14:30."))
    aware = timezone.make_aware(found) if timezone.is_naive(found) else found
    return aware.astimezone(timezone.get_default_timezone()).isoformat(timespec="minutes")


def _email(field: Field, text: str) -> str:
    try:
        validate_email(text)
    except ValidationError as error:
        raise Wrong(gettext_lazy("Write it as name@example.com.")) from error
    return text.lower()


def _phone(field: Field, text: str) -> str:
    number = normal_phone(text)
    if not number:
        raise Wrong(gettext_lazy("Write it with its area code."))
    return number


def _link(field: Field, text: str) -> str:
    whole = text if "://" in text else f"https://{text}"
    try:
        _WEB(whole)
    except ValidationError as error:
        raise Wrong(gettext_lazy("Write it as https://www.example.com.")) from error
    return whole


def _serial(field: Field, text: str) -> str:
    return _text(field, text.upper())


_READERS = {
    FieldType.TEXT: _text, FieldType.LONG: _text, FieldType.NUMBER: _number, FieldType.DATE: _date,
    FieldType.MOMENT: _moment, FieldType.EMAIL: _email, FieldType.PHONE: _phone, FieldType.LINK: _link,
    FieldType.SERIAL: _serial,
}  # fmt: skip


def text_of(value: object) -> str:
    """A kept value as plain text that `read` takes again; several choices a line each."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return "" if value is None else str(value)


def name_of(field: Field) -> str:
    """Its name in the present language."""
    return str(_told(field, "name") or field.name)


def help_of(field: Field) -> str:
    """Its help in the present language."""
    return str(_told(field, "help") or field.help)


def choice_word(field: Field, choice: str) -> str:
    """The word of a choice in the present language."""
    told = _told(field, "choices")
    return str(told.get(choice) or choice) if isinstance(told, Mapping) else choice


def _told(field: Field, what: str) -> object:
    own: Mapping[str, object] = field.words.get(get_language() or "", {})
    return own.get(what)


def said(field: Field | None, value: object, lines: Mapping[str, str]) -> str:
    """A kept value as its reader sees it; one of a field that is gone, or of an older type, as it is."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(choice_word(field, str(one)) if field else str(one) for one in value)
    text = text_of(value)
    if field is None:
        return text
    if field.type == FieldType.NUMBER and isinstance(value, int | float):
        unit = field.limits.get("unit", "")
        return f"{number_format(value)} {unit}".strip()
    return _said_text(field, text, lines)


def _said_text(field: Field, text: str, lines: Mapping[str, str]) -> str:
    if field.type == FieldType.CHOICE:
        return choice_word(field, text)
    if field.type == FieldType.LINE:
        return lines.get(text, text)
    at = moment_of(text) if field.type == FieldType.MOMENT else None
    return formats.stamp(at) if at else text


def moment_of(text: str) -> datetime | None:
    """A kept moment; None when it is none (any more)."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and timezone.is_aware(found) else None
