"""Addresses of the agents' chat pages."""

from django.urls import path

from yingnuo.desk.chats import deeds, pages

urlpatterns = [
    path("", pages.chats, name="chats"),
    path("badge", pages.badge, name="chats_badge"),
    path("capacity", deeds.capacity, name="chats_capacity"),
    path("<int:pk>/accept", deeds.accept, name="chat_accept"),
    path("<int:pk>/say", deeds.say, name="chat_say"),
    path("<int:pk>/seen", deeds.seen, name="chat_seen"),
    path("<int:pk>/typing", deeds.types, name="chat_typing"),
    path("<int:pk>/end", deeds.end, name="chat_end"),
    path("<int:pk>/transfer", deeds.transfer, name="chat_transfer"),
]
