"""Secrets of second factors: in a JSON column of allauth, under the same keys as fields."""

import json
from collections.abc import Callable

from django.db import connection, transaction

from tongzhou.kernel.privacy import cipher

PLACE = "mfa.authenticator.data"
TABLE = "mfa_authenticator"
#: The secret of an authenticator app, and what recovery codes are made from.
PARTS = ("secret", "seed")
BATCH = 200
_OUTDATED = " OR ".join(f"NOT starts_with(data->>'{part}', %s)" for part in PARTS)


def seal(text: str) -> str:
    """Return what is stored for a secret."""
    return cipher.seal(text, PLACE)


def unseal(stored: str) -> str:
    """Return the secret; Unreadable for one that was written past the application."""
    return cipher.open_sealed(stored, PLACE)


def outdated() -> int:
    """Return how many second factors lie under an older key or cipher."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {TABLE} WHERE {_OUTDATED}",  # noqa: S608 - our names
            [cipher.current_prefix()] * len(PARTS),
        )
        return int(cursor.fetchone()[0])


def rotate(tell: Callable[[str], None], read: Callable[[str], str] = unseal) -> int:
    """Encrypt second factors anew that are not under the present key; return how many."""
    done = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id, data::text FROM {TABLE} WHERE {_OUTDATED}"  # noqa: S608 - our names
                f" LIMIT {BATCH} FOR UPDATE",
                [cipher.current_prefix()] * len(PARTS),
            )
            held = cursor.fetchall()
            for key, text in held:
                data = json.loads(text)
                for part in PARTS:
                    if part in data and not cipher.is_current(data[part]):
                        data[part] = seal(read(data[part]))
                cursor.execute(
                    f"UPDATE {TABLE} SET data = %s WHERE id = %s",  # noqa: S608 - our names
                    [json.dumps(data), key],
                )
        done += len(held)
        if not held:
            return done
        tell(f"{TABLE}: {done}")
