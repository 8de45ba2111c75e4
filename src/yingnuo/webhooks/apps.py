"""App configuration."""

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "yingnuo.webhooks"
    label = "webhooks"
