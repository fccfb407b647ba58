"""The wrapper around every write: permission, transaction, audit line, idempotency."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.db import connection, transaction

from tongzhou.base.errors import Conflict
from tongzhou.kernel import audit, sight
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import IdempotencyKey

P = ParamSpec("P")
R = TypeVar("R")

STEMS: set[str] = set()


def command(stem: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Turn a function with keyword arguments ``actor`` and ``at`` into a command.

    The command refuses without permission (Forbidden), runs in one transaction and writes one
    audit line. A function that declares ``idempotency_key`` and returns something JSON can hold
    is run at most once per key and person: a repeat returns the first answer. The same key with
    other data is a form that was sent, gone back to and changed: Conflict, because the first
    answer would pretend that the change was kept.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        STEMS.add(stem)

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = cast(Actor, kwargs["actor"])
            at = cast(Any, kwargs["at"])
            key = cast("str | None", kwargs.get("idempotency_key"))
            actor.require(stem)
            whole = not connection.in_atomic_block
            with transaction.atomic(), sight.as_system():
                if not key:
                    with audit.line(actor=actor, at=at, stem=stem, whole=whole):
                        return function(*args, **kwargs)
                digest = _digest(actor, kwargs)
                claimed, answer, fresh = _claim(actor.user_id or 0, stem, key, digest, at)
                if not fresh:
                    return cast(R, answer)
                with audit.line(
                    actor=actor, at=at, stem=stem, claimed=claimed, whole=whole
                ) as written:
                    result = function(*args, **kwargs)
                if not written.get("answered"):
                    IdempotencyKey.objects.filter(pk=claimed).update(result=result)
                return result

        run.stem = stem  # type: ignore[attr-defined]  # read by the architecture tests
        return run

    return wrap


_CLAIM = """
INSERT INTO kernel_idempotencykey (user_id, stem, key, digest, at) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (user_id, stem, key) DO NOTHING RETURNING id
"""


def _claim(user_id: int, stem: str, key: str, digest: str, at: Any) -> tuple[int, Any, bool]:
    """Claim a key; return its id, the first answer, and whether it is claimed for the first time.

    A second caller waits for the first to end and gets its answer.
    """
    short = _short(key)
    claimed = rows(_CLAIM, [user_id, stem, short, digest, at])
    if claimed:
        return claimed[0][0], None, True
    found = IdempotencyKey.objects.filter(user_id=user_id, stem=stem, key=short).first()
    if found is None:
        raise Conflict("同一操作正在处理，请稍候查看结果。", code="in-progress")
    if found.digest and found.digest != digest:
        raise Conflict(
            "这份表单已经提交过，之后的改动没有保存。",
            code="key-reused",
            way_out="请重新打开这一页，再作修改。",
        )
    return found.pk, found.result, False


def _short(key: str) -> str:
    """Return a key that fits its column: long ones by their digest."""
    return key if len(key) <= 80 else hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _digest(actor: Actor, kwargs: Mapping[str, Any]) -> str:
    """Return what tells one call of a command from another, the moment of the call left out."""
    given = {k: v for k, v in kwargs.items() if k not in {"actor", "at", "idempotency_key"}}
    said = json.dumps([actor.assignment_id, given], default=_plain, sort_keys=True)
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it; a file by its name and size."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if hasattr(value, "read"):
        return [str(getattr(value, "name", "")), getattr(value, "size", None)]
    return str(value)
