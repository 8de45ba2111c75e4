"""How does a reader learn, in his language, what the engine refuses, at which place, and what to do about it?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yingnuo.engine.errors import BadSpec, EngineError
from yingnuo.promises.models import MilestoneCode

_GIVEN = gettext_lazy("“%(given)s” does not fit here.")
#: The sentence of each code the engine raises. Placeholders are the error's params; one that is missing reads "".
SENTENCES: Mapping[str, Any] = {
    "never_opens": gettext_lazy("This calendar never opens. Give at least one day some hours."),
    "no_later_opening": gettext_lazy("No open hour is left before %(year)s. Give the calendar weekly hours."),
    "no_earlier_opening": gettext_lazy("There is no open hour after %(year)s and before this moment."),
    "instant_out_of_range": gettext_lazy("This moment is too far away. Choose one between 1901 and 2198."),
    "negative_amount": gettext_lazy("A length of time cannot be negative."),
    "pause_reversed": gettext_lazy("A pause cannot end before it begins."),
    "naive_datetime": gettext_lazy("A moment needs its time zone."),
    "clock_never_started": gettext_lazy("This clock was never started."),
    "timezone_missing": gettext_lazy("The time zone is missing. Choose one, such as Asia/Shanghai."),
    "timezone_unknown": gettext_lazy("“%(value)s” is no time zone. Choose one, such as Asia/Shanghai."),
    "unknown_weekday": gettext_lazy("“%(key)s” is no weekday. Use mon, tue, wed, thu, fri, sat or sun."),
    "windows_overlap": gettext_lazy("%(first)s and %(second)s overlap. Separate them, or join them to one."),
    "window_not_a_pair": gettext_lazy("Hours need an opening and a closing time, such as 09:00–12:00."),
    "window_opens_at_24": gettext_lazy("Nothing opens at 24:00. Write 00:00 on the next day."),
    "bad_time": gettext_lazy("“%(value)s” is no time of day. Write HH:MM, from 00:00 to 24:00."),
    "bad_date": gettext_lazy("“%(value)s” is no date. Write year-month-day, such as 2026-05-01."),
    "bad_month_day": gettext_lazy("“%(value)s” is no day of the year. Write month-day, such as 12-31."),
    "bad_years": gettext_lazy("Choose at least one year from %(first)s to %(last)s."),
    "unknown_country": gettext_lazy("No public holidays are known for “%(value)s”. Choose a country from the list."),
    "unknown_subdivision": gettext_lazy("“%(value)s” is no part of this country. Choose one, or leave it empty."),
    "always_open_with_rules": gettext_lazy("A calendar that is always open has no hours and no special days."),
    "not_a_flag": gettext_lazy("Write true or false, not “%(value)s”."),
    "not_text": gettext_lazy("A text is expected here."),
    "key_not_text": gettext_lazy("Names must be text. Put them in quotes."),
    "not_a_mapping": gettext_lazy("Named entries are expected here, such as “name: value”."),
    "not_a_list": gettext_lazy("A list is expected here."),
    "unknown_key": gettext_lazy("“%(key)s” means nothing here. Known are: %(expected)s."),
    "not_a_text": gettext_lazy("This must not be empty."),
    "unknown_word": gettext_lazy("“%(given)s” is not known here. Choose one of: %(expected)s."),
    "not_a_duration": gettext_lazy("“%(given)s” is no length of time. Write for example 15m, 2h, 1h30m or 1d."),
    "negative_duration": gettext_lazy("A length of time cannot be negative."),
    "zero_target": gettext_lazy("A promise of zero cannot be kept. Choose “no promise”, or give a time above zero."),
    "not_a_code": gettext_lazy("“%(given)s” is no code. Use letters, digits, dots and hyphens."),
    "used_twice": gettext_lazy("“%(given)s” is used twice. Give one of them another name."),
    "no_promise": gettext_lazy("The rule promises nothing. Fill in a milestone, or delete the rule."),
    "grace_needs_seconds": gettext_lazy("Give an extra time above zero exactly where reopening gives extra time."),
    "reserved_word": gettext_lazy("“%(given)s” is the name of the due moment itself. Choose another name."),
    "say_one_of": gettext_lazy("Choose one of: %(expected)s."),
    "lead_of_zero": gettext_lazy("A warning needs a lead above zero."),
    "share_needs_before": gettext_lazy("A share of the target is only for steps before the due moment."),
    "not_a_share": gettext_lazy("“%(given)s” is no share. Give more than 0 and at most 100 percent."),
    "unknown_fact": gettext_lazy("Tickets have no “%(given)s” to ask for. Known are: %(expected)s."),
    "unknown_test": gettext_lazy("“%(given)s” is no test. Known are: %(expected)s."),
    "empty_list": gettext_lazy("The list is empty. Name at least one value, or take the condition away."),
    "no_test": gettext_lazy("Say what is tested: %(expected)s."),
    "not_a_number": gettext_lazy("“%(given)s” is no number."),
    "not_a_value": _GIVEN,
    "too_long": gettext_lazy("“%(given)s” is too long: %(expected)s."),
    "known_milestone": gettext_lazy("“%(given)s” is a milestone of the product. Give your own one another name."),
    "unknown_event": gettext_lazy("Nothing called “%(given)s” happens to a ticket. Known are: %(expected)s."),
    "repeat_needs_after": gettext_lazy("Only a step after the due moment can be repeated."),
    "repeat_needs_time": gettext_lazy("A repeated step needs a length of time, not a share."),
    "out_of_range": gettext_lazy("“%(given)s” is out of range: %(expected)s."),
    "agent_without_team": gettext_lazy("Name the team beside the person “%(given)s”."),
    "not_a_number_of_times": gettext_lazy("“%(given)s” is no number of times: %(expected)s."),
}
_WORDS: Mapping[str, Any] = {
    "weekly": gettext_lazy("weekly hours"), "mon": gettext_lazy("Monday"), "tue": gettext_lazy("Tuesday"),
    "wed": gettext_lazy("Wednesday"), "thu": gettext_lazy("Thursday"), "fri": gettext_lazy("Friday"),
    "sat": gettext_lazy("Saturday"), "sun": gettext_lazy("Sunday"), "timezone": gettext_lazy("time zone"),
    "holidays": gettext_lazy("closed days"), "holidays_yearly": gettext_lazy("days closed every year"),
    "overrides": gettext_lazy("days with own hours"), "breaks": gettext_lazy("breaks"), "names": gettext_lazy("names"),
    "public_holidays": gettext_lazy("public holidays"), "years": gettext_lazy("years"),
    "country": gettext_lazy("country"), "subdivision": gettext_lazy("province or state"),
    "makeup_windows": gettext_lazy("hours on make-up workdays"), "ladders": gettext_lazy("ladder"),
    "ladder": gettext_lazy("ladder"), "pause_sets": gettext_lazy("pause set"), "pauses": gettext_lazy("pauses"),
    "when": gettext_lazy("condition"), "target": gettext_lazy("target"), "calendar": gettext_lazy("calendar"),
    "grace": gettext_lazy("extra time"), "on_reopen": gettext_lazy("when reopened"), "to": gettext_lazy("who is told"),
    "by": gettext_lazy("ways"), "ack": gettext_lazy("acknowledgement"), "share": gettext_lazy("share"),
    "step": gettext_lazy("name of the step"), "before": gettext_lazy("before"), "after": gettext_lazy("after"),
    "unacknowledged": gettext_lazy("not acknowledged"), "code": gettext_lazy("code"),
    "agreement": gettext_lazy("agreement"), "answered_by": gettext_lazy("who answers"),
}  # fmt: skip
_PART = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_SILENT = frozenset({"promises"})


def _sentence(error: EngineError) -> str:
    template = str(SENTENCES.get(error.code, "")) or error.code.replace("_", " ")
    said = template % _Params(error.params)
    where = _place(error.path) if isinstance(error, BadSpec) and error.path else ""
    return _("%(place)s: %(problem)s") % {"place": where, "problem": said} if where else said


#: What a reader is told about an error of the engine: the place, what is wrong and what to do; made when it is read.
sentence = lazy(_sentence, str)


def _place(path: str) -> str:
    """`rules[2].promises.first_response.target` as words: "rule 3, First response, target"."""
    words: list[str] = []
    for name, number in _PART.findall(path):
        if number:
            words[-1:] = [_("%(thing)s no. %(n)s") % {"thing": words[-1] if words else "", "n": int(number) + 1}]
        elif name not in _SILENT:
            words.append(_word(name))
    return ", ".join(words)


place = lazy(_place, str)


def _word(name: str) -> str:
    if name == "rules":
        return _("rule")
    if name in MilestoneCode.values:
        return str(MilestoneCode(name).label)
    return str(_WORDS.get(name, name))


class _Params(dict[str, str | int]):
    """An error's params; what a sentence names and the error does not carry reads as nothing."""

    def __missing__(self, key: str) -> str:
        return str(self.get("given", "")) if key == "key" else ""
