"""Keep sums between pairs of nodes true: build them for new duties, add changes, build them anew.

A sum is kept per condition on bearers (``bound_as``), not per duty: duties with the same condition
share populations, and an amendment that leaves it alone costs nothing. The folder holds
:data:`SUMS_LOCK` shared; whoever builds sums holds it alone, so no change is folded past a sum that
is being built. Readers need no lock: a sum is read only once it stands in ``duties_summed``,
together with the changes that are not folded yet.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from tongzhou.kernel.database import execute, rows
from tongzhou.modules.duties.models import Duty
from tongzhou.modules.duties.queries.force import get_version, library_of
from tongzhou.modules.duties.queries.sum_sql import population_rows, report_rows, standing_rows
from tongzhou.modules.duties.rules.applicability import predicate_of

SUMS_LOCK = 31268

#: Takes so many committed changes of a province. Only the folder deletes them, and holds the
#: province alone; one that commits later with an earlier number is taken the next time.
TAKE = """
    DELETE FROM {table} WHERE prov = %(prov)s AND id <= (
        SELECT max(id) FROM (
            SELECT id FROM {table} WHERE prov = %(prov)s ORDER BY id LIMIT %(most)s
        ) first
    ) RETURNING *
"""
_STANDING = (
    "INSERT INTO duties_standing (bound_as, grain, place, registered, form, prov, population)"
)
_TALLY = """
INSERT INTO duties_tally AS t (period, duty_id, bound_as, grain, place, registered, form, prov,
                               submitted, accepted, returned, late)
"""
_ADD_TALLY = """
ON CONFLICT (period, duty_id, bound_as, grain, place, registered, form, prov) DO UPDATE
SET submitted = t.submitted + excluded.submitted, accepted = t.accepted + excluded.accepted,
    returned = t.returned + excluded.returned, late = t.late + excluded.late
"""


def _fold_populations(*, many: bool) -> str:
    return f"""
WITH taken AS ({TAKE.format(table="duties_populationdelta")}), added AS (
    SELECT cell_id, prov, sum(population) AS population FROM taken GROUP BY cell_id, prov
), sums AS (
    {_STANDING.replace("duties_standing", "duties_standing AS s")}
    {population_rows("added", "SELECT bound_as FROM duties_summed", many=many)}
    ON CONFLICT (bound_as, grain, place, registered, form, prov) DO UPDATE
    SET population = s.population + excluded.population
)
SELECT count(*) FROM taken
"""  # noqa: S608 - made of constants


_FOLD_POPULATIONS = {many: _fold_populations(many=many) for many in (False, True)}


def add_reports(*, many: bool) -> str:
    """Return what adds the folder's ``added`` (counts by period, duty, cell) to the tallies."""
    return _TALLY + report_rows("added", many=many) + _ADD_TALLY


_MISSING = """
SELECT DISTINCT d.root_id, d.bound_as FROM duties_duty d
WHERE d.evidence_kind <> 'NONE' AND NOT EXISTS (
    SELECT FROM duties_summed s WHERE s.duty_id = d.root_id AND s.bound_as = d.bound_as
)
"""


def bind(library_id: int) -> None:
    """Note for the duties of a library which conditions they share with earlier ones.

    The caller keeps others from loading libraries meanwhile.
    """
    library = library_of(library_id)
    made = list(Duty.objects.filter(library_id=library_id).order_by("pk"))
    for duty in made:
        duty.binds = predicate_of(get_version(duty.pk).spec, library)
    first: dict[str, int] = {}
    held = Duty.objects.filter(binds__in={duty.binds for duty in made})
    for binds, bound_as in held.order_by("-pk").values_list("binds", "bound_as"):
        first[binds] = bound_as
    for duty in made:
        duty.bound_as = first.setdefault(duty.binds, duty.pk)
    Duty.objects.bulk_update(made, ["binds", "bound_as"])


def sum_missing() -> int:
    """Build the sums of duties that have none yet; return for how many."""
    if not rows(_MISSING):
        return 0
    with transaction.atomic():
        _hold_alone()
        return _build(rows(_MISSING))


def sum_again() -> int:
    """Build all sums anew from cells and counters; return for how many duties."""
    with transaction.atomic():
        _hold_alone()
        execute("DELETE FROM duties_standing WHERE prov IS NOT NULL")
        execute("DELETE FROM duties_tally WHERE prov IS NOT NULL")
        execute("DELETE FROM duties_summed")
        return _build(rows(_MISSING))


def _hold_alone() -> None:
    rows("SELECT pg_advisory_xact_lock(%s)", [SUMS_LOCK])


def _build(missing: Sequence[tuple[int, int]]) -> int:
    held = {row[0] for row in rows("SELECT DISTINCT bound_as FROM duties_summed")}
    fresh = sorted({bound_as for _, bound_as in missing} - held)
    execute("SET LOCAL work_mem = '64MB'")
    if fresh:
        execute(_STANDING + standing_rows("= ANY(%s)"), [fresh])
    duties = sorted({duty_id for duty_id, _ in missing})
    if rows("SELECT 1 FROM duties_counter WHERE duty_id = ANY(%s) LIMIT 1", [duties]):
        pairs = "(SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS e(duty_id, bound_as))"
        execute(
            _TALLY + report_rows("duties_counter", pairs, many=True),
            [[each[0] for each in missing], [each[1] for each in missing]],
        )
    execute(
        "INSERT INTO duties_summed (duty_id, bound_as)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
        [[each[0] for each in missing], [each[1] for each in missing]],
    )
    return len(missing)


def note_populations(changes: Iterable[tuple[int, int, int]]) -> None:
    """Append changes of cells' populations, (cell, prov, by how many), to be folded into sums.

    Runs in the transaction that changes the populations.
    """
    cells, provs, numbers = zip(*changes, strict=True)
    execute(
        "INSERT INTO duties_populationdelta (cell_id, prov, population)"
        " SELECT * FROM unnest(%s::bigint[], %s::smallint[], %s::int[])",
        [list(cells), list(provs), list(numbers)],
    )


def fold_populations(prov: int, most: int, *, many: bool) -> int:
    """Add so many committed changes of a province's populations to its sums; return how many."""
    return int(rows(_FOLD_POPULATIONS[many], {"prov": prov, "most": most})[0][0])
