"""Addresses of the demonstration: its switch, and the shop with the chat."""

from django.urls import path

from yingnuo.demo import shop, views

app_name = "demo"

urlpatterns = [
    path("shop/", shop.shop, name="shop"),
    path("switch", views.switch, name="switch"),
    path("pause", views.pause, name="pause"),
    path("resume", views.resume, name="resume"),
]
