"""Addresses of the demonstration's switch."""

from django.urls import path

from yingnuo.demo import views

app_name = "demo"

urlpatterns = [
    path("switch", views.switch, name="switch"),
    path("pause", views.pause, name="pause"),
    path("resume", views.resume, name="resume"),
]
