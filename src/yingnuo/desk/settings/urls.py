"""Addresses of the settings pages; they stand in the namespace of the desk."""

from django.urls import path

from yingnuo.desk.settings import calendars

urlpatterns = [
    path("calendars/", calendars.index, name="settings_calendars"),
    path("calendars/new", calendars.new, name="settings_calendar_new"),
    path("calendars/load", calendars.load, name="settings_calendar_load"),
    path("calendars/<slug:code>/", calendars.edit, name="settings_calendar"),
    path("calendars/<slug:code>/export", calendars.export, name="settings_calendar_export"),
]
