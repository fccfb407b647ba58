"""News that travels upward: a lower module publishes, higher modules subscribe.

:func:`publish` enqueues one job per subscriber in the surrounding transaction, so the news is
neither lost nor told before the fact. :func:`publish_inside` is for the few facts that figures
depend on at every instant (a bearer moved, a new profile): its subscribers run at once, in the
same transaction, set by set.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

Handler = Callable[..., None]

_handlers: dict[str, dict[str, Handler]] = defaultdict(dict)
_inside: dict[str, dict[str, Handler]] = defaultdict(dict)


def subscriber(event: str, *, inside: bool = False) -> Callable[[Handler], Handler]:
    """Register a function of a module's ``subscribers.py`` for ``event``."""

    def wrap(function: Handler) -> Handler:
        table = _inside if inside else _handlers
        table[event][f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return wrap


def publish(event: str, **ids: Any) -> None:
    """Enqueue a job for every subscriber of ``event``; it gets the ids only."""
    from tongzhou.kernel.jobs import handle_event

    for name in sorted(_handlers[event]):
        handle_event.defer(event=event, handler=name, ids=ids)


def publish_inside(event: str, **facts: Any) -> None:
    """Run the inside subscribers of ``event`` now; what they raise undoes the transaction."""
    for name in sorted(_inside[event]):
        _inside[event][name](**facts)


def deliver(event: str, handler: str, ids: dict[str, Any]) -> None:
    """Run one subscriber; called by the job."""
    _handlers[event][handler](**ids)
