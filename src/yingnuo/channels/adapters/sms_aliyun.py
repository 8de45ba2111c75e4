"""How does 阿里云 send SMS (Dysmsapi 2017-05-25)?

Approved signature and template only, asked for by a call signed with ACS3-HMAC-SHA256. Reports and customers' SMS are
pushed in batches without a signature: the key in the address proves them.
Source: help.aliyun.com/zh/sms/developer-reference
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext_lazy as _

from yingnuo.channels.abilities import Verdict
from yingnuo.channels.adapters import given, sms_parts, web
from yingnuo.channels.contract import (
    Account,
    Answer,
    ChannelError,
    Checked,
    Form,
    Heard,
    Hook,
    Outgoing,
    Profile,
    Receipt,
    ReceiptState,
    Rejected,
    Setting,
    SettingType,
)  # fmt: skip
from yingnuo.kit import instants

_API, _VERSION, _SCHEME = "https://dysmsapi.aliyuncs.com", "2017-05-25", "ACS3-HMAC-SHA256"
_TOOK = Answer(b'{"code": 0, "msg": "OK"}', "application/json")
_SLOW_DOWN_S = 3_600
WORDS = {
    "isv.MOBILE_NUMBER_ILLEGAL": "bad_number", "isv.MOBILE_COUNT_OVER_LIMIT": "bad_number",
    "isv.BLACK_KEY_CONTROL_LIMIT": "text_forbidden", "isv.SMS_CONTENT_ILLEGAL": "text_forbidden",
    "isv.SMS_TEMPLATE_ILLEGAL": "template_unknown", "isv.SMS_SIGNATURE_ILLEGAL": "sign_unknown",
    "isv.SMS_SIGN_ILLEGAL": "sign_unknown", "isv.TEMPLATE_MISSING_PARAMETERS": "template_values",
    "isv.TEMPLATE_PARAMS_ILLEGAL": "template_values", "isv.INVALID_JSON_PARAM": "template_values",
    "isv.PARAM_LENGTH_LIMIT": "template_values", "isv.PARAM_NOT_SUPPORT_URL": "template_values",
    "isv.INVALID_PARAMETERS": "bad_request",
}  # fmt: skip
"""Refusals of the message itself, by our word for them: trying again cannot help."""
_VERDICTS = {0: "submitted", 1: "approved", 2: "rejected", 10: "rejected"}


class Aliyun:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="sms_aliyun", name=_("SMS by Aliyun"), group="sms", via="sms", templates_only=True,
        settings=(
            Setting("key_id", _("AccessKey ID"), required=True, help=_("Of a RAM user that may send SMS only.")),
            Setting("key_secret", _("AccessKey secret"), SettingType.SECRET, required=True),
            sms_parts.PUSH_KEY,
            Setting("api", _("Address of the interface"), initial=_API),
            *sms_parts.common("CNY", day=50, prefixes="+86"),
        ),
        guide=_("Have signature and templates approved at Aliyun, then enter them under templates here. Switch on HTTP "
                "push of reports and of uplink SMS with our address and ?key=…"),
    )  # fmt: skip

    def verify(self, account: Account, hook: Hook) -> Checked:
        """The address holds the key."""
        sms_parts.pushed(account, hook)
        try:
            given.read_list(hook.body)
        except ValueError as error:
            raise Rejected("malformed") from error
        return Checked(hook.body, answer=_TOOK)

    def understand(self, account: Account, body: bytes, received_at: datetime) -> Heard:
        """A batch of reports (SmsReport) or of customers' SMS (SmsUp)."""
        return sms_parts.together([_one(told, received_at) for told in given.read_list(body)])

    def send(self, account: Account, out: Outgoing) -> str:
        """Sends the template; the BizId by which reports name it."""
        form = sms_parts.form_of(out)
        asked = {
            "PhoneNumbers": _plain(out.to), "SignName": form.sign, "TemplateCode": form.id, "OutId": out.key,
            **({"TemplateParam": json.dumps(dict(form.values), ensure_ascii=False)} if form.values else {}),
        }  # fmt: skip
        return given.text(_ask(account, "SendSms", asked).get("BizId"))

    def probe(self, account: Account, to: str) -> str:
        """How many templates the account has: asking costs nothing."""
        found = _ask(account, "QuerySmsTemplateList", {"PageIndex": "1", "PageSize": "1"})
        return f"{given.text(found.get('TotalCount')) or 0} templates"

    def verdict(self, account: Account, form: Form) -> Verdict:
        """What 阿里云 says of a template."""
        found = _ask(account, "QuerySmsTemplate", {"TemplateCode": form.id})
        state = found.get("TemplateStatus")
        return Verdict(
            _VERDICTS.get(state if isinstance(state, int) else -1, "submitted"), given.text(found.get("Reason"))
        )


