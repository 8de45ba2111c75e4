"""Addresses of the desk."""

from importlib.util import find_spec

from django.urls import include, path

from yingnuo.desk import queue, sign_in

app_name = "desk"

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("login/", sign_in.login, name="login"),
    path("logout/", sign_in.logout, name="logout"),
    path("tickets/", queue.queue, name="queue"),
    path("tickets/bulk", queue.bulk, name="bulk"),
]
urlpatterns += [
    path(f"{part}/", include(f"yingnuo.desk.{part}.urls"))
    for part in ("settings", "dashboard")
    if find_spec(f"yingnuo.desk.{part}") and find_spec(f"yingnuo.desk.{part}.urls")
]
