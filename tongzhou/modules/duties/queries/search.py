"""Search clauses and duties together: what stands where, whether it binds, and how to go on.

A row is a clause: found by its own words, or by those of duties drawn from it. Words that stand in
no clause together are looked for in steps, each of them told: all words however apart, some of them
in the head of the document, any of them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import overload

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.directives.public import (
    CAP,
    STATUSES,
    ClauseHits,
    ClauseView,
    DocumentFacts,
    DocumentFilter,
    clause_views,
    document_facts,
    find_clauses,
    find_documents,
    seeking,
)
from tongzhou.modules.duties.queries.duty_search import (
    DutyFilter,
    DutyHit,
    DutyHits,
    expressions_reaching,
    find_duties,
)
from tongzhou.modules.duties.queries.force import DutyRow, Ground, get_version
from tongzhou.modules.duties.queries.tasks import list_board
from tongzhou.modules.registry.public import find_bearer

ORDERS = ("relevance", "newest", "oldest")
#: Documents named above the clauses.
NAMED = 5
_DUTY_SHARE = 0.6


class What(StrEnum):
    """What is searched."""

    ALL = ""
    CLAUSES = "clauses"
    DUTIES = "duties"


class Step(StrEnum):
    """How what is shown was found."""

    ALL = "all"  # every word as it was typed
    APART = "apart"  # every word, long ones cut into theirs
    HEADS = "heads"  # some words in the head of the document, the others in the clause
    SOME = "some"  # not every word
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for, with the filters in force.

    ``place`` is a region id that documents have to reach; ``mine`` keeps duties that bind the
    actor's own bearer now.
    """

    words: str = ""
    what: What = What.ALL
    documents: DocumentFilter = field(default_factory=DocumentFilter)
    duties: DutyFilter = field(default_factory=DutyFilter)
    place: int | None = None
    mine: bool = False
    order: str = "relevance"

    @property
    def wants_duties(self) -> bool:
        """Tell whether only duties can fulfil it."""
        return self.what is What.DUTIES or self.mine or not self.duties.is_open


