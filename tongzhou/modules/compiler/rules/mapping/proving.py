"""What is asked as evidence: as little as possible, and nothing of a duty that only guides."""

from collections.abc import Mapping
from typing import Any

from tongzhou.base.strength import Strength
from tongzhou.modules.compiler.contracts import Question
from tongzhou.modules.compiler.rules.mapping.source import (
    Proposal,
    fold,
    holds,
    params,
    parts_of,
    words,
)

NONE: dict[str, Any] = {"kind": "NONE"}


def prove(proposal: Proposal) -> tuple[dict[str, Any], int, list[Question]]:
    """Return the evidence of a declaration, the minutes it costs, and what is left to decide.

    Prohibitions, permissions, efforts and appeals are guidance, and so is what binds only in a
    case that may never come.
    """
    if proposal.strength != Strength.MUST:
        return dict(NONE), 0, []
    zero = bool(holds(proposal.quote, words("zero_words")))
    timed = proposal.recurrence is not None or bool(proposal.deadline)
    if not zero and is_case(proposal.quote):
        return dict(NONE), 0, []
    if zero and proposal.recurrence is not None:
        return _filled(_template("ZERO")["timed"])
    for each in params()["evidence"]:
        if each["code"] not in proposal.evidence or not _speaks(proposal, each):
            continue
        chosen = each.get("timed" if timed else "plain")
        if chosen is None:
            return dict(NONE), 0, [_ask_when(proposal)]
        return _filled(chosen)
    if timed:
        return _filled(params()["otherwise"])
    if holds(proposal.quote, words("zero_words")):
        return dict(NONE), 0, [_ask_when(proposal)]
    return dict(NONE), 0, []


def is_case(quote: str) -> bool:
    """Say whether a sentence binds only in a case that may never come (发现病例的，…).

    >>> is_case("出现疑似病例的，应当在2小时内报告。"), is_case("每日消毒，发现问题及时整改。")
    (True, False)
    """
    parts = parts_of(quote)
    if not parts:
        return False
    first = fold(parts[0])
    if first.startswith(words("cases")):
        return True
    return len(parts) > 1 and first.endswith(words("case_ends"))


def _template(code: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(each for each in params()["evidence"] if each["code"] == code)
    return found


def _speaks(proposal: Proposal, template: Mapping[str, Any]) -> bool:
    """Say whether the sentence speaks of what the template is about."""
    if template["code"] == "REPORT":
        return bool(holds(proposal.quote, words("report_verbs")))
    listed = template.get("words")
    return listed is None or bool(holds(proposal.quote, tuple(map(str, listed))))


def _filled(template: Mapping[str, Any]) -> tuple[dict[str, Any], int, list[Question]]:
    body: dict[str, Any] = {"kind": template["kind"]}
    if template.get("fields"):
        body["fields"] = [dict(each) for each in template["fields"]]
    if template.get("files"):
        body["files"] = dict(template["files"])
    return body, int(template["minutes"]), []


def _ask_when(proposal: Proposal) -> Question:
    return Question(
        "evidence-when",
        "evidence",
        "原文要求报告，没有写什么时候；要不要报送，多久一次？",
        holds(proposal.quote, words("report_verbs")),
    )
