"""What can be done to a ticket besides answering it? One small form in a dialog each, or one button."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from yingnuo.desk import beside, choices, faces, handoffs, meanwhile, ticket
from yingnuo.desk.access import DeskRequest, signed_in
from yingnuo.desk.filters import number
from yingnuo.journey import closing, customer_links, family, origins, reply, upkeep
from yingnuo.journey import deeds as recording
from yingnuo.kit import pages
from yingnuo.kit.errors import Invalid
from yingnuo.kit.middleware import add_trigger
from yingnuo.people.models import Tier
from yingnuo.people.roles import Actor
from yingnuo.promises import naming
from yingnuo.promises import services as promises
from yingnuo.promises.models import Promise as Promised
from yingnuo.promises.standards import terms_of
from yingnuo.tickets import inputs, links, queries
from yingnuo.tickets.models import Author, Kind, Message, Ticket, Urgency

CLOSE_REASONS = {
    "spam": _("Spam"), "duplicate": _("Duplicate"), "withdrawn": _("Withdrawn by the customer"),
    "no_answer": _("No answer from the customer"),
}  # fmt: skip
_TITLES: dict[str, Promise] = {
    "assign": _("Transfer"), "pause": _("Pause"), "resolve": _("Resolve"), "close": _("Close without a solution"),
    "merge": _("Merge"), "split": _("Split off"), "snooze": _("Put aside"), "facts": _("Kind, urgency, product"),
    "tags": _("Tags"), "link": _("Customer's link"), "record": _("Record what happened"),
    "promise-date": _("Promise a date"),
}  # fmt: skip


@require_safe
@signed_in
def dialog(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """The form of one deed; in a dialog, or a page of its own without scripts."""
    if name not in _TITLES:
        raise Http404
    found = queries.get_for(request.actor, pk)
    context = _options(name, found, request.actor) | {
        "ticket": found,
        "name": name,
        "title": _TITLES[name],
        "now": request.now,
    }
    return pages.show(request, "desk/deed.html", context, parts={"dialog-body": "desk/_deed.html"})


def _options(name: str, t: Ticket, actor: Actor) -> dict[str, Any]:
    known = choices.names()
    options: dict[str, dict[str, Any]] = {
        "assign": {"groups": choices.groups(known), "asking": handoffs.asking(known, t)},
        "pause": {"reasons": closing.PAUSE_REASONS.items()},
        "close": {"reasons": CLOSE_REASONS.items()},
        "facts": {
            "kinds": Kind.choices, "urgencies": Urgency.choices, "tiers": Tier.choices,
            "lines": known.lines.items(), "regions": known.organisation.regions.items(),
        },
        "link": {"link": links.promise_url(t), "link_days": settings.YINGNUO.link_days, "mailable": t.contact.email},
        "tags": {"tags": ", ".join(t.tags)},
        "resolve": {
            "unanswered": _unanswered(t), "still_open": len(family.open_within(t)),
            "parts": inputs.missing(actor, t.kind, t.fields, known.book),
        },
        "split": {"words": _words(t)},
        "record": {"known": _recordable(t)},
    }  # fmt: skip
    return options.get(name, {})


def _words(t: Ticket) -> list[Message]:
    """The customer's messages, of which some may become a ticket of their own."""
    return list(Message.objects.filter(ticket=t, author=Author.CUSTOMER).select_related("contact").order_by("at", "id"))


def _recordable(t: Ticket) -> list[tuple[str, str, str]]:
    """What can be recorded (code, word) with the owed promises that each would meet; those first."""
    owed = Promised.objects.filter(ticket=t, ended_at=None).order_by("id")
    meets: dict[str, list[str]] = {}
    for p in owed:
        for trigger in terms_of(p.terms_id).runs.stop:
            meets.setdefault(trigger.event, []).append(faces.milestone(p.milestone))
    known = [(code, naming.deed(code), ", ".join(meets.get(code, ()))) for code in recording.known_deeds()]
    return sorted(known, key=lambda one: not one[2])


