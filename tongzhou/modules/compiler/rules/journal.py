"""What a change of a compilation holds: items before and after, only the fields that differ.

An item is ``head``, ``c<key>`` or ``d<key>``. Position and address follow from the rest and are
kept nowhere; ``names`` remembers what an item was called, for people.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    DutyDraft,
    DutyState,
    Head,
    Origin,
    Question,
    Relation,
)

Content = dict[str, Any]
NAMES = "names"
HEAD = "head"
_CLAUSE = ("label", "level", "kind", "parent", "heading", "text", "start", "end", "refines")


def clause_content(each: ClauseDraft) -> Content:
    """Return what a clause holds, without what follows from its place."""
    return {name: getattr(each, name) for name in _CLAUSE}


def clause_from(key: int, content: Mapping[str, Any], revision: int) -> ClauseDraft:
    """Return a clause again from its whole content; it has to be settled in a tree."""
    return ClauseDraft(key=key, position=0, address="", revision=revision, **content)


def duty_content(each: DutyDraft) -> Content:
    """Return what a working duty holds."""
    return {
        "start": each.start,
        "end": each.end,
        "state": str(each.state),
        "origin": str(each.origin),
        "spec": each.spec,
        "proposal": each.proposal,
        "questions": [question_content(question) for question in each.questions],
        "relation": str(each.relation),
        "root": each.root,
    }


def duty_from(key: int, content: Mapping[str, Any], revision: int) -> DutyDraft:
    """Return a working duty again from its whole content."""
    return DutyDraft(
        key=key,
        start=content["start"],
        end=content["end"],
        state=DutyState(content["state"]),
        origin=Origin(content["origin"]),
        spec=dict(content["spec"]),
        proposal=dict(content["proposal"]),
        questions=tuple(Question(**question) for question in content["questions"]),
        relation=Relation(content["relation"]),
        root=content["root"],
        revision=revision,
    )


def question_content(held: Question) -> Content:
    """Return a question as JSON holds it."""
    return {
        "code": held.code,
        "field": held.field,
        "text": held.text,
        "words": held.words,
        "params": dict(held.params),
    }


def head_content(head: Head) -> Content:
    """Return the head as JSON holds it."""
    return {
        "title": head.title,
        "doc_number": head.doc_number,
        "issuer": head.issuer,
        "issued_on": head.issued_on.isoformat() if head.issued_on else None,
        "urn": head.urn,
        "kind": head.kind,
        "recipients": list(head.recipients),
        "effective_on": head.effective_on.isoformat() if head.effective_on else None,
        "expires_on": head.expires_on.isoformat() if head.expires_on else None,
        "source_note": head.source_note,
    }


def difference(before: Content | None, after: Content | None) -> tuple[Any, Any] | None:
    """Return the fields that differ, before and after; None when nothing does.

    An item that is made or taken away is told as a whole, with None for the other side.
    """
    if before is None or after is None:
        return None if before is after else (before, after)
    names = [name for name in after if before.get(name) != after[name]]
    if not names:
        return None
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def is_as_left(now: Content | None, left: Content | None, *, whole: bool) -> bool:
    """Tell whether an item still is as a change left it.

    ``whole``: the change made the item, so that every field counts.
    """
    if now is None or left is None:
        return now is left
    if whole:
        return now == left
    return all(now.get(name) == value for name, value in left.items())


def restored(now: Content | None, before: Content | None) -> Content | None:
    """Return an item's content with the fields of an earlier moment put back."""
    if before is None:
        return None
    return {**(now or {}), **before}


def raised(each: DutyDraft) -> DutyDraft:
    """Return a duty with the next revision."""
    return replace(each, revision=each.revision + 1)
