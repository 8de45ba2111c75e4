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
    lists,
    macros,
    many,
    my_notices,
    new,
    notices,
    presence,
    proof,
    queue,
    searching,
    sign_in,
    simulator,
    suggesting,
    ticket,
    wall,
)

app_name = "desk"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", sign_in.home, name="home"),
    path("login/", sign_in.login, name="login"),
    path("logout/", sign_in.logout, name="logout"),
    path("tickets/", queue.queue, name="queue"),
    path("tickets/bulk", many.bulk, name="bulk"),
    path("tickets/bulk/<int:pk>/undo", many.undo, name="bulk_undo"),
    path("tickets/look", lists.look, name="list_look"),
    path("tickets/lists/", lists.index, name="lists"),
    path("tickets/lists/tabs", lists.tabs_with_counts, name="list_tabs"),
    path("tickets/lists/new", lists.edit, name="list_new"),
    path("tickets/lists/<int:pk>/", lists.edit, name="list"),
    path("tickets/lists/<int:pk>/<slug:name>", lists.deed, name="list_deed"),
    path("tickets/export", export.export, name="export"),
    path("tickets/new", new.new, name="new"),
    path("tickets/new/preview", new.preview, name="preview"),
    path("tickets/new/people", new.people, name="people"),
    path("tickets/<int:pk>/", ticket.ticket, name="ticket"),
    path("tickets/<int:pk>/say", composing.say, name="say"),
    path("tickets/<int:pk>/dialog/<slug:name>", deeds.dialog, name="dialog"),
    path("tickets/<int:pk>/macros", macros.dialog, name="macros"),
    path("tickets/<int:pk>/macros/undo", macros.undo, name="macro_undo"),
    path("tickets/<int:pk>/macros/<int:macro>", macros.apply, name="macro"),
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
    path("search/suggest", suggesting.suggest, name="suggest"),
    path("search/forget", searching.forget, name="search_forget"),
    path("customers/", customers.customers, name="customers"),
    path("customers/export", export.customers, name="customers_export"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/phone", customers.phone, name="phone"),
    path("customers/<int:pk>/join", joining.join, name="join"),
    path("customers/joined/<int:pk>/undo", joining.part, name="part"),
    path("companies/<int:pk>/", customers.company, name="company"),
    path("presence/", presence.presence, name="presence"),
    path("presence/history", presence.history, name="presence_history"),
    path("simulator/", simulator.simulator, name="simulator"),
    path("wall/", wall.wall, name="wall"),
    path("wall/noted", wall.noted, name="wall_noted"),
    path("risk/", chances.page, name="risk"),
]
urlpatterns += [
    path(f"{part}/", include(f"yingnuo.desk.{part}.urls"))
    for part in ("settings", "dashboard", "chats", "calls", "devices", "dispatch")
    if find_spec(f"yingnuo.desk.{part}") and find_spec(f"yingnuo.desk.{part}.urls")
]
