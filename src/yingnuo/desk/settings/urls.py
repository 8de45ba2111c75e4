"""Addresses of the settings pages; they stand in the namespace of the desk."""

from django.urls import path

from yingnuo.desk.settings import (
    calendars,
    catalogue,
    channels,
    lives,
    overview,
    people,
    policies,
    policy_parts,
    preview,
    rules,
    staff,
)

_LIVES = [
    one
    for sort, folder in (("policy", "policies"), ("calendar", "calendars"))
    for one in (
        path(f"{folder}/<slug:code>/propose", lives.propose, {"sort": sort}, name=f"settings_{sort}_propose"),
        path(f"{folder}/<slug:code>/compare", lives.compare, {"sort": sort}, name=f"settings_{sort}_compare"),
        path(f"{folder}/<slug:code>/<int:number>/", lives.version, {"sort": sort}, name=f"settings_{sort}_version"),
        path(f"{folder}/<slug:code>/<int:number>/do", lives.do, {"sort": sort}, name=f"settings_{sort}_do"),
    )
]
urlpatterns = [
    path("", overview.overview, name="settings"),
    path("calendars/", calendars.index, name="settings_calendars"),
    path("calendars/new", calendars.new, name="settings_calendar_new"),
    path("calendars/load", calendars.load, name="settings_calendar_load"),
    path("calendars/<slug:code>/", calendars.edit, name="settings_calendar"),
    path("calendars/<slug:code>/move", calendars.move, name="settings_calendar_move"),
    path("calendars/<slug:code>/owner", calendars.owner, name="settings_calendar_owner"),
    path("calendars/<slug:code>/export", calendars.export, name="settings_calendar_export"),
    path("policies/", policies.index, name="settings_policies"),
    path("policies/load", policies.load, name="settings_policy_load"),
    path("policies/<slug:code>/", policies.table, name="settings_policy"),
    path("policies/<slug:code>/export", policies.export, name="settings_policy_export"),
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
    *_LIVES,
    path("preview/", preview.preview, name="settings_preview"),
    path("departments/", people.departments, name="settings_departments"),
    path("departments/new", people.department, name="settings_department_new"),
    path("departments/<int:pk>/", people.department, name="settings_department"),
    path("teams/", people.teams, name="settings_teams"),
    path("teams/new", people.team, name="settings_team_new"),
    path("teams/<int:pk>/", people.team, name="settings_team"),
    path("regions/", people.regions, name="settings_regions"),
    path("regions/new", people.region, name="settings_region_new"),
    path("regions/<int:pk>/", people.region, name="settings_region"),
    path("absences/", people.absences, name="settings_absences"),
    *(
        path(f"{what}s/<int:pk>/delete", people.delete, {"what": what}, name=f"settings_{what}_delete")
        for what in ("absence", "region", "department")
    ),
    path("staff/", staff.index, name="settings_staff"),
    path("staff/new", staff.new, name="settings_person_new"),
    path("staff/<int:pk>/", staff.person, name="settings_person"),
    path("staff/<int:pk>/password", staff.password, name="settings_password"),
    path("rules/", rules.index, name="settings_rules"),
    path("rules/new", rules.rule, name="settings_dispatch_new"),
    path("rules/load", rules.load, name="settings_rules_load"),
    path("rules/move", rules.move, name="settings_rules_move"),
    path("rules/<int:pk>/", rules.rule, name="settings_dispatch"),
    path("rules/<int:pk>/delete", rules.delete, name="settings_rule_drop"),
    path("lines/", catalogue.lines, name="settings_lines"),
    path("lines/new", catalogue.line, name="settings_line_new"),
    path("lines/<int:pk>/", catalogue.line, name="settings_line"),
    path("lines/<int:pk>/delete", catalogue.delete_line, name="settings_line_delete"),
    path("fields/", catalogue.fields, name="settings_fields"),
    path("fields/new", catalogue.field, name="settings_field_new"),
    path("fields/<int:pk>/", catalogue.field, name="settings_field"),
    path("fields/<int:pk>/delete", catalogue.delete_field, name="settings_field_delete"),
    path("wording/", catalogue.wording, name="settings_wording"),
    path("wording/<slug:reason>/<slug:way>/<slug:language>/", catalogue.worded, name="settings_worded"),
    path("channels/", channels.index, name="settings_channels"),
    path("channels/new/<slug:kind>", channels.new, name="settings_channel_new"),
    path("channels/<int:pk>/", channels.channel, name="settings_channel"),
    path("channels/<int:pk>/test", channels.test, name="settings_channel_test"),
    path("tokens/", channels.tokens, name="settings_tokens"),
    path("tokens/<int:pk>/revoke", channels.revoke, name="settings_token_revoke"),
]
