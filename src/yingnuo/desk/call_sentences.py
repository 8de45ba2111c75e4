"""What do the ledger's rows about calls say, in their reader's language?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from yingnuo.desk.choices import Names
from yingnuo.kit import formats
from yingnuo.telephony.models import CallbackResult

Params = Mapping[str, Any]


def answered(p: Params, n: Names) -> str:
    """Who took the call, after what wait."""
    words = {"who": n.person(p.get("agent")) or _("somebody"), "wait": formats.duration(int(p.get("waited") or 0))}
    return _("Call answered by %(who)s after %(wait)s") % words


def missed(p: Params, n: Names) -> str:
    """A missed call, and how many times it was."""
    times, wait = int(p.get("times") or 1), formats.duration(int(p.get("waited") or 0))
    if times > 1:
        return ngettext(
            "Missed call after %(wait)s, %(times)s time by now", "Missed call after %(wait)s, %(times)s times by now",
            times,
        ) % {"wait": wait, "times": times}  # fmt: skip
    return _("Missed call after %(wait)s: a call back is owed") % {"wait": wait}


def ended(p: Params, n: Names) -> str:
    """How long was talked."""
    return _("Call over, %(talked)s of talk") % {"talked": formats.duration(int(p.get("talked") or 0))}


def in_vain(p: Params, n: Names) -> str:
    """An attempt, and the how manieth it was."""
    return _("Called in vain, attempt %(n)s") % {"n": p.get("attempts") or 1}


def done(p: Params, n: Names) -> str:
    """How a call that was owed came to be owed no more."""
    result = str(p.get("result") or "")
    word = dict(CallbackResult.choices).get(result, result) or "—"
    return _("Call back settled: %(result)s") % {"result": word}
