"""What other modules may use of the compiler."""

from tongzhou.modules.compiler.queries.waiting import Waiting, count_waiting, waiting_of

__all__ = ["Waiting", "count_waiting", "waiting_of"]
