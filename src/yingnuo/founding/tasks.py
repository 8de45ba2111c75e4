"""How does an invitation reach somebody who shall work here?"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yingnuo.brands import books
from yingnuo.channels import outlets
from yingnuo.channels.contract import Outgoing
from yingnuo.founding import invitations
from yingnuo.people.models import Staff


@app.task(name="founding.invite", queue="journey", retry=RetryStrategy(max_attempts=6, exponential_wait=5))
def invite(staff: int, address: str) -> None:
    """Mails one person the link under which he chooses his password; `address` is where the desk is reached."""
    person = Staff.objects.filter(pk=staff, active=True).first()
    if person is None or not person.email:
        return
    books.now()
    with override(person.language):
        house = books.house(person.language) or books.FALLBACK
        told = {
            "name": person.name, "house": house, "user": person.username,
            "url": f"{address or settings.YINGNUO.address}/join/{invitations.token(person)}/",
        }  # fmt: skip
        subject = _("Your account at the service desk of %(house)s") % told
        text = (
            _(
                "Hello %(name)s,\n\nyou work at the service desk of %(house)s from now on. Your user name is %(user)s. "
                "Choose your password here within seven days:\n%(url)s"
            )
            % told
        )
    outlets.mail(house).send(Outgoing(f"invite-{person.pk}", person.email, subject, text, automatic=True))
