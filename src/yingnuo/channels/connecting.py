"""How is a channel with an adapter connected, changed and tried out?

What an administrator fills in is declared by the adapter (`Profile.settings`). Secrets are sealed before they are
stored and never shown again; an empty one in a form leaves the stored one, unless the channel now speaks to another
server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from yingnuo.channels import accounts, basis, registry
from yingnuo.channels.contract import ChannelError, Profile, Setting, SettingType
from yingnuo.channels.models import Channel
from yingnuo.kit import revisions
from yingnuo.kit.errors import Conflict, Invalid, NotFound
from yingnuo.ledger import services as ledger
from yingnuo.ledger.codes import Code
from yingnuo.ledger.services import Entry
from yingnuo.people.roles import Actor, require

_MESSAGING = (
    Setting(
        "receipt", _("Send a receipt"), SettingType.SWITCH, initial=True,
        help=_("Tells whoever opens a ticket its number and the page where he sees how it stands."),
    ),
)  # fmt: skip
_WHERE = ("api", "old_api", "url", "host", "port", "user", "security")  # where a secret is sent to


@dataclass(frozen=True, slots=True)
class Connection:
    """What was filled in for one channel. `secrets` that are "" keep what is stored."""

    code: str
    name: str
    kind: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict)
    active: bool = True


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test found: `code` "" when it works, and the provider's words."""

    code: str = ""
    said: str = ""


def profile_of(kind: str) -> Profile:
    """What a kind of channel is; NotFound for one without an adapter."""
    if kind not in registry.kinds():
        raise NotFound(_("There is no such kind of channel."))
    return registry.adapter_of(kind).profile


def settings_of(profile: Profile) -> tuple[Setting, ...]:
    """What is filled in for a channel: its adapter's own settings, and those that all of its group have."""
    return profile.settings + (_MESSAGING if profile.group == "messaging" else ())


def save(actor: Actor, *, pk: int | None, given: Connection, now: datetime) -> Channel:
    """A new or changed channel; Invalid names what is missing."""
    require(actor, "channel.edit")
    profile = profile_of(given.kind)
    try:
        with transaction.atomic(durable=True):
            row = Channel(kind=given.kind, code=given.code) if pk is None else _locked(pk, given.kind)
            secrets = _secrets(row, profile, given)
            _refuse(profile, given, secrets)
            row.name, row.settings, row.active = given.name, _settings(profile, given), given.active
            row.secret = accounts.sealed(secrets)
            row.problem, row.problem_at, row.failures, row.retry_at = "", None, 0, None
            basis.refuse_activation(row)
            row.save()
            entry = Entry(Code.SETTING_CHANGED, 0, f"channel:{row.code}", {"what": "channel"})
            ledger.record(actor, [entry], now=now)
            revisions.bump()
    except IntegrityError as error:
        raise Conflict(_("This code is taken. Choose another."), code="code_taken") from error
    return row


def _locked(pk: int, kind: str) -> Channel:
    row = Channel.objects.select_for_update().filter(pk=pk, kind=kind).first()
    if row is None:
        raise NotFound(_("There is no such channel."))
    return row


def _settings(profile: Profile, given: Connection) -> dict[str, Any]:
    plain = [s.name for s in settings_of(profile) if s.type is not SettingType.SECRET]
    return {name: given.settings[name] for name in plain if given.settings.get(name) not in ("", None)}


def _secrets(row: Channel, profile: Profile, given: Connection) -> dict[str, str]:
    """The new secrets, and the stored ones in the place of those left empty."""
    names = [s.name for s in settings_of(profile) if s.type is SettingType.SECRET]
    moved = row.pk is not None and any(row.settings.get(k) != given.settings.get(k) for k in _WHERE if _is_set(row, k))
    stored = {} if row.pk is None or moved else _stored(row)
    return {name: given.secrets.get(name) or stored.get(name, "") for name in names}


def _is_set(row: Channel, name: str) -> bool:
    return name in row.settings


def _stored(row: Channel) -> Mapping[str, str]:
    try:
        return accounts.secrets_of(row)
    except ValueError:  # sealed under another key of the installation: to be typed again
        return {}


def _refuse(profile: Profile, given: Connection, secrets: Mapping[str, str]) -> None:
    needed = [s for s in settings_of(profile) if s.required]
    have = {**given.settings, **secrets}
    missing = [s.name for s in needed if have.get(s.name) in ("", None)]
    if missing:
        words = _("This must not be empty.")
        raise Invalid(_("Something is missing."), fields=dict.fromkeys(missing, words))


def probe(actor: Actor, *, row: Channel, to: str, now: datetime) -> Tried:
    """Asks the provider whether the settings work; keeps what came of it at the channel and a trace in the ledger."""
    require(actor, "channel.edit")
    found = _tried(row, to)
    with transaction.atomic(durable=True):
        if not found.code:
            accounts.worked(row.pk, now=now)
        ledger.record(actor, [Entry(Code.SETTING_CHANGED, 0, f"channel:{row.code}", {"what": "channel"})], now=now)
    return found


def _tried(row: Channel, to: str) -> Tried:
    try:
        return Tried("", registry.adapter_of(row.kind).probe(accounts.of(row), to))
    except ChannelError as error:
        return Tried(error.code, error.detail)
    except ValueError:
        return Tried("secret_unreadable")


def suggested_code(kind: str) -> str:
    """A code that is free: part of the address providers call, so it stays."""
    base = kind.replace("_", "-")
    taken = set(Channel.objects.filter(code__startswith=base).values_list("code", flat=True))
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)
