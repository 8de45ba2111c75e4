"""Where is a mailbox set up: how its mail comes in, how it signs in, by which server its answers leave?"""

from __future__ import annotations

import secrets as random
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from yingnuo.channels import accounts, mail_tokens
from yingnuo.channels import setup as services
from yingnuo.channels.adapters.mail import oauth
from yingnuo.channels.contract import ChannelError
from yingnuo.channels.models import Channel, ChannelKind
from yingnuo.channels.setup import ChannelFacts, Probe
from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.desk.settings import inputs
from yingnuo.desk.settings.frame import go, show
from yingnuo.desk.settings.inputs import Listed, Pick
from yingnuo.desk.settings.shown import SettingForm
from yingnuo.kit.errors import Refused

LANGUAGES = (("zh-hans", "简体中文"), ("zh-hant", "繁體中文"), ("en", "English"))
_SECURITY = (
    ("tls", "TLS (993)"), ("starttls", "STARTTLS (143)"), ("none", gettext_lazy("none: only on the same machine")),
)  # fmt: skip
_SMTP_SECURITY = (
    ("starttls", "STARTTLS (587)"), ("tls", "TLS (465)"), ("none", gettext_lazy("none: only on the same machine")),
)  # fmt: skip
_RECEIVES = (
    ("imap", gettext_lazy("from a mailbox on a server (IMAP)")),
    ("smtp", gettext_lazy("by SMTP, sent to this installation")),
    ("both", gettext_lazy("both")),
)
_AUTH = (
    ("password", gettext_lazy("with a password")), ("microsoft", "Microsoft 365 / Outlook.com (OAuth2)"),
    ("google", "Google Workspace / Gmail (OAuth2)"), ("other", gettext_lazy("with another provider (OAuth2)")),
)  # fmt: skip
_SMTP_AUTH = (
    ("same", gettext_lazy("as above")), ("own", gettext_lazy("with a user name and password of its own")),
    ("none", gettext_lazy("not at all")),
)  # fmt: skip
_KEEP = gettext_lazy("Empty: the stored one stays.")
_STATE = "mailbox-consent"  # session key of a consent under way


def _hidden(label: Any) -> forms.CharField:
    box = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, widget=box, strip=False, help_text=_KEEP)


def _text(label: Any, help_text: Any = "", longest: int = 200, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=longest, help_text=help_text, **more)


def _port(initial: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=gettext_lazy("Port"), required=False, min_value=1, max_value=65535, initial=initial
    )  # fmt: skip


