"""Routes of the insight module."""

from django.urls import path

from tongzhou.modules.insight import pages

app_name = "insight"
urlpatterns = [
    path("public/", pages.show_public, name="public"),
    path("guide/", pages.show_guide, name="guide"),
    path("desk/", pages.desk, name="desk"),
    path("figures/", pages.show_figures, name="figures"),
    path("figures/export/", pages.export_figures, name="figures-export"),
    path("figures/list/", pages.list_obligations, name="obligations"),
    path("follow/", pages.show_follow, name="follow"),
    path("follow/export/", pages.export_follow, name="follow-export"),
    path("figures/list/export/", pages.export_obligations, name="obligations-export"),
]
