"""Where does a mail come from: through which mailbox, is it from whom it says, and who sent it on to us?

What is found is kept with the message, in the transaction that takes it in. A mail that a colleague forwards opens the
ticket of whoever wrote it first; the colleague's part stays as evidence, and can be undone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from yingnuo.channels import smtp_in
from yingnuo.channels.adapters.mail import forwarded, proofs
from yingnuo.channels.adapters.mail.forwarded import Original
from yingnuo.channels.adapters.mail.parse import parse
from yingnuo.channels.adapters.mail.proofs import FAILED, Proof
from yingnuo.channels.contract import Arrival, ArrivalKind
from yingnuo.channels.models import ChannelKind, Provenance, Raw
from yingnuo.journey import reactions, work
from yingnuo.journey.incoming import Incoming
from yingnuo.kit.errors import Conflict
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people import services as people
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor
from yingnuo.people.services import Caller
from yingnuo.promises import services as promises
from yingnuo.tickets import queries
from yingnuo.tickets import services as tickets
from yingnuo.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a mail beyond its words."""

    proof: Proof
    forwarded: dict[str, str] = field(default_factory=dict)


class _Taken(Protocol):
    @property
    def message(self) -> int | None: ...


def of(raw: Raw, arrival: Arrival, own_addresses: Collection[str]) -> tuple[Arrival, Origin]:
    """A mail with its origin; where it was forwarded, as the one who wrote it first would have sent it."""
    proof = proof_of(raw)
    found = _original(raw, arrival, own_addresses) if proof.verdict != FAILED else None
    if found is None:
        return arrival, Origin(proof)
    evidence = {
        "name": arrival.sender_name, "address": arrival.sender_address, "words": found.words[:5_000], "how": found.how,
    }  # fmt: skip
    return _as_written(arrival, found), Origin(proof, evidence)


def proof_of(raw: Raw) -> Proof:
    """Our own look at mail that came by SMTP, else what the mailbox's trusted server says; nothing of files."""
    if raw.channel.kind != ChannelKind.MAIL:
        return Proof()
    ours = raw.key.startswith(smtp_in.KEY)
    trusted = smtp_in.host_of(raw.channel) if ours else str(raw.channel.settings.get("trusted") or "")
    return proofs.told_by(bytes(raw.content), trusted) if trusted else Proof()


def _original(raw: Raw, arrival: Arrival, own: Collection[str]) -> Original | None:
    if arrival.kind is not ArrivalKind.REQUEST and arrival.ticket_hint is not None:
        return None
    if arrival.kind not in (ArrivalKind.REQUEST, ArrivalKind.REPLY) or not arrival.sender_address:
        return None
    found = forwarded.original(arrival, own) or _from_file(arrival, own)
    return found if found is not None and _may_forward(raw, arrival) else None


def _may_forward(raw: Raw, arrival: Arrival) -> bool:
    """Colleagues; anybody, where the mailbox says so."""
    if raw.channel.settings.get("forwards"):
        return True
    return Staff.objects.filter(email__iexact=arrival.sender_address, active=True).exists()


def _from_file(arrival: Arrival, own: Collection[str]) -> Original | None:
    file = forwarded.file_within(arrival)
    if file is None:
        return None
    inner = parse(file.data, received_at=arrival.received_at)
    ours = {a.lower() for a in own} | {arrival.sender_address.lower(), ""}
    if inner.sender_address.lower() in ours or inner.kind not in (ArrivalKind.REQUEST, ArrivalKind.REPLY):
        return None
    return Original(
        inner.sender_name, inner.sender_address, forwarded.bare(inner.subject), inner.text, inner.quoted, arrival.text,
        "file",
    )  # fmt: skip


def _as_written(arrival: Arrival, found: Original) -> Arrival:
    return replace(
        arrival, kind=ArrivalKind.REQUEST, sender_name=found.name, sender_address=found.address,
        subject=found.subject or forwarded.bare(arrival.subject), text=found.text or found.quoted,
        quoted=found.quoted if found.text else "", references=(), language="",
        notes=(*arrival.notes, "forwarded"), fields=tuple(f for f in arrival.fields if f[0] != "reply_to"),
    )  # fmt: skip


def keep(incoming: Sequence[Incoming], taken: Sequence[_Taken]) -> None:
    """Keeps the origins of mails, in the caller's transaction."""
    rows = [
        Provenance(
            message_id=one.message, channel=i.raw.channel, verdict=i.origin.proof.verdict,
            checks=_checks(i.origin.proof), forwarded=i.origin.forwarded,
        )
        for i, one in zip(incoming, taken, strict=True)
        if isinstance(i.origin, Origin) and one.message
    ]  # fmt: skip
    if rows:
        Provenance.objects.bulk_create(rows)


def _checks(proof: Proof) -> dict[str, str]:
    return {**proof.checks, "by": proof.by, "domain": proof.domain} if proof.by else {}


def not_forwarded(actor: Actor, *, ticket_id: int, now: datetime) -> Ticket:
    """Whoever sent the mail on is the customer himself after all. Conflict where nobody sent it on."""
    with work.unit():
        ticket = queries.lock_for(actor, ticket_id, may="ticket.edit")
        rows = Provenance.objects.select_for_update(of=("self",)).select_related("message")
        row = rows.filter(message__ticket=ticket).exclude(forwarded={}).order_by("message_id").first()
        if row is None or row.forwarded.get("undone"):
            raise Conflict(_("Nobody forwarded this."), code="not_forwarded")
        before, who = ticket.contact, row.forwarded
        [contact] = people.recognise([Caller(name=who.get("name", ""), email=who.get("address", ""))], now=now)
        row.forwarded = {**who, "undone": "yes"}
        row.save(update_fields=["forwarded"])
        row.message.contact = contact
        row.message.save(update_fields=["contact"])
        ticket.contact, ticket.company = contact, contact.company
        tickets.touch(ticket, ["contact", "company"], now=now)
        params = {"field": "customer", "old": str(before), "new": str(contact), "reason": ""}
        ledger.record(actor, [Entry(Code.TICKET_CHANGED, ticket.pk, "", params)], now=now)
        promises.rederived(actor, ticket=ticket, now=now)
        reactions.changed([ticket.pk])
    return ticket
