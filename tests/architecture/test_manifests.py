"""Manifests say what is true: names, routes and pages exist."""

from django.urls import reverse

from tongzhou.kernel.access import Role
from tongzhou.kernel.manifest import manifests


def test_names_are_unique() -> None:
    names = [each.name for each in manifests()]
    assert len(names) == len(set(names))


def test_navigation_leads_somewhere() -> None:
    for each in manifests():
        for entry in each.navigation:
            assert reverse(entry.url).startswith("/"), entry


def test_everybody_has_a_home() -> None:
    homes: dict[str, str] = {}
    for each in manifests():
        for role, url in (each.home or {}).items():
            assert role not in homes, f"{role} has two homes"
            homes[role] = reverse(url)
    missing = set(Role) - set(homes) - {Role.SYSTEM}
    assert missing == set()


def test_permissions_begin_with_their_module() -> None:
    for each in manifests():
        for stem in each.permissions:
            assert stem.split(".")[0] == each.name, stem
            assert stem.count(".") == 2, stem
