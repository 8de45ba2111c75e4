"""Which slice of the product is this?"""

from django.apps import AppConfig


class SubtasksConfig(AppConfig):
    """What teams ask of each other for a ticket."""

    name = "yingnuo.subtasks"
