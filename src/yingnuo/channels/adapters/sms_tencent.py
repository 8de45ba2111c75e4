"""How does 腾讯云 send SMS (API 2021-01-11)?

Approved signature and template only, asked for by a call signed with TC3-HMAC-SHA256; variables are numbered. Reports
come in batches, customers' SMS one by one, neither signed: the key in the address proves them.
Source: cloud.tencent.com/document/product/382
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

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

_API, _VERSION, _SERVICE = "https://sms.tencentcloudapi.com", "2021-01-11", "sms"
_TYPE = "application/json; charset=utf-8"
_TOOK = Answer(b'{"result": 0, "errmsg": "OK"}', "application/json")
_LIMITS = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": 30, "LimitExceeded.PhoneNumberOneHourLimit": 3_600,
    "LimitExceeded.PhoneNumberDailyLimit": 6 * 3_600, "LimitExceeded.PhoneNumberSameContentDailyLimit": 6 * 3_600,
    "LimitExceeded.DeliveryFrequencyLimit": 60,
}  # fmt: skip
"""Limits of one number, and after how many seconds to try again."""
WORDS = {
    "FailedOperation.ContainSensitiveWord": "text_forbidden",
    "FailedOperation.PhoneNumberInBlacklist": "unsubscribed",
    "FailedOperation.SignatureIncorrectOrUnapproved": "sign_unknown",
    "FailedOperation.TemplateIncorrectOrUnapproved": "template_unknown",
    "FailedOperation.TemplateUnapprovedOrNotExist": "template_unknown",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": "template_values",
    "InvalidParameterValue.IncorrectPhoneNumber": "bad_number",
    "InvalidParameterValue.TemplateParameterFormatError": "template_values",
    "InvalidParameterValue.TemplateParameterLengthLimit": "template_values",
    "InvalidParameterValue.ContentLengthLimit": "template_too_long",
}
"""Refusals of the message itself, by our word for them: trying again cannot help."""
_VERDICTS = {0: "approved", 1: "submitted", 2: "submitted", -1: "rejected"}


class Tencent:
    """The adapter."""

    profile: ClassVar[Profile] = Profile(
        kind="sms_tencent", name=_("SMS by Tencent Cloud"), group="sms", via="sms", templates_only=True,
        settings=(
            Setting("secret_id", _("SecretId"), required=True, help=_("Of a sub-account that may send SMS only.")),
            Setting("secret_key", _("SecretKey"), SettingType.SECRET, required=True),
            Setting("app_id", _("SDK AppID of the SMS application"), required=True, help="1400…"),
            sms_parts.PUSH_KEY,
            Setting("region", _("Region"), initial="ap-guangzhou"),
            Setting("api", _("Address of the interface"), initial=_API),
            *sms_parts.common("CNY", minute=2, hour=5, day=10, prefixes="+86"),
        ),
        guide=_("Have signature and templates approved at Tencent Cloud, then enter them under templates here. Set "
                "both callback addresses of the application (delivery status and replies) to our address with ?key=…"),
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
        """A batch of reports, or one customer's SMS."""
        return sms_parts.together([_one(told, received_at) for told in given.read_list(body)])

    def send(self, account: Account, out: Outgoing) -> str:
        """Sends the template; the SerialNo by which reports name it."""
        form = sms_parts.form_of(out)
        asked = {
            "PhoneNumberSet": [out.to], "SmsSdkAppId": _app(account), "SignName": form.sign, "TemplateId": form.id,
            "TemplateParamSet": [value for _name, value in form.values], "SessionContext": out.key,
        }  # fmt: skip
        states = given.items(_ask(account, "SendSms", asked).get("SendStatusSet"))
        status = next(iter(states), {})
        _judge(given.text(status.get("Code")), given.text(status.get("Message")))
        return given.text(status.get("SerialNo"))

    def probe(self, account: Account, to: str) -> str:
        """How many templates there are: asking costs nothing."""
        asked = {"International": 0, "Limit": 10, "Offset": 0}
        found = given.items(_ask(account, "DescribeSmsTemplateList", asked).get("DescribeTemplateStatusSet"))
        return f"{len(found)} templates"

    def verdict(self, account: Account, form: Form) -> Verdict:
        """What 腾讯云 says of a template."""
        if not form.id.isdigit():
            raise ChannelError("template_unknown", form.id, permanent=True)
        asked = {"International": 0, "TemplateIdSet": [int(form.id)]}
        found = given.items(_ask(account, "DescribeSmsTemplateList", asked).get("DescribeTemplateStatusSet"))
        if not found:
            return Verdict("draft")
        state = found[0].get("StatusCode")
        return Verdict(
            _VERDICTS.get(state if isinstance(state, int) else 1, "submitted"), given.text(found[0].get("ReviewReply"))
        )


