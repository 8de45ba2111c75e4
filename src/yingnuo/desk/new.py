"""How does a call or a visit become a ticket, and what would be promised for it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yingnuo.channels import accept
from yingnuo.channels.contract import Arrival, File
from yingnuo.channels.models import ChannelKind
from yingnuo.desk import choices, composing, customers, faces, filling, ticket
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.filters import number
from yingnuo.engine import urgency
from yingnuo.engine.milestones import Event
from yingnuo.engine.urgency import Impact
from yingnuo.journey import dispatch, intake, upkeep
from yingnuo.journey.incoming import Incoming
from yingnuo.kit import instants, pages, revisions
from yingnuo.kit.errors import Invalid
from yingnuo.people.models import Contact
from yingnuo.people.services import normal_phone
from yingnuo.promises import giving
from yingnuo.promises.standards import calendar
from yingnuo.routing.services import Draft
from yingnuo.tickets import fields, inputs, queries
from yingnuo.tickets.models import Kind, Ticket, Via
from yingnuo.writing import drafts

IMPACTS = (
    (Impact.DANGER, gettext_lazy("Somebody is in danger")),
    (Impact.NOT_WORKING, gettext_lazy("It does not work at all")),
    (Impact.FUNCTION_HIT, gettext_lazy("An important function is hit")),
    (Impact.CAN_WAIT, gettext_lazy("It can wait")),
)
WAYS = (Via.PHONE, Via.MAIL, Via.CHAT, Via.SOCIAL, Via.PORTAL)


@dataclass(frozen=True, slots=True)
class Form:
    """What was filled in. `contact` is a known customer; else name, mail and phone make or find one."""

    contact: Contact | None
    name: str
    email: str
    phone: str
    via: str
    kind: str
    urgency: str
    product_line: str
    subject: str
    text: str

    @property
    def tier(self) -> str:
        """The customer's tier, his company's where he has one."""
        c = self.contact
        return "" if c is None else c.company.tier if c.company else c.tier

    @property
    def region(self) -> str:
        """The customer's region."""
        return self.contact.region.code if self.contact and self.contact.region else ""


def _read(said: QueryDict) -> Form:
    pk = number(said.get("contact", ""))
    known = Contact.objects.select_related("company", "region").filter(pk=pk).first() if pk else None
    ticked = {impact for impact in Impact if impact.value in said.getlist("impact")}
    return Form(
        contact=known, name=said.get("name", "").strip()[:120], email=said.get("email", "").strip().lower(),
        phone=said.get("phone", "").strip(), via=_one_of(said.get("via", ""), [w.value for w in WAYS]),
        kind=_one_of(said.get("kind", ""), list(Kind.values)), urgency=str(urgency.of_impact(ticked)),
        product_line=said.get("product_line", "")[:40], subject=said.get("subject", "").strip()[:200],
        text=said.get("text", "").strip()[: drafts.LONGEST],
    )  # fmt: skip


def _one_of(value: str, allowed: Sequence[str]) -> str:
    return value if value in allowed else allowed[0]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_who_may("ticket.create")
def new(request: DeskRequest) -> HttpResponse:
    """The form for a call; posted, the ticket goes the same way as everything that comes in."""
    form = _read(request.POST if request.method == "POST" else request.GET)
    if request.method != "POST":
        return _show(request, form)
    problems: dict[str, Any] = dict(_problems(form))
    try:
        filled = fields.new(
            request.actor, kind=form.kind, said=inputs.first_posted(request.POST, request.names.book.form(form.kind)),
            known=request.names.book,
        )  # fmt: skip
    except Invalid as refused:
        problems |= refused.fields
    if problems:
        return _show(request, form, problems=problems, status=422)
    pk = _take(request, form, filled)
    seen = queries.visible_to(request.actor).filter(pk=pk).exists()
    if seen and request.POST.get("mine") == "1":
        upkeep.assign(request.actor, ticket_id=pk, team=request.staff.team_id, agent=request.staff.pk, now=request.now)
    messages.success(request, _("YN-%(pk)s is open.") % {"pk": pk})
    return redirect("desk:ticket", pk) if seen else redirect("desk:queue")


