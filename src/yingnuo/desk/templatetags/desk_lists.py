"""What does the form of a saved list need of its template? Load with `{% load desk_lists %}`."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def get(told: Mapping[str, object], key: str) -> object:
    """`{{ wrong|get:"name" }}`: the value of a key, "" for none."""
    return told.get(key, "")
