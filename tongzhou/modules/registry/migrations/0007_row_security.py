"""Row-level security for what belongs to an organisation: see kernel.sight and ADR 0018."""

from django.db import migrations, models


def _sight(number: int) -> str:
    """Return one number of the setting, as a subselect that is evaluated once per statement."""
    return f"(SELECT (nullif(current_setting('tongzhou.sight', true), '')::bigint[])[{number}])"


#: Whether everything is seen; a bare parameter to the planner, which prices it at nothing.
_EVERYTHING = "(SELECT coalesce((nullif(current_setting('tongzhou.sight', true), '')::bigint[])[1] = 1, false))"

_ORGANISATION = f"""
    {_EVERYTHING}
    OR registered_region BETWEEN {_sight(2)} AND {_sight(3)}
    OR located_in_id BETWEEN {_sight(4)} AND {_sight(5)}
    OR supervisor_id = {_sight(6)}
    OR industry_department_id = {_sight(7)}
    OR (id = {_sight(8)} AND prov = {_sight(9)})
"""


_BELONGS = f"""
    {_EVERYTHING}
    OR (organisation_id = {_sight(8)} AND prov = {_sight(9)})
    OR registry_sees(organisation_id, prov)
"""

# A subquery in the policy would do the same, at a price that the planner puts on every row, also
# where it never runs because the first condition holds; plans of the whole nation's lists suffer.
_SEES = """
CREATE FUNCTION registry_sees(bearer bigint, of_prov smallint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 0.1 AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM public.registry_organisation o WHERE o.id = bearer AND o.prov = of_prov
  );
END $$
"""
# What reports are judged by, gathered once for each statement that comes to need it. Functions,
# because the planner prices them as it is told and plans their queries once: written out in the
# policy, the same subqueries would be planned with every statement and move it to other plans.
_SEEN = """
CREATE FUNCTION registry_seen_cells() RETURNS TABLE (id bigint, prov smallint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 0.01 ROWS 50 AS $$
DECLARE
  sight bigint[] := nullif(current_setting('tongzhou.sight', true), '')::bigint[];
BEGIN
  RETURN QUERY
    SELECT c.id, c.prov FROM public.registry_cell c
    WHERE c.registered_region BETWEEN sight[2]::integer AND sight[3]::integer
       OR c.place BETWEEN sight[4]::integer AND sight[5]::integer;
END $$;
CREATE FUNCTION registry_seen_by_readers() RETURNS TABLE (id bigint, prov smallint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 0.01 ROWS 50 AS $$
DECLARE
  sight bigint[] := nullif(current_setting('tongzhou.sight', true), '')::bigint[];
BEGIN
  RETURN QUERY
    SELECT o.id, o.prov FROM public.registry_organisation o
    WHERE o.supervisor_id = sight[6] OR o.industry_department_id = sight[7];
END $$;
"""
_NOT_SEEN = "DROP FUNCTION registry_seen_cells(); DROP FUNCTION registry_seen_by_readers();"
# Only its owner may analyze a table; a large import wants it before it compares.
_ANALYZE = """
CREATE FUNCTION registry_importrow_analyze() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  ANALYZE public.registry_importrow;
END $$
"""

_POLICIES = {
    "registry_organisation": _ORGANISATION,
    **dict.fromkeys(
        ("registry_organisationattribute", "registry_organ", "registry_placement"), _BELONGS
    ),
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


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_history")]

    operations = [
        migrations.RunSQL(_SEES, "DROP FUNCTION registry_sees(bigint, smallint)"),
        migrations.AddIndex(
            model_name="cell",
            index=models.Index(fields=["registered_region"], name="cell_by_registry"),
        ),
        migrations.RunSQL(_SEEN, _NOT_SEEN),
        migrations.RunSQL(_ANALYZE, "DROP FUNCTION registry_importrow_analyze()"),
        migrations.RunSQL(_FORWARD, _BACK),
    ]