def _problems(form: Form) -> dict[str, str]:
    problems = {}
    if form.contact is None and not (form.email or form.phone or form.name):
        problems["name"] = _("Who asks? Choose a customer or write a name.")
    if form.email and ("@" not in form.email or len(form.email) > 254):
        problems["email"] = _("Write it as name@example.com.")
    if form.phone and not normal_phone(form.phone):
        problems["phone"] = _("Write it with its area code.")
    if not form.subject and not form.text:
        problems["text"] = _("Write what it is about.")
    return problems


def _take(request: DeskRequest, form: Form, filled: tuple[tuple[str, str], ...]) -> int:
    raw = accept.draft(
        accept.built_in(ChannelKind.API), content=f"{form.subject}\n\n{form.text}".encode(), received_at=request.now
    )
    files = composing.uploaded(request.FILES.getlist("files"))
    arrival = Arrival(
        external_id=raw.key, received_at=request.now, subject=form.subject, text=form.text or form.subject,
        sender_name=form.name, sender_address=form.email, sender_phone=form.phone, ticket_kind=form.kind,
        urgency=form.urgency, product_line=form.product_line, fields=filled,
        files=tuple(File(f.name, f.content_type, f.data) for f in files),
    )  # fmt: skip
    incoming = Incoming(raw, arrival, form.contact)
    [taken] = intake.take(request.actor, via=form.via, incoming=[incoming], now=request.now)
    if taken.ticket is None:
        raise Invalid(_("This could not be taken in."))
    return taken.ticket


def _show(
    request: DeskRequest, form: Form, *, problems: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    known = choices.names()
    context: dict[str, Any] = {
        "form": form, "problems": problems or {}, "kinds": Kind.choices, "lines": known.lines.items(),
        "ways": [(w.value, faces.CHANNEL[w.value].word) for w in WAYS], "now": request.now,
        "impacts": [(code.value, word, code.value in request.POST.getlist("impact")) for code, word in IMPACTS],
        "phone": ticket.masked(form.contact.phone) if form.contact else "",
    }  # fmt: skip
    context |= _preview(form, request.now) | filling.of_new(request, form.kind, problems)
    return pages.show(request, "desk/new.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Would:
    """One promise that would be given: by when, and what it counts."""

    label: str
    due: datetime
    target: int
    rule: str


@require_POST
@signed_in_who_may("ticket.create")
def preview(request: DeskRequest) -> HttpResponse:
    """What would be promised, and who would get it, as the fields stand."""
    context = _preview(_read(request.POST), request.now) | {"now": request.now}
    return pages.show(request, "desk/_preview.html", context)


def _preview(form: Form, now: datetime) -> dict[str, Any]:
    revision = revisions.current()
    draft = Draft(
        text=f"{form.subject}\n{form.text}", via=form.via, kind=form.kind, urgency=form.urgency, tier=form.tier,
        region=form.region, product_line=form.product_line,
    )  # fmt: skip
    [plan] = dispatch.plan([draft], revision=revision, now=now)
    decided = plan.decision
    unsaved = Ticket(
        kind=decided.kind, urgency=decided.urgency, via=form.via, tier=form.tier, product_line=decided.product_line,
        region=form.region, team_id=decided.team, tags=list(decided.tags),
    )  # fmt: skip
    names = choices.names()
    return {
        "would": _would(unsaved, revision, now), "level": decided.urgency, "team": names.team(decided.team),
        "agent": names.person(plan.choice.agent), "rules": ", ".join(decided.names),
    }  # fmt: skip


def _would(unsaved: Ticket, revision: int, now: datetime) -> list[Would]:
    found = []
    matches = giving.matches_for(unsaved, revision=revision)
    for milestone in giving.starting(unsaved, Event.OPENED, revision=revision):
        if (terms := matches[milestone].terms) is not None:
            start, working = instants.seconds(now), calendar(terms.calendar)
            target = terms.target_from(start, working)
            due = working.due(start, target)
            found.append(Would(faces.milestone(milestone), instants.instant(due), target, terms.rule))
    return sorted(found, key=lambda w: w.due)


@require_safe
@signed_in_who_may("ticket.create")
def people(request: DeskRequest) -> HttpResponse:
    """Customers to choose from while somebody types a name, an address or a number."""
    words = request.GET.get("who", "").strip()
    found = (
        [(c, ticket.masked(c.phone), faces.tier(c.tier)) for c in customers.found(words)[:8]] if len(words) > 1 else []
    )
    return pages.show(request, "desk/_people.html", {"people": found, "words": words, "now": request.now})
