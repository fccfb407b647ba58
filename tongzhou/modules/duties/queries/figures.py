"""The one formula behind every figure, and the list behind the same number.

For a set of bearers: owed = done + returned + silent, where done = in review + accepted. Overdue is
what is owed and not done once the due time has passed, for MUST and MUST_NOT alone. Late is done
after the due time. Nothing else is stored or counted anywhere.

A figure of the present is read from cells, counters and unfolded deltas in one statement. A figure
of a past moment, or one for a reader whose scope is no range of regions, is read from placements,
organisations and the journal. Both give the same numbers; a test holds them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import dicts, rows
from tongzhou.modules.duties.queries.force import list_windows
from tongzhou.modules.duties.rules.windows import NATION, Window, span
from tongzhou.modules.registry.public import level_of, visible_sql


class Tree(StrEnum):
    """Along which link the tree of regions is read."""

    TERRITORY = "TERRITORY"
    REGISTRATION = "REGISTRATION"


class Breakdown(StrEnum):
    """What a table of figures has one row for."""

    NONE = "NONE"
    REGION = "REGION"
    FORM = "FORM"
    GROUP = "GROUP"
    DUTY = "DUTY"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which obligations a figure or a list is about; the same for a number and its list.

    ``at`` is now; ``as_of`` a past moment to look back to. ``node`` is a region id, its subtree
    read along ``tree``. ``day`` names a period of recurring duties. ``form``: a registration form;
    without one, social organisations when ``bearers`` is ORGANISATION, else authorities.
    """

    at: datetime
    node: int = 0
    tree: Tree = Tree.TERRITORY
    library_id: int | None = None
    duty_ids: tuple[int, ...] | None = None
    form: str = ""
    group: str = ""
    day: date | None = None
    as_of: datetime | None = None
    bearers: str = "ORGANISATION"

    @property
    def moment(self) -> datetime:
        """Return the moment the figure is true for."""
        return self.as_of or self.at


@dataclass(frozen=True, slots=True)
class Figure:
    """Counts of obligations. One obligation is one bearer, one duty, one period."""

    owed: int = 0
    submitted: int = 0
    accepted: int = 0
    returned: int = 0
    overdue: int = 0
    late: int = 0

    @property
    def done(self) -> int:
        """Return what the bearers have done their part of: in review or accepted."""
        return self.submitted + self.accepted

    @property
    def silent(self) -> int:
        """Return what nobody has reported on."""
        return self.owed - self.submitted - self.accepted - self.returned

    def __add__(self, other: "Figure") -> "Figure":
        return Figure(
            owed=self.owed + other.owed,
            submitted=self.submitted + other.submitted,
            accepted=self.accepted + other.accepted,
            returned=self.returned + other.returned,
            overdue=self.overdue + other.overdue,
            late=self.late + other.late,
        )


@dataclass(frozen=True, slots=True)
class Measure:
    """A named figure: which states it counts, and whether only overdue or late ones.

    The declaration serves both sides: :meth:`of` takes the number from a figure, ``condition`` is
    what the list behind it keeps.
    """

    code: str
    label: str
    help: str
    states: frozenset[str]
    only: str = ""

    def of(self, figure: Figure) -> int:
        """Return this measure's number."""
        return int(getattr(figure, self.code))

    @property
    def condition(self) -> str:
        """Return the SQL condition on the columns ``state``, ``overdue`` and ``late``."""
        states = ", ".join(f"'{state}'" for state in sorted(self.states))
        return f"state IN ({states})" + (f" AND {self.only}" if self.only else "")


ALL = frozenset({"SUBMITTED", "ACCEPTED", "RETURNED", "SILENT"})
DONE = frozenset({"SUBMITTED", "ACCEPTED"})

MEASURES: Mapping[str, Measure] = {
    each.code: each
    for each in (
        Measure("owed", "应报", "按条款、分类、地区和响应阶段应承担的任务数。", ALL),
        Measure("done", "已报", "已报送的任务数：待审核与已通过之和。", DONE),
        Measure("submitted", "待审核", "已报送、登记管理机关尚未审核。", frozenset({"SUBMITTED"})),
        Measure("accepted", "已通过", "登记管理机关审核通过。", frozenset({"ACCEPTED"})),
        Measure("returned", "已退回", "退回补正、尚未重新报送。", frozenset({"RETURNED"})),
        Measure(
            "silent", "未报", "没有任何报送；没有报送不等于零报告。", ALL - DONE - {"RETURNED"}
        ),
        Measure(
            "overdue",
            "逾期",
            "已过期限仍未报送或退回后未补正；只计“必须”“不得”两类。",
            frozenset({"SILENT", "RETURNED"}),
            "overdue",
        ),
        Measure("late", "迟报", "已报送，但晚于期限。", DONE, "late"),
    )
}


