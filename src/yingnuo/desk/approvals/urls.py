"""Addresses of approvals; inside the desk's name space."""

from django.urls import path

from yingnuo.desk.approvals import listing, page

urlpatterns = [
    path("", listing.approvals, name="approvals"),
    path("ask/<int:pk>/", page.ask, name="approval_ask"),
    path("<int:pk>/", page.approval, name="approval"),
    path("<int:pk>/<slug:name>", page.deed, name="approval_deed"),
]
