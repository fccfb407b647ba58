"""The wrapper around every write: permission, transaction, audit line, idempotency."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.db import IntegrityError, transaction

from tongzhou.base.errors import Conflict
from tongzhou.kernel import audit
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import IdempotencyKey

P = ParamSpec("P")
R = TypeVar("R")

STEMS: set[str] = set()


def command(stem: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Turn a function with keyword arguments ``actor`` and ``at`` into a command.

    The command refuses without permission (Forbidden), runs in one transaction and writes one
    audit line. A function that declares ``idempotency_key`` and returns something JSON can hold
    is run at most once per key and person: a repeat returns the first answer.
    """

    def wrap(function: Callable[P, R]) -> Callable[P, R]:
        STEMS.add(stem)

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = cast(Actor, kwargs["actor"])
            at = cast(Any, kwargs["at"])
            key = cast("str | None", kwargs.get("idempotency_key"))
            actor.require(stem)
            with transaction.atomic():
                if not key:
                    with audit.line(actor=actor, at=at, stem=stem):
                        return function(*args, **kwargs)
                stored, fresh = _claim(actor.user_id or 0, stem, key, at)
                if not fresh:
                    return cast(R, stored.result)
                with audit.line(actor=actor, at=at, stem=stem):
                    result = function(*args, **kwargs)
                stored.result = result
                stored.save(update_fields=["result"])
                return result

        run.stem = stem  # type: ignore[attr-defined]  # read by the architecture tests
        return run

    return wrap


def _claim(user_id: int, stem: str, key: str, at: Any) -> tuple[IdempotencyKey, bool]:
    """Claim a key; a second caller waits for the first to end and gets its answer."""
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(user_id=user_id, stem=stem, key=key, at=at), True
    except IntegrityError:
        held = IdempotencyKey.objects.filter(user_id=user_id, stem=stem, key=key).first()
        if held is None:
            raise Conflict("同一操作正在处理，请稍候查看结果。", code="in-progress") from None
        return held, False
