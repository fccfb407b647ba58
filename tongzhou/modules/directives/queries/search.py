"""Find clauses by their words, and documents by title, number or issuer.

Queries stay bounded whatever is asked: no more than :data:`CAP` clauses are ranked. When a word
stands in more, the newest are taken, and the answer says so.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from tongzhou.kernel import clock
from tongzhou.kernel.database import dicts, execute, rows
from tongzhou.modules.directives.queries.documents import ErratumRow, read
from tongzhou.modules.directives.rules.seeking import Sought
from tongzhou.modules.directives.rules.tokens import HEAD, loose
from tongzhou.modules.directives.rules.typeset import typeset

#: Hits that are ranked and counted; more are told as “500+”.
CAP = 500
#: Documents named by the words of their heads that are shown or searched.
MOST_DOCUMENTS = 200
#: What a hit weighs across two words, above the clause, in its text, in a heading.
WEIGHTS = "{0.05, 0.2, 0.6, 1.0}"
#: From this many clauses on, how many there are is estimated.
ROUGHLY = 10_000
SEARCHED = "c.kind <> 'SIGNATURE'"

#: Whether a document binds at the moment ``%(at)s``; ``e`` is the expression.
STATUS = """
CASE WHEN e.repealed_at <= %(at)s THEN 'REPEALED'
     WHEN e.expires_on < %(day)s THEN 'EXPIRED'
     WHEN EXISTS (SELECT 1 FROM directives_expression n WHERE n.previous_id = e.id
                  AND coalesce(n.effective_on, n.published_at::date) <= %(day)s) THEN 'AMENDED'
     WHEN e.effective_on > %(day)s THEN 'FUTURE'
     ELSE 'FORCE' END
"""
STATUSES = ("FORCE", "FUTURE", "AMENDED", "EXPIRED", "REPEALED")


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents are searched; whatever is empty or None does not narrow.

    ``status`` is one of :data:`STATUSES`. ``expressions`` are the only ones allowed.
    """

    kind: str = ""
    issuer: str = ""
    year: int | None = None
    status: str = ""
    expressions: frozenset[int] | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether every document fits."""
        return self == DocumentFilter()

    def sql(self) -> tuple[str, dict[str, Any]]:
        """Return the condition on ``e`` and ``d``, and its parameters; needs :func:`moment`."""
        conditions = ["TRUE"]
        params: dict[str, Any] = {}
        for name, column in (("kind", "d.kind"), ("issuer", "d.issuer")):
            value = getattr(self, name)
            if value:
                conditions.append(f"{column} = %({name})s")
                params[name] = value
        if self.year is not None:
            conditions.append("d.issued_on BETWEEN %(year_first)s AND %(year_last)s")
            params |= {
                "year_first": date(self.year, 1, 1),
                "year_last": date(self.year, 12, 31),
            }
        if self.status:
            conditions.append(f"({STATUS}) = %(status)s")
            params["status"] = self.status
        if self.expressions is not None:
            conditions.append("e.id = ANY(%(expressions)s)")
            params["expressions"] = list(self.expressions)
        return " AND ".join(conditions), params


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a list of hits tells of a document."""

    expression_id: int
    urn: str
    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    kind: str
    status: str


@dataclass(frozen=True, slots=True)
class ClauseHit:
    """A clause that fits, with how well."""

    id: int
    address: str
    position: int
    rank: float
    expression_id: int


@dataclass(frozen=True, slots=True)
class ClauseHits:
    """The clauses that fit; ``capped`` when there are more than were ranked."""

    rows: tuple[ClauseHit, ...]
    capped: bool


@dataclass(frozen=True, slots=True)
class ClauseView:
    """A clause to show: its text for reading, and what the clauses above it are called.

    ``is_heading``: it only names the clauses below it.
    """

    id: int
    expression_id: int
    address: str
    label: str
    kind: str
    text: str
    above: tuple[str, ...]
    is_heading: bool = False


