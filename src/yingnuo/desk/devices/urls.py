"""Addresses of the pages about machines; they stand in the namespace of the desk."""

from django.urls import path

from yingnuo.desk.devices import machines, rule_pages, step_pages
from yingnuo.desk.settings.shown import guarded

_FORMS = [
    path("new", machines.edit, name="device_new"),
    path("<int:pk>/edit", machines.edit, name="device_edit"),
    path("rules/new", rule_pages.rule, name="alarm_rule_new"),
    path("rules/<int:pk>/", rule_pages.rule, name="alarm_rule"),
    path("faults/new", rule_pages.fault, name="fault_new"),
    path("faults/<int:pk>/", rule_pages.fault, name="fault"),
    path("steps/new", step_pages.edit, name="step_list_new"),
    path("steps/<slug:code>/", step_pages.edit, name="step_list"),
]
urlpatterns = [
    *guarded(_FORMS),
    path("", machines.index, name="devices"),
    path("<int:pk>/", machines.device, name="device"),
    path("<int:pk>/show-key", machines.key, name="device_key"),
    path("<int:pk>/<slug:name>", machines.deed, name="device_deed"),
    path("alarms/", machines.alarms, name="alarms"),
    path("rules/", rule_pages.index, name="alarm_rules"),
    path("rules/<int:pk>/delete", rule_pages.delete, name="alarm_rule_delete"),
    path("faults/", rule_pages.faults, name="faults"),
    path("faults/<int:pk>/delete", rule_pages.delete_fault, name="fault_delete"),
    path("steps/", step_pages.index, name="step_lists"),
    path("of-ticket/<int:pk>", machines.of_ticket, name="ticket_machine"),
    path("examine/<int:pk>", step_pages.run, name="examine"),
]
