"""App configuration."""

from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "yingnuo.tickets"
    label = "tickets"
