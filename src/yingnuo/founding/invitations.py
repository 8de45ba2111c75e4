"""By which link does somebody choose his first password?"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.kit import secrets
from yingnuo.kit.errors import NotFound
from yingnuo.people import organisation
from yingnuo.people.models import Staff
from yingnuo.people.roles import SYSTEM

JOIN_FOR = timedelta(days=7)


def token(staff: Staff) -> str:
    """What the link carries: good once, and for seven days."""
    return secrets.sign("join", f"{staff.pk}.{_mark(staff)}")


def invited(token: str) -> Staff:
    """Whose link it is; NotFound when it is forged, used or too old."""
    value = secrets.verify("join", token, max_age_s=int(JOIN_FOR.total_seconds())) or ""
    pk, _dot, mark = value.partition(".")
    staff = Staff.objects.filter(pk=int(pk), active=True).first() if pk else None
    if staff is None or mark != _mark(staff):
        raise NotFound(_("This link is not valid any more. Ask your administrator for a new one."), code="link_dead")
    return staff


def choose_password(token: str, password: str, *, now: datetime) -> Staff:
    """The invited person's own password; Invalid when it is weak."""
    with transaction.atomic():
        staff = invited(token)
        organisation.reset_password(SYSTEM, pk=staff.pk, password=password, now=now)
    return staff


def _mark(staff: Staff) -> str:
    return secrets.digest(staff.password)[:20]  # another password, and the link is dead