def _app(account: Account) -> str:
    return str(account.settings.get("app_id", ""))


def _one(told: Mapping[str, Any], received_at: datetime) -> Heard:
    country = given.text(told.get("nationcode")).lstrip("+") or "86"
    if "text" in told:
        number = sms_parts.plus(given.text(told.get("mobile")), country)
        at = given.moment(told.get("time"), received_at)
        return sms_parts.said(number, given.text(told["text"]), external_id="", at=at)
    number, status = given.text(told.get("sid")), given.text(told.get("report_status"))
    at = sms_parts.in_china(given.text(told.get("user_receive_time")), received_at)
    if number and status == "SUCCESS":
        return Heard(receipts=(Receipt(number, ReceiptState.DELIVERED, at),))
    if number and status == "FAIL":
        problem = f"{given.text(told.get('errmsg'))} {given.text(told.get('description'))}".strip()[:200]
        return Heard(receipts=(Receipt(number, ReceiptState.FAILED, at, problem),))
    return Heard()


def _ask(account: Account, action: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
    api = str(account.settings.get("api") or _API).rstrip("/")
    body, host = json.dumps(asked, ensure_ascii=False).encode(), urlsplit(api).netloc
    at = instants.now()
    headers = {
        "Content-Type": _TYPE, "Host": host, "X-TC-Action": action, "X-TC-Version": _VERSION,
        "X-TC-Timestamp": str(int(at.timestamp())),
        "X-TC-Region": str(account.settings.get("region") or "ap-guangzhou"),
        "Authorization": authorization(
            body, host=host, at=at, secret_id=str(account.settings.get("secret_id", "")),
            secret_key=account.secrets.get("secret_key", ""),
        ),
    }  # fmt: skip
    found = given.obj(web.json_of(web.ask("POST", f"{api}/", content=body, headers=headers)).get("Response"))
    if error := given.obj(found.get("Error")):
        _judge(given.text(error.get("Code")), given.text(error.get("Message")))
    return found


def _judge(code: str, said: str) -> None:
    if code in ("Ok", "OK"):
        return
    if code in _LIMITS:  # the number's limit there: no fault of the provider
        error = ChannelError("number_limit", code, permanent=False, after_s=_LIMITS[code])
        error.waits = True
        raise error
    raise ChannelError(WORDS.get(code, "refused"), f"{code} {said[:120]}", permanent=code in WORDS)


def authorization(
    body: bytes, *, host: str, at: datetime, secret_id: str, secret_key: str, content_type: str = _TYPE
) -> str:  # fmt: skip
    """The header Authorization of a POST to / (TC3-HMAC-SHA256), over content type, host and body."""
    day, names = at.astimezone(UTC).strftime("%Y-%m-%d"), "content-type;host"
    headers = f"content-type:{content_type}\nhost:{host}\n"
    canonical = "\n".join(["POST", "/", "", headers, names, hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{_SERVICE}/tc3_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{scope}\n{hashed}"
    key = f"TC3{secret_key}".encode()
    for part in (day, _SERVICE, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    mark = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={mark}"
