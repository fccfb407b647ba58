"""Tables that are only ever added to, and what the database itself does about it.

Two walls: the application's own role may not change or remove their rows, and a trigger refuses it
to everybody else who has not first taken the trigger away, which needs the owner of the table.
"""

from tongzhou.kernel.reach import APPLICATION

ROLE = APPLICATION

TABLES = ("kernel_auditline", "kernel_auditseal", "kernel_sensitiveread")

TRIGGERS = """
CREATE FUNCTION tongzhou_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
""" + "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION tongzhou_append_only();\n"
    for table in TABLES
)
NO_TRIGGERS = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in TABLES) + (
    "DROP FUNCTION tongzhou_append_only();"
)
#: To be run again after rights were granted on all tables at once.
REVOKE = f"""
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
    REVOKE UPDATE, DELETE, TRUNCATE ON {", ".join(TABLES)} FROM {ROLE};
  END IF;
END $$;
"""  # noqa: S608 - our own names
