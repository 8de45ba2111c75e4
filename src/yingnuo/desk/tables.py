"""How is the queue drawn as its reader wants it: as list or table, dense or not, in groups?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yingnuo.desk import choices, drawing, faces
from yingnuo.desk.drawing import Pen
from yingnuo.desk.filters import BOUNDED, View
from yingnuo.desk.rows import Row
from yingnuo.desk.table_words import COLUMNS
from yingnuo.kit import formats, looks
from yingnuo.kit.templatetags import ui
from yingnuo.tickets import tags
from yingnuo.worklists.looks import Look

#: Orders by column, first click and second; only those that an index serves, or that sort what is open.
_ORDERS = {"number": ("newest", "oldest"), "due": ("due", "due"), "risk": ("risk", "risk"),
           "updated": ("updated", "updated")}  # fmt: skip
_DOWN = ("newest", "updated", "risk")


def grouped(view: View, look: Look) -> str:
    """By what the rows are grouped: by nothing where no index bounds what would have to be sorted."""
    return look.group if view.filter.state in BOUNDED else ""


def drawn(
    rows: Sequence[Row], look: Look, view: View, *, now: datetime, query: str, form: str
) -> SafeString:  # fmt: skip
    """The rows as a list or a table."""
    heads = _heads(rows, grouped(view, look))
    if look.layout == "table":
        return _table(rows, look, view, heads, Pen(now, query, form))
    return drawing.listing(rows, now=now, query=query, form=form, heads=heads)


def _heads(rows: Sequence[Row], group: str) -> dict[int, str]:
    """The word over the first row of each group, by ticket."""
    word = _GROUPS.get(group)
    if word is None:
        return {}
    words = [(row.id, word(row)) for row in rows]
    return {pk: said for (pk, said), before in zip(words, [(0, ""), *words], strict=False) if said != before[1]}


def _day(row: Row) -> str:
    return formats.day(row.due) if row.due else _("Nothing due")


_GROUPS: Mapping[str, Callable[[Row], str]] = {
    "urgency": lambda row: str(looks.look(looks.URGENCY, row.told.urgency).word),
    "status": lambda row: str(looks.look(faces.STATUS, row.told.status).word), "kind": lambda row: row.kind,
    "team": lambda row: row.team or _("No team"), "agent": lambda row: row.holder or _("Nobody"),
    "customer": lambda row: row.customer or _("Customer"), "day": _day,
}  # fmt: skip


def _table(rows: Sequence[Row], look: Look, view: View, heads: Mapping[int, str], pen: Pen) -> SafeString:
    columns = [code for code in look.columns if code in _CELLS]
    caption, width = escape(_("Tickets")), len(columns) + 1
    body = "".join(_over(heads.get(row.id, ""), width) + _row(row, columns, pen) for row in rows)
    head = "".join(_column(code, view) for code in columns)
    return SafeString(
        f'<div class="desk-table-box" tabindex="0" role="region" aria-label="{caption}"><table class="desk-table">'
        f'<caption class="visually-hidden">{caption}</caption><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _over(word: str, width: int) -> str:
    return f'<tr class="desk-group"><th scope="rowgroup" colspan="{width}">{escape(word)}</th></tr>' if word else ""


def _column(code: str, view: View) -> str:
    word, orders, chosen = escape(str(COLUMNS[code])), _ORDERS.get(code), view.filter.order
    if orders is None:
        return f'<th scope="col">{word}</th>'
    active = chosen in orders
    way = ("descending" if chosen in _DOWN else "ascending") if active else ""
    wanted = orders[1] if chosen == orders[0] else orders[0]
    sign = ui.icon("arrow-down" if chosen in _DOWN else "arrow-up", size="sm") if active else ""
    mark = f' aria-sort="{way}"' if way else ""
    return f'<th scope="col"{mark}><a href="{escape(view.address(order=wanted))}">{word}{sign}</a></th>'


def _row(row: Row, columns: Sequence[str], pen: Pen) -> str:
    cells = "".join(f'<td class="desk-t-{code}">{_CELLS[code](row, pen)}</td>' for code in columns)
    over = " desk-over" if row.over else ""
    return f'<tr class="desk-tr{over}" id="row-{row.id}"><td>{pen.box(row)}</td>{cells}</tr>'


def _link(row: Row, pen: Pen, text: str) -> str:
    return f'<a href="{pen.base}{row.id}/{pen.query}">{text}</a>'


def _number(row: Row, pen: Pen) -> str:
    return f'<span class="desk-c-id">{row.channel}{_link(row, pen, f"YN-{row.id}")}</span>'


def _subject(row: Row, pen: Pen) -> str:
    return f"{_link(row, pen, escape(row.subject))} {row.chance}{pen.urging(row)}"


def _tags(row: Row, pen: Pen) -> str:
    return " ".join(ui.badge(tag, tags.card(tag).tone, "soft") for tag in row.told.tags)


def _when(at: datetime, pen: Pen) -> str:
    return ui.moment(at, pen.now, "short")


def _risk(row: Row, pen: Pen) -> str:
    return "—" if row.told.risk is None else f"{round(row.told.risk * 100)} %"


_CELLS: Mapping[str, Callable[[Row, Pen], str]] = {
    "number": _number, "subject": _subject, "customer": lambda row, pen: escape(row.customer),
    "due": lambda row, pen: f"{pen.countdown(row)} <small>{escape(row.milestone)}</small>",
    "status": lambda row, pen: row.status, "urgency": lambda row, pen: row.urgency,
    "agent": lambda row, pen: escape(row.holder or "—"), "team": lambda row, pen: escape(row.team or "—"),
    "kind": lambda row, pen: escape(row.kind), "tier": lambda row, pen: row.tier or "—", "risk": _risk,
    "channel": lambda row, pen: escape(str(looks.look(faces.CHANNEL, row.told.via).word)),
    "line": lambda row, pen: escape(choices.kept().line(row.told.product_line) or "—"),
    "region": lambda row, pen: escape(choices.kept().region(row.told.region) or "—"), "tags": _tags,
    "created": lambda row, pen: _when(row.told.created_at, pen),
    "updated": lambda row, pen: _when(row.told.updated_at, pen),
}  # fmt: skip
