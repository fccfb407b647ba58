"""Exceptions asked for, in force and over; and whom one that is given to many would reach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import dicts, rows
from tongzhou.modules.duties.queries import each_sql, figure_sql
from tongzhou.modules.duties.queries.counting import windows_of
from tongzhou.modules.duties.queries.force import DutyRow, get_version
from tongzhou.modules.duties.queries.lists import sight_of
from tongzhou.modules.duties.queries.reviewers import DECIDED_BY, REVIEWER
from tongzhou.modules.duties.queries.selection import Selection, narrowed
from tongzhou.modules.duties.rules.exceptions import ExceptionKind
from tongzhou.modules.duties.rules.windows import Window, span
from tongzhou.modules.duties.workflow import EXCEPTION
from tongzhou.modules.registry.public import name_holds


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """One exception on a list. ``ended_on`` is the day it ends, None while that is undated."""

    id: int
    prov: int
    duty_id: int
    organisation_id: int
    name: str
    code: str
    form: str
    place: int
    place_name: str
    asked_under: int
    kind: str
    first_period: date
    last_period: date | None
    end_kind: str
    until_on: date | None
    response_id: int | None
    offset_months: int
    offset_days: int
    basis: str
    basis_urn: str
    reason: str
    origin: str
    state: str
    asked_at: datetime
    asked_by: int | None
    asker: str
    decided_at: datetime | None
    decider: str
    answer: str
    revoked_at: datetime | None
    revoker: str
    revoke_reason: str
    reviewer_id: int | None
    ended_on: date | None

    @property
    def duty(self) -> DutyRow:
        """Return the duty by the version that was read when it was asked for."""
        return get_version(self.asked_under)

    @property
    def end(self) -> tuple[str, date | None, int, int]:
        """Return how it ends, fit for ``wording.end_text``."""
        return self.end_kind, self.until_on, self.offset_months, self.offset_days


_ENDED = """
CASE x.end_kind
    WHEN 'DATE' THEN x.until_on
    WHEN 'EVENT' THEN (
        (
            duties_response_end(x.response_id, x.response_place, %s)
            AT TIME ZONE 'Asia/Shanghai'
        )::date
        + make_interval(months => x.offset_months, days => x.offset_days)
    )::date
END
"""
_COLUMNS = f"""
x.id, x.prov, x.duty_id, x.organisation_id, registry_organisation.name,
registry_organisation.code, registry_organisation.form,
registry_organisation.located_in_id AS place, coalesce(g.name, '') AS place_name, x.asked_under,
x.kind, x.first_period, x.last_period, x.end_kind, x.until_on, x.response_id, x.offset_months,
x.offset_days, x.basis, x.basis_urn, x.reason, x.origin, x.state, x.asked_at, x.asked_by, x.asker,
x.decided_at, x.decider, x.answer, x.revoked_at, x.revoker, x.revoke_reason, v.id AS reviewer_id,
{_ENDED} AS ended_on
"""
_FROM = f"""
FROM duties_exception x
JOIN registry_organisation ON registry_organisation.id = x.organisation_id
                          AND registry_organisation.prov = x.prov