def moment(at: datetime) -> dict[str, Any]:
    """Return the parameters that conditions on the state of a document need."""
    return {"at": at, "day": at.astimezone(clock.PLACE).date()}


_JOINED = """
JOIN directives_expression e ON e.id = c.expression_id
JOIN directives_directive d ON d.id = e.directive_id
"""
_FOUND = """
SELECT c.id FROM directives_clause c {joined}
WHERE c.words @@ %(query)s::tsquery AND {searched} AND {where} LIMIT %(cap)s
"""
#: The same among the newest clauses. The inner condition is one that the index fulfils alone.
_NEWEST = """
SELECT c.id FROM (
  SELECT * FROM directives_clause WHERE {inner} AND id > %(beyond)s OFFSET 0
) c {joined}
WHERE c.words @@ %(query)s::tsquery AND {searched} AND {where} ORDER BY c.id DESC LIMIT %(cap)s
"""
_RANKED = """
SELECT c.id, c.address, c.position, ts_rank_cd(%(weights)s, c.words, %(query)s::tsquery, 1) AS rank,
       c.expression_id
FROM directives_clause c WHERE c.id = ANY(%(ids)s)
"""
_COUNTED = f"""
SELECT asked.name, (SELECT count(*) FROM (
  SELECT 1 FROM directives_clause c WHERE c.words @@ asked.query::tsquery AND {SEARCHED} LIMIT %s
) counted) FROM unnest(%s::text[], %s::text[]) AS asked(name, query)
"""  # noqa: S608 - a fixed condition
#: From this share of clauses on, reading the newest ones is less work than the index.
DENSE = 0.25


def find_clauses(query: str, where: DocumentFilter, at: datetime, *, cap: int = CAP) -> ClauseHits:
    """Return the clauses that fulfil a ``tsquery`` of the rules, unordered, at most ``cap``.

    When there are more, the newest are taken.
    """
    if not query or (where.expressions is not None and not where.expressions):
        return ClauseHits((), capped=False)
    condition, params = where.sql()
    params |= {"query": query, "loose": loose(query), "cap": cap + 1, **moment(at)}
    parts = {"joined": "" if where.is_open else _JOINED, "where": condition, "searched": SEARCHED}
    with by_index():
        found = [row[0] for row in rows(_FOUND.format(**parts), params)]
        capped = len(found) > cap
        if capped:
            last = rows("SELECT max(id) FROM directives_clause")[0][0]
            # Twice the middle half: pages that were filled up later hold ids far from the others.
            ordered = sorted(found)
            quarter = len(ordered) // 4
            reach = 2 * (ordered[-quarter - 1] - ordered[quarter]) + 1
            params["beyond"] = last - reach
            dense = len(found) > DENSE * reach
            inner = "TRUE" if dense else "words @@ %(loose)s::tsquery"
            newest = rows(_NEWEST.format(**parts, inner=inner), params)
            found = list(dict.fromkeys([*(row[0] for row in newest), *found]))[:cap]
        ranked = rows(_RANKED, {"ids": found, "query": query, "weights": WEIGHTS})
    return ClauseHits(tuple(ClauseHit(*row) for row in ranked), capped)


@contextmanager
def by_index() -> Iterator[None]:
    """Let the planner go by the index of words.

    It thinks that half a sentence is as frequent as its words, and would rather read every clause
    until enough fit. That is right for the most common words only, and slow for all others.
    """
    with transaction.atomic(savepoint=False):
        execute("SET LOCAL enable_seqscan = off")
        yield
        execute("SET LOCAL enable_seqscan = on")


def count_clauses(queries: Mapping[str, str], *, cap: int = CAP) -> dict[str, int]:
    """Return how many clauses hold the words of each named ``tsquery``, at most ``cap``.

    Order and exclusions do not count.
    """
    asked = {name: loose(query) for name, query in queries.items() if query}
    if not asked:
        return {}
    with by_index():
        found = rows(_COUNTED, [cap, list(asked), list(asked.values())])
    return {row[0]: row[1] for row in found}


