"""Which documents a text names, which name it, and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongzhou.base.errors import Missing
from tongzhou.kernel.database import dicts, rows
from tongzhou.modules.directives.contracts import CitationKind
from tongzhou.modules.directives.models import Expression
from tongzhou.modules.directives.queries.search import DocumentFacts, document_facts
from tongzhou.modules.directives.rules.citing import (
    core,
    is_own,
    number_key,
    short_names,
    title_key,
)


@dataclass(frozen=True, slots=True)
class Cited:
    """A document that a text names. ``document`` is None while it is not held.

    ``addresses`` are the clauses that name it, ``names`` all ways in which they do: titles, short
    names, numbers.
    """

    kind: CitationKind
    title: str
    doc_number: str
    document: DocumentFacts | None
    addresses: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Citing:
    """A document that names this one, and by which of its clauses."""

    kind: CitationKind
    document: DocumentFacts
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a clause that name a document, with the text where that is read."""

    address: str
    words: str
    expression_id: int
    title: str


#: What weighs most when one document is named in several ways.
_WEIGHT = (
    CitationKind.REPLACES,
    CitationKind.BASED_ON,
    CitationKind.FORWARDS,
    CitationKind.CITES,
)

#: The wording of a directive that is read now: the last one that is not repealed, else the last.
_CURRENT = """
SELECT DISTINCT ON (e.directive_id) e.directive_id, e.id FROM directives_expression e
WHERE e.directive_id = ANY(%(works)s)
ORDER BY e.directive_id, (e.repealed_at IS NULL OR e.repealed_at > %(at)s) DESC, e.urn DESC
"""


def list_cited(expression_id: int, at: datetime) -> list[Cited]:
    """Return the documents that a text names, each once, in the order they are first named.

    What the document itself sends out is a part of it and left out. Missing without such a text.
    """
    own = Expression.objects.filter(pk=expression_id).values("title", "source").first()
    if own is None:
        raise Missing("没有这份文件。", code="directive-missing")
    found = [
        each
        for each in dicts(
            'SELECT kind, title, doc_number, address, target_id, "end" FROM directives_citation'
            " WHERE expression_id = %s ORDER BY start, id",
            [expression_id],
        )
        if not is_own(each["title"], own["title"])
    ]
    full = short_names(own["source"], [(each["end"], each["title"]) for each in found])
    texts = _texts_of((each["target_id"] for each in found if each["target_id"]), at)
    grouped: dict[object, list[dict[str, Any]]] = {}
    for each in found:
        key = title_key(each["title"])
        name = each["target_id"] or core(full.get(key, key)) or number_key(each["doc_number"])
        grouped.setdefault(name, []).append(each)
    return [
        Cited(
            kind=_weightiest(each["kind"] for each in group),
            title=max((each["title"] for each in group), key=len),
            doc_number=next((each["doc_number"] for each in group if each["doc_number"]), ""),
            document=texts.get(group[0]["target_id"]),
            addresses=_in_order(each["address"] for each in group),
            names=_in_order(e for each in group for e in (each["title"], each["doc_number"])),
        )
        for group in grouped.values()
    ]


_CITING = """
SELECT c.kind, c.expression_id, c.address FROM directives_citation c
JOIN directives_expression own ON own.directive_id = c.target_id
WHERE own.id = %s
ORDER BY c.expression_id, c.start
"""


def list_citing(expression_id: int, at: datetime) -> list[Citing]:
    """Return the documents that name the work of a text, the latest first."""
    grouped: dict[int, list[tuple[str, str]]] = {}
    for kind, citing, address in rows(_CITING, [expression_id]):
        grouped.setdefault(citing, []).append((kind, address))
    facts = document_facts(grouped, at)
    found = [
        Citing(
            kind=_weightiest(kind for kind, _ in group),
            document=facts[citing],
            addresses=_in_order(address for _, address in group),
        )
        for citing, group in grouped.items()
    ]
    found.sort(key=lambda each: (each.document.urn.rpartition("@")[2], each.document.urn))
    return found[::-1]


def list_mentions(cited: Iterable[Cited]) -> list[Mention]:
    """Return the words by which a text names documents that are held, clause by clause."""
    return [
        Mention(address, name, each.document.expression_id, each.document.title)
        for each in cited
        if each.document is not None
        for address in each.addresses
        for name in sorted(each.names, key=len, reverse=True)
    ]


def _texts_of(works: Iterable[int], at: datetime) -> dict[int, DocumentFacts]:
    """Return for each directive the wording that is read now."""
    current = dict(rows(_CURRENT, {"works": list(set(works)), "at": at}))
    facts = document_facts(current.values(), at)
    return {work: facts[pk] for work, pk in current.items()}


def _weightiest(kinds: Iterable[str]) -> CitationKind:
    return min((CitationKind(each) for each in kinds), key=_WEIGHT.index)


def _in_order(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in values if each))