def _one(told: Mapping[str, Any], received_at: datetime) -> Heard:
    if "content" in told:
        number = sms_parts.plus(given.text(told.get("phone_number")))
        at = sms_parts.in_china(given.text(told.get("send_time")), received_at)
        return sms_parts.said(
            number, given.text(told["content"]), external_id=given.text(told.get("sequence_id")), at=at
        )
    number, good = given.text(told.get("biz_id")), told.get("success")
    if not number or not isinstance(good, bool):
        return Heard()
    at = sms_parts.in_china(given.text(told.get("report_time")), received_at)
    if good:
        return Heard(receipts=(Receipt(number, ReceiptState.DELIVERED, at),))
    problem = f"{given.text(told.get('err_code'))} {given.text(told.get('err_msg'))}".strip()[:200]
    return Heard(receipts=(Receipt(number, ReceiptState.FAILED, at, problem),))


def _plain(number: str) -> str:
    """A number as 阿里云 writes it: bare within China, with its country code elsewhere."""
    return number.removeprefix("+86") if number.startswith("+86") else number.removeprefix("+")


def _ask(account: Account, action: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
    api = str(account.settings.get("api") or _API).rstrip("/")
    body = "&".join(f"{escaped(name)}={escaped(asked[name])}" for name in sorted(asked)).encode()
    headers = signed(
        {
            "host": urlsplit(api).netloc, "x-acs-action": action, "x-acs-version": _VERSION,
            "x-acs-date": instants.now().strftime("%Y-%m-%dT%H:%M:%SZ"), "x-acs-signature-nonce": uuid.uuid4().hex,
            "content-type": "application/x-www-form-urlencoded",
        },
        body=body, key_id=str(account.settings.get("key_id", "")), secret=account.secrets.get("key_secret", ""),
    )  # fmt: skip
    answer = web.asked("POST", f"{api}/", content=body, headers=headers)
    return _judged(answer)


def _judged(answer: Any) -> Mapping[str, Any]:
    if answer.status_code >= 500 or answer.status_code == 429:
        web.judged(answer)
    try:
        found = web.json_of(answer)
    except ChannelError:
        web.judged(answer)
        raise
    code, said = given.text(found.get("Code")), given.text(found.get("Message"))[:120]
    if code == "OK":
        return found
    if code == "isv.BUSINESS_LIMIT_CONTROL":  # the number's limit there: no fault of the provider
        error = ChannelError("number_limit", said, permanent=False, after_s=_SLOW_DOWN_S)
        error.waits = True
        raise error
    raise ChannelError(WORDS.get(code, "refused"), f"{code} {said}", permanent=code in WORDS)


def escaped(text: str) -> str:
    """As RFC 3986 has it, which the signature needs."""
    return quote(text, safe="-_.~")


def signed(
    headers: Mapping[str, str], *, body: bytes, key_id: str, secret: str, method: str = "POST", query: str = ""
) -> dict[str, str]:  # fmt: skip
    """The headers with their signature (ACS3-HMAC-SHA256) over method, query, headers and body; names in lower case."""
    whole = {**headers, "x-acs-content-sha256": hashlib.sha256(body).hexdigest()}
    names = sorted(name for name in whole if name == "host" or name == "content-type" or name.startswith("x-acs-"))
    listed = "".join(f"{name}:{whole[name].strip()}\n" for name in names)
    canonical = "\n".join([method, "/", query, listed, ";".join(names), whole["x-acs-content-sha256"]])
    to_sign = f"{_SCHEME}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    mark = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        **whole, "Authorization": f"{_SCHEME} Credential={key_id},SignedHeaders={';'.join(names)},Signature={mark}"
    }  # fmt: skip
