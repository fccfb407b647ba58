"""Lists of reports: the review queue, an own history, what is asked for by filters."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import dicts, rows
from tongzhou.modules.duties.queries.force import DutyRow, Ground, get_version
from tongzhou.modules.duties.queries.reviewers import DECIDED_BY
from tongzhou.modules.duties.rules.windows import span
from tongzhou.modules.duties.workflow import REPORT, SUBMITTED
from tongzhou.modules.registry.public import name_holds, visible_sql


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report on a list."""

    period: date
    duty_id: int
    organisation_id: int
    prov: int
    name: str
    code: str
    form: str
    place: int
    place_name: str
    state: str
    version: int
    late: bool
    submitted_at: datetime
    submitter: str
    decided_at: datetime | None
    decider: str
    reason: str
    file_count: int
    made_under: int

    @property
    def duty(self) -> DutyRow:
        """Return the duty reported on, by the version under which the report was made."""
        return get_version(self.made_under)


COLUMNS = """
r.period, r.duty_id, r.organisation_id, r.prov, registry_organisation.name,
registry_organisation.code, registry_organisation.form,
registry_organisation.located_in_id AS place, coalesce(g.name, '') AS place_name,
r.state, r.version, r.late, r.submitted_at, r.submitter, r.decided_at, r.decider, r.reason,
cardinality(r.files) AS file_count, r.made_under
"""

FROM = """
FROM duties_report r
JOIN registry_organisation ON registry_organisation.id = r.organisation_id
                          AND registry_organisation.prov = r.prov
LEFT JOIN registry_region g ON g.id = registry_organisation.located_in_id
"""


def sight_of(actor: Actor) -> tuple[str, list[object]]:
    """Return the condition for the reports an actor may read.

    The organisation's own organs and the authority's own people read theirs; otherwise what the
    registry shows them: the registering and governing authorities, the parallel principals.
    """
    condition, params = visible_sql(actor)
    if actor.organisation_id is None:
        return condition, params
    own = "(registry_organisation.id = %s AND registry_organisation.prov = %s)"
    return f"({condition} OR {own})", [*params, actor.organisation_id, actor.prov]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of reports is narrowed to; empty values do not narrow."""

    state: str = ""
    library_id: int | None = None
    duty_id: int | None = None
    place: int | None = None
    form: str = ""
    words: str = ""
    late: bool | None = None
    since: date | None = None
    until: date | None = None
    order: str = "oldest"


ORDERS = {
    "oldest": "r.submitted_at, r.organisation_id, r.duty_id, r.period",
    "newest": "r.submitted_at DESC, r.organisation_id, r.duty_id",
    "name": "registry_organisation.pinyin, r.organisation_id, r.submitted_at",
    "place": "registry_organisation.located_in_id, registry_organisation.pinyin, r.submitted_at",
    "duty": "r.duty_id, r.submitted_at, r.organisation_id",
    "period": "r.period DESC, r.duty_id, r.organisation_id",
    "decided": "r.decided_at DESC NULLS LAST, r.organisation_id, r.duty_id",
}


@dataclass(frozen=True, slots=True)
class ReportList:
    """Reports the actor may read, narrowed; sliceable, so that a paginator reads one page.

    ``reviewer`` keeps the reports that one authority decides about, ``bearer`` those
    of one bearer (id, prov).
    """

    actor: Actor
    filters: Filters = Filters()
    reviewer: int | None = None
    bearer: tuple[int, int] | None = None
    _cache: dict[str, int] = field(default_factory=dict, compare=False)

    def count(self) -> int:
        """Return how many there are."""
        if "n" not in self._cache:
            where, params = self._where()
            sql = f"SELECT count(*) {FROM} WHERE {where}"
            self._cache["n"] = int(rows(sql, params)[0][0])
        return self._cache["n"]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[ReportRow]:
        where, params = self._where()
        start = part.start or 0
        limit = part.stop - start if part.stop is not None else 1_000_000
        order = ORDERS.get(self.filters.order, ORDERS["oldest"])
        sql = f"SELECT {COLUMNS} {FROM} WHERE {where} ORDER BY {order} LIMIT %s OFFSET %s"
        return [ReportRow(**row) for row in dicts(sql, [*params, limit, start])]

    def chunks(self, size: int = 2_000) -> Iterator[list[ReportRow]]:
        """Yield the whole list piece by piece."""
        start = 0
        while piece := self[start : start + size]:
            yield piece
            start += size

    def narrowed(self, **changes: Any) -> "ReportList":
        """Return the list with some filters replaced."""
        return ReportList(self.actor, replace(self.filters, **changes), self.reviewer, self.bearer)

    def _where(self) -> tuple[str, list[Any]]:
        wanted = self.filters
        conditions: list[str] = []
        params: list[Any] = []

        def keep(condition: str, *values: Any) -> None:
            conditions.append(condition)
            params.extend(values)

        sight, values = sight_of(self.actor)
        keep(sight, *values)
        if self.reviewer is not None:
            keep(DECIDED_BY, self.reviewer, self.reviewer)
        if self.bearer is not None:
            keep("r.organisation_id = %s AND r.prov = %s", *self.bearer)
        if wanted.state in REPORT.states:
            # A constant, so that the partial index on what awaits review can serve.
            keep(f"r.state = '{wanted.state}'")
        if wanted.library_id is not None:
            keep(
                "r.duty_id IN (SELECT root_id FROM duties_duty WHERE library_id = %s)",
                wanted.library_id,
            )
        if wanted.duty_id is not None:
            keep("r.duty_id = %s", wanted.duty_id)
        if wanted.place is not None:
            keep("registry_organisation.located_in_id BETWEEN %s AND %s", *span(wanted.place))
        if wanted.form:
            keep("registry_organisation.form = %s", wanted.form)
        if wanted.late is not None:
            keep("r.late = %s", wanted.late)
        if wanted.since is not None:
            keep("r.period >= %s", wanted.since)
        if wanted.until is not None:
            keep("r.period <= %s", wanted.until)
        if words := wanted.words.strip():
            holds = name_holds("registry_organisation.name", "%s")
            keep(f"({holds} OR registry_organisation.code = %s)", words, words, words.upper())
        return " AND ".join(conditions), params


def review_queue(actor: Actor, filters: Filters | None = None) -> ReportList:
    """Return the reports that the actor's authority decides about, oldest first."""
    return ReportList(actor, filters or Filters(state=SUBMITTED), reviewer=actor.authority_id or -1)


