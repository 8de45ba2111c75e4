"""Which door stands at which address?"""

from django.urls import include, path

from yingnuo.api import hooks

urlpatterns = [
    path("api/customer/v1/", include("yingnuo.api.customer.urls")),
    path("api/v1/", include("yingnuo.api.urls")),
    path("hooks/<slug:code>/", hooks.hook, name="hook"),
    path("portal/", include("yingnuo.portal.urls")),
    path("demo/", include("yingnuo.demo.urls")),
    path("", include("yingnuo.kit.urls")),
    path("", include("yingnuo.desk.urls")),
]
handler400 = "yingnuo.kit.views.bad_request"
handler403 = "yingnuo.kit.views.forbidden"
handler404 = "yingnuo.kit.views.not_found"
handler500 = "yingnuo.kit.views.server_error"
