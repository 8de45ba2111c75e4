"""Which language and clock does a company of a country most likely use?"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from babel import Locale


class Place(NamedTuple):
    """A country's usual zone (that of its largest business city) and our language that is nearest to its own."""

    zone: str
    language: str


PLACES = {
    "CN": Place("Asia/Shanghai", "zh-hans"), "TW": Place("Asia/Taipei", "zh-hant"),
    "HK": Place("Asia/Hong_Kong", "zh-hant"), "MO": Place("Asia/Macau", "zh-hant"),
    "SG": Place("Asia/Singapore", "zh-hans"), "MY": Place("Asia/Kuala_Lumpur", "zh-hans"),
    "JP": Place("Asia/Tokyo", "en"), "KR": Place("Asia/Seoul", "en"), "TH": Place("Asia/Bangkok", "en"),
    "VN": Place("Asia/Ho_Chi_Minh", "en"), "ID": Place("Asia/Jakarta", "en"), "PH": Place("Asia/Manila", "en"),
    "IN": Place("Asia/Kolkata", "en"), "AE": Place("Asia/Dubai", "en"), "SA": Place("Asia/Riyadh", "en"),
    "AU": Place("Australia/Sydney", "en"), "NZ": Place("Pacific/Auckland", "en"),
    "US": Place("America/New_York", "en"), "CA": Place("America/Toronto", "en"),
    "MX": Place("America/Mexico_City", "en"), "BR": Place("America/Sao_Paulo", "en"),
    "GB": Place("Europe/London", "en"), "IE": Place("Europe/Dublin", "en"), "DE": Place("Europe/Berlin", "en"),
    "AT": Place("Europe/Vienna", "en"), "CH": Place("Europe/Zurich", "en"), "FR": Place("Europe/Paris", "en"),
    "BE": Place("Europe/Brussels", "en"), "NL": Place("Europe/Amsterdam", "en"), "ES": Place("Europe/Madrid", "en"),
    "PT": Place("Europe/Lisbon", "en"), "IT": Place("Europe/Rome", "en"), "PL": Place("Europe/Warsaw", "en"),
    "SE": Place("Europe/Stockholm", "en"), "NO": Place("Europe/Oslo", "en"), "DK": Place("Europe/Copenhagen", "en"),
    "FI": Place("Europe/Helsinki", "en"), "ZA": Place("Africa/Johannesburg", "en"),
}  # fmt: skip
_SPOKEN = {"zh-hans": "zh_Hans", "zh-hant": "zh_Hant"}


@cache
def names(language: str) -> tuple[tuple[str, str], ...]:
    """Countries by code with their names in a language of ours, ours first and the others by name."""
    words = Locale.parse(_SPOKEN.get(language, "en")).territories
    told = [(code, str(words[code])) for code in PLACES]
    return (*told[:6], *sorted(told[6:], key=lambda pair: pair[1]))
