"""Addresses of the first set-up; they stand in the namespace of the desk."""

from django.urls import path

from yingnuo.desk.setup import pages

urlpatterns = [
    path("", pages.begin, name="setup"),
    path("later", pages.later, name="setup_later"),
    path("done/", pages.done, name="setup_done"),
    path("<slug:step>/", pages.step, name="setup_step"),
]
