"""The first page: everybody lands where their work is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tongzhou.kernel.manifest import manifests
from tongzhou.kernel.pages import actor_of, page


@page("public")
def home(request: HttpRequest) -> HttpResponse:
    """Send each role to the page its module declares as home."""
    role = actor_of(request).role
    for each in manifests():
        if each.home and role in each.home:
            return redirect(each.home[role])
    return redirect("account_login")
