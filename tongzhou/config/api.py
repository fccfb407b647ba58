"""The API: the modules' operations and the OpenAPI document."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer

from tongzhou.kernel.manifest import manifests
from tongzhou.kernel.openapi import document
from tongzhou.kernel.pages import page


@cache
def _document() -> bytes:
    """Return the OpenAPI document; it is put together once, because anybody may ask for it."""
    return bytes(OpenApiJsonRenderer().render(document(), renderer_context={}))


@page("public")
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Hand out the OpenAPI document."""
    return HttpResponse(_document(), content_type=OpenApiJsonRenderer.media_type)


urlpatterns = [
    path("openapi.json", openapi, name="openapi"),
    *(path("", include(each.api)) for each in manifests() if each.api),
]
