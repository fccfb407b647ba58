"""Forgets what was begun and never sent, a while after the response it was for has ended."""

from collections.abc import Iterable
from datetime import datetime

from tongzhou.kernel.database import execute, rows
from tongzhou.kernel.privacy.purging import Rule, declare
from tongzhou.modules.response.public import Phase, list_responses, list_segments, since

KEEP_DAYS = 30

#: Roots of the duties in force under a response and under no other.
_ROOTS = """
SELECT DISTINCT d.root_id FROM duties_duty d
JOIN duties_enforcement e ON e.library_id = d.library_id
WHERE e.response_id = %(response)s AND NOT EXISTS (
    SELECT FROM duties_duty o JOIN duties_enforcement f ON f.library_id = o.library_id
    WHERE o.root_id = d.root_id AND f.response_id <> %(response)s
)
"""
_HELD = "SELECT DISTINCT prov FROM duties_draft WHERE duty_id = ANY(%s)"


def _roots(response_id: int) -> list[int]:
    return [row[0] for row in rows(_ROOTS, {"response": response_id})]


def ended_responses(at: datetime) -> Iterable[tuple[str, datetime]]:
    """Yield the responses that are over everywhere and left drafts, with when the last one ended.

    A place that never was in the response does not keep it going.
    """
    for each in list_responses():
        begun = [part for part in list_segments(each.id, at) if any(p for _, p in part.history)]
        ends = [since(part, frozenset({Phase.ENDED})) for part in begun]
        over = [end for end in ends if end is not None]
        if over and len(over) == len(ends) and rows(_HELD, [_roots(each.id)]):
            yield str(each.id), max(over)


def forget_drafts(case: str) -> int:
    """Remove the drafts of a response, province by province; return how many. Part of a command."""
    roots = _roots(int(case))
    return sum(
        execute("DELETE FROM duties_draft WHERE prov = %s AND duty_id = ANY(%s)", [prov, roots])
        for (prov,) in rows(_HELD, [roots])
    )


RULE = Rule("duties.drafts", "响应结束后留下的草稿", KEEP_DAYS, ended_responses, forget_drafts)
declare(RULE)
