"""What does a provider's news about something we sent change?

News comes late, twice and in any order: a delivery only ever moves forward (sent, delivered, read), and a failure that
comes after it was delivered is no failure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from yingnuo.channels import sms_book
from yingnuo.channels.contract import Receipt, ReceiptState
from yingnuo.channels.models import Channel, Delivery, DeliveryState
from yingnuo.kit import live
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import SYSTEM

_ORDER = (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ)
_BECOMES = {
    ReceiptState.SENT: DeliveryState.SENT,
    ReceiptState.DELIVERED: DeliveryState.DELIVERED,
    ReceiptState.READ: DeliveryState.READ,
}


def take(channel: Channel, receipts: Sequence[Receipt], *, now: datetime) -> None:
    """Notes what became of deliveries; news of what is not ours is passed over."""
    for receipt in receipts:
        with transaction.atomic(durable=True):
            sms_book.receipt(channel, receipt)
            for row in _meant(channel, receipt):
                _take(row, receipt, now)


def _meant(channel: Channel, receipt: Receipt) -> list[Delivery]:
    """The delivery of this id; with a watermark, all to this person that left until then and may still move."""
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("message").filter(channel=channel)
    if receipt.external_id:
        return list(rows.filter(external_id=receipt.external_id[:250])[:1])
    moving = [DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.DELIVERED]
    return list(rows.filter(to=receipt.peer, state__in=moving, sent_at__lte=receipt.at)) if receipt.peer else []


def _take(row: Delivery, receipt: Receipt, now: datetime) -> None:
    changed = _fail(row, receipt, now) if receipt.state is ReceiptState.FAILED else _advance(row, receipt)
    if changed:
        live.publish(f"ticket:{row.message.ticket_id}", row.message.ticket_id)


def _advance(row: Delivery, receipt: Receipt) -> bool:
    wanted = _BECOMES[receipt.state]
    if row.state == DeliveryState.FAILED or _ORDER.index(DeliveryState(row.state)) >= _ORDER.index(wanted):
        return False
    row.state, row.retry_at = wanted, None
    row.arrived_at = row.arrived_at or receipt.at
    if wanted == DeliveryState.READ:
        row.read_at = receipt.at
    row.save(update_fields=["state", "retry_at", "arrived_at", "read_at"])
    return True


def _fail(row: Delivery, receipt: Receipt, now: datetime) -> bool:
    if row.state in (DeliveryState.DELIVERED, DeliveryState.READ, DeliveryState.FAILED):
        return False
    row.state, row.retry_at, row.problem = DeliveryState.FAILED, None, (receipt.problem or "failed")[:250]
    row.save(update_fields=["state", "retry_at", "problem"])
    params: dict[str, str | int] = {"message": row.message_id, "problem": (receipt.problem or "failed")[:80]}
    entry = Entry(Code.MESSAGE_UNDELIVERABLE, row.message.ticket_id, f"message:{row.message_id}", {**params})
    ledger.record(SYSTEM, [entry], now=now)
    return True
