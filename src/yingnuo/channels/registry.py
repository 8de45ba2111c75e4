"""Which adapter speaks for which kind of channel?

Adapters are loaded when they are first asked for: a provider's client library costs nothing where it is not used.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module

from yingnuo.channels.contract import Adapter
from yingnuo.channels.models import ChannelKind

_HOME = "yingnuo.channels.adapters."
_ADAPTERS: dict[str, str] = {
    "chat": "chat:Chat",
    "wecom_kf": "wecom_kf:WecomKf",
    "wechat_mp": "wechat_mp:WechatMp",
    "wecom_app": "wecom_app:WecomApp",
    "dingtalk": "dingtalk:DingTalk",
    "feishu": "feishu:Feishu",
    "asterisk": "asterisk:Asterisk",
    "freeswitch": "freeswitch:FreeSwitch",
    "calls": "calls_webhook:CallWebhook",
    "telegram": "telegram:Telegram",
    "mqtt": "mqtt:Mqtt",
    "device_http": "device_http:DeviceHttp",
    "robot_wecom": "robots:RobotWecom",
    "robot_dingtalk": "robots:RobotDingTalk",
    "robot_feishu": "robots:RobotFeishu",
    "robot_webhook": "robot_webhook:RobotWebhook",
    "whatsapp": "whatsapp:WhatsApp",
    "line": "line:Line",
    "messenger": "messenger:Messenger",
    "sms": "sms:Gateway",
    "sms_aliyun": "sms_aliyun:Aliyun",
    "sms_tencent": "sms_tencent:Tencent",
    "sms_twilio": "sms_twilio:Twilio",
}
"""By kind: module and class below `adapters`, as "telegram:Telegram"."""


@cache
def adapter_of(kind: str) -> Adapter:
    """The adapter of a kind; LookupError for one that has none (mail and forms have doors of their own)."""
    module, _colon, name = _ADAPTERS[kind].partition(":")
    adapter = getattr(import_module(_HOME + module), name)()
    if adapter.profile.kind != kind:
        raise LookupError(f"{name} is of kind {adapter.profile.kind}, not {kind}")
    return adapter  # type: ignore[no-any-return]


def kinds() -> tuple[str, ...]:
    """The kinds that have an adapter, in the order of `ChannelKind`."""
    return tuple(kind for kind in ChannelKind.values if kind in _ADAPTERS)


def adapters() -> Iterator[Adapter]:
    """All of them."""
    return map(adapter_of, kinds())
