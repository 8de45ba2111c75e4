"""Which slice of the product is this?"""

from django.apps import AppConfig


class BrandsConfig(AppConfig):
    """By which name, in which colours and in which words the company meets its customers."""

    name = "yingnuo.brands"
