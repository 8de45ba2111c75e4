"""Which parts do the desk's pages share beyond the kit's? Load with `{% load desk %}`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from yingnuo.desk import drawing, tables
from yingnuo.desk.choices import Group
from yingnuo.desk.rows import Choice, Row
from yingnuo.desk.strip import Strip
from yingnuo.desk.talk import Part
from yingnuo.promises import services as promises
from yingnuo.tickets.models import Ticket

register = template.Library()


@register.simple_tag(takes_context=True)
def listing(context: Context, rows: Sequence[Row], query: str = "", current: int = 0, form: str = "") -> SafeString:
    """`{% listing page.rows %}`: a list of tickets; `form` is the id of the form that takes the chosen ones."""
    return drawing.listing(rows, now=context["now"], query=query or "", current=current or 0, form=form)


@register.simple_tag(takes_context=True)
def many(context: Context, rows: Sequence[Row], query: str, form: str) -> SafeString:
    """`{% many page.rows query=view.here form="bulk" %}`: the queue's list or table, as its reader wants it."""
    return tables.drawn(rows, context["look"], context["view"], now=context["now"], query=query, form=form)


@register.simple_tag(name="story", takes_context=True)
def _story(context: Context, parts: Sequence[Part]) -> SafeString:
    """`{% story parts %}`: a conversation with what happened in it."""
    return drawing.story(parts, now=context["now"])


@register.simple_tag
def bar(choices: Sequence[Choice], label: str, base: str = "") -> SafeString:
    """`{% bar states "State" %}`: chips over a list; `base` stands before their addresses."""
    return drawing.bar(choices, label, base)


@register.simple_tag
def pick(name: str, label: str, pairs: Iterable[tuple[object, object]], chosen: object) -> SafeString:
    """`{% pick "kind" _("Kind") kinds view.filter.kind %}`: one choice of a filter, of (value, word); first any."""
    return drawing.pick(name, label, pairs, chosen)


@register.simple_tag
def holders(groups: Sequence[Group]) -> SafeString:
    """`{% holders groups %}`: options of a select that names a team or one of its people."""
    return drawing.holders(groups)


@register.simple_tag
def chance(ticket: Ticket) -> SafeString:
    """`{% chance ticket %}`: how likely the promise above is to break, with what that rests on; "" where not judged."""
    return drawing.chance(ticket.risk, ticket.risk_why)


@register.simple_tag
def unanswered(ticket: Ticket, owed: Sequence[Strip]) -> bool:
    """`{% unanswered ticket owed as silent %}`: whether the customer waits for words."""
    return promises.unanswered(ticket, owed=[strip.milestone for strip in owed])
