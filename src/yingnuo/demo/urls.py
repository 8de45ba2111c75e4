"""Addresses of the demonstration: its switch, and the shop with the chat."""

from django.urls import path

from yingnuo.demo import removal_views, shop, views

app_name = "demo"

urlpatterns = [
    path("shop/", shop.shop, name="shop"),
    path("switch", views.switch, name="switch"),
    path("removal/", removal_views.page, name="removal"),
    path("removal/card", removal_views.card, name="removal_card"),
    path("removal/progress", removal_views.progress, name="removal_progress"),
    path("pause", views.pause, name="pause"),
    path("resume", views.resume, name="resume"),
]
