"""What does each step of the set-up ask?"""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy

from yingnuo.founding import offers, places
from yingnuo.founding.models import Founding


def _zones() -> list[tuple[str, str]]:
    usual = gettext_lazy("as usual in the country")
    return [("", str(usual)), *((zone, zone) for zone in sorted(available_timezones()) if "/" in zone)]


def _languages() -> list[tuple[str, str]]:
    return [("", str(gettext_lazy("as usual in the country"))), *((c, str(n)) for c, n in settings.LANGUAGES)]


def _countries() -> list[tuple[str, str]]:
    return list(places.names(get_language() or "en"))


class HouseForm(forms.Form):
    """How the company is called and where it is."""

    name = forms.CharField(
        label=gettext_lazy("Name of the company"), max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
        help_text=gettext_lazy("Customers see it on their pages and in mails."),
    )  # fmt: skip
    country = forms.ChoiceField(
        label=gettext_lazy("Country or region"), choices=_countries,
        help_text=gettext_lazy("Language, time zone and public holidays follow from it."),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=_languages, required=False)
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=_zones, required=False)


class HoursForm(forms.Form):
    """Ready-made hours."""

    hours = forms.ChoiceField(choices=lambda: [(h.code, h.word) for h in offers.HOURS.values()])


class StandardForm(forms.Form):
    """Ready-made promises."""

    standard = forms.ChoiceField(choices=lambda: [(level.code, level.word) for level in offers.LEVELS.values()])


class PeopleForm(forms.Form):
    """A list of people."""

    people = forms.CharField(
        label=gettext_lazy("One person a line"), max_length=20_000, required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "aria-describedby": "people-help"}),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"), required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )  # fmt: skip
    how = forms.ChoiceField(
        label=gettext_lazy("First password"), initial="print",
        choices=(
            ("print", gettext_lazy("Show first passwords, to be printed")),
            ("mail", gettext_lazy("Invite by mail; everybody chooses his own")),
        ),
    )  # fmt: skip


def house_initial(row: Founding, name: str) -> dict[str, str]:
    """What the first form begins with: what was said before, else what the reader's language suggests."""
    likely = {"zh-hans": "CN", "zh-hant": "TW"}.get(get_language() or "", "US")
    return {"name": name, "country": row.country or likely, "language": row.language, "zone": row.zone}
