"""How are the long lists, of tickets and of what happened to one, drawn quickly?

By code and not by a template: a list has fifty rows of twenty values each, and a template escapes and looks up
every one of them by itself, which took two thirds of the page's time. What is not made by us is escaped here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from html import escape

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yingnuo.desk.rows import Row
from yingnuo.desk.sentences import Line
from yingnuo.kit import formats
from yingnuo.kit.templatetags import ui

_ROW = (
    '<li class="desk-row{over}" id="row-{id}">{box}<a href="{base}{id}/{query}"{current}>'
    '<span class="desk-c-id">{channel}<span class="yn-mono">YN-{id}</span></span>'
    '<span class="desk-c-count">{countdown}{milestone}</span>'
    '<span class="desk-c-title"><span class="yn-clip">{subject}</span>{urged}</span>'
    '<span class="desk-c-who">{avatar}<span class="yn-clip">{customer}</span>{tier}'
    '<span class="desk-c-kind">{kind}</span></span><span class="desk-c-state">{urgency}{status}</span>'
    '<span class="desk-c-holder"><span class="yn-clip">{holder}</span><small class="yn-clip">{team}</small></span>'
    "</a></li>"
)


def listing(rows: Sequence[Row], *, now: datetime, query: str = "", current: int = 0, form: str = "") -> SafeString:
    """The `<ul>` of these rows. `query` is kept in their links; with `form` each has a box of that form."""
    pen = _Pen(now)
    base, kept = reverse("desk:queue"), escape(query)
    drawn = (
        _ROW.format(base=base, query=kept, box=pen.box(row, form), current=_current(row, current), **pen.parts(row))
        for row in rows
    )
    return SafeString(f'<ul class="desk-list">{"".join(drawn)}</ul>')


def _current(row: Row, current: int) -> str:
    return ' aria-current="true"' if row.id == current else ""


class _Pen:
    """The words of one list, translated once."""

    def __init__(self, now: datetime) -> None:
        self.now, self.stamp = now, now.isoformat()
        self.day, self.due, self.urged = formats.day_letter(), _("Due %(moment)s"), escape(_("urged"))
        self.choose, self.nothing = escape(_("Choose")), escape(_("nothing due"))

    def box(self, row: Row, form: str) -> str:
        """The box that chooses a row."""
        if not form:
            return ""
        return (
            f'<input class="form-check-input" type="checkbox" name="ids" value="{row.id}" form="{form}" '
            f'aria-label="{self.choose} YN-{row.id}">'
        )

    def parts(self, row: Row) -> dict[str, object]:
        """What fills the row; pieces from `Faces` are safe already."""
        return {
            "id": row.id, "over": " desk-over" if row.over else "", "channel": row.channel, "avatar": row.avatar,
            "urgency": row.urgency, "status": row.status, "tier": row.tier, "subject": escape(row.subject),
            "customer": escape(row.customer), "kind": escape(row.kind), "holder": escape(row.holder or "—"),
            "team": escape(row.team), "urged": self.urging(row.urged), "countdown": self.countdown(row),
            "milestone": f"<small>{escape(row.milestone)}</small>" if row.milestone else "",
        }  # fmt: skip

    def urging(self, times: int) -> str:
        """How often the customer urged."""
        if not times:
            return ""
        return f'<b class="desk-urged">{self.urged}{f" ×{times}" if times > 1 else ""}</b>'

    def countdown(self, row: Row) -> str:
        """As the kit's `{% countdown %}`, without its tooltip's weekday and zone."""
        if row.due is None:
            return row.still or self.nothing
        seconds = int((row.due - self.now).total_seconds() // 1)
        state = ui.count_state(row.due, self.now, None, row.risk)
        warn = f' warn="{row.risk.isoformat()}"' if row.risk else ""
        moment = self.due % {"moment": f"{timezone.localtime(row.due):%Y-%m-%d %H:%M}"}
        return (
            f'<yn-countdown class="yn-count" data-state="{state}" day="{self.day}" title="{escape(moment)}" '
            f'due="{row.due.isoformat()}" now="{self.stamp}"{warn}>{formats.clock(seconds)}</yn-countdown>'
        )


def happenings(lines: Sequence[Line], *, now: datetime) -> SafeString:
    """What happened between two messages: one line each, icon, who, what and when."""
    return SafeString("".join(_happening(line, now) for line in lines))


def _happening(line: Line, now: datetime) -> str:
    who, what = f"{escape(line.who)}: " if line.who else "", escape(line.what)
    if line.ticket:  # a merged one would lead to the ticket that took it in
        page = f"{reverse('desk:ticket', args=[line.ticket])}?stay=1"
        what = what.replace(f"YN-{line.ticket}", f'<a href="{page}">YN-{line.ticket}</a>')
    stamp = f"{timezone.localtime(line.at):%Y-%m-%d %H:%M:%S}"
    return (
        f'<p class="yn-said desk-said"><span>{_icon(line.icon)} {who}{what}'
        f'<time datetime="{line.at.isoformat()}" title="{stamp}">{formats.moment(line.at, now)}</time></span></p>'
    )


@cache
def _icon(name: str) -> SafeString:
    return ui.icon(name, size="sm")
