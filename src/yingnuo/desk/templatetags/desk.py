"""Which parts do the desk's pages share beyond the kit's? Load with `{% load desk %}`."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from yingnuo.desk import drawing
from yingnuo.desk.rows import Row
from yingnuo.desk.sentences import Line
from yingnuo.desk.strip import Strip
from yingnuo.promises import services as promises
from yingnuo.tickets.models import Ticket

register = template.Library()


@register.simple_tag(takes_context=True)
def listing(context: Context, rows: Sequence[Row], query: str = "", current: int = 0, form: str = "") -> SafeString:
    """`{% listing page.rows %}`: a list of tickets; `form` is the id of the form that takes the chosen ones."""
    return drawing.listing(rows, now=context["now"], query=query or "", current=current or 0, form=form)


@register.simple_tag
def unanswered(ticket: Ticket, owed: Sequence[Strip]) -> bool:
    """`{% unanswered ticket owed as silent %}`: whether the customer waits for words."""
    return promises.unanswered(ticket, owed=[strip.milestone for strip in owed])


@register.simple_tag(takes_context=True)
def happenings(context: Context, lines: Sequence[Line]) -> SafeString:
    """`{% happenings part.lines %}`: event lines of a conversation."""
    return drawing.happenings(lines, now=context["now"])
