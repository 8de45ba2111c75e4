"""Addresses of the kit: switches of the reader, health, styleguide."""

from django.urls import path

from yingnuo.kit import views

app_name = "kit"

urlpatterns = [
    path("reader/language", views.language, name="language"),
    path("reader/theme", views.theme, name="theme"),
    path("reader/session", views.session, name="session"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("styleguide", views.styleguide, name="styleguide"),
    path("styleguide/desk", views.styleguide_desk, name="styleguide-desk"),
    path("styleguide/portal", views.styleguide_portal, name="styleguide-portal"),
]
