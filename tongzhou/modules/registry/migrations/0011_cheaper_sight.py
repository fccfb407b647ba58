"""Policies that cost less to plan and to keep: see kernel.sight and ADRs 18 and 28.

A subselect is evaluated once per statement and costs the planner some time in each; what reads the
setting itself costs a microsecond for each row that comes so far, and none should. Whoever sees
everything has a range that holds every region.
"""

from django.db import migrations


def _number(place: int) -> str:
    return f"(nullif(current_setting('tongzhou.sight', true), '')::bigint[])[{place}]"


def _sight(place: int) -> str:
    """Return one number of the setting, as a subselect that is evaluated once per statement."""
    return f"(SELECT {_number(place)})"


def _quiet(condition: str) -> str:
    """Return the condition in a form that the planner takes for nearly always true."""
    return f"((CASE WHEN {condition} THEN true END) IS NOT NULL)"


_ORGANISATION = f"""
    registered_region BETWEEN {_sight(2)} AND {_sight(3)}
    OR located_in_id BETWEEN {_sight(4)} AND {_sight(5)}
    OR supervisor_id = {_sight(6)}
    OR industry_department_id = {_sight(7)}
    OR (id = {_sight(8)} AND prov = {_number(9)})
"""
_BELONGS = f"""
    (SELECT coalesce({_number(1)} = 1, false))
    OR (organisation_id = {_sight(8)} AND prov = {_number(9)})
    OR registry_sees(organisation_id, prov)
"""
_POLICIES = {
    "registry_organisation": _ORGANISATION,
    **dict.fromkeys(
        ("registry_organisationattribute", "registry_organ", "registry_placement"), _BELONGS
    ),
}
# The cells that somebody sees beside those in the range of places: what was registered within the
# range and lies outside, or all of it for whoever sees by registration alone.
_SEEN = """
CREATE OR REPLACE FUNCTION registry_seen_cells() RETURNS TABLE (id bigint, prov smallint)
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 0.01 ROWS 50 AS $$
DECLARE
  sight bigint[] := nullif(current_setting('tongzhou.sight', true), '')::bigint[];
BEGIN
  IF sight[4] <= sight[2] AND sight[3] <= sight[5] THEN
    RETURN QUERY
      SELECT c.id, c.prov FROM public.registry_cell c
      WHERE c.astray AND c.registered_region BETWEEN sight[2]::integer AND sight[3]::integer;
  ELSE
    RETURN QUERY
      SELECT c.id, c.prov FROM public.registry_cell c
      WHERE c.registered_region BETWEEN sight[2]::integer AND sight[3]::integer;
  END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_cells_in_order")]

    operations = [
        migrations.RunSQL(_SEEN, migrations.RunSQL.noop),
        *(
            migrations.RunSQL(
                f"ALTER POLICY sight ON {table} USING {_quiet(condition)}", migrations.RunSQL.noop
            )
            for table, condition in _POLICIES.items()
        ),
    ]
