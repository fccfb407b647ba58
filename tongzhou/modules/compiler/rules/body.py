"""Make a duty library of the accepted duties of a compilation, as plain data.

The result has the form of a duty library (tongzhou/modules/duties/libraries/README.md); the
``duties`` module reads it like any other.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tongzhou.modules.compiler.contracts import ClauseDraft, CompilationRow, DutyDraft, DutyState
from tongzhou.modules.compiler.rules.tree import ITEM, clause_at

#: What a declaration of a library holds, in the order in which people read it.
DECLARED = (
    "title",
    "guide",
    "strength",
    "bearer",
    "place",
    "phases",
    "recurrence",
    "deadline",
    "deadline_basis",
    "phase_words",
    "cites",
    "evidence",
    "minutes",
)


def accepted(duties: Sequence[DutyDraft]) -> list[DutyDraft]:
    """Return the duties that an officer accepted, in the order of the text."""
    chosen = [each for each in duties if each.state is DutyState.ACCEPTED]
    return sorted(chosen, key=lambda each: (each.start, each.key))


def duty_id(duty: DutyDraft) -> str:
    """Return the id of a duty inside its library: the one it came with, or one by its key."""
    given = duty.spec.get("id")
    return given if isinstance(given, str) and given else f"d{duty.key}"


def duty_body(duty: DutyDraft, clauses: Sequence[ClauseDraft]) -> dict[str, Any]:
    """Return one duty as a library declares it; the clause is the one that its words stand in."""
    clause = clause_at(clauses, duty.start)
    declared = {
        key: duty.spec[key] for key in DECLARED if duty.spec.get(key) not in (None, "", {}, [])
    }
    if declared.get("recurrence") == "ONCE":
        del declared["recurrence"]
    if declared.keys() & {"recurrence", "deadline"}:
        declared.setdefault("deadline_basis", "setting")
    return {
        "id": duty_id(duty),
        "clause": clause.address if clause is not None else "",
        "quote": duty.spec.get("quote", ""),
        **declared,
    }


def library_body(
    row: CompilationRow, clauses: Sequence[ClauseDraft], duties: Sequence[DutyDraft]
) -> dict[str, Any]:
    """Return the library that signing a compilation would put in force, as plain data.

    It is what stands there now, complete or not: ``rules.faults`` says what is missing.
    """
    chosen = accepted(duties)
    return {
        "expression": row.head.urn,
        "version": 1,
        "scope": {"region": row.scope_region, "by": row.scope_by},
        "groups": {
            code: {**body, "clause": _place_of(code, body, clauses, chosen)}
            for code, body in row.groups.items()
        },
        "duties": [duty_body(each, clauses) for each in chosen],
    }


def uses_group(duty: DutyDraft, code: str) -> bool:
    """Tell whether a duty is for a group."""
    bearer = duty.spec.get("bearer")
    return isinstance(bearer, Mapping) and code in (bearer.get("groups") or ())


def _place_of(
    code: str,
    body: Mapping[str, Any],
    clauses: Sequence[ClauseDraft],
    chosen: Sequence[DutyDraft],
) -> str:
    """Return the clause that speaks of a group: the given one, or where it is used first."""
    addresses = {each.address for each in clauses}
    if body.get("clause") in addresses:
        return str(body["clause"])
    for duty in chosen:
        if uses_group(duty, code) and (clause := clause_at(clauses, duty.start)):
            return clause.address
    items = [each.address for each in clauses if each.kind == ITEM]
    return items[0] if items else ""
