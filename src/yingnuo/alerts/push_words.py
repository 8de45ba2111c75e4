"""What does a notice say in a browser, where others may look on? A number and a calm sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from yingnuo.alerts import matters, swaps, wording
from yingnuo.alerts.models import Notice
from yingnuo.alerts.push import Told
from yingnuo.people.models import Staff
from yingnuo.promises import naming
from yingnuo.promises.models import MilestoneCode
from yingnuo.tickets.models import Ticket


def told(
    group: Sequence[Notice], tickets: Mapping[int, Ticket], reader: Staff, *, language: str, subjects: bool
) -> Told:
    """One notice or many as one message; the subject of a ticket only with `subjects`."""
    with override(language or reader.language):
        first = group[0]
        if len(group) > 1:
            numbers = ", ".join(dict.fromkeys(tickets[n.ticket_id].number for n in group if n.ticket_id in tickets))
            title = _("%(count)s notices about promises") % {"count": len(group)}
            return Told(title, numbers, reverse("desk:notices"), "many")
        if not first.ticket_id:
            return _of_matter(first)
        return _of_ticket(first, tickets[first.ticket_id], reader, subjects=subjects)


def _of_matter(n: Notice) -> Told:
    about = matters.of(n)
    body = "" if n.reason == swaps.CAP else about.name
    return Told(wording.headline(n.reason), body, about.path, n.step)


def _of_ticket(n: Notice, ticket: Ticket, reader: Staff, *, subjects: bool) -> Told:
    parts = [wording.headline(n.reason)]
    if n.milestone:
        due = wording.local(n.due_at, reader.time_zone)
        parts.append(_("%(milestone)s, due %(due)s") % {"milestone": naming.milestone(n.milestone), "due": due})
    if subjects:
        parts.append(ticket.subject)
    path = (
        reverse("desk:task_of", args=[n.promise_id])
        if n.milestone == MilestoneCode.TASK
        else (reverse("desk:ticket", args=[ticket.pk]))
    )
    return Told(ticket.number, "\n".join(parts), path, f"ticket-{ticket.pk}")


def trial(reader: Staff) -> Told:
    """What the test button sends."""
    with override(reader.language):
        return Told(_("This browser is told"), _("Notices will look like this."), reverse("desk:my_notices"), "test")
