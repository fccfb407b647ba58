"""Every route names the permission it needs, and every permission has somebody who carries it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tongzhou.kernel.access import Role, permissions_of
from tongzhou.kernel.commands import STEMS
from tongzhou.kernel.manifest import manifests

# allauth guards its own pages: sign-in, sign-out, passwords, e-mail addresses.
FOREIGN = ("allauth.",)


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        path = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _routes(each, path)
        elif isinstance(each, URLPattern):
            yield path, each.callback


ROUTES = sorted(_routes(get_resolver()), key=lambda pair: pair[0])
DECLARED = {stem for each in manifests() for stem in each.permissions} | {"public"}


@pytest.mark.parametrize(("path", "view"), ROUTES, ids=[path or "home" for path, _ in ROUTES])
def test_every_route_names_a_declared_permission(path: str, view: Any) -> None:
    if view.__module__.startswith(FOREIGN):
        return
    stem = getattr(view, "stem", None)
    assert stem is not None, f"{path}: no @page or endpoint around {view.__module__}.{view}"
    assert stem in DECLARED, f"{path}: {stem} is in no manifest"


def test_every_command_has_a_declared_permission() -> None:
    assert STEMS, "no command was imported"
    assert STEMS <= DECLARED, sorted(STEMS - DECLARED)


def test_every_declared_permission_is_used_by_a_route_or_a_command() -> None:
    used = STEMS | {getattr(view, "stem", "") for _, view in ROUTES}
    used |= {entry.stem for each in manifests() for entry in each.navigation}
    assert DECLARED - used - {"public"} == set()


def test_roles_in_manifests_exist() -> None:
    known = set(Role)
    for each in manifests():
        for stem, roles in each.permissions.items():
            assert set(roles) <= known, stem


def test_the_public_may_only_look() -> None:
    writing = STEMS & permissions_of(Role.PUBLIC)
    assert writing == set()
