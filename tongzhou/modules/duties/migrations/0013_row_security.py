"""Row-level security for reports and what goes with them: see kernel.sight and ADR 0018.

A report is judged by its cell, which is where its bearer is; the few in no cell (of bearers that
were dissolved) by their organisation, and so is what goes with a report. Months are added while
the product runs, by its own role, so the function that adds them acts for the tables' owner.
"""

from django.db import migrations


def _sight(number: int) -> str:
    """Return one number of the setting, as a subselect that is evaluated once per statement."""
    return f"(SELECT (nullif(current_setting('tongzhou.sight', true), '')::bigint[])[{number}])"


#: Whether everything is seen; a bare parameter to the planner, which prices it at nothing.
_EVERYTHING = "(SELECT coalesce((nullif(current_setting('tongzhou.sight', true), '')::bigint[])[1] = 1, false))"

_OWN = f"""
    {_EVERYTHING}
    OR (organisation_id = {_sight(8)} AND prov = {_sight(9)})
"""


_BELONGS = f"{_OWN} OR registry_sees(organisation_id, prov)"

_REPORT = f"""
    {_OWN}
    OR (cell_id, prov) IN (SELECT c.id, c.prov FROM registry_seen_cells() c)
    OR (({_sight(6)} >= 0 OR {_sight(7)} >= 0)
        AND (organisation_id, prov) IN (SELECT o.id, o.prov FROM registry_seen_by_readers() o))
    OR (cell_id = 0 AND registry_sees(organisation_id, prov))
"""  # noqa: S608 - made of constants

_POLICIES = {
    "duties_report": _REPORT,
    # What somebody began to write is no authority's business.
    "duties_draft": _OWN,
    **dict.fromkeys(("duties_reportversion", "duties_step", "duties_exception"), _BELONGS),
}


def _quiet(condition: str) -> str:
    """Return the condition in a form that the planner takes for nearly always true.

    ``visible_to`` has said the same in the query, and has been estimated there; counting it twice
    makes the planner expect a handful of rows where there are thousands.
    """
    return f"((CASE WHEN {condition} THEN true END) IS NOT NULL)"


_FORWARD = ";\n".join(
    f"""
    ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY sight ON {table} USING {_quiet(condition)}
    """
    for table, condition in _POLICIES.items()
)
_BACK = ";\n".join(
    f"""
    DROP POLICY sight ON {table};
    ALTER TABLE {table} DISABLE ROW LEVEL SECURITY
    """
    for table in _POLICIES
)
_MONTHS = """
ALTER FUNCTION duties_report_partition(date) SECURITY DEFINER SET search_path = public, pg_temp;
"""
_MONTHS_BACK = """
ALTER FUNCTION duties_report_partition(date) SECURITY INVOKER RESET search_path;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("duties", "0012_counter_of_cell"),
        ("registry", "0007_row_security"),
    ]

    operations = [
        migrations.RunSQL(_FORWARD, _BACK),
        migrations.RunSQL(_MONTHS, _MONTHS_BACK),
    ]