@dataclass(frozen=True, slots=True)
class FigureRow:
    """The figure of one duty for one row of a breakdown; ``key`` is empty for NONE and DUTY."""

    duty_id: int
    key: str
    figure: Figure


def figures(actor: Actor, selection: Selection, by: Breakdown = Breakdown.NONE) -> list[FigureRow]:
    """Return the figures of the selection per duty and per row of the breakdown.

    Only what the actor may see is counted. Rows without anything owed are left out.
    """
    found = _windows(selection)
    if not found:
        return []
    if selection.as_of is None and _is_range(actor):
        source, params = _present(actor, selection, by)
    else:
        source, params = _past(actor, selection, by)
    params |= _window_params(found)
    overdue = "CASE WHEN w_overdue THEN owed - submitted - accepted ELSE 0 END"
    sql = f"""
        WITH {_WINDOWS}, {source}
        SELECT duty, key, sum(owed)::bigint, sum(submitted)::bigint, sum(accepted)::bigint,
               sum(returned)::bigint, sum({overdue})::bigint, sum(late)::bigint
        FROM counted GROUP BY duty, key HAVING sum(owed) <> 0 ORDER BY duty, key
        """  # noqa: S608 - made of constants, values are bound
    return [FigureRow(row[0], row[1], Figure(*row[2:])) for row in rows(sql, params)]


def total(found: list[FigureRow]) -> Figure:
    """Return the sum of rows; obligations add up over duties and places, never over groups."""
    result = Figure()
    for row in found:
        result += row.figure
    return result


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """One obligation on a list."""

    organisation_id: int
    prov: int
    name: str
    code: str
    form: str
    place: int
    place_name: str
    duty_id: int
    period: date
    due_at: datetime | None
    state: str
    overdue: bool
    late: bool
    submitted_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class ObligationList:
    """A list of obligations: exactly those that the measure's number counts.

    Sliceable, so a paginator reads only the page it shows.
    """

    actor: Actor
    selection: Selection
    measure: Measure
    words: str = ""
    order: str = "name"
    _cache: dict[str, int] = field(default_factory=dict, compare=False)

    def count(self) -> int:
        """Return how many there are."""
        if "n" not in self._cache:
            sql, params = self._sql("count(*)")
            self._cache["n"] = int(rows(sql, params)[0][0]) if sql else 0
        return self._cache["n"]

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[ObligationRow]:
        sql, params = self._sql(
            "organisation_id, prov, name, code, form, place, place_name, duty AS duty_id, period,"
            " due_at, state, overdue, late, submitted_at, version"
        )
        if not sql:
            return []
        sql += f" ORDER BY {_ORDERS[self.order]} LIMIT %(limit)s OFFSET %(offset)s"
        start = part.start or 0
        params["offset"] = start
        params["limit"] = (part.stop - start) if part.stop is not None else 1_000_000
        return [ObligationRow(**row) for row in dicts(sql, params)]

    def _sql(self, columns: str) -> tuple[str, dict[str, Any]]:
        found = _windows(self.selection)
        if not found:
            return "", {}
        source, params = _each(self.actor, self.selection)
        params |= _window_params(found)
        words = ""
        if self.words:
            words = "AND (name ILIKE %(words)s OR code = %(code)s)"
            escaped = self.words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
            params |= {"words": f"%{escaped}%", "code": self.words.strip().upper()}
        sql = (
            f"WITH {_WINDOWS}, {source} SELECT {columns} FROM each"  # noqa: S608 - constants
            f" WHERE {self.measure.condition} {words}"
        )
        return sql, params


_ORDERS = {
    "name": "pinyin, organisation_id, duty, period",
    "-name": "pinyin DESC, organisation_id DESC, duty, period",
    "due": "due_at NULLS LAST, pinyin, organisation_id, duty",
    "-due": "due_at DESC NULLS LAST, pinyin, organisation_id, duty",
    "place": "place, pinyin, organisation_id, duty",
    "-submitted": "submitted_at DESC NULLS LAST, pinyin, organisation_id, duty",
    "submitted": "submitted_at NULLS LAST, pinyin, organisation_id, duty",
}
ORDERS = tuple(_ORDERS)

_WINDOWS = """
w AS (
    SELECT * FROM unnest(
        %(w_duty)s::bigint[], %(w_period)s::date[], %(w_low)s::int[], %(w_high)s::int[],
        %(w_rlow)s::int[], %(w_rhigh)s::int[], %(w_due)s::timestamptz[], %(w_overdue)s::boolean[]
    ) AS w(duty, period, low, high, rlow, rhigh, due_at, overdue)
)
"""

