"""The API: the modules' operations and the OpenAPI document."""

from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from tongzhou.kernel.manifest import manifests

schema = SpectacularJSONAPIView.as_view()
schema.stem = "public"  # type: ignore[attr-defined]  # read by the architecture tests

urlpatterns = [
    path("openapi.json", schema, name="openapi"),
    *(path("", include(each.api)) for each in manifests() if each.api),
]
