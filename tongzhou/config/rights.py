"""What the application's own database role may do: rows, never tables.

The owner of the database migrates; the web server and the worker act as ``tongzhou_app``, which
may not change a table, a policy or a function, and which row-level security binds. It does not
bind the owner, who migrates, dumps and restores. For the system's own acts, and for whoever may
see the whole nation, it takes on ``tongzhou_system``, which sees every row: a policy that lets
everything through would still be priced by the planner. Where the roles are missing and can't be
made, the owner acts itself and only the first wall stands: ``tongzhou doctor`` says so.
"""

from typing import Any

from django.db import connections

from tongzhou.kernel import append_only
from tongzhou.kernel.reach import APPLICATION, UNBOUND

#: The tables with rows of one organisation, each with its policy.
WALLED = (
    "duties_draft",
    "duties_exception",
    "duties_report",
    "duties_reportversion",
    "duties_step",
    "registry_organ",
    "registry_organisation",
    "registry_organisationattribute",
    "registry_placement",
)
_MAY_GRANT = """
SELECT pg_has_role(current_user, c.relowner, 'USAGE'),
       EXISTS (SELECT FROM pg_roles WHERE rolname = %s),
       (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user)
FROM pg_class c WHERE c.oid = to_regclass('registry_organisation')
"""
_MAKE = f"""
DO $body$ BEGIN
    CREATE ROLE {APPLICATION} NOLOGIN NOINHERIT;
    CREATE ROLE {UNBOUND} NOLOGIN;
    GRANT {UNBOUND} TO {APPLICATION};
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $body$
"""
_OPEN = f"""
DO $body$
DECLARE walled text;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_roles a, pg_roles u WHERE a.rolname = '{APPLICATION}'
        AND u.rolname = '{UNBOUND}' AND NOT pg_has_role(a.oid, u.oid, 'USAGE')
    ) THEN
        RETURN;  -- an application that inherits the role would see everything always
    END IF;
    FOREACH walled IN ARRAY ARRAY{list(WALLED)} LOOP
        IF NOT EXISTS (
            SELECT FROM pg_policy
            WHERE polrelid = to_regclass(walled) AND polname = '{UNBOUND}'
        ) THEN
            EXECUTE format('CREATE POLICY {UNBOUND} ON %I TO {UNBOUND} USING (true)', walled);
        END IF;
    END LOOP;
END $body$
"""  # noqa: S608 - made of constants
# A month of reports is reached through its parent alone, which carries the policy.
_GRANT = """
DO $body$
DECLARE named record;
BEGIN
    GRANT USAGE ON SCHEMA public TO {role};
    FOR named IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
          AND NOT c.relispartition AND pg_has_role(current_user, c.relowner, 'USAGE')
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO {role}', named.name);
    END LOOP;
    GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {role};
END $body$
"""


def grant(*, using: str = "default", **_: Any) -> None:
    """Let the application's role read and write the rows of every table; after each migration."""
    with connections[using].cursor() as cursor:
        cursor.execute(_MAY_GRANT, [APPLICATION])
        owner, exists, may_make = cursor.fetchone() or (False, False, False)
        if not owner or not (exists or may_make):
            return
        if not exists:
            cursor.execute(_MAKE)
        for role in (APPLICATION, UNBOUND):
            cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if cursor.rowcount:
                cursor.execute(_GRANT.format(role=role))
                cursor.execute(append_only.REVOKE.replace(append_only.ROLE, role))
        cursor.execute(_OPEN)
