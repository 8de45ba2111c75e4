"""What do all SMS providers share: settings of price and limits, the key of a push without a signature, stop words?"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta, timezone

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.contract import (
    Account,
    Arrival,
    ChannelError,
    Checked,
    Form,
    Heard,
    Hook,
    Outgoing,
    Rejected,
    Setting,
    SettingType,
    Stop,
)  # fmt: skip
from yingnuo.engine import stops

CHINA = timezone(timedelta(hours=8))
_SAMPLE = "应诺 Yingnuo: test 测试"
PUSH_KEY = Setting(
    "push_key", _("Key of the push address"), SettingType.SECRET, required=True,
    help=_("A long word of your own. The provider signs nothing: append ?key=… to our address in its console."),
)  # fmt: skip


def common(
    currency: str, *, minute: int = 0, hour: int = 0, day: int = 0, prefixes: str = ""
) -> tuple[Setting, ...]:  # fmt: skip
    """Settings of every SMS channel, with this provider's defaults; 0 is no limit."""
    return (
        Setting("price", _("Price of one part"), help=_("160 Latin characters or 70 others are one part.")),
        Setting("currency", _("Currency"), initial=currency, help=_("Three letters, such as CNY.")),
        Setting("month_cap", _("Most in a month"), help=_("In this currency; empty: no cap.")),
        Setting("per_minute", _("Most to one number in a minute"), SettingType.NUMBER, initial=minute),
        Setting("per_hour", _("… in an hour"), SettingType.NUMBER, initial=hour),
        Setting("per_day", _("… in a day"), SettingType.NUMBER, initial=day, help=_("0: no limit.")),
        Setting(
            "prefixes", _("Only numbers that begin with"), initial=prefixes, help=_("Such as +86 +852; empty: all.")
        ),
    )


def pushed(account: Account, hook: Hook) -> None:
    """Raises Rejected for a push that does not bear the key of the address."""
    secret, shown = account.secrets.get("push_key", ""), hook.query.get("key", "")
    if not secret or not hmac.compare_digest(shown.encode(), secret.encode()):
        raise Rejected("bad_signature")


def kept(hook: Hook) -> Checked:
    """The body of a call, to be kept as it is."""
    return Checked(hook.body)


def form_of(out: Outgoing) -> Form:
    """The template of a message; ChannelError where the provider takes nothing else and there is none."""
    if out.form is None:
        raise ChannelError("template_needed", "", permanent=True)
    if out.files:
        raise ChannelError("files_not_possible", "", permanent=True)
    return out.form


def in_china(told: str, received_at: datetime) -> datetime:
    """A provider's wall time in China ("2026-03-02 10:00:05"), never later than it came; unreadable: when it came."""
    try:
        return min(received_at, datetime.strptime(told, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA))
    except ValueError:
        return received_at


def said(number: str, text: str, *, external_id: str, at: datetime) -> Heard:
    """Somebody's SMS: words, or nothing but a stop word. ValueError without a number."""
    if not number:
        raise ValueError("an SMS without a number")
    if word := stops.word(text):
        return Heard(stops=(Stop(number, at, word, again=stops.is_again(word)),))
    key = external_id or hashlib.sha256(f"{number} {at.isoformat()} {text}".encode()).hexdigest()
    return Heard(arrivals=(Arrival(key, at, text=text, sender_phone=number, peer=number),))


def together(parts: list[Heard]) -> Heard:
    """What several parts of one body come to."""
    return Heard(
        arrivals=tuple(one for part in parts for one in part.arrivals),
        receipts=tuple(one for part in parts for one in part.receipts),
        stops=tuple(one for part in parts for one in part.stops),
    )


def test_words(key: str, to: str) -> Outgoing:
    """A word to try a gateway out with."""
    return Outgoing(key=key, to=to, subject="", text=_SAMPLE)


def plus(number: str, country: str = "86") -> str:
    """A number in E.164 form, of this country where it does not say so itself; "" for none."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if not digits:
        return ""
    if number.strip().startswith("+"):
        return f"+{digits}"
    return f"+{digits[2:]}" if digits.startswith("00") else f"+{country}{digits}"
