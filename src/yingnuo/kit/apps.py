"""App configuration of the kit (templates, static files, tags)."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "yingnuo.kit"
    label = "kit"
