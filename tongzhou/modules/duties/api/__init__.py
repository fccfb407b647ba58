"""API of the duties module."""

from tongzhou.modules.duties.api import reports, search

urlpatterns = [*reports.urlpatterns, *search.urlpatterns]
