"""API of the registry: regions, authorities, organisations, registration, bulk changes."""

from tongzhou.modules.registry.api import bulk, organisations

urlpatterns = [*bulk.urlpatterns, *organisations.urlpatterns]
