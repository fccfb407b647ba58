"""The tree of registration authorities, with how many organisations each has registered."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.kernel.pages import actor_of, is_part, page
from tongzhou.modules.registry.queries import authorities
from tongzhou.modules.registry.queries.authorities import AuthorityNode


@page("registry.organisation.view")
def show_authorities(request: HttpRequest) -> HttpResponse:
    """Show a region's registration authority and those below it."""
    actor = actor_of(request)
    text = request.GET.get("region", "")
    own = actor.low if 0 <= actor.low <= actor.high else 0
    region = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else own
    here = authorities.find_authority_node(region)
    if here is None:
        raise Missing("没有这个地区。", code="no-region")
    depth = request.GET.get("depth", "0")
    table = _table(
        authorities.list_authority_tree(region),
        int(depth) if depth in "01234" else 0,
        actor.governs,
    )
    if is_part(request):
        return render(request, "ui/drill_rows.html", {"table": table})
    base = reverse("registry:authority-list")
    return render(
        request,
        "registry/authorities.html",
        {
            "crumbs": [
                (name, f"{base}?region={id_}") for id_, name in authorities.list_above(region)
            ],
            "here": here,
            "table": table if table["rows"] else None,
            "visible": actor.governs(region),
            "list_url": f"{reverse('registry:organisation-list')}?by=registry&region={region}",
        },
    )


def _table(nodes: list[AuthorityNode], depth: int, governs: Any) -> dict[str, Any]:
    base, listing = reverse("registry:authority-list"), reverse("registry:organisation-list")

    def cell(node: AuthorityNode, value: int, query: str) -> dict[str, Any]:
        href = f"{listing}?{query}" if value and governs(node.region_id) else ""
        return {"value": value, "href": href}

    return {
        "caption": _("各级登记管理机关"),
        "first": _("地区"),
        "columns": [
            {"code": "authority", "label": _("登记管理机关"), "kind": "text"},
            {"code": "subtree", "label": _("本级和下级登记的"), "kind": "number"},
            {"code": "located", "label": _("住所在本地的"), "kind": "number"},
        ],
        "rows": [
            {
                "label": each.region,
                "href": f"{base}?region={each.region_id}",
                "children_url": f"{base}?region={each.region_id}&depth={min(depth + 1, 4)}"
                if each.deeper
                else None,
                "cells": {
                    "authority": {"value": each.authority or "—"},
                    "subtree": cell(each, each.subtree, f"by=registry&region={each.region_id}"),
                    "located": cell(each, each.located, f"region={each.region_id}"),
                },
            }
            for each in nodes
        ],
        "depth": depth,
    }
