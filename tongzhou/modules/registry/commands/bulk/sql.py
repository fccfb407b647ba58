"""The statements of bulk changes: choosing, judging, writing, taking back."""

ACTIVE = "o.status IN ('ACTIVE', 'SUSPENDED')"

BY_FILTER = """
INSERT INTO registry_bulkitem (prov, change_id, organisation_id, code, outcome)
SELECT prov, %s, id, code, 'CHANGE' FROM ({found}) AS found
"""

BY_CODE = """
INSERT INTO registry_bulkitem (prov, change_id, organisation_id, code, outcome)
SELECT coalesce(o.prov, 0), %s, o.id, given.code,
       CASE WHEN o.id IS NULL THEN 'UNKNOWN' ELSE 'CHANGE' END
FROM (SELECT DISTINCT unnest(%s::text[]) AS code) given
LEFT JOIN ({found}) AS o ON o.code = given.code
LEFT JOIN registry_codeentry e ON e.code = given.code
WHERE o.id IS NULL OR e.organisation_id = o.id AND e.prov = o.prov
"""

HOLDS = """
SELECT 1 FROM registry_organisationattribute a
WHERE a.organisation_id = o.id AND a.prov = o.prov
"""

ADD = f"""
CASE WHEN NOT {ACTIVE} THEN 'ENDED'
     WHEN o.registered_region NOT BETWEEN %(low)s AND %(high)s THEN 'FOREIGN'
     WHEN o.form <> ALL (%(forms)s) THEN 'FORM'
     WHEN %(day)s < greatest(o.established_on, %(floor)s::date) THEN 'EARLY'
     WHEN EXISTS ({HOLDS} AND a.attribute = %(attribute)s
                  AND (a.to_on IS NULL OR a.to_on >= %(day)s)) THEN 'HELD'
     WHEN EXISTS (SELECT 1 FROM unnest(%(requires)s::text[]) AS r(code)
                  WHERE NOT EXISTS ({HOLDS} AND a.attribute = r.code AND a.from_on <= %(day)s
                                    AND (a.to_on IS NULL OR a.to_on >= %(day)s))) THEN 'NEEDS'
     ELSE 'CHANGE' END
"""  # noqa: S608 - made of constants

END = f"""
CASE WHEN NOT {ACTIVE} THEN 'ENDED'
     WHEN o.registered_region NOT BETWEEN %(low)s AND %(high)s THEN 'FOREIGN'
     WHEN NOT EXISTS ({HOLDS} AND a.attribute = %(attribute)s AND a.from_on <= %(day)s
                      AND (a.to_on IS NULL OR a.to_on > %(day)s)) THEN 'LACKING'
     WHEN EXISTS ({HOLDS} AND a.attribute = ANY (%(dependent)s)
                  AND (a.to_on IS NULL OR a.to_on > %(day)s)) THEN 'NEEDED'
     ELSE 'CHANGE' END
"""

JUDGE = """
UPDATE registry_bulkitem i SET outcome = {verdict}
FROM registry_organisation o
WHERE i.change_id = %(change)s AND i.outcome = 'CHANGE'
  AND o.id = i.organisation_id AND o.prov = i.prov
"""

TABLE = """
CREATE TEMP TABLE IF NOT EXISTS chosen (
    id bigint, prov smallint, PRIMARY KEY (id, prov)
) ON COMMIT DROP
"""

# In the order of ids, so that two writers wait for each other and never in a circle.
HOLD = """
INSERT INTO chosen
SELECT o.id, o.prov FROM registry_bulkitem i
JOIN registry_organisation o ON o.id = i.organisation_id AND o.prov = i.prov
WHERE i.change_id = %(change)s AND i.outcome = 'CHANGE'
ORDER BY o.id FOR UPDATE OF o
"""

NARROW = """
DELETE FROM chosen k USING registry_bulkitem i
WHERE i.change_id = %(change)s AND i.organisation_id = k.id AND i.prov = k.prov
  AND i.outcome <> 'CHANGE'
"""

MAKE = (
    """
    UPDATE registry_bulkitem SET attribute_id = nextval('registry_row_id')
    WHERE change_id = %(change)s AND outcome = 'CHANGE'
    """,
    """
    INSERT INTO registry_organisationattribute
        (id, prov, organisation_id, attribute, from_on, to_on, basis)
    SELECT i.attribute_id, i.prov, i.organisation_id, %(attribute)s, %(day)s, NULL, %(basis)s
    FROM registry_bulkitem i WHERE i.change_id = %(change)s AND i.outcome = 'CHANGE'
    """,
)

FINISH = (
    """
    UPDATE registry_bulkitem i SET attribute_id = a.id, former_to = a.to_on
    FROM registry_organisationattribute a
    WHERE i.change_id = %(change)s AND i.outcome = 'CHANGE'
      AND a.organisation_id = i.organisation_id AND a.prov = i.prov
      AND a.attribute = %(attribute)s AND a.from_on <= %(day)s
      AND (a.to_on IS NULL OR a.to_on > %(day)s)
    """,
    """
    UPDATE registry_organisationattribute a SET to_on = %(day)s FROM registry_bulkitem i
    WHERE i.change_id = %(change)s AND i.outcome = 'CHANGE'
      AND a.id = i.attribute_id AND a.prov = i.prov
    """,
)

# What undoing leaves alone: rows that somebody touched since, and those that others now need.
TOUCHED = """
UPDATE registry_bulkitem i SET outcome = CASE
    WHEN NOT EXISTS (SELECT 1 FROM registry_organisationattribute a
                     WHERE a.id = i.attribute_id AND a.prov = i.prov
                       AND a.to_on IS NOT DISTINCT FROM %(left)s::date) THEN 'TOUCHED'
    WHEN NOT EXISTS (SELECT 1 FROM registry_organisation o
                     WHERE o.id = i.organisation_id AND o.prov = i.prov
                       AND o.status IN ('ACTIVE', 'SUSPENDED')) THEN 'ENDED'
    WHEN %(added)s AND EXISTS (
        SELECT 1 FROM registry_organisationattribute a
        WHERE a.organisation_id = i.organisation_id AND a.prov = i.prov
          AND a.attribute = ANY (%(dependent)s)
          AND (a.to_on IS NULL OR a.to_on >= %(day)s)) THEN 'NEEDED'
    WHEN NOT %(added)s AND EXISTS (
        SELECT 1 FROM registry_organisationattribute a
        WHERE a.organisation_id = i.organisation_id AND a.prov = i.prov
          AND a.attribute = %(attribute)s AND a.from_on > %(day)s) THEN 'HELD'
    ELSE 'CHANGE' END
WHERE i.change_id = %(change)s
"""

TAKE_BACK = """
DELETE FROM registry_organisationattribute a USING registry_bulkitem i
WHERE i.change_id = %(change)s AND i.outcome = 'CHANGE' AND a.id = i.attribute_id
  AND a.prov = i.prov
"""

REVIVE = """
UPDATE registry_organisationattribute a SET to_on = i.former_to FROM registry_bulkitem i
WHERE i.change_id = %(change)s AND i.outcome = 'CHANGE' AND a.id = i.attribute_id
  AND a.prov = i.prov
"""

VERSIONS = """
UPDATE registry_organisation o SET version = o.version + 1 FROM chosen k
WHERE o.id = k.id AND o.prov = k.prov
"""
