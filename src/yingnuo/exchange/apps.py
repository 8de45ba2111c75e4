"""App configuration."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "yingnuo.exchange"
    label = "exchange"
