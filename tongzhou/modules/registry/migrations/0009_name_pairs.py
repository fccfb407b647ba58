"""Find a part of a name by pairs of characters (ADR 24): the index on trigrams goes."""

import django.contrib.postgres.indexes
from django.db import migrations, models

# Every pair of neighbouring characters, and the last character by itself: a part of two characters
# is a pair, a single character the beginning of one. Functions by their schema alone, as they are
# called with no search path when a dump is read back.
_PAIRS = """
CREATE FUNCTION registry_pairs(name text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
RETURN array_to_tsvector(ARRAY(
    SELECT pair.one || coalesce(pair.next, '')
    FROM (SELECT string_to_array(upper(name), NULL) AS all_of) characters,
         unnest(all_of, all_of[2:]) AS pair(one, next)
    WHERE pair.one <> ''
))
"""
_SOUGHT = r"""
CREATE FUNCTION registry_sought(part text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    SELECT CASE
        WHEN length(upper(part)) = 1 THEN max(quoted) || ':*' ELSE string_agg(quoted, ' & ')
    END::tsquery
    FROM (
        SELECT '''' || replace(replace(substr(upper(part), place, 2), '\', '\\'), '''', '''''')
               || '''' AS quoted
        FROM generate_series(1, greatest(length(upper(part)) - 1, 1)) AS place
        WHERE part <> ''
    ) pairs
)
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_encrypted_people")]

    operations = [
        migrations.RunSQL(_PAIRS, "DROP FUNCTION registry_pairs(text)"),
        migrations.RunSQL(_SOUGHT, "DROP FUNCTION registry_sought(text)"),
        migrations.AddIndex(
            model_name="organisation",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func("name", function="registry_pairs"), name="organisation_name_pairs"
            ),
        ),
        migrations.RemoveIndex(model_name="organisation", name="organisation_name_trgm"),
    ]
