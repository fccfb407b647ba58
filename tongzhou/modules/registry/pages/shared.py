"""What several pages of the registry share."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse

from tongzhou.kernel.access import Actor
from tongzhou.modules.registry.contracts import AuthorityKind
from tongzhou.modules.registry.queries import authorities


def link(actor: Actor, stem: str, name: str, *arguments: object) -> str:
    """Return the address of a page of the registry if the actor may open it, else nothing."""
    return reverse(f"registry:{name}", args=arguments) if actor.may(stem) else ""


def elsewhere(name: str, *arguments: object) -> str:
    """Return the address of a page of a higher module, empty where it is not installed."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def datalists(actor: Actor) -> list[dict[str, Any]]:
    """Return the names that forms offer while somebody types."""
    names = {
        "registrars": AuthorityKind.REGISTRATION,
        "supervisors": AuthorityKind.SUPERVISOR,
        "industry": AuthorityKind.INDUSTRY,
    }
    found: list[dict[str, Any]] = [
        {"id": id_, "options": [(name, "") for name in authorities.list_names(actor, kind)]}
        for id_, kind in names.items()
    ]
    found.append(
        {
            "id": "places",
            "options": [(name, code) for code, name in authorities.list_places(actor)],
        }
    )
    return found
