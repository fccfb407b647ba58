"""When a duty is in force: words that limit it, as phases of a response."""

from typing import Any

from tongzhou.modules.compiler.rules.mapping.source import Proposal, params, words


def phases_of(proposal: Proposal) -> tuple[list[str], str]:
    """Return the phases of a duty and the reading behind them; empty without such words.

    A clause that names no phase binds throughout the response, until it has ended.
    """
    found = phase_rule(proposal.phase, proposal.quote)
    if found is None:
        return list(params()["throughout"]), ""
    return list(found["phases"]), str(found["reason"])


def phase_rule(phase: str, quote: str = "") -> dict[str, Any] | None:
    """Return the rule that reads words of a phase, None when they name none.

    “推迟至疫情响应结束后” holds before the end, not after it.
    """
    if not phase:
        return None
    ending = next(
        (
            kind
            for kind in ("before", "after", "during")
            if phase.endswith(tuple(params()["endings"][kind]))
        ),
        "",
    )
    place = quote.find(phase)
    until = words("until")
    if ending == "after" and (phase.startswith(until) or quote[: max(place, 0)].endswith(until)):
        ending = "before"
    for rule in params()["phases"]:
        if rule["ending"] == ending and all(word in phase for word in rule["words"]):
            return dict(rule)
    return None
