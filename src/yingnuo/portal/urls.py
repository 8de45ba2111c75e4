"""Addresses of the customers' pages."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

app_name = "portal"


def promise(request: HttpRequest, token: str) -> HttpResponse:
    return HttpResponse(token)


urlpatterns = [path("p/<str:token>/", promise, name="promise")]
