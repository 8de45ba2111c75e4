"""How are the ways in and out set up, and how does one find out at once whether they work?

Secrets are sealed before they are stored and never shown again; an empty secret in a form leaves the stored one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accounts, basis, mail_tokens, mail_words, mailboxes, outlets
from yingnuo.channels.adapters.mail import imap, smtp
from yingnuo.channels.adapters.mail.oauth import Tokens
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

_IMAP, _SMTP = ("host", "port", "user", "security", "url"), ("smtp_host", "smtp_port", "smtp_security", "smtp_user")
_CLIENT = ("provider", "tenant", "token_url", "client_id")
_SENT_TO = {"secret": _IMAP, "smtp_password": _SMTP, "client_secret": _CLIENT, "refresh_token": (*_CLIENT, "user")}
"""Which settings say where a secret is sent to."""
_PROBE_S = 10.0  # a person waits for the answer


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One channel. `secret` "" keeps the stored one, as do further `secrets`; `settings` as its adapter reads them."""

    code: str
    name: str
    kind: str
    settings: dict[str, Any]
    secret: str = ""
    active: bool = True
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Probe:
    """What a test found: "" as code when it works, and the other side's words. `sends`: the way out was tried too."""

    code: str = ""
    detail: str = ""
    sends: bool = False


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
    new = {name: value for name, value in {"secret": facts.secret, **facts.secrets}.items() if value}
    kept = _kept(row)
    if row.pk is not None and kept:
        _refuse_elsewhere(row, facts, kept, new)
    row.name, row.settings, row.active, row.problem = facts.name, facts.settings, facts.active, ""
    if new or (kept and facts.kind == ChannelKind.MAIL):
        row.secret = _sealed(facts, {**kept, **new})


def _kept(row: Channel) -> dict[str, str]:
    """The stored secrets; none where another key sealed them."""
    try:
        return dict(accounts.secrets_of(row))
    except ValueError:
        return {}


def _sealed(facts: ChannelFacts, named: dict[str, str]) -> str:
    """A mailbox has several secrets; a gateway's only one stands as it is."""
    return accounts.sealed(named) if facts.kind == ChannelKind.MAIL else secrets.seal(named.get("secret", ""))


def _refuse_elsewhere(row: Channel, facts: ChannelFacts, kept: dict[str, str], new: dict[str, str]) -> None:
    """A stored password must not be sent to a server of somebody's choosing; a consent for another mailbox is void."""
    for name in [name for name in kept if name not in new]:
        where = _SENT_TO.get(name, ())
        if name == "secret" and facts.settings.get("smtp_host") and facts.settings.get("smtp_auth", "same") == "same":
            where = (*where, "smtp_host", "smtp_port", "smtp_security")
        if all(row.settings.get(k) == facts.settings.get(k) for k in where):
            continue
        if name == "refresh_token":
            del kept[name]
            continue
        raise Invalid(_("The server is another one."), fields={name: _("Type the password or key again.")})


def _refuse(facts: ChannelFacts) -> None:
    needed = {ChannelKind.MAIL: _of_mailbox(facts.settings), ChannelKind.SMS: ("url",)}
    url = str(facts.settings.get("url", ""))
    if facts.kind == ChannelKind.SMS and url and not url.startswith(("http://", "https://")):
        raise Invalid(_("This is no web address."), fields={"url": _("Begin with https:// or http://.")})
    missing = [key for key in needed.get(ChannelKind(facts.kind), ()) if not facts.settings.get(key)]
    if missing:
        raise Invalid(_("Something is missing."), fields={key: _("This must not be empty.") for key in missing})


def _of_mailbox(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """What a mailbox must have: a server to look into, unless its mail comes by SMTP."""
    wanted = ["address"] + (["host", "user"] if settings.get("host") or not settings.get("by_smtp") else [])
    wanted += ["client_id"] if settings.get("auth") == "oauth" else []
    wanted += ["token_url", "authorize_url"] if settings.get("auth") == "oauth" and not settings.get("provider") else []
    return tuple(wanted)


def _locked(pk: int) -> Channel:
    row = Channel.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        raise NotFound(_("There is no such channel."))
    return row


def _note(actor: Actor, row: Channel, now: datetime) -> None:
    ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"channel:{row.code}", {"what": "channel"})], now=now)
    revisions.bump()


def probe(actor: Actor, *, row: Channel, to: str = "", now: datetime) -> Probe:
    """Signs in to a mailbox's servers, or sends one SMS to `to`; tells what came of it. Only the ledger keeps it."""
    require(actor, "channel.edit")
    found = _tried(row, to, now)
    with transaction.atomic():
        _note(actor, row, now)
    return found


def _tried(row: Channel, to: str, now: datetime) -> Probe:
    try:
        return _mailbox(row, now) if row.kind == ChannelKind.MAIL else _message(row, to)
    except ChannelError as error:
        code = f"sms_{error.code}" if row.kind == ChannelKind.SMS else error.code
        return Probe(code, error.detail)
    except ValueError:  # sealed under another key
        return Probe("secret_unreadable")


def _mailbox(row: Channel, now: datetime) -> Probe:
    """Both directions of a mailbox, as far as it has servers of its own."""
    count = ""
    if row.settings.get("host"):
        quick = replace(mailboxes.server_of(row, now=now), timeout_s=_PROBE_S)
        with imap.opened(quick) as mailbox:
            count = str(mailbox.folder.status(quick.folder).get("MESSAGES", ""))
    own = outlets.own_server(row, now=now)
    if own is not None:
        smtp.sign_in(replace(own, timeout_s=_PROBE_S))
    return Probe("", count, own is not None)


def _message(row: Channel, to: str) -> Probe:
    return Probe("", Gateway().probe(accounts.of(row), to))


def needs_basis(channel: Channel) -> bool:
    """Whether this channel carries data abroad and no lawful basis for it is on record."""
    return basis.is_missing(channel)


def record_basis(actor: Actor, *, channel: Channel, ground: str, text: str, now: datetime) -> Basis:
    """Records on which ground in law the channel's data may leave the country (see `basis`)."""
    return basis.record(actor, channel=channel, ground=ground, text=text, now=now)


def connected(actor: Actor, *, pk: int, tokens: Tokens, now: datetime) -> None:
    """An administrator's consent at a provider gave these tokens: kept, and told in the ledger."""
    require(actor, "channel.edit")
    mail_tokens.keep(pk, tokens, now=now)
    with transaction.atomic():
        row = _locked(pk)
        row.problem = ""
        row.save(update_fields=["problem"])
        _note(actor, row, now)


def word(actor: Actor, *, pk: int, language: str, words: Mapping[str, str], now: datetime) -> None:
    """A mailbox's wordings in one language, "" for the built-in one. Invalid for what cannot be filled in."""
    require(actor, "channel.edit")
    given = {part: str(words.get(part) or "").strip() for part in mail_words.PARTS}
    wrong: dict[str, object] = {part: problem for part, text in given.items() if (problem := mail_words.problem(text))}
    if given["receipt"] and "url" not in given["receipt"] and not wrong:
        wrong["receipt"] = _("{{ url }} is missing: the customer would not learn where his request stands.")
    if wrong:
        raise Invalid(_("The wording cannot be used."), fields=wrong)
    with transaction.atomic():
        row = _locked(pk)
        all_words = dict(row.settings.get("words") or {})
        all_words[language] = {part: text for part, text in given.items() if text}
        row.settings = {**row.settings, "words": all_words}
        row.save(update_fields=["settings"])
        _note(actor, row, now)
