"""When a duty is in force: words that limit it, as phases of a response."""

from typing import Any

from tongzhou.modules.compiler.rules.mapping.source import Proposal, params, words


def phases_of(proposal: Proposal) -> tuple[list[str], str]:
    """Return the phases of a duty and the reading behind them; empty without such words.

    A clause that names no phase binds throughout the response, until it has ended.
    """
    found = phase_rule(phase_words(proposal), proposal.quote)
    if found is None:
        return list(params()["throughout"]), ""
    return list(found["phases"]), str(found["reason"])


def phase_words(proposal: Proposal) -> str:
    """Return the words that limit when a duty is in force, also those inside a deadline.

    疫情解除后一个月内 holds from 疫情解除后 on.
    """
    if proposal.phase:
        return proposal.phase
    event = proposal.deadline.partition("后")[0] + "后"
    named = "后" in proposal.deadline and event in proposal.quote
    return event if named and phase_rule(event) is not None else ""


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