@dataclass(frozen=True, slots=True)
class Row:
    """A clause that was found. ``clause_id`` is None when only duties drawn from it fit."""

    expression_id: int
    address: str
    position: int
    rank: float
    clause_id: int | None
    duties: tuple[DutyHit, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with everything a page shows of it."""

    row: Row
    document: DocumentFacts
    clause: ClauseView
    duties: tuple[tuple[DutyRow, bool], ...]
    excerpt: tuple[seeking.Piece, ...]

    @property
    def is_in_force(self) -> bool:
        """Tell whether the document binds."""
        return self.document.status == "FORCE"


@dataclass
class Result(Sequence[Row]):
    """What was found, in order; clauses and duties of a page are read when it is shown."""

    wish: Wish
    at: datetime
    sought: seeking.Sought
    step: Step
    rows: tuple[Row, ...]
    capped: bool
    named: tuple[int, ...]
    heads: tuple[str, ...] = ()
    facts: Mapping[int, DocumentFacts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self.rows[index]

    @property
    def marks(self) -> tuple[str, ...]:
        """Return the words to mark in what is shown."""
        return tuple(each.text for each in self.sought.wanted)

    @cached_property
    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """Return how many rows there are of each value, the most frequent first."""
        counts: dict[str, Counter[str]] = {
            name: Counter()
            for name in ("status", "kind", "issuer", "year", "strength", "bearer", "organ")
        }
        for row in self.rows:
            facts = self.facts[row.expression_id]
            counts["status"][facts.status] += 1
            counts["kind"][facts.kind] += 1
            counts["issuer"][facts.issuer] += 1
            if facts.issued_on:
                counts["year"][str(facts.issued_on.year)] += 1
            for name, column in (("strength", "strength"), ("bearer", "bearer_kind")):
                counts[name].update({getattr(each, column) for each in row.duties})
            counts["organ"].update({each.organ for each in row.duties if each.organ})
        found = {name: each.most_common() for name, each in counts.items()}
        found["year"].sort(reverse=True)
        found["status"].sort(key=lambda pair: STATUSES.index(pair[0]))
        return found

    def show(self, page: Iterable[Row]) -> list[Shown]:
        """Return rows with all that a page tells of them."""
        held = list(page)
        ids = clause_ids(map(_key, held))
        views = clause_views(ids.values())
        forces = Ground(self.at)
        shown = []
        for row in held:
            clause = views.get(ids.get((row.expression_id, row.address), 0))
            if clause is None:
                continue
            duties = tuple(
                (duty, is_in_force(duty, forces))
                for duty in (get_version(each.version_id) for each in row.duties)
            )
            shown.append(
                Shown(
                    row=row,
                    document=self.facts[row.expression_id],
                    clause=clause,
                    duties=duties,
                    excerpt=tuple(seeking.excerpt(clause.text, self.marks)),
                )
            )
        return shown


def is_in_force(duty: DutyRow, ground: Ground) -> bool:
    """Tell whether a version of a duty is in force somewhere now."""
    return any(force.library_id == duty.library_id for force in ground.forces) and (
        duty.relation == "REFINES" or ground.upper(duty.id) == duty.version_id
    )


def search(wish: Wish, actor: Actor, at: datetime) -> Result:
    """Return what fulfils a wish, in the order asked for; never refuses what was typed.

    Duties of the actor's own bearer are the only thing an answer depends on who asks.
    """
    sought = seeking.read_input(wish.words)
    finder = _Finder(wish, actor, at)
    refined = seeking.refine(sought)
    steps = [(Step.ALL, refined, refined.query()), (Step.APART, *_apart(sought))]
    for step, used, query in steps:
        found, capped = finder.find(query)
        if found:
            exact = set()
            if used.terms != sought.terms:
                exact = {_key(each) for each in finder.find(sought.query())[0]}
            return finder.result(sought, used, step, found, capped, exact)
    for used, expressions, heads in _by_heads(refined, wish.documents, at):
        found, capped = finder.find(used.query(), expressions)
        if found:
            return replace(finder.result(sought, used, Step.HEADS, found, capped), heads=heads)
    apart = seeking.refine(sought, longest=2)
    found, capped = finder.find(apart.some()) if len(apart.wanted) > 1 else ([], False)
    step = Step.SOME if found else Step.NONE
    return finder.result(sought, apart, step, found, capped)


def _apart(sought: seeking.Sought) -> tuple[seeking.Sought, str]:
    used = seeking.refine(sought, longest=2)
    return used, used.query()


def _by_heads(
    sought: seeking.Sought, where: DocumentFilter, at: datetime
) -> Iterable[tuple[seeking.Sought, frozenset[int], tuple[str, ...]]]:
    """Yield what is left to look for inside documents whose heads hold some of the words."""
    if len(sought.wanted) < 2:
        return
    heads = [
        (term, frozenset(find_documents(seeking.Sought((term,)), where, at)))
        for term in sought.wanted
    ]
    named = [(term, found) for term, found in heads if found]
    if not named:
        return
    common = frozenset.intersection(*(found for _, found in named))
    rest = replace(sought, terms=tuple(t for t in sought.terms if t not in {n for n, _ in named}))
    if common and rest.wanted:
        yield rest, common, tuple(term.text for term, _ in named)
    for term, found in named:
        yield sought.without(term), found, (term.text,)


class _Finder:
    """Run the queries of one wish and put what they find together."""

    def __init__(self, wish: Wish, actor: Actor, at: datetime) -> None:
        self.wish = wish
        self.at = at
        self.documents = wish.documents
        self.duties = wish.duties
        if wish.place is not None:
            self.documents = replace(self.documents, expressions=expressions_reaching(wish.place))
        if wish.mine:
            self.duties = replace(self.duties, versions=binding_versions(actor, at))

    def find(self, query: str, expressions: frozenset[int] | None = None) -> tuple[list[Row], bool]:
        """Return the rows that fulfil a query, unordered, and whether there are more."""
        where = self.documents
        if expressions is not None:
            held = where.expressions
            both = expressions if held is None else expressions & held
            where = replace(where, expressions=both)
        clauses, duties = ClauseHits((), capped=False), DutyHits((), capped=False)
        if not self.wish.wants_duties:
            clauses = find_clauses(query, where, self.at)
        if self.wish.what is not What.CLAUSES or self.wish.wants_duties:
            duties = find_duties(query, where, self.duties, self.at)
        return _merge(clauses, duties), clauses.capped or duties.capped

    def result(
        self,
        sought: seeking.Sought,
        used: seeking.Sought,
        step: Step,
        found: list[Row],
        capped: bool,
        exact: Iterable[tuple[int, str]] = (),
    ) -> Result:
        """Return rows in order, what binds first, with what is known of their documents."""
        named = find_documents(sought, self.documents, self.at)
        facts = document_facts([*(r.expression_id for r in found), *named[:NAMED]], self.at)
        first = frozenset(exact)

        def order(row: Row) -> tuple[float, ...]:
            document = facts[row.expression_id]
            day = document.issued_on.toordinal() if document.issued_on else 0
            place = (row.expression_id, row.position)
            match self.wish.order:
                case "newest":
                    return (-day, *place)
                case "oldest":
                    return (day, *place)
            bound = STATUSES.index(document.status)
            return (_key(row) not in first, bound, -row.rank, -day, *place)

        return Result(
            wish=self.wish,
            at=self.at,
            sought=replace(used, cut_short=sought.cut_short),
            step=step,
            rows=tuple(sorted(found, key=order)),
            capped=capped,
            named=tuple(named),
            facts=facts,
        )


def binding_versions(actor: Actor, at: datetime) -> frozenset[int]:
    """Return the versions of duties that bind the actor's own bearer now; empty without one."""
    if actor.organisation_id is None or actor.prov is None:
        return frozenset()
    bearer = find_bearer(actor.organisation_id, actor.prov)
    if bearer is None:
        return frozenset()
    return frozenset(each.duty.version_id for each in list_board(actor, bearer, at))


def _key(row: Row) -> tuple[int, str]:
    return row.expression_id, row.address


def _merge(clauses: ClauseHits, duties: DutyHits) -> list[Row]:
    """Return one row for each clause that was found itself or by its duties, at most CAP."""
    drawn: dict[tuple[int, str], list[DutyHit]] = {}
    for duty in duties.rows:
        drawn.setdefault((duty.expression_id, duty.clause), []).append(duty)
    found = []
    for each in clauses.rows:
        beside = drawn.pop((each.expression_id, each.address), [])
        rank = each.rank + _DUTY_SHARE * max((d.rank for d in beside), default=0.0)
        row = Row(each.expression_id, each.address, each.position, rank, each.id, tuple(beside))
        found.append(row)
    for (expression_id, address), beside in drawn.items():
        rank = _DUTY_SHARE * max(each.rank for each in beside)
        found.append(Row(expression_id, address, 0, rank, None, tuple(beside)))
    return found[: 2 * CAP]


def clause_ids(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the ids of clauses that are named by expression and address."""
    wanted = list(keys)
    found = rows(
        "SELECT c.expression_id, c.address, c.id FROM directives_clause c"
        " WHERE (c.expression_id, c.address) IN"
        " (SELECT * FROM unnest(%s::bigint[], %s::text[]))",
        [[each[0] for each in wanted], [each[1] for each in wanted]],
    )
    return {(row[0], row[1]): row[2] for row in found}
