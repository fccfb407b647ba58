"""News that travels upward: a lower module publishes, higher modules subscribe.

Publishing inside a transaction enqueues one job per subscriber in that same transaction, so the
news is neither lost nor told before the fact.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

_handlers: dict[str, dict[str, Callable[..., None]]] = defaultdict(dict)


def subscriber(event: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function of a module's ``subscribers.py`` for ``event``. It gets only ids."""

    def wrap(function: Callable[..., None]) -> Callable[..., None]:
        _handlers[event][f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return wrap


def publish(event: str, **ids: Any) -> None:
    """Enqueue a job for every subscriber of ``event``."""
    from tongzhou.kernel.jobs import handle_event

    for name in sorted(_handlers[event]):
        handle_event.defer(event=event, handler=name, ids=ids)


def deliver(event: str, handler: str, ids: dict[str, Any]) -> None:
    """Run one subscriber; called by the job."""
    _handlers[event][handler](**ids)