class MailboxForm(SettingForm):
    """Everything about one mailbox but its wordings."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    code = inputs.code_field()
    address = forms.EmailField(
        label=gettext_lazy("Address"), help_text=gettext_lazy("Customers write to it; answers come from it.")
    )
    aliases = Listed(
        label=gettext_lazy("Further addresses"), required=False,
        help_text=gettext_lazy("Mail to these comes here too; commas between them."),
    )  # fmt: skip
    sender_name = _text(gettext_lazy("Sender's name"), gettext_lazy("Customers see it beside the address."), 80)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)
    receives = Pick(_RECEIVES, gettext_lazy("Mail comes"), number=False, required=True)
    host = _text(gettext_lazy("IMAP server"))
    port = _port(993)
    security = Pick(_SECURITY, gettext_lazy("Protection"), number=False, required=True)
    folder = _text(gettext_lazy("Folder"), initial="INBOX", longest=100)
    interval = forms.IntegerField(
        label=gettext_lazy("Look every … seconds"), min_value=15, max_value=3600, initial=60,
        help_text=gettext_lazy("Only where the server cannot tell of new mail by itself."),
    )  # fmt: skip
    auth = Pick(_AUTH, gettext_lazy("Signing in"), number=False, required=True)
    user = _text(gettext_lazy("User name"))
    secret = _hidden(gettext_lazy("Password"))
    client_id = _text(gettext_lazy("Client ID"), gettext_lazy("Of your registration at the provider."))
    client_secret = _hidden(gettext_lazy("Client secret"))
    tenant = _text(gettext_lazy("Tenant"), gettext_lazy("Microsoft only. Empty: any organisation."), 100)
    authorize_url = _text(gettext_lazy("Address of the consent page"), gettext_lazy("Other providers only."), 300)
    token_url = _text(gettext_lazy("Address for tokens"), gettext_lazy("Other providers only."), 300)
    scope = _text(gettext_lazy("Scope"), gettext_lazy("Other providers only."), 300)
    smtp_host = _text(gettext_lazy("SMTP server"), gettext_lazy("Empty: that of the installation."))
    smtp_port = _port(587)
    smtp_security = Pick(_SMTP_SECURITY, gettext_lazy("Protection"), number=False, required=True)
    smtp_auth = Pick(_SMTP_AUTH, gettext_lazy("Signing in"), number=False, required=True)
    smtp_user = _text(gettext_lazy("User name"))
    smtp_password = _hidden(gettext_lazy("Password"))
    trusted = _text(
        gettext_lazy("Trusted name in Authentication-Results"),
        gettext_lazy(
            "The name your mail server signs its checks with, such as mx.example.com. Empty: none is believed."
        ),
    )
    forwards = forms.BooleanField(
        label=gettext_lazy("Anybody's forwarded mail is of its first sender"), required=False,
        help_text=gettext_lazy("Colleagues' forwarded mail always is."),
    )  # fmt: skip


GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (gettext_lazy("The mailbox"), ("name", "code", "address", "aliases", "sender_name", "active")),
    (gettext_lazy("How mail comes in"), ("receives", "host", "port", "security", "folder", "interval")),
    (
        gettext_lazy("How we sign in"),
        ("auth", "user", "secret", "client_id", "client_secret", "tenant", "authorize_url", "token_url", "scope"),
    ),
    (
        gettext_lazy("How answers leave"),
        ("smtp_host", "smtp_port", "smtp_security", "smtp_auth", "smtp_user", "smtp_password"),
    ),
    (gettext_lazy("Whom we believe"), ("trusted", "forwards")),
)
_SECRETS = ("secret", "client_secret", "smtp_password")


def page(request: DeskRequest, row: Channel | None) -> HttpResponseBase:
    """A new mailbox, or one that is there."""
    form = MailboxForm.over(request, initial=_initial(row) if row else {"active": True})
    if row:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save(request.actor, pk=row.pk if row else None, facts=facts(form, row), now=request.now)
        except Refused as refused:
            inputs.tell(form, refused)
        else:
            messages.success(request, _("%(name)s is saved. Test it now.") % {"name": saved.name})
            return go(request, "settings_channel", saved.pk)
    context = {
        "form": form, "groups": [(title, [form[name] for name in names]) for title, names in GROUPS], "channel": row,
        "title": row or gettext_lazy("New mailbox"), "languages": LANGUAGES, "redirect": _redirect(),
        "oauth": bool(row) and row is not None and row.settings.get("auth") == "oauth", "consented": _consented(row),
        "smtp_port": settings.YINGNUO.smtp_port,
    }  # fmt: skip
    return show(request, "mailbox.html", context, section="channels", status=422 if form.errors else 200)


def _initial(row: Channel) -> dict[str, Any]:
    s = row.settings
    by = {(True, False): "imap", (False, True): "smtp", (True, True): "both"}
    auth = (s.get("provider") or "other") if s.get("auth") == "oauth" else "password"
    received = by.get((bool(s.get("host")), bool(s.get("by_smtp"))), "imap")
    return {**s, "name": row.name, "code": row.code, "active": row.active, "auth": auth, "receives": received}


def facts(form: MailboxForm, row: Channel | None) -> ChannelFacts:
    """What the form says, as the mailbox keeps it; its wordings stay."""
    data = dict(form.cleaned_data)
    plain = {name: data.pop(name) for name in ("name", "code", "active")}
    named = {name: data.pop(name) for name in _SECRETS}
    receives, auth = data.pop("receives"), data.pop("auth")
    if receives == "smtp":
        data = {name: value for name, value in data.items() if name not in ("host", "port", "folder", "interval")}
    data["by_smtp"] = receives != "imap"
    data["auth"] = "password" if auth == "password" else "oauth"
    data["provider"] = auth if auth in oauth.PROVIDERS else ""
    data["aliases"] = [a.lower() for a in data["aliases"]]
    data["words"] = row.settings.get("words") if row else None
    kept = {name: value for name, value in data.items() if value not in ("", None, False, [])}
    return ChannelFacts(kind=ChannelKind.MAIL, settings=kept, secrets=named, **plain)


def _consented(row: Channel | None) -> bool:
    try:
        return bool(row and accounts.secrets_of(row).get("refresh_token"))
    except ValueError:  # sealed under another key: a new consent is needed
        return False


def _redirect() -> str:
    """The address to enter at the provider's."""
    return f"{settings.YINGNUO.address}{reverse('desk:settings_mailbox_connected')}"


