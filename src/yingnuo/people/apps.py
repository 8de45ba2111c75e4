"""App configuration."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "yingnuo.people"
    label = "people"
