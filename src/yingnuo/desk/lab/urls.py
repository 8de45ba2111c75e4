"""Addresses of the promise lab; inside the desk's name space."""

from django.urls import path

from yingnuo.desk.lab import runs, trying

urlpatterns = [
    path("", runs.runs, name="lab"),
    path("new/", trying.new, name="lab_new"),
    path("ready/<slug:code>", trying.ready_made, name="lab_ready"),
    path("<int:pk>/", runs.run, name="lab_run"),
    path("<int:pk>/share", runs.share, name="lab_share"),
    path("<int:pk>/delete", runs.throw_away, name="lab_delete"),
    path("<int:pk>/export.<str:form>", runs.export, name="lab_export"),
]
