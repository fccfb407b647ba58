"""The page that tells who may do what, for operators, auditors and leaders."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from tongzhou.kernel import matrix
from tongzhou.kernel.access import ROLE_LABELS, Role
from tongzhou.kernel.pages import page


@page("kernel.roles.view")
def roles(request: HttpRequest) -> HttpResponse:
    """Show the matrix of access, all of it or what one role may do (``?role=``)."""
    asked = request.GET.get("role", "")
    chosen = Role(asked) if asked in Role.__members__ and asked != Role.SYSTEM else None
    return render(
        request,
        "kernel/roles.html",
        {
            "groups": [
                (gettext(label), [(str(each), gettext(ROLE_LABELS[each])) for each in held])
                for label, held in matrix.GROUPS
            ],
            "chosen": str(chosen or ""),
            "chosen_label": gettext(ROLE_LABELS[chosen]) if chosen else "",
            "modules": _modules(chosen),
        },
    )


def _modules(chosen: Role | None) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in matrix.rows():
        if chosen is not None and chosen not in row.roles:
            continue
        held = found.setdefault(row.module, {"label": gettext(row.module_label), "rows": []})
        held["rows"].append(
            {
                "label": gettext(row.act.label),
                "stem": row.stem,
                "second": gettext(matrix.label_of(row.act.second)) if row.act.second else "",
                "ranges": [
                    (gettext(told), [gettext(ROLE_LABELS[each]) for each in roles])
                    for told, roles in row.ranges()
                    if chosen is None or chosen in roles
                ],
            }
        )
    return list(found.values())
