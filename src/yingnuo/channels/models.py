"""Which ways in and out are there, what came in raw, and what went out?"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from yingnuo.channels.sms_models import Basis, MessageTemplate, Sms, Unsubscribed
from yingnuo.people.models import Contact
from yingnuo.tickets.models import Message, Ticket

#: Tables that stand in a file of their own; here Django looks for them.
ELSEWHERE = (Basis, MessageTemplate, Sms, Unsubscribed)


class ChannelKind(models.TextChoices):
    """Every kind of channel. Those with an adapter of the contract stand in `registry` too."""

    PORTAL = "portal", _("Portal")
    API = "api", _("API")
    MAIL = "mail", _("Mailbox")
    SMS = "sms", _("SMS gateway")
    FILES = "files", _("Mail files")
    CHAT = "chat", _("Web chat")
    ASTERISK = "asterisk", "Asterisk"
    FREESWITCH = "freeswitch", "FreeSWITCH"
    CALLS = "calls", _("Call webhook")
    WECOM_KF = "wecom_kf", "微信客服"
    WECHAT_MP = "wechat_mp", "公众号"
    WECOM_APP = "wecom_app", "企业微信"
    DINGTALK = "dingtalk", "钉钉"
    FEISHU = "feishu", "飞书"
    TELEGRAM = "telegram", "Telegram"
    WHATSAPP = "whatsapp", "WhatsApp"
    LINE = "line", "LINE"
    MESSENGER = "messenger", "Messenger"
    MQTT = "mqtt", "MQTT"
    DEVICE_HTTP = "device_http", _("Device alarms by HTTP")
    SMS_ALIYUN = "sms_aliyun", _("SMS by Aliyun")
    SMS_TENCENT = "sms_tencent", _("SMS by Tencent Cloud")
    SMS_TWILIO = "sms_twilio", _("SMS by Twilio")
    ROBOT_WECOM = "robot_wecom", _("Robot of an 企业微信 group")
    ROBOT_DINGTALK = "robot_dingtalk", _("Robot of a 钉钉 group")
    ROBOT_FEISHU = "robot_feishu", _("Robot of a 飞书 group")
    ROBOT_WEBHOOK = "robot_webhook", _("Webhook for notices")


class Channel(models.Model):
    """One way in or out. `settings` are plain, `secret` is sealed: one secret, or a JSON object of several.

    `problem` is what is wrong now, "" when nothing is. `failures` are those in a row; `retry_at` in the future means
    that the provider is left alone until then (the circuit is open). `last_in_at` is written at most every few seconds.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=ChannelKind)
    settings = models.JSONField(default=dict, blank=True)
    secret = models.TextField(blank=True, default="")
    active = models.BooleanField(default=True)
    cursor = models.TextField(blank=True, default="")
    checked_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True, default="")
    problem_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_in_at = models.DateTimeField(null=True, blank=True)
    last_out_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class RawState(models.TextChoices):
    STORED = "stored", _("Stored")
    TAKEN = "taken", _("Taken in")
    FAILED = "failed", _("Failed")


class Raw(models.Model):
    """What came in, byte by byte, before anybody understood it. `key` makes taking it in idempotent."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    key = models.CharField(max_length=250)
    received_at = models.DateTimeField()
    content = models.BinaryField()
    size = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=RawState, default=RawState.STORED)
    outcome = models.CharField(max_length=20, blank=True, default="")
    problem = models.TextField(blank=True, default="")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL)
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="raw_once")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="stored"), name="raw_waiting"),
            models.Index(fields=["channel", "id"], condition=models.Q(state="failed"), name="raw_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.key}"


class Conversation(models.Model):
    """The talk with one person on one messaging channel, and what its window allows (see engine.windows).

    `ticket` is the one that his words continue. `sent_since` counts our messages since `last_in_at`. `state` is what
    the provider says of the talk (微信客服: service_state).
    """

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    peer = models.CharField(max_length=200)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conversations")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.SET_NULL, related_name="conversations")
    last_in_at = models.DateTimeField(null=True)
    sent_since = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "peer"], name="conversation_once")]

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.peer}"


class MissingFile(models.Model):
    """A file that came as a reference and is still to be fetched from its provider."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, db_index=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    ref = models.TextField()
    name = models.CharField(max_length=200, blank=True, default="")
    content_type = models.CharField(max_length=120, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)  # None: given up, `problem` says why
    problem = models.CharField(max_length=250, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["retry_at"], condition=models.Q(retry_at__isnull=False), name="missing_file_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.name}"


class DeliveryState(models.TextChoices):
    PENDING = "pending", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    READ = "read", _("Read")
    FAILED = "failed", _("Failed")


class Delivery(models.Model):
    """A message on its way to the customer; sent at least once, its key being the idempotency key.

    `way` is the kind of its channel; `channel` is None for mail, which leaves by the mailbox its ticket came to.
    `template` is the code of the approved template it goes as, "" for its own words; `values` what else that names.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="delivery")
    way = models.CharField(max_length=20)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, db_index=False)
    to = models.CharField(max_length=250)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)  # the provider says that it is on the customer's device
    read_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=250, blank=True, default="")
    problem = models.CharField(max_length=250, blank=True, default="")
    template = models.CharField(max_length=40, blank=True, default="")
    values = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["retry_at", "id"], condition=models.Q(state__in=["pending", "sending"]), name="delivery_waiting"
            ),
            models.Index(
                fields=["channel", "external_id"], condition=~models.Q(external_id=""), name="delivery_external"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.way} to {self.to}"


class Simulated(models.Model):
    """What a simulator (mail sink, SMS gateway) received instead of the world; shown on its page. Keys come once."""

    way = models.CharField(max_length=8)
    key = models.CharField(max_length=250, unique=True)
    to = models.CharField(max_length=250)
    subject = models.CharField(max_length=250, blank=True, default="")
    text = models.TextField(blank=True, default="")
    at = models.DateTimeField()
    repeats = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-id"], name="simulated_newest")]

    def __str__(self) -> str:
        return f"{self.way} to {self.to}"


class Provenance(models.Model):
    """Where a mail came from: the mailbox it came to, whether it is from whom it says, who forwarded it.

    `verdict`: verified, failed, unknown. `checks`: spf, dkim, dmarc, `by` whom, for which `domain`. `forwarded` is
    empty, or tells who sent it on to us: name, address, own words; `undone` when he is the customer himself after all.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="provenance")
    channel = models.ForeignKey(Channel, null=True, on_delete=models.PROTECT, db_index=False)
    verdict = models.CharField(max_length=10, blank=True, default="")
    checks = models.JSONField(default=dict, blank=True)
    forwarded = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.message_id}: {self.verdict}"
