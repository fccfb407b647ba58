"""Let one part of a kept statement be planned for its values: what changed since a period closed.

A plan that is kept for all moments (kernel.plans) would expect a third of the register to have
changed since. The function runs with the rights and the sight of who asks, in the same snapshot.
"""

from django.db import migrations

_CLOSING = """
CREATE FUNCTION duties_closing(asked text)
RETURNS TABLE (duty bigint, key text, overdue boolean, owed bigint)
LANGUAGE plpgsql STABLE ROWS 100 AS $$
BEGIN
  RETURN QUERY EXECUTE asked;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("duties", "0017_bearer_cell")]

    operations = [migrations.RunSQL(_CLOSING, "DROP FUNCTION duties_closing(text)")]
