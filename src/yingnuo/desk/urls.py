"""Addresses of the desk."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from yingnuo.desk import (
    breach,
    breaches,
    chances,
    composing,
    customers,
    deeds,
    export,
    files,
    joining,
    my_notices,
    new,
    notices,
    presence,
    proof,
    queue,
    searching,
    sign_in,
    simulator,
    ticket,
    wall,
)

app_name = "desk"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", sign_in.home, name="home"),
    path("login/", sign_in.login, name="login"),
    path("logout/", sign_in.logout, name="logout"),
    path("tickets/", queue.queue, name="queue"),
    path("tickets/bulk", queue.bulk, name="bulk"),
    path("tickets/export", export.export, name="export"),
    path("tickets/new", new.new, name="new"),
    path("tickets/new/preview", new.preview, name="preview"),
    path("tickets/new/people", new.people, name="people"),
    path("tickets/<int:pk>/", ticket.ticket, name="ticket"),
    path("tickets/<int:pk>/say", composing.say, name="say"),
    path("tickets/<int:pk>/dialog/<slug:name>", deeds.dialog, name="dialog"),
    path("tickets/<int:pk>/promises/<int:promise_id>", ticket.promise, name="promise"),
    path("tickets/<int:pk>/promises/<int:promise_id>/breach", breach.breach, name="breach"),
    path("tickets/<int:pk>/promises/<int:promise_id>/breach/<slug:name>", breach.deed, name="breach_deed"),
    path("breaches/", breaches.breaches, name="breaches"),
    path("breaches/bulk", breaches.bulk, name="breaches_bulk"),
    path("breaches/export", breaches.export, name="breaches_export"),
    path("tickets/<int:pk>/promises/<int:promise_id>/proof", proof.page, name="proof"),
    path("tickets/<int:pk>/promises/<int:promise_id>/proof.json", proof.file, name="proof_file"),
    path("tickets/<int:pk>/<slug:name>", deeds.deed, name="deed"),
    path("messages/<int:pk>/original", files.original, name="original"),
    path("messages/<int:pk>/show", files.original_dialog, name="original_dialog"),
    path("attachments/<int:pk>/", files.attachment, name="attachment"),
    path("notices/", notices.notices, name="notices"),
    path("notices", RedirectView.as_view(pattern_name="desk:notices")),
    path("notices/bell", notices.bell, name="bell"),
    path("notices/mine", my_notices.mine, name="my_notices"),
    path("notices/of/<int:pk>", my_notices.of_another, name="notices_of"),
    path("notices/<int:pk>/ack", notices.ack, name="ack"),
    path("search", searching.search, name="search"),
    path("customers/", customers.customers, name="customers"),
    path("customers/export", export.customers, name="customers_export"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/phone", customers.phone, name="phone"),
    path("customers/<int:pk>/join", joining.join, name="join"),
    path("customers/joined/<int:pk>/undo", joining.part, name="part"),
    path("companies/<int:pk>/", customers.company, name="company"),
    path("presence/", presence.presence, name="presence"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("wall/", wall.wall, name="wall"),
    path("risk/", chances.page, name="risk"),
]
urlpatterns += [
    path(f"{part}/", include(f"yingnuo.desk.{part}.urls"))
    for part in ("settings", "dashboard", "chats", "calls", "devices", "writing")
    if find_spec(f"yingnuo.desk.{part}") and find_spec(f"yingnuo.desk.{part}.urls")
]
