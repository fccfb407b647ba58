"""API of the compiler."""

from tongzhou.modules.compiler.api import compilations, promulgation

urlpatterns = [*compilations.urlpatterns, *promulgation.urlpatterns]
