"""Where working duties get their first declaration from, and the questions that it leaves."""

from collections.abc import Mapping
from typing import Any

from tongzhou.modules.compiler.contracts import Question

LONGEST_TITLE = 30


def declare_proposal(
    proposal: Mapping[str, Any], quote: str
) -> tuple[dict[str, Any], tuple[Question, ...]]:
    """Return the declaration that follows from a proposal, and what a person has to decide."""
    spec, questions = declare_words(quote)
    return {**spec, "strength": proposal.get("strength")}, questions


def declare_words(quote: str) -> tuple[dict[str, Any], tuple[Question, ...]]:
    """Return what can be said of words that an officer picked: little more than a title."""
    return {"title": title_of(quote)}, ()


def retitled(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration with a title drawn from its quote."""
    return {**spec, "title": title_of(str(spec.get("quote", "")))}


def title_of(quote: str) -> dict[str, str]:
    """Return a title made of the first words of a quote."""
    words = quote.strip("，。；：、,.;: ")
    return {"zh": words[:LONGEST_TITLE]}
