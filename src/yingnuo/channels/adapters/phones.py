"""What have all telephone systems in common: settings, names of channels, how a number is dialled, recordings?"""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, urlsplit

import phonenumbers
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.adapters import web
from yingnuo.channels.contract import Account, ChannelError, File, Setting, SettingType

TOKEN = "yn-"  # noqa: S105  # what the ids of calls begin with that we place ourselves
_EXTENSION = re.compile(r"^[A-Za-z0-9_.+@-]{1,60}$")
_DEVICE = re.compile(r"^[A-Za-z0-9_]+/(.+?)(?:-[0-9a-f]{8})?(?:;[12])?$")
_AUDIO = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/ogg", ".m4a": "audio/mp4"}

DIALLING = (
    Setting("prefix", _("Digits before an outside number"), help=_("Empty when there are none.")),
    Setting("form", _("How an outside number is dialled"), SettingType.CHOICE, initial="national", choices=(
        ("national", _("13800002210 at home, 00… abroad")), ("e164", "+8613800002210"))),
    Setting("country", _("Country of the telephone system"), initial="CN", help=_("Two letters: CN, HK, SG …")),
)  # fmt: skip
RECORDINGS = (
    Setting("recordings", _("Address of the recordings"), help=_(
        "A folder read over HTTP, such as https://pbx.example/monitor. Empty: recordings are not shown.")),
    Setting("recordings_secret", _("Bearer token for the recordings"), SettingType.SECRET),
)  # fmt: skip


def device(channel: str) -> str:
    """The extension in a channel's or device's name: PJSIP/8001-0000001a, Local/8001@from-queue/n, Agent/8001."""
    found = _DEVICE.match(channel.strip())
    name = found[1] if found else channel.strip()
    return name.partition("@")[0].partition("/")[0][:80]


def safe_extension(extension: str) -> str:
    """The extension, when it can stand in a command; ChannelError otherwise."""
    if not _EXTENSION.match(extension):
        raise ChannelError("bad_extension", "", permanent=True)
    return extension


def outside(account: Account, number: str) -> str:
    """An E.164 number as this system wants it dialled; ChannelError for what is none."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException as error:
        raise ChannelError("bad_number", "", permanent=True) from error
    prefix = re.sub(r"\D", "", str(account.settings.get("prefix", "")))
    if account.settings.get("form") == "e164":
        return prefix + phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    home = phonenumbers.country_code_for_region(str(account.settings.get("country") or "CN").upper())
    if parsed.country_code == home:
        national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return prefix + re.sub(r"\D", "", national)
    return f"{prefix}00{parsed.country_code}{phonenumbers.national_significant_number(parsed)}"


def inside(account: Account, dialled: str) -> str:
    """An outside number as somebody dialled it, without the prefix; E.164 where it can be read."""
    prefix = re.sub(r"\D", "", str(account.settings.get("prefix", "")))
    bare = dialled.removeprefix(prefix) if prefix and len(dialled) > len(prefix) + 5 else dialled
    return e164(account, bare)


def e164(account: Account, number: str) -> str:
    """A number in E.164 form as far as it can be read in the system's country, else as it came."""
    plain = re.sub(r"^00(?=[1-9])", "+", number.strip())
    try:
        parsed = phonenumbers.parse(plain, str(account.settings.get("country") or "CN").upper())
    except phonenumbers.NumberParseException:
        return number[:80]
    if not phonenumbers.is_valid_number(parsed):
        return number[:80]
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def recording(account: Account, ref: str) -> File:
    """A recording below the address in the settings; nothing outside of it is ever asked for."""
    base = str(account.settings.get("recordings", "")).rstrip("/")
    if urlsplit(base).scheme not in ("http", "https"):
        raise ChannelError("no_recordings", "", permanent=True)
    name = posixpath.normpath("/" + ref.replace("\\", "/")).lstrip("/")
    for root in ("var/spool/asterisk/monitor/", "var/lib/freeswitch/recordings/", "usr/local/freeswitch/recordings/"):
        name = name.removeprefix(root)
    secret = account.secrets.get("recordings_secret", "")
    given = {"Authorization": f"Bearer {secret}"} if secret else {}
    answer = web.ask("GET", f"{base}/{quote(name)}", headers=given)
    kind = _AUDIO.get(posixpath.splitext(name)[1].lower(), "application/octet-stream")
    return File(posixpath.basename(name), kind, answer.content)
