"""What a document rests on, cites and replaces, and who cites it: beside its text, as a page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.pages import actor_of, page
from tongzhou.modules.directives.public import (
    CitationKind,
    Cited,
    Citing,
    get_expression,
    list_cited,
    list_citing,
    list_mentions,
    seeking,
)
from tongzhou.modules.duties.pages import search_parts
from tongzhou.modules.duties.pages.shared import layout

#: What one document does to another, from this one's side and from the other's.
CITES = {
    CitationKind.BASED_ON: gettext_lazy("依据"),
    CitationKind.REPLACES: gettext_lazy("废止"),
    CitationKind.FORWARDS: gettext_lazy("转发、印发"),
    CitationKind.CITES: gettext_lazy("引用"),
}
CITED = {
    CitationKind.BASED_ON: gettext_lazy("以本文件为依据"),
    CitationKind.REPLACES: gettext_lazy("称本文件废止"),
    CitationKind.FORWARDS: gettext_lazy("转发、印发本文件"),
    CitationKind.CITES: gettext_lazy("引用本文件"),
}
MOST_MARKS, LONGEST_MARK = 12, 60


@page("public")
def show_citations(request: HttpRequest, expression_id: int) -> HttpResponse:
    """Show a document's connections as a table: what it names, and who names it."""
    actor, at = actor_of(request), clock.now()
    row = get_expression(expression_id)
    here = reverse("duties:directive-read", args=[expression_id])
    return render(
        request,
        "duties/citations.html",
        {
            "layout": layout(actor),
            "crumbs": [
                (_("文件"), reverse("directives:directive-list")),
                (row.title, here),
                (_("引用关系"), ""),
            ],
            "row": row,
            **summary(expression_id, actor, at),
        },
    )


def summary(
    expression_id: int, actor: Actor, at: datetime, named: Sequence[Cited] | None = None
) -> dict[str, Any]:
    """Return a document's connections as pages draw them; ``named`` if they are known already.

    ``replaced_by`` tells officers who says that this document is repealed; ``load_url`` is where
    they bring a document that is named and not held.
    """
    here = reverse("duties:directive-read", args=[expression_id])
    named = list_cited(expression_id, at) if named is None else named
    naming = list_citing(expression_id, at)
    may_load = actor.may("directives.directive.load")
    return {
        "cited": [_cited(each, here) for each in named],
        "citing": [_citing(each) for each in naming],
        "missing": sum(each.document is None for each in named),
        "replaced_by": [
            search_parts.document(each.document)
            for each in naming
            if may_load and each.kind is CitationKind.REPLACES and each.document.status == "FORCE"
        ],
        "citations_url": reverse("duties:directive-citations", args=[expression_id]),
        "may_load": may_load,
    }


def _cited(each: Cited, here: str) -> dict[str, Any]:
    return {
        "kind": CITES[each.kind],
        "title": each.title or each.doc_number,
        "number": each.doc_number if each.title else "",
        "document": search_parts.document(each.document) if each.document else None,
        "clauses": _links(each.addresses, here),
    }


def _citing(each: Citing) -> dict[str, Any]:
    base = reverse("duties:directive-read", args=[each.document.expression_id])
    return {
        "kind": CITED[each.kind],
        "document": search_parts.document(each.document),
        "clauses": _links(each.addresses, base),
    }


def _links(addresses: Iterable[str], base: str) -> list[dict[str, str]]:
    special = {"0": _("来函"), "p": _("前言"), "n": _("附注"), "a": _("附件"), "h": _("附件")}
    return [
        {"label": special.get(each if each == "0" else each[:1], each), "url": f"{base}#{each}"}
        for each in addresses
    ]


def connect(
    passages: Sequence[dict[str, Any]], named: Sequence[Cited], marks: Sequence[str]
) -> None:
    """Add to drawn passages the links to documents they name, and where searched words stand."""
    mentions: dict[str, list[tuple[str, str, str]]] = {}
    for each in list_mentions(named):
        url = reverse("duties:directive-read", args=[each.expression_id])
        mentions.setdefault(each.address, []).append((each.words, url, each.title))
    words = [each.strip()[:LONGEST_MARK] for each in marks[:MOST_MARKS]]
    for drawn in passages:
        clause = drawn["clause"]
        text = clause["text"]
        if not text:
            continue
        clause["links"] = [
            {"start": start, "end": end, "href": url, "label": title}
            for name, url, title in mentions.get(drawn["address"], ())
            for start, end in _bracketed(text, seeking.spans(text, [name]))
        ]
        clause["hits"] = seeking.spans(text, words) if words else []


def _bracketed(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return stretches with the 《》 around them."""
    return [
        (start - 1, end + 1)
        if start and text[start - 1] == "《" and text[end : end + 1] == "》"
        else (start, end)
        for start, end in spans
    ]
