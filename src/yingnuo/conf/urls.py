"""Which door stands at which address?"""

from importlib.util import find_spec

from django.urls import include, path

_DOORS = (
    ("api/v1/", "yingnuo.api.urls"),
    ("portal/", "yingnuo.portal.urls"),
    ("", "yingnuo.kit.urls"),
    ("", "yingnuo.desk.urls"),
)
urlpatterns = [path(where, include(door)) for where, door in _DOORS if find_spec(door)]
