"""Addresses of the chat's doors for the pages of other sites."""

from django.urls import path

from yingnuo.portal import chat_files, chat_views

app_name = "chat"

urlpatterns = [
    path("widget.js", chat_files.widget, name="widget"),
    path("<slug:code>/file/<str:token>", chat_files.file, name="file"),
    path("<slug:code>/site", chat_views.site, name="site"),
    path("<slug:code>/hello", chat_views.hello, name="hello"),
    path("<slug:code>/say", chat_views.say, name="say"),
    path("<slug:code>/sync", chat_views.sync, name="sync"),
    path("<slug:code>/seen", chat_views.seen, name="seen"),
    path("<slug:code>/typing", chat_views.types, name="typing"),
    path("<slug:code>/person", chat_views.person, name="person"),
    path("<slug:code>/end", chat_views.end, name="end"),
    path("<slug:code>/rate", chat_views.rate, name="rate"),
    path("<slug:code>/transcript", chat_views.transcript, name="transcript"),
    path("<slug:code>/offline", chat_views.offline, name="offline"),
]
