"""Brings stored texts under the present key, in batches; stopped, it goes on where it was."""

from collections.abc import Callable

from django.db import connection, transaction

from tongzhou.kernel.privacy import cipher, factors
from tongzhou.kernel.privacy.fields import EncryptedTextField, encrypted_fields

BATCH = 500


def outdated() -> dict[str, int]:
    """Return how many texts of each field lie under an older key or cipher."""
    found = {}
    prefix = cipher.current_prefix()
    with connection.cursor() as cursor:
        for model, field in encrypted_fields():
            table, column = model._meta.db_table, field.column
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE "{column}" <> \'\''  # noqa: S608 - our names
                f' AND NOT starts_with("{column}", %s)',
                [prefix],
            )
            found[f"{model._meta.label}.{field.name}"] = cursor.fetchone()[0]
    found[factors.TABLE] = factors.outdated()
    return found


def rotate(tell: Callable[[str], None] = lambda text: None) -> int:
    """Encrypt everything anew that is not under the present key; return how many texts.

    Each batch is its own transaction and takes rows that nobody is writing.
    """
    done = 0
    prefix = cipher.current_prefix()
    for model, field in encrypted_fields():
        assert isinstance(field, EncryptedTextField)
        table, column = model._meta.db_table, field.column
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f'SELECT ctid::text, "{column}" FROM "{table}"'  # noqa: S608 - our names
                    f' WHERE "{column}" <> \'\' AND NOT starts_with("{column}", %s)'
                    f" LIMIT {BATCH} FOR UPDATE",
                    [prefix],
                )
                rows = cursor.fetchall()
                for place, stored in rows:
                    text = cipher.open_sealed(stored, field.place)
                    cursor.execute(
                        f'UPDATE "{table}" SET "{column}" = %s'  # noqa: S608 - our names
                        " WHERE ctid = %s::tid",
                        [cipher.seal(text, field.place), place],
                    )
            done += len(rows)
            if not rows:
                break
            tell(f"{model._meta.label}.{field.name}: {done}")
    return done + factors.rotate(tell)