def find_next(queue: ReportList, after: ReportRow) -> ReportRow | None:
    """Return the report that awaits review after the one in hand; past the last comes the first."""
    waiting = queue.narrowed(state=SUBMITTED, order="oldest")
    where, params = waiting._where()
    key = [after.submitted_at, after.organisation_id, after.duty_id, after.period]
    order = "r.submitted_at, r.organisation_id, r.duty_id, r.period"
    for condition in (f"({order}) > (%s, %s, %s, %s)", f"({order}) < (%s, %s, %s, %s)"):
        found = dicts(
            f"SELECT {COLUMNS} {FROM} WHERE {where} AND {condition} ORDER BY {order} LIMIT 1",
            [*params, *key],
        )
        if found:
            return ReportRow(**found[0])
    return None


def list_reportable_duties(at: datetime) -> list[DutyRow]:
    """Return the duties in force that want a report, for filters."""
    return [duty for duty in Ground(at).duties() if duty.is_counted]


def may_see(actor: Actor, organisation_id: int, prov: int) -> bool:
    """Tell whether an actor may read the reports of a bearer."""
    sight, params = sight_of(actor)
    found = rows(
        "SELECT 1 FROM registry_organisation WHERE registry_organisation.id = %s"  # noqa: S608
        f" AND registry_organisation.prov = %s AND {sight}",
        [organisation_id, prov, *params],
    )
    return bool(found)


def list_reported_duties(found: ReportList) -> list[DutyRow]:
    """Return the duties that a list of reports is about, each by the latest text used."""
    where, params = found._where()
    sql = (
        f"SELECT r.duty_id, max(r.made_under) {FROM} WHERE {where}"
        " GROUP BY r.duty_id ORDER BY r.duty_id"
    )
    return [get_version(row[1]) for row in rows(sql, params)]


def list_queue_places(actor: Actor) -> dict[int, str]:
    """Return the regions the actor governs down to those right below, for filters."""
    found = rows(
        """
        SELECT r.id, r.name FROM registry_region r
        LEFT JOIN registry_region p ON p.id = r.parent_id
        WHERE r.id BETWEEN %s AND %s AND r.role <> 'GROUPING' AND r.valid_to IS NULL
          AND (r.id = %s OR r.parent_id = %s OR (p.role = 'GROUPING' AND p.parent_id = %s))
        ORDER BY r.id
        """,
        [actor.low, actor.high, actor.low, actor.low, actor.low],
    )
    return dict(found)
