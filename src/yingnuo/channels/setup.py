"""How are the ways in and out set up, and how does one find out at once whether they work?

Secrets are sealed before they are stored and never shown again; an empty secret in a form leaves the stored one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accounts, basis, mailboxes
from yingnuo.channels.adapters.mail import imap
from yingnuo.channels.adapters.mail.imap import ImapServer
from yingnuo.channels.adapters.sms import Gateway
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.channels.sms_models import Basis
from yingnuo.kit import revisions, secrets
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

_WHERE = ("host", "port", "user", "security", "url")  # where a secret is sent to
_PROBE_S = 10.0  # a person waits for the answer


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One channel. `secret` "" keeps the stored one; `settings` as its adapter reads them."""

    code: str
    name: str
    kind: str
    settings: dict[str, Any]
    secret: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """What a test found: "" as code when it works, and the other side's words."""

    code: str = ""
    detail: str = ""


def save(actor: Actor, *, pk: int | None, facts: ChannelFacts, now: datetime) -> Channel:
    """A new or changed channel; Invalid names what is missing."""
    require(actor, "channel.edit")
    _refuse(facts)
    try:
        with transaction.atomic():
            row = Channel(kind=facts.kind, code=facts.code) if pk is None else _locked(pk)
            _renew(row, facts)
            basis.refuse_activation(row)
            row.save()
            _note(actor, row, now)
    except IntegrityError as error:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken") from error
    return row


def _renew(row: Channel, facts: ChannelFacts) -> None:
    moved = row.pk is not None and any(row.settings.get(k) != facts.settings.get(k) for k in _WHERE)
    if moved and row.secret and not facts.secret:
        # a stored password must not be sent to a server of somebody's choosing
        raise Invalid(_("The server is another one."), fields={"secret": _("Type the password or key again.")})
    row.name, row.settings, row.active, row.problem = facts.name, facts.settings, facts.active, ""
    if facts.secret:
        row.secret = secrets.seal(facts.secret)


def _refuse(facts: ChannelFacts) -> None:
    needed = {ChannelKind.MAIL: ("address", "host", "user"), ChannelKind.SMS: ("url",)}
    url = str(facts.settings.get("url", ""))
    if facts.kind == ChannelKind.SMS and url and not url.startswith(("http://", "https://")):
        raise Invalid(_("This is no web address."), fields={"url": _("Begin with https:// or http://.")})
    missing = [key for key in needed.get(ChannelKind(facts.kind), ()) if not facts.settings.get(key)]
    if missing:
        raise Invalid(_("Something is missing."), fields={key: _("This must not be empty.") for key in missing})


def _locked(pk: int) -> Channel:
    row = Channel.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such channel."))
    return row


def _note(actor: Actor, row: Channel, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"channel:{row.code}", {"what": "channel"})], now=now)
    revisions.bump()


def probe(actor: Actor, *, row: Channel, to: str = "", now: datetime) -> Probe:
    """Signs in to a mailbox, or sends one SMS to `to`; tells what came of it and stores nothing but the ledger row."""
    require(actor, "channel.edit")
    found = _tried(row, to)
    with transaction.atomic():
        _note(actor, row, now)
    return found


def _tried(row: Channel, to: str) -> Probe:
    try:
        if row.kind == ChannelKind.MAIL:
            return _mailbox(mailboxes.server_of(row))
        return _message(row, to)
    except ChannelError as error:
        code = f"sms_{error.code}" if row.kind == ChannelKind.SMS else error.code
        return Probe(code, error.detail)
    except ValueError:  # sealed under another key
        return Probe("secret_unreadable")


def _mailbox(server: ImapServer) -> Probe:
    quick = replace(server, timeout_s=_PROBE_S)
    with imap.opened(quick) as mailbox:
        status = mailbox.folder.status(quick.folder)
    return Probe("", str(status.get("MESSAGES", "")))


def _message(row: Channel, to: str) -> Probe:
    return Probe("", Gateway().probe(accounts.of(row), to))


def needs_basis(channel: Channel) -> bool:
    """Whether this channel carries data abroad and no lawful basis for it is on record."""
    return basis.is_missing(channel)


def record_basis(actor: Actor, *, channel: Channel, ground: str, text: str, now: datetime) -> Basis:
    """Records on which ground in law the channel's data may leave the country (see `basis`)."""
    return basis.record(actor, channel=channel, ground=ground, text=text, now=now)
