"""API of the duties module."""

from tongzhou.modules.duties.api import exceptions, reports, search

urlpatterns = [*reports.urlpatterns, *exceptions.urlpatterns, *search.urlpatterns]