_BINDS = """
    c.place BETWEEN w.low AND w.high AND c.registered_region BETWEEN w.rlow AND w.rhigh
"""


def _windows(selection: Selection) -> list[Window]:
    return list_windows(
        selection.moment,
        library_id=selection.library_id,
        duty_ids=selection.duty_ids,
        day=selection.day,
    )


def _window_params(found: list[Window]) -> dict[str, Any]:
    return {
        "w_duty": [each.duty_id for each in found],
        "w_period": [each.period.start for each in found],
        "w_low": [each.low for each in found],
        "w_high": [each.high for each in found],
        "w_rlow": [each.registered_low for each in found],
        "w_rhigh": [each.registered_high for each in found],
        "w_due": [each.due_at for each in found],
        "w_overdue": [each.overdue for each in found],
    }


def _is_range(actor: Actor) -> bool:
    """Tell whether what the actor sees is decided by place and registering region alone."""
    return actor.is_system or actor.is_authority


def _scope(selection: Selection, actor: Actor) -> tuple[str, dict[str, Any]]:
    """Return the condition on cells ``c`` and profiles ``p`` for place, form, group, actor."""
    column = "place" if selection.tree is Tree.TERRITORY else "registered_region"
    low, high = span(selection.node)
    conditions = [f"c.{column} BETWEEN %(low)s AND %(high)s"]
    params: dict[str, Any] = {"low": low, "high": high}
    if selection.form:
        conditions.append("p.form = %(form)s")
        params["form"] = selection.form
    elif selection.bearers == "AUTHORITY":
        conditions.append("p.form = 'AUTHORITY'")
    else:
        conditions.append("p.form <> 'AUTHORITY'")
    if selection.group:
        conditions.append(
            "EXISTS (SELECT 1 FROM duties_groupprofile g WHERE g.profile_id = p.id"
            ' AND g.library_id = %(library)s AND g."group" = %(group)s)'
        )
        params |= {"library": selection.library_id, "group": selection.group}
    if _is_range(actor) and (actor.low, actor.high) != NATION:
        conditions.append(
            "(c.place BETWEEN %(alow)s AND %(ahigh)s"
            " OR c.registered_region BETWEEN %(alow)s AND %(ahigh)s)"
        )
        params |= {"alow": actor.low, "ahigh": actor.high}
    return " AND ".join(conditions), params


def _key(selection: Selection, by: Breakdown) -> tuple[str, str]:
    """Return the SQL for the row of the breakdown and the join it needs."""
    column = "c.place" if selection.tree is Tree.TERRITORY else "c.registered_region"
    if by is Breakdown.REGION:
        step = {"NATION": 10_000, "PROVINCE": 100}.get(str(level_of(selection.node)), 1)
        return f"({column} / {step} * {step})::text", ""
    if by is Breakdown.FORM:
        return "p.form::text", ""
    if by is Breakdown.GROUP:
        join = (
            "JOIN duties_duty d2 ON d2.id = w.duty JOIN duties_groupprofile g2"
            " ON g2.library_id = d2.library_id AND g2.profile_id = p.id"
        )
        return 'g2."group"::text', join
    return "''", ""


def _present(actor: Actor, selection: Selection, by: Breakdown) -> tuple[str, dict[str, Any]]:
    """Read cells, counters and unfolded deltas."""
    where, params = _scope(selection, actor)
    key, join = _key(selection, by)
    sql = f"""
    bound AS (
        SELECT w.duty, w.period, w.overdue AS w_overdue, {key} AS key, c.id, c.prov, c.population
        FROM registry_cell c
        JOIN registry_profile p ON p.id = c.profile_id
        JOIN duties_dutyprofile b ON b.profile_id = c.profile_id
        JOIN w ON w.duty = b.duty_id AND {_BINDS}
        {join}
        WHERE {where}
    ), touched AS (
        SELECT k.duty_id, k.period, k.cell_id, k.prov, sum(k.submitted) AS submitted,
               sum(k.accepted) AS accepted, sum(k.returned) AS returned, sum(k.late) AS late
        FROM (
            SELECT duty_id, period, cell_id, prov, submitted, accepted, returned, late
            FROM duties_counter
            UNION ALL
            SELECT duty_id, period, cell_id, prov, submitted, accepted, returned, late
            FROM duties_delta
        ) k
        JOIN (SELECT DISTINCT duty, period FROM w) w ON w.duty = k.duty_id AND w.period = k.period
        GROUP BY k.duty_id, k.period, k.cell_id, k.prov
    ), counted AS (
        SELECT bound.duty, bound.key, bound.w_overdue, bound.population AS owed,
               coalesce(t.submitted, 0) AS submitted, coalesce(t.accepted, 0) AS accepted,
               coalesce(t.returned, 0) AS returned, coalesce(t.late, 0) AS late
        FROM bound LEFT JOIN touched t ON t.duty_id = bound.duty AND t.period = bound.period
                                      AND t.cell_id = bound.id AND t.prov = bound.prov
    )
    """  # noqa: S608 - made of constants, values are bound
    return sql, params