@require_POST
@signed_in_who_may("channel.edit")
def connect(request: DeskRequest, pk: int) -> HttpResponseBase:
    """Sends an administrator to the provider's consent page."""
    row = get_object_or_404(Channel, pk=pk, kind=ChannelKind.MAIL)
    state, verifier = random.token_urlsafe(24), random.token_urlsafe(48)
    try:
        client = mail_tokens.client_of(row)
    except ValueError as error:
        messages.error(request, _("This cannot be used: %(problem)s") % {"problem": error})
        return go(request, "settings_channel", pk)
    request.session[_STATE] = {"state": state, "verifier": verifier, "pk": pk}
    user = str(row.settings.get("user") or "")
    return redirect(oauth.consent_url(client, redirect=_redirect(), state=state, verifier=verifier, user=user))


@require_safe
@signed_in_who_may("channel.edit")
def connected(request: DeskRequest) -> HttpResponseBase:
    """The provider sends the administrator back here, with a code or with what is wrong."""
    asked = request.session.pop(_STATE, None)
    if not isinstance(asked, dict) or not random.compare_digest(asked["state"], request.GET.get("state", "")):
        messages.error(request, _("This consent was not asked for here, or it is too old. Begin again."))
        return go(request, "settings_channels")
    row = get_object_or_404(Channel, pk=asked["pk"], kind=ChannelKind.MAIL)
    problem = request.GET.get("error", "")[:100] or _redeemed(request, row, asked["verifier"])
    if problem:
        messages.error(request, _("The provider gave no access: %(problem)s") % {"problem": problem})
    else:
        messages.success(request, _("%(name)s is connected. Test it now.") % {"name": row.name})
    return go(request, "settings_channel", row.pk)


def _redeemed(request: DeskRequest, row: Channel, verifier: str) -> str:
    """Exchanges the code for tokens; what is wrong, "" when nothing is."""
    code = request.GET.get("code", "")
    try:
        tokens = oauth.redeem(mail_tokens.client_of(row), code=code, redirect=_redirect(), verifier=verifier)
    except (ChannelError, ValueError) as error:
        return str(error)[:200]
    if not tokens.refresh:
        return _("no lasting access was granted")
    services.connected(request.actor, pk=row.pk, tokens=tokens, now=request.now)
    return ""


def worked(found: Probe) -> str:
    """What a test that went well says."""
    if not found.detail:
        return _("The way out works.") if found.sends else _("There is nothing to sign in to: mail comes by SMTP.")
    told = _("Signed in. The folder holds %(count)s mails.") % {"count": found.detail}
    return " ".join((told, _("The way out works."))) if found.sends else told


def failures() -> dict[str, str]:
    """What may be wrong with a mailbox besides IMAP itself, and what to do about it."""
    return {
        "smtp_auth": _("The outgoing server refuses user name or password: %(detail)s"),
        "smtp_unreachable": _("The outgoing server cannot be reached (%(detail)s). Check name, port and protection."),
        "smtp_not_supported": _("The outgoing server offers no such protection or sign-in: %(detail)s"),
        "oauth_not_connected": _("Nobody has consented yet at the provider. Press “Connect”."),
        "oauth_refused": _("The provider refuses: %(detail)s. Connect again."),
        "oauth_unreachable": _("The provider cannot be reached (%(detail)s). Check the address for tokens."),
    }
