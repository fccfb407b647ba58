"""Routes of the directives module.

The reading page, /directives/<id>/, belongs to duties, /directives/load/ to compiler.
"""

from django.urls import path

from tongzhou.modules.directives import pages

app_name = "directives"
urlpatterns = [
    path("directives/", pages.list_directives, name="directive-list"),
    path("directives/<int:expression_id>/source", pages.show_source, name="directive-source"),
    path("directives/<int:expression_id>/errata/", pages.record_erratum, name="erratum-record"),
]
