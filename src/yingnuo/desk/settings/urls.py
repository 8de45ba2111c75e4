"""Addresses of the settings pages; they stand in the namespace of the desk."""

from django.urls import path

from yingnuo.desk.settings import calendars, policies, policy_parts, preview

urlpatterns = [
    path("calendars/", calendars.index, name="settings_calendars"),
    path("calendars/new", calendars.new, name="settings_calendar_new"),
    path("calendars/load", calendars.load, name="settings_calendar_load"),
    path("calendars/<slug:code>/", calendars.edit, name="settings_calendar"),
    path("calendars/<slug:code>/export", calendars.export, name="settings_calendar_export"),
    path("policies/", policies.index, name="settings_policies"),
    path("policies/load", policies.load, name="settings_policy_load"),
    path("policies/<slug:code>/", policies.table, name="settings_policy"),
    path("policies/<slug:code>/export", policies.export, name="settings_policy_export"),
    path("policies/<slug:code>/save", policies.save, name="settings_policy_save"),
    path("policies/<slug:code>/discard", policies.discard, name="settings_policy_discard"),
    path("policies/<slug:code>/switch", policies.switch, name="settings_policy_switch"),
    path("policies/<slug:code>/rules/new", policy_parts.new_rule, name="settings_rule_new"),
    path("policies/<slug:code>/rules/<str:rule>/", policy_parts.rule, name="settings_rule_of"),
    path("policies/<slug:code>/rules/<str:rule>/move", policies.move, name="settings_rule_move"),
    path("policies/<slug:code>/rules/<str:rule>/delete", policies.delete, name="settings_rule_delete"),
    path("policies/<slug:code>/rules/<str:rule>/<str:milestone>/", policy_parts.cell, name="settings_cell"),
    path("policies/<slug:code>/ladders/new", policy_parts.ladder, name="settings_ladder_new"),
    path("policies/<slug:code>/ladders/<str:name>/", policy_parts.ladder, name="settings_ladder"),
    path("policies/<slug:code>/pauses/new", policy_parts.pause_set, name="settings_pauses_new"),
    path("policies/<slug:code>/pauses/<str:name>/", policy_parts.pause_set, name="settings_pauses"),
    path("preview/", preview.preview, name="settings_preview"),
]
