"""App configuration."""

from django.apps import AppConfig


class ScorecardsConfig(AppConfig):
    name = "yingnuo.scorecards"
    label = "scorecards"