def _past(actor: Actor, selection: Selection, by: Breakdown) -> tuple[str, dict[str, Any]]:
    """Count obligation by obligation."""
    source, params = _each(actor, selection, by)
    sql = f"""{source}, counted AS (
        SELECT duty, key, overdue AS w_overdue, 1 AS owed,
               (state = 'SUBMITTED')::int AS submitted, (state = 'ACCEPTED')::int AS accepted,
               (state = 'RETURNED')::int AS returned,
               (late AND state IN ('SUBMITTED', 'ACCEPTED'))::int AS late
        FROM each
    )"""  # noqa: S608 - made of constants, values are bound
    return sql, params


def _each(
    actor: Actor, selection: Selection, by: Breakdown = Breakdown.NONE
) -> tuple[str, dict[str, Any]]:
    """Return one row per obligation: who, which duty and period, in which state."""
    where, params = _scope(selection, actor)
    key, join = _key(selection, by)
    visible = "TRUE"
    if not _is_range(actor):
        visible, values = visible_sql(actor)
        for number, value in enumerate(values):
            visible = visible.replace("%s", f"%(v{number})s", 1)
            params[f"v{number}"] = value
    if selection.as_of is None:
        cell = "registry_organisation.cell_id"
        placed = "registry_organisation.status IN ('ACTIVE', 'SUSPENDED')"
        memory = ""
        report = """
        LEFT JOIN duties_report r ON r.period = w.period AND r.duty_id = w.duty
              AND r.organisation_id = registry_organisation.id
              AND r.prov = registry_organisation.prov
        """
    else:
        params["as_of"] = selection.as_of
        cell = "m.cell_id"
        placed = "TRUE"
        memory = """
        JOIN registry_placement m ON m.organisation_id = registry_organisation.id
             AND m.prov = registry_organisation.prov
             AND m.from_at <= %(as_of)s AND (m.to_at IS NULL OR m.to_at > %(as_of)s)
        """
        report = """
        LEFT JOIN remembered r ON r.period = w.period AND r.duty_id = w.duty
              AND r.organisation_id = registry_organisation.id
              AND r.prov = registry_organisation.prov
        """
    remembered = ""
    if selection.as_of is not None:
        remembered = """
        remembered AS (
            SELECT DISTINCT ON (s.duty_id, s.period, s.organisation_id, s.prov)
                   s.duty_id, s.period, s.organisation_id, s.prov, s.target AS state, s.late,
                   s.version,
                   max(s.at) FILTER (WHERE s.target = 'SUBMITTED')
                       OVER (PARTITION BY s.duty_id, s.period, s.organisation_id, s.prov)
                       AS submitted_at
            FROM duties_step s
            JOIN (SELECT DISTINCT duty, period FROM w) w
              ON w.duty = s.duty_id AND w.period = s.period
            WHERE s.at <= %(as_of)s
            ORDER BY s.duty_id, s.period, s.organisation_id, s.prov, s.id DESC
        ),
        """
    sql = f"""{remembered}
    each AS (
        SELECT registry_organisation.id AS organisation_id, registry_organisation.prov,
               registry_organisation.name, registry_organisation.pinyin,
               registry_organisation.code, registry_organisation.form,
               c.place, coalesce(g.name, '') AS place_name, w.duty, w.period, w.due_at,
               coalesce(r.state, 'SILENT') AS state, w.overdue,
               coalesce(r.late, FALSE) AS late, r.submitted_at, coalesce(r.version, 0) AS version,
               {key} AS key
        FROM registry_organisation
        {memory}
        JOIN registry_cell c ON c.id = {cell} AND c.prov = registry_organisation.prov
        JOIN registry_profile p ON p.id = c.profile_id
        JOIN duties_dutyprofile b ON b.profile_id = c.profile_id
        JOIN w ON w.duty = b.duty_id AND {_BINDS}
        LEFT JOIN registry_region g ON g.id = c.place
        {join}
        {report}
        WHERE {where} AND {placed} AND {visible}
    )"""  # noqa: S608 - made of constants, values are bound
    return sql, params


def narrowed(selection: Selection, **changes: Any) -> Selection:
    """Return the selection with some of it replaced."""
    return replace(selection, **changes)
