"""What the planner of the database is told, as far as nobody has chosen otherwise.

A statement about the nation is long and its plan is costly on paper, so a server as it is delivered
compiles it for seconds (``jit``) before it runs for milliseconds, and reads whole tables where a
few pages of an index would do (``random_page_cost`` of spinning disks).
"""

from typing import Any

from django.db import connections

WANTED = {"jit": "off", "random_page_cost": "1.1"}
_LEFT = """
SELECT s.name, quote_ident(d.datname) FROM pg_settings s, pg_database d
WHERE s.name = ANY(%s) AND s.source = 'default' AND d.datname = current_database()
  AND pg_has_role(current_user, d.datdba, 'USAGE')
"""


def settle(*, using: str = "default", **_: Any) -> None:
    """Set for this database what is as delivered; new connections have it; after each migration.

    Where it is not ours to set, ``tongzhou doctor`` says what to ask for.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_LEFT, [list(WANTED)])
        for name, database in cursor.fetchall():
            cursor.execute(f"ALTER DATABASE {database} SET {name} = {WANTED[name]}")
