"""Which slice of the product is this?"""

from django.apps import AppConfig


class FoundingConfig(AppConfig):
    """How an empty installation becomes a company's service desk."""

    name = "yingnuo.founding"
