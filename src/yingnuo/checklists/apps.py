"""Which slice of the product is this?"""

from django.apps import AppConfig


class ChecklistsConfig(AppConfig):
    """The steps that an operating rule asks for, and who did them."""

    name = "yingnuo.checklists"
