"""Routes of the compiler. ``/directives/load/`` is here: to load a document is to compile it."""

from django.urls import path

from tongzhou.modules.compiler.pages import listing

app_name = "compiler"
urlpatterns = [
    path("compile/", listing.list_compilations, name="compilation-list"),
]
