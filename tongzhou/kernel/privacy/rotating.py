"""Brings stored texts under the present key, in batches; stopped, it goes on where it was."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from tongzhou.kernel.privacy import cipher, factors
from tongzhou.kernel.privacy.fields import EncryptedTextField, encrypted_fields

BATCH = 2_000
_SEALED = re.compile(r"[as]1\.[a-z0-9]{1,12}\.[\w-]{16}\.[\w-]{22,}")


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


def unreadable() -> list[str]:
    """Return the fields of which a text cannot be opened: it lies under a key that is not here.

    One text of each is tried. Another key of the same name looks like the right one.
    """
    found = []
    with connection.cursor() as cursor:
        for model, field in encrypted_fields():
            assert isinstance(field, EncryptedTextField)
            table, column = model._meta.db_table, field.column
            cursor.execute(
                f'SELECT "{column}" FROM "{table}" WHERE "{column}" <> \'\' LIMIT 1'  # noqa: S608 - our names
            )
            try:
                for (stored,) in cursor.fetchall():
                    cipher.open_sealed(stored, field.place)
            except cipher.Unreadable:
                found.append(f"{model._meta.label}.{field.name}")
    return found


def rotate(tell: Callable[[str], None] = lambda text: None) -> int:
    """Encrypt everything anew that is not under the present key; return how many texts."""
    done = 0
    for model, field in encrypted_fields():
        assert isinstance(field, EncryptedTextField)
        place, label = field.place, f"{model._meta.label}.{field.name}"

        def anew(stored: str, place: str = place) -> str:
            if cipher.is_current(stored):
                return stored
            return cipher.seal(cipher.open_sealed(stored, place), place)

        def told(count: int, label: str = label) -> None:
            tell(f"{label}: {count}")

        keys = [str(each.column) for each in model._meta.pk_fields]
        done += rewrite(model._meta.db_table, keys, str(field.column), anew, told)
    return done + factors.rotate(tell)


def encrypt_column(table: str, keys: Sequence[str], column: str, place: str) -> int:
    """Encrypt a column that held its texts in clear; return how many. For migrations."""

    def once(stored: str) -> str:
        return stored if _SEALED.fullmatch(stored) else cipher.seal(stored, place)

    return rewrite(table, keys, column, once)


def decrypt_column(table: str, keys: Sequence[str], column: str, place: str) -> int:
    """Write the texts of a column in clear again; return how many. For taking a migration back."""

    def plain(stored: str) -> str:
        return cipher.open_sealed(stored, place) if _SEALED.fullmatch(stored) else stored

    return rewrite(table, keys, column, plain)


def rewrite(
    table: str,
    keys: Sequence[str],
    column: str,
    renew: Callable[[str], str],
    tell: Callable[[int], None] = lambda count: None,
) -> int:
    """Write ``renew(text)`` wherever it differs from the text; return how many.

    Walks along ``keys``, the primary key, each batch in a transaction of its own. A text that
    somebody changed between reading and writing stays as they wrote it.
    """
    key = ", ".join(f'"{each}"' for each in keys)
    same = " AND ".join(f't."{each}" = k."{each}"' for each in keys)
    after = f"({key}) > ({', '.join(['%s'] * len(keys))})"
    last: tuple[Any, ...] | None = None
    done = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f'SELECT {key}, "{column}" FROM "{table}"'  # noqa: S608 - our names
                f" {'' if last is None else f'WHERE {after}'} ORDER BY {key} LIMIT {BATCH}",
                last,
            )
            rows = cursor.fetchall()
            if not rows:
                return done
            last = rows[-1][:-1]
            new = [(*row, renew(row[-1])) for row in rows if row[-1]]
            changed = [row for row in new if row[-1] != row[-2]]
            if not changed:
                continue
            types = [each.type_display for each in cursor.description]
            parts = ", ".join(f"%s::{kind}[]" for kind in [*types[:-1], "text", "text"])
            cursor.execute(
                f'UPDATE "{table}" t SET "{column}" = k.new'  # noqa: S608 - our names
                f" FROM unnest({parts}) AS k({key}, old, new)"
                f' WHERE {same} AND t."{column}" = k.old',
                [list(each) for each in zip(*changed, strict=True)],
            )
            done += cursor.rowcount
        tell(done)
