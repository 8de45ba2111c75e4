"""By which words do people name kinds, urgencies, statuses and channels, in every language the desk speaks?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.utils import translation

from yingnuo.engine import asking
from yingnuo.tickets.fields import Fieldbook
from yingnuo.tickets.models import Kind, Status, Urgency, Via

CHOICES = {"kind": Kind, "urgency": Urgency, "status": Status, "via": Via}


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Operator → word, folded → code; the codes themselves are words too."""
    known: dict[str, dict[str, str]] = {name: {v: v for v in choices.values} for name, choices in CHOICES.items()}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for name, choices in CHOICES.items():
                known[name] |= {_tidy(str(label)): str(value) for value, label in choices.choices}
    return known


def of_fields(book: Fieldbook) -> Mapping[str, str]:
    """Codes and names of custom fields, in every language, folded → code."""
    known = {asking.folded(code): code for code in book.fields}
    for code, field in book.fields.items():
        names = (field.name, *(words.get("name", "") for words in field.words.values()))
        known |= {_tidy(name): code for name in names if name}
    return known


def _tidy(label: str) -> str:
    """As it can be written without quotes."""
    return asking.folded(label).replace(" ", "-")


def shown(name: str, code: str) -> str:
    """The word for a code in the present language, as it can be written after the operator."""
    return str(dict(CHOICES[name].choices).get(code, code)).replace(" ", "-").lower()