LEFT JOIN registry_region g ON g.id = registry_organisation.located_in_id
{REVIEWER}
"""
ORDERS = {
    "oldest": "x.asked_at, x.id",
    "newest": "x.asked_at DESC, x.id DESC",
    "name": "registry_organisation.pinyin, x.organisation_id, x.id",
    "until": "x.until_on NULLS LAST, x.id",
    "duty": "x.duty_id, registry_organisation.pinyin, x.id",
}


@dataclass(frozen=True, slots=True)
class ExceptionFilters:
    """What a list of exceptions is narrowed to; empty values do not narrow."""

    state: str = ""
    kind: str = ""
    duty_id: int | None = None
    place: int | None = None
    words: str = ""
    order: str = "newest"


@dataclass(frozen=True, slots=True)
class ExceptionList:
    """Exceptions of bearers that the actor may see; sliceable, so a page reads one page.

    ``reviewer`` keeps those that one authority decides about, ``bearer`` those of one (id, prov).
    """

    actor: Actor
    at: datetime
    filters: ExceptionFilters = ExceptionFilters()
    reviewer: int | None = None
    bearer: tuple[int, int] | None = None
    _cache: dict[str, int] = field(default_factory=dict, compare=False)

    def count(self) -> int:
        """Return how many there are."""
        if "n" not in self._cache:
            where, params = self._where()
            sql = f"SELECT count(*) {_FROM} WHERE {where}"
            self._cache["n"] = int(rows(sql, params)[0][0])
        return self._cache["n"]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[ExceptionRow]:
        where, params = self._where()
        start = part.start or 0
        limit = part.stop - start if part.stop is not None else 1_000_000
        order = ORDERS.get(self.filters.order, ORDERS["newest"])
        sql = f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY {order} LIMIT %s OFFSET %s"
        return [ExceptionRow(**row) for row in dicts(sql, [self.at, *params, limit, start])]

    def stream(self, size: int = 2_000) -> Iterator[ExceptionRow]:
        """Yield the whole list piece by piece."""
        start = 0
        while piece := self[start : start + size]:
            yield from piece
            start += size

    def narrowed(self, **changes: Any) -> "ExceptionList":
        """Return the list with some filters replaced."""
        return ExceptionList(
            self.actor, self.at, replace(self.filters, **changes), self.reviewer, self.bearer
        )

    def _where(self) -> tuple[str, list[Any]]:
        wanted = self.filters
        sight, params = sight_of(self.actor)
        conditions, params = [f"({sight})"], list(params)

        def keep(condition: str, *values: Any) -> None:
            conditions.append(condition)
            params.extend(values)

        if self.reviewer is not None:
            keep(DECIDED_BY, self.reviewer, self.reviewer)
        if self.bearer is not None:
            keep("x.organisation_id = %s AND x.prov = %s", *self.bearer)
        if wanted.state in EXCEPTION.states:
            # A constant, so that the partial index on what waits can serve.
            keep(f"x.state = '{wanted.state}'")
        if wanted.kind in set(ExceptionKind):
            keep("x.kind = %s", wanted.kind)
        if wanted.duty_id is not None:
            keep("x.duty_id = %s", wanted.duty_id)
        if wanted.place is not None:
            keep("registry_organisation.located_in_id BETWEEN %s AND %s", *span(wanted.place))
        if words := wanted.words.strip():
            holds = name_holds("registry_organisation.name", "%s")
            keep(f"({holds} OR registry_organisation.code = %s)", words, words, words.upper())
        return " AND ".join(conditions), params


def get_exception(actor: Actor, at: datetime, exception_id: int, prov: int) -> ExceptionRow:
    """Return one exception; Missing when there is none or the actor may not know of it."""
    actor.require("duties.exception.view")
    if exception_id >= 2**63 or prov >= 2**15:
        raise Missing("没有这项例外。")
    sight, params = sight_of(actor)
    found = dicts(
        f"SELECT {_COLUMNS} {_FROM} WHERE x.id = %s AND x.prov = %s AND ({sight})",
        [at, exception_id, prov, *params],
    )
    if not found:
        raise Missing("没有这项例外。")
    return ExceptionRow(**found[0])


def list_reaching(
    actor: Actor, at: datetime, bearer: tuple[int, int], duty_id: int, period: date
) -> list[ExceptionRow]:
    """Return the exceptions of a bearer that reach a duty's period, those that wait included."""
    found = ExceptionList(
        actor, at, ExceptionFilters(duty_id=duty_id, order="newest"), bearer=bearer
    )
    return [
        each
        for each in found[0:50]
        if each.state in {"REQUESTED", "GRANTED", "REFUSED", "REVOKED"}
        and each.first_period <= period
        and (each.last_period is None or period <= each.last_period)
        and (each.ended_on is None or period <= each.ended_on)
    ]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The bearers that an exception for many would reach: a statement without its columns."""

    windows: Sequence[Window]
    sql: str
    params: dict[str, Any]

    def count(self) -> int:
        """Return how many there are."""
        return int(rows(self.sql.format(columns="count(*)"), self.params)[0][0])

    def sample(self, size: int = 20) -> list[tuple[int, int, str]]:
        """Return id, province and name of the first of them."""
        sql = self.sql.format(columns="each.organisation_id, each.prov, each.name")
        return rows(f"{sql} ORDER BY each.pinyin, each.organisation_id LIMIT {size}", self.params)


CANDIDATES = """
each.prov, each.duty, each.organisation_id, each.ruling, %(kind)s, each.period,
CASE WHEN w_once.period IS NOT NULL OR %(only)s THEN each.period END, %(end)s,
%(until)s::date, %(response)s::bigint,
CASE WHEN %(response)s::bigint IS NOT NULL THEN each.place END, %(months)s, %(days)s, %(basis)s,
%(urn)s, %(reason)s, 'MOTION', %(batch)s, 'GRANTED', %(at)s, %(user)s, %(actor)s, %(at)s, %(user)s,
%(actor)s, '', '', ''
"""


def set_of(actor: Actor, selection: Selection, kind: str, code: str = "") -> Chosen | None:
    """Return whom an exception of a kind for a selection would reach, None where nobody owes it.

    Of those who owe the one duty in the period, the organisations that the actor's authority
    registered, without those who have one of the kind for that period. ``code`` keeps the one
    organisation with that code.
    """
    wanted = narrowed(selection, as_of=None, bearers="ORGANISATION")
    found = windows_of(wanted)
    if not found:
        return None
    source, params = each_sql.each(actor, wanted, found)
    params |= figure_sql.window_params(found, wanted)
    params |= {"authority": actor.authority_id or -1, "kind": kind, "code": code}
    sql = f"""
        WITH {figure_sql.WINDOWS}, {source}
        SELECT {{columns}}
        FROM each
        JOIN registry_organisation o ON o.id = each.organisation_id AND o.prov = each.prov
        LEFT JOIN (
            SELECT DISTINCT duty, period FROM w WHERE closes_at = 'infinity'
        ) w_once ON w_once.duty = each.duty AND w_once.period = each.period
        WHERE o.registered_by_id = %(authority)s AND (%(code)s = '' OR o.code = %(code)s)
          AND NOT EXISTS (
            SELECT FROM duties_exception e
            WHERE e.duty_id = each.duty AND e.organisation_id = each.organisation_id
              AND e.prov = each.prov AND e.state = 'GRANTED' AND e.kind = %(kind)s
              AND e.first_period <= each.period
              AND (e.last_period IS NULL OR e.last_period >= each.period)
              AND (e.until_on IS NULL OR e.until_on >= each.period)
        )
        """  # noqa: S608 - made of constants, values are bound
    return Chosen(found, sql, params)


def clause_exists(urn: str) -> bool:
    """Tell whether a clause of a stored document has this address."""
    expression, _, clause = urn.partition("#")
    found = rows(
        """
        SELECT 1 FROM directives_clause c JOIN directives_expression e ON e.id = c.expression_id
        WHERE e.urn = %s AND c.address = %s LIMIT 1
        """,
        [expression, clause.partition("/")[0]],
    )
    return bool(found)
