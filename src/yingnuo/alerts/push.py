"""How do notices reach the browsers of a member of staff while no page of ours is open (Web Push)?

The services that carry them stand abroad: all of it is off until an administrator has recorded on which ground in law
it may be used. What is sent is sealed for one browser, and says the number and a sentence; a customer's words only
where the company allows it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from yingnuo.alerts import sealing
from yingnuo.alerts.models import Preference, PushBrowser, PushRule
from yingnuo.alerts.rules import PUSH
from yingnuo.channels import outlets
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.sms_models import Ground
from yingnuo.kit import http, instants, revisions, secrets
from yingnuo.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from yingnuo.kit.http import Limits, Unanswered, Unsafe
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry, Value
from yingnuo.people.models import Staff
from yingnuo.people.roles import Actor, require

LEAST_WORDS = 10
MOST_BROWSERS = 10  # of one person; the one longest unheard of makes room
LONGEST_ENDPOINT = 1_000
KEPT_FOR_S = 12 * 3_600  # how long a push service keeps a message for a browser that is off
_LIMITS = Limits(connect_s=5.0, total_s=10.0, most_bytes=4_096)
_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class PushFacts:
    """The company's decision: on or off, the ground in law and what it rests on, whether subjects may be told."""

    active: bool
    ground: str = ""
    basis: str = ""
    subjects: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a browser shows."""

    title: str
    body: str
    path: str
    tag: str

    def packed(self) -> bytes:
        """As it travels; a long sentence is cut so that it fits."""
        said = {"title": self.title[:120], "body": self.body[:600], "path": self.path, "tag": self.tag}
        return json.dumps(said, ensure_ascii=False).encode()


def rule() -> PushRule:
    """What is decided; off where nobody has decided."""
    return PushRule.objects.select_related("by").filter(pk=1).first() or PushRule()


def set_rule(actor: Actor, *, facts: PushFacts, now: datetime) -> None:
    """On or off for the company; Invalid where it is to be on without a ground in law. The key is made once."""
    require(actor, "channel.edit")
    _refuse(facts)
    with transaction.atomic():
        row, _made = PushRule.objects.select_for_update().get_or_create(pk=1)
        row.active, row.ground, row.basis, row.subjects = facts.active, facts.ground, facts.basis, facts.subjects
        row.by_id, row.at = actor.id if actor.kind == "staff" else None, now
        row.private = row.private or secrets.seal(sealing.new_private())
        row.save()
        on, told = int(facts.active), int(facts.subjects)
        params: dict[str, Value] = {"what": "push", "ground": facts.ground, "active": on, "subjects": told}
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, "push", params)], now=now)
        revisions.bump()


def _refuse(facts: PushFacts) -> None:
    if not facts.active:
        return
    if facts.ground not in Ground.values:
        said = _("Push services are abroad: choose the ground in law first.")
        raise Invalid(said, fields={"ground": said}, code="no_lawful_basis")
    if len(facts.basis.strip()) < LEAST_WORDS:
        said = _("Write what it rests on, in a sentence.")
        raise Invalid(said, fields={"basis": said}, code="no_lawful_basis")


def public_key() -> str:
    """What a browser needs to subscribe; "" while push is off."""
    row = rule()
    return sealing.public_of(secrets.unseal(row.private)) if row.active else ""


def of(staff: int) -> list[PushBrowser]:
    """The browsers of one person, the newest first."""
    return list(PushBrowser.objects.filter(staff_id=staff).order_by("-made_at"))


def subscribe(actor: Actor, *, endpoint: str, p256dh: str, auth: str, name: str, now: datetime) -> PushBrowser:
    """This browser is told from now on; one that was another's before is so no more.

    Invalid for an address or keys that cannot be written to, Conflict while push is off.
    """
    _require_staff(actor)
    if not rule().active:
        raise Conflict(_("Push is switched off for everybody."), code="push_off")
    _refuse_browser(endpoint, p256dh, auth)
    with transaction.atomic():
        row, made = PushBrowser.objects.update_or_create(
            endpoint=endpoint,
            defaults={
                "staff_id": actor.id, "p256dh": p256dh, "auth": secrets.seal(auth), "name": name[:80], "made_at": now,
                "problem": "", "failures": 0,
            },
        )  # fmt: skip
        mine = PushBrowser.objects.filter(staff_id=actor.id).order_by(F("reached_at").desc(nulls_last=True), "-pk")
        PushBrowser.objects.filter(pk__in=[one.pk for one in mine if one.pk != row.pk][MOST_BROWSERS - 1 :]).delete()
        _want(actor.id)
        _note(actor, "added" if made else "renewed", name, now)
    return row


def _refuse_browser(endpoint: str, p256dh: str, auth: str) -> None:
    said = _("This browser gave an address that cannot be used.")
    try:
        http.check(endpoint, inner=settings.YINGNUO.inner_hosts)
        sealing.keys_from(p256dh, auth)
    except (Unsafe, ValueError) as error:
        raise Invalid(said, code="bad_subscription", fields={"endpoint": said}) from error
    if len(endpoint) > LONGEST_ENDPOINT:
        raise Invalid(said, code="bad_subscription", fields={"endpoint": said})


def _want(staff: int) -> None:
    """Whoever lets a browser tell him wants to be told there, of every step."""
    row, _made = Preference.objects.select_for_update().get_or_create(staff_id=staff)
    if PUSH not in row.more:
        row.more = [*row.more, PUSH]
        row.off = [way for way in row.off if way != PUSH]
        row.save(update_fields=["more", "off"])
    revisions.bump()


def unsubscribe(actor: Actor, *, browser: int, now: datetime) -> None:
    """One of the actor's own browsers is told no more; NotFound for any other."""
    _require_staff(actor)
    with transaction.atomic():
        row = PushBrowser.objects.select_for_update().filter(pk=browser, staff_id=actor.id).first()
        if row is None:
            raise NotFound(_("There is no such browser, or it is not yours."), code="browser_not_found")
        row.delete()
        _note(actor, "removed", row.name, now)


