"""How is a tag drawn? Load with `{% load tag_parts %}`."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from yingnuo.kit.templatetags import ui
from yingnuo.tickets import tags

register = template.Library()


@register.simple_tag
def tag_chip(name: str) -> SafeString:
    """`{% tag_chip "VIP" %}`: in its colour, with what it means as a tooltip; asks nothing of the database."""
    card = tags.card(name)
    drawn = ui.badge(name, card.tone, "soft", "tag")
    return format_html('<span title="{}">{}</span>', card.description, drawn) if card.description else drawn
