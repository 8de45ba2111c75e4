"""Addresses of the dashboard; inside the desk's name space."""

from django.urls import include, path

from yingnuo.desk.dashboard import export, figures, links, overview, warnings

urlpatterns = [
    path("", overview.overview, name="dashboard"),
    path("live", overview.live, name="dashboard_live"),
    path("figures/", figures.figures, name="figures"),
    path("figures/export.<str:form>", export.export, name="dashboard_export"),
    path("figures/<str:figure>/tickets/", figures.tickets_behind, name="behind"),
    path("links/", links.links, name="figures_links"),
    path("warnings/", warnings.effect, name="warnings"),
    path("lab/", include("yingnuo.desk.lab.urls")),
    path("formulas/", figures.formulas, name="formulas"),
    path("formulas/<str:name>/", figures.formula, name="formula"),
]
