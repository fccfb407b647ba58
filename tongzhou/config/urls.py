"""All routes: the modules' own, found through their manifests, and the shared ones."""

from django.urls import include, path

from tongzhou.config import home
from tongzhou.kernel.manifest import manifests

urlpatterns = [
    path("", home.home, name="home"),
    path("api/v1/", include("tongzhou.config.api")),
    path("accounts/", include("tongzhou.config.accounts")),
    *(path("", include(each.urls)) for each in manifests() if each.urls),
]

handler400 = "tongzhou.kernel.views.bad_request"
handler403 = "tongzhou.kernel.views.forbidden"
handler404 = "tongzhou.kernel.views.not_found"
handler500 = "tongzhou.kernel.views.failed"
