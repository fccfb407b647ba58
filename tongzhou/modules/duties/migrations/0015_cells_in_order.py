"""Let reports, counters and deltas name cells by their new numbers, and judge reports by them.

A region's cells are a range (ADR 28), so whether somebody sees a report is a comparison; see
registry's 0011 for how the policies are written.
"""

from django.db import migrations

_RENUMBER = "; ".join(
    f"UPDATE {table} t SET cell_id = c.id FROM registry_cell c"  # noqa: S608 - made of constants
    " WHERE c.id % 1000000000 = t.cell_id AND c.prov = t.prov AND t.cell_id > 0"
    for table in ("duties_report", "duties_counter", "duties_delta", "duties_populationdelta")
)


def _number(place: int) -> str:
    return f"(nullif(current_setting('tongzhou.sight', true), '')::bigint[])[{place}]"


def _quiet(condition: str) -> str:
    """Return the condition in a form that the planner takes for nearly always true."""
    return f"((CASE WHEN {condition} THEN true END) IS NOT NULL)"


_EVERYTHING = f"(SELECT coalesce({_number(1)} = 1, false))"
_OWN = f"(organisation_id = (SELECT {_number(8)}) AND prov = {_number(9)})"
_REPORT = f"""
    cell_id BETWEEN (SELECT {_number(4)} * 1000000000)
                AND (SELECT {_number(5)} * 1000000000 + 999999999)
    OR {_OWN}
    OR (cell_id, prov) IN (SELECT c.id, c.prov FROM registry_seen_cells() c)
    OR ((SELECT {_number(6)} >= 0 OR {_number(7)} >= 0)
        AND (organisation_id, prov) IN (SELECT o.id, o.prov FROM registry_seen_by_readers() o))
    OR (cell_id = 0 AND registry_sees(organisation_id, prov))
"""  # noqa: S608 - made of constants
_POLICIES = {
    "duties_report": _REPORT,
    # What somebody began to write is no authority's business.
    "duties_draft": f"{_EVERYTHING} OR {_OWN}",
    **dict.fromkeys(
        ("duties_reportversion", "duties_step", "duties_exception"),
        f"{_EVERYTHING} OR {_OWN} OR registry_sees(organisation_id, prov)",
    ),
}


class Migration(migrations.Migration):
    dependencies = [("duties", "0014_last_statement"), ("registry", "0011_cheaper_sight")]

    operations = [
        migrations.RunSQL(_RENUMBER, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                f"ALTER POLICY sight ON {table} USING {_quiet(condition)}", migrations.RunSQL.noop
            )
            for table, condition in _POLICIES.items()
        ),
    ]