Deed = Callable[[Actor, int, QueryDict, datetime], Ticket]


def _take(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    """From whom the page showed as its holder; who took it a moment before is not robbed of it unseen."""
    seen = number(said.get("had", "")) if "had" in said else queries.get_for(actor, pk).agent_id
    return upkeep.take(actor, ticket_id=pk, seen=seen, now=now)


def _assign(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    team, agent = choices.holder(said.get("holder", ""))
    return upkeep.assign(actor, ticket_id=pk, team=team, agent=agent, note=handoffs.posted(said), now=now)


def _pause(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    return closing.pause(actor, ticket_id=pk, reason=said.get("reason", ""), now=now)


def _resume(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    return closing.resume(actor, ticket_id=pk, now=now)


def _resolve(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    """With a word to the customer; without one only when he has had one, or it is said that he needs none.

    What becomes of open sub-tickets must be said too. What the form still needs comes with it and is written first.
    """
    found = queries.get_for(actor, pk)
    beside.refuse_unasked(found, said.get("children", ""))
    if filled := inputs.posted(said, found.fields, choices.names().book):
        upkeep.fill(actor, ticket_id=pk, said=filled, now=now)
    if said.get("answer") == "none":
        return closing.resolve(actor, ticket_id=pk, now=now)
    if text := said.get("text", "").strip():
        return reply.answer(actor, ticket_id=pk, said=reply.Said(text, then="resolve"), now=now).ticket
    if _unanswered(found):
        problem = _("Write a word to the customer, or choose that no answer is needed.")
        raise Invalid(_("The customer has had no answer."), fields={"text": problem}, code="unanswered")
    return closing.resolve(actor, ticket_id=pk, now=now)


def _unanswered(t: Ticket) -> bool:
    owed = Promised.objects.filter(ticket=t, ended_at=None).values_list("milestone", flat=True)
    return promises.unanswered(t, owed=owed)


def _close(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    reason = said.get("reason", "")
    if reason and reason not in CLOSE_REASONS:
        raise Invalid(_("Choose a reason from the list."), fields={"reason": _("Choose a reason from the list.")})
    return closing.close(actor, ticket_id=pk, reason=reason, now=now)


def _reopen(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    return closing.reopen(actor, ticket_id=pk, now=now)


def _merge(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    text = said.get("absorb", "").strip().lower().removeprefix("yn-")
    other = number(text)
    if not other:
        raise Invalid(_("Write the number of a ticket, such as YN-42."), fields={"absorb": _("This is no number.")})
    customers = "several" if said.get("customers") == "several" else "one"
    return upkeep.merge(actor, ticket_id=pk, absorb_id=other, customers=customers, now=now)


def _split(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    chosen = [number(text) or 0 for text in said.getlist("messages")[:200]]
    start = said.get("start", "split")
    return upkeep.split(actor, ticket_id=pk, messages=chosen, subject=said.get("subject", ""), start=start, now=now)


def _record(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    at = _moment(said.get("at", ""), "at") if said.get("at") else None
    return recording.record(
        actor, ticket_id=pk, deed=said.get("deed", ""), at=at, words=said.get("words", "")[:2_000], now=now
    )


def _promise_date(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    due, words = _moment(said.get("due", ""), "due"), said.get("text", "")[:20_000]
    return recording.promise_date(actor, ticket_id=pk, due=due, words=words, now=now)


_ASIDE = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "3d": timedelta(days=3)}


def _snooze(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    choice = said.get("for", "")
    until = now + _ASIDE[choice] if choice in _ASIDE else None if choice == "wake" else _moment(said.get("until", ""))
    return upkeep.snooze(actor, ticket_id=pk, until=until, now=now)


def _moment(text: str, field: str = "until") -> datetime:
    """A moment as a form's field writes it, in the reader's zone."""
    problem = Invalid(_("This is no date and time."), fields={field: _("Choose a date and a time.")})
    try:
        parsed = parse_datetime(text)
    except ValueError as error:
        raise problem from error
    if parsed is None:
        raise problem
    return timezone.make_aware(parsed) if timezone.is_naive(parsed) else parsed


def _facts(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    found = queries.get_for(actor, pk)
    facts, _clashes = meanwhile.settled(said, meanwhile.facts_of(found))
    if "subject" in facts and not 0 < len(facts["subject"]) <= 200:
        raise Invalid(_("A subject has 1 to 200 characters."), fields={"subject": _("1 to 200 characters.")})
    known = choices.names()
    for name, allowed in (("product_line", known.lines), ("region", known.organisation.regions)):
        if facts.get(name) and facts[name] not in allowed and facts[name] != getattr(found, name):
            raise Invalid(_("This value cannot be used."), fields={name: _("Choose from the list.")})
    reason = said.get("reason", "")
    return upkeep.change(actor, ticket_id=pk, facts=facts, reason=reason, version=found.version, now=now)


def _tags(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    found, wanted = queries.get_for(actor, pk), said.get("tags", "").replace("，", ",").split(",")[:30]
    tags = meanwhile.merged(said, found.tags, wanted)
    return upkeep.tag(actor, ticket_id=pk, tags=tags, version=found.version, now=now)


def _no_reply_needed(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    return reply.no_reply_needed(actor, ticket_id=pk, now=now)


def _revoke(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    withdraw = customer_links.renew if said.get("mail") else customer_links.revoke
    return withdraw(actor, ticket_id=pk, now=now)


def _not_forwarded(actor: Actor, pk: int, said: QueryDict, now: datetime) -> Ticket:
    return origins.not_forwarded(actor, ticket_id=pk, now=now)


_DEEDS: dict[str, tuple[Deed, Promise]] = {
    "take": (_take, _("The ticket is yours.")),
    "assign": (_assign, _("Transferred.")),
    "pause": (_pause, _("Paused.")),
    "resume": (_resume, _("The clocks run again.")),
    "resolve": (_resolve, _("Resolved.")),
    "close": (_close, _("Closed.")),
    "reopen": (_reopen, _("Reopened.")),
    "merge": (_merge, _("Merged.")),
    "split": (_split, _("Split off; the story below leads to the new ticket.")),
    "snooze": (_snooze, _("Put aside.")),
    "facts": (_facts, _("Saved.")),
    "tags": (_tags, _("Saved.")),
    "record": (_record, _("Recorded.")),
    "promise-date": (_promise_date, _("The date is promised.")),
    "no-reply-needed": (_no_reply_needed, _("Noted: no reply is needed.")),
    "not-forwarded": (_not_forwarded, _("The forwarder is the customer now.")),
    "revoke-link": (_revoke, _("All links given out so far are dead.")),
}


@require_POST
@signed_in
def deed(request: DeskRequest, pk: int, name: str) -> HttpResponse:
    """Does it, then shows the ticket as it is now."""
    if name not in _DEEDS:
        raise Http404
    if name == "facts" and (asked := meanwhile.ask_of_ticket(request, queries.get_for(request.actor, pk))):
        return asked
    act, done = _DEEDS[name]
    act(request.actor, pk, request.POST, request.now)
    messages.success(request, str(done))
    if name == "resolve":  # after its parent, so that nobody is told that the last of them is solved
        beside.resolve_too(request, pk)
    return after(request, pk)


def after(request: DeskRequest, pk: int) -> HttpResponse:
    """The ticket as it is after a change; its page for those without scripts, the list when it is out of sight now."""
    gone = not queries.visible_to(request.actor).filter(pk=pk).exists()
    if not pages.is_htmx(request):
        return redirect("desk:queue") if gone else redirect("desk:ticket", pk)
    if gone:
        return HttpResponse(status=204, headers={"HX-Redirect": "/tickets/"})
    response = ticket.show(request, queries.get_for(request.actor, pk))
    add_trigger(response, "yn:close", {"target": "body"})
    return response
