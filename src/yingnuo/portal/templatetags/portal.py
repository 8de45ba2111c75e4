"""How does a customer read a moment? Load with `{% load portal %}`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from yingnuo.kit import formats, instants, marks

register = template.Library()
register.filter("marked", marks.shown)


@register.simple_tag(takes_context=True)
def at(context: Context, moment: datetime) -> SafeString:
    """A moment in words, to the minute, in the reader's zone: "today at 10:30", "Tue, November 24 at 10:30".

    On paper (`on_paper` in the context) "today" means nothing: the date is written out.
    """
    given = context.get("now")
    now = timezone.localtime(given if isinstance(given, datetime) else instants.now())
    local = timezone.localtime(moment)
    words = formats.stamp(moment) if context.get("on_paper") else _words(local, now)
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), formats.full(moment), words)


def _words(local: datetime, now: datetime) -> str:
    time = {"time": f"{local:%H:%M}"}
    if local.date() == now.date():
        return _("today at %(time)s") % time
    if local.date() == now.date() + timedelta(days=1):
        return _("tomorrow at %(time)s") % time
    day = _("%(weekday)s, %(date)s") % {
        "weekday": date_format(local, "D"), "date": date_format(local, "MONTH_DAY_FORMAT"),
    }  # fmt: skip
    return _("%(day)s at %(time)s") % (time | {"day": day})
