"""Addresses of the customers' pages."""

from django.urls import path

from yingnuo.portal import branding, ticket_views, views

app_name = "portal"

urlpatterns = [
    path("", views.home, name="home"),
    path("of/<slug:code>/", branding.enter, name="brand"),
    path("brand/<slug:code>/<int:version>/logo", branding.logo, name="logo"),
    path("brand/<slug:code>/<int:version>/colours.css", branding.colours, name="colours"),
    path("ask/", views.ask, name="ask"),
    path("ask/preview/", views.preview, name="preview"),
    path("ask/fields/", views.fields, name="fields"),
    path("find/", views.find, name="find"),
    path("p/<str:token>/", ticket_views.promise, name="promise"),
    path("p/<str:token>/again/", views.again, name="again"),
    path("p/<str:token>/words/", ticket_views.words, name="words"),
    path("p/<str:token>/urge/", ticket_views.urge, name="urge"),
    path("p/<str:token>/solved/", ticket_views.solved, name="solved"),
    path("p/<str:token>/reopen/", ticket_views.reopen, name="reopen"),
    path("p/<str:token>/rate/", ticket_views.rate, name="rate"),
    path("p/<str:token>/print/", ticket_views.paper, name="print"),
    path("p/<str:token>/files/<int:pk>/", ticket_views.file, name="file"),
]
