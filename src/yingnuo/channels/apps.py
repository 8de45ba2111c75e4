"""App configuration."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "yingnuo.channels"
    label = "channels"