def count_all() -> int:
    """Return how many clauses are held, roughly when there are many."""
    known = rows("SELECT reltuples::bigint FROM pg_class WHERE oid = 'directives_clause'::regclass")
    if known[0][0] > ROUGHLY:
        return int(known[0][0])
    return int(rows("SELECT count(*) FROM directives_clause")[0][0])


def find_documents(sought: Sought, where: DocumentFilter, at: datetime) -> list[int]:
    """Return the expressions whose title, number and issuer hold all words, newest first."""
    query = sought.query(HEAD)
    if not query:
        return []
    condition, params = where.sql()
    with by_index():
        found = rows(
            "SELECT e.id FROM directives_clause c"  # noqa: S608 - conditions of this module
            " JOIN directives_expression e ON e.id = c.expression_id"
            " JOIN directives_directive d ON d.id = e.directive_id"
            f" WHERE c.words @@ %(query)s::tsquery AND {condition}"
            " ORDER BY d.issued_on DESC NULLS LAST, e.id DESC LIMIT %(most)s",
            {**params, **moment(at), "query": query, "most": MOST_DOCUMENTS},
        )
    return [row[0] for row in found]


def document_facts(expression_ids: Iterable[int], at: datetime) -> dict[int, DocumentFacts]:
    """Return what lists tell of documents, by expression."""
    found = rows(
        "SELECT e.id, e.urn, e.title, d.doc_number, d.issuer, d.issued_on, d.kind,"  # noqa: S608
        f" {STATUS} FROM directives_expression e"
        " JOIN directives_directive d ON d.id = e.directive_id WHERE e.id = ANY(%(ids)s)",
        {"ids": list(set(expression_ids)), **moment(at)},
    )
    return {row[0]: DocumentFacts(*row) for row in found}


_VIEWS = """
WITH RECURSIVE up AS (
  SELECT c.id AS asked, c.parent_id, 0 AS depth, ''::text AS name
  FROM directives_clause c WHERE c.id = ANY(%(ids)s)
  UNION ALL
  SELECT up.asked, p.parent_id, up.depth + 1,
         CASE WHEN p.heading <> '' THEN p.heading WHEN length(p.text) <= 60 THEN p.text ELSE '' END
  FROM up JOIN directives_clause p ON p.id = up.parent_id
)
SELECT c.id, c.expression_id, c.address, c.label, c.kind, c.text,
       length(c.text) <= 60 AND c.text NOT LIKE '%%。%%'
       AND EXISTS (SELECT 1 FROM directives_clause b WHERE b.parent_id = c.id) AS is_heading,
       (SELECT array_agg(up.name ORDER BY up.depth DESC) FROM up
        WHERE up.asked = c.id AND up.name <> '') AS above,
       (SELECT jsonb_agg(jsonb_build_array(r.as_received, r.reading) ORDER BY r.id)
        FROM directives_erratum r
        WHERE r.expression_id = c.expression_id AND r.address = c.address)::text AS errata
FROM directives_clause c WHERE c.id = ANY(%(ids)s)
"""


def clause_views(ids: Iterable[int]) -> dict[int, ClauseView]:
    """Return clauses as they are shown, by id."""
    import orjson

    made = {}
    for row in dicts(_VIEWS, {"ids": list(ids)}):
        errata = [
            ErratumRow(row["address"], received, reading, "")
            for received, reading in orjson.loads(row["errata"] or "[]")
        ]
        made[row["id"]] = ClauseView(
            id=row["id"],
            expression_id=row["expression_id"],
            address=row["address"],
            label=typeset(row["label"]),
            kind=row["kind"],
            text=typeset(read(row["text"], errata)),
            above=tuple(typeset(each) for each in row["above"] or ()),
            is_heading=row["is_heading"],
        )
    return made
