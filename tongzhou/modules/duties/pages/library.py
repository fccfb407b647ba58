"""Duty libraries: what is loaded and in force, what it costs to report, taken along as a file."""

import json
from typing import Any
from urllib.parse import quote

import yaml
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongzhou.base.errors import Missing
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.duties.contracts import PHASES, Relation
from tongzhou.modules.duties.pages import shared
from tongzhou.modules.duties.queries import burdens, libraries
from tongzhou.modules.duties.queries.force import DutyRow, duties_of, get_version, library_of
from tongzhou.modules.duties.queries.libraries import LibraryRow
from tongzhou.modules.duties.queries.versions import declared_body
from tongzhou.modules.duties.queries.wording import bearer_text, deadline_text, say

SHOWN_PHASES = ("LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4", "NORMALISED", "ENDED")


@page("duties.library.view")
def list_libraries(request: HttpRequest) -> HttpResponse:
    """Show every loaded library and where it stands."""
    actor = actor_of(request)
    return render(
        request,
        "duties/libraries.html",
        {
            "libraries": libraries.list_libraries(clock.now()),
            "may_load": actor.may("duties.library.load"),
        },
    )


@page("duties.library.view")
def show_library(request: HttpRequest, library_id: int) -> HttpResponse:
    """Show one library: its duties, whom it reaches, what reporting on it costs, its history."""
    actor, at = actor_of(request), clock.now()
    row = libraries.get_library(library_id, at)
    library = library_of(library_id)
    copies = libraries.list_copies(library_id)
    suspended = libraries.list_suspended(library_id, at)
    return render(
        request,
        "duties/library.html",
        {
            "crumbs": [(_("任务库"), reverse("duties:library-list")), (row.title, "")],
            "row": row,
            "reading_url": shared.reading_url(row.expression),
            "reach": burdens.count_scope(library_id),
            "duties": [_duty(each) for each in duties_of(library_id)],
            "burdens": [
                {"phase": say(PHASES[each.phase]), "row": each}
                for each in burdens.list_burdens(library, SHOWN_PHASES)
                if each.most.forms
            ],
            "forces": libraries.list_forces(library_id),
            "copies": [
                {"version": version, "url": _url(number), "here": number == library_id}
                for version, number in copies
            ]
            if len(copies) > 1
            else [],
            "suspended": [
                {"title": say(duty.spec.title), "upper": upper.urn, "url": shared.clause_url(upper)}
                for duty, upper in suspended
            ],
            **_rights(actor, row),
        },
    )


def _rights(actor: Actor, row: LibraryRow) -> dict[str, Any]:
    governs = libraries.may_decide(actor, row.scope_region)
    return {
        "may_enforce": governs and actor.may("duties.library.enforce") and row.force is None,
        "may_end": governs and actor.may("duties.library.end") and row.force is not None,
        "governs": governs,
    }


def _duty(each: DutyRow) -> dict[str, Any]:
    """Return one duty of a library as the table draws it."""
    return {
        "url": shared.version_url(each),
        "clause": each.clause,
        "title": say(each.spec.title),
        "strength": each.spec.strength,
        "bearer": bearer_text(each.spec, library_of(each.library_id)),
        "deadline": deadline_text(each.spec.recurrence, each.spec.deadline)
        if each.is_counted
        else "",
        "origin": _origin(each),
    }


def _origin(duty: DutyRow) -> str:
    """Say what a duty follows or refines, empty for a new one."""
    if duty.relation is Relation.NEW:
        return ""
    urn = get_version(duty.id).urn
    if duty.relation is Relation.REFINES:
        return _("收紧 %(urn)s") % {"urn": urn}
    return _("沿用 %(urn)s") % {"urn": urn}


def _url(library_id: int) -> str:
    return reverse("duties:library", args=[library_id])


@page("duties.library.view")
def export_library(request: HttpRequest, library_id: int, kind: str) -> HttpResponse:
    """Hand out a library as YAML or JSON, such as it can be loaded again."""
    row = libraries.get_library(library_id, clock.now())
    body = declared_body(library_id)
    if kind == "yaml":
        text = yaml.safe_dump(body, allow_unicode=True, sort_keys=False, width=100)
        content_type = "application/yaml; charset=utf-8"
    elif kind == "json":
        text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
        content_type = "application/json; charset=utf-8"
    else:
        raise Missing("没有这种格式。")
    name = f"{row.expression.replace('/', '-').replace('@', '-')}-v{row.version}.{kind}"
    answer = HttpResponse(text, content_type=content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return answer
