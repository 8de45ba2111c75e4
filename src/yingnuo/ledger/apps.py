"""App configuration."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "yingnuo.ledger"
    label = "ledger"