def _note(actor: Actor, done: str, name: str, now: datetime) -> None:
    params = {"what": "push_browser", "done": done, "name": name[:80]}
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"staff:{actor.id}", params)], now=now)


def _require_staff(actor: Actor) -> None:
    require(actor, "notice.ack")
    if actor.kind != "staff":
        raise NotAllowed(_("You may not do this."), code="not_allowed", verb="notice.ack")


def send(person: Staff, told: Told) -> None:
    """To every browser of one person; ChannelError when none of them took it.

    A browser that has unsubscribed (404, 410) is forgotten; what went wrong with another stands at it.
    """
    row = rule()
    if not row.active:
        raise ChannelError("push_off", "", permanent=True)
    browsers = of(person.pk)
    errors = [error for browser in browsers if (error := _send(browser, row, told)) is not None]
    if len(errors) < len(browsers):
        return
    if waiting := [error for error in errors if not error.permanent]:
        raise waiting[0]
    raise errors[0] if errors else ChannelError("no_browser", "", permanent=True)


def _send(browser: PushBrowser, row: PushRule, told: Told) -> ChannelError | None:
    now = instants.now()
    try:
        private, auth = secrets.unseal(row.private), secrets.unseal(browser.auth)
        body = sealing.seal(told.packed(), sealing.keys_from(browser.p256dh, auth))
        answer = http.request(
            "POST", browser.endpoint, headers=_headers(browser.endpoint, private, told, now), content=body,
            inner=settings.YINGNUO.inner_hosts, limits=_LIMITS,
        )  # fmt: skip
    except ValueError as error:
        return _failed(browser, ChannelError("secret_unreadable", str(error), permanent=True))
    except Unsafe as error:
        return _failed(browser, ChannelError(error.code, "", permanent=True))
    except Unanswered as error:
        return _failed(browser, ChannelError(error.code, str(error)[:100], permanent=False))
    if answer.status in _GONE:
        PushBrowser.objects.filter(pk=browser.pk).delete()
        return ChannelError("no_browser", str(answer.status), permanent=True)
    if not 200 <= answer.status < 300:
        busy = answer.status in (408, 429) or answer.status >= 500
        return _failed(browser, ChannelError("push_refused", str(answer.status), permanent=not busy))
    PushBrowser.objects.filter(pk=browser.pk).update(reached_at=now, problem="", failures=0)
    return None


def _failed(browser: PushBrowser, error: ChannelError) -> ChannelError:
    PushBrowser.objects.filter(pk=browser.pk).update(problem=str(error)[:200], failures=F("failures") + 1)
    return error


def _headers(endpoint: str, private: str, told: Told, now: datetime) -> dict[str, str]:
    site, mail = str(settings.YINGNUO.address), outlets.mail_address()
    contact = f"mailto:{mail}" if mail and not site.startswith("https:") else site
    signed = sealing.authorization(endpoint, private, contact=contact, now=instants.seconds(now))
    return {
        "Authorization": signed, "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
        "TTL": str(KEPT_FOR_S), "Urgency": "high", "Topic": told.tag[:32],
    }  # fmt: skip


def failures(rows: Sequence[PushBrowser]) -> list[PushBrowser]:
    """Those of the browsers that did not take the last message."""
    return [row for row in rows if row.failures]
