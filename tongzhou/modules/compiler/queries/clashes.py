"""What a draft repeats, contradicts or asks again, seen against everything in force."""

from collections.abc import Iterator
from dataclasses import dataclass

from tongzhou.kernel.database import rows
from tongzhou.modules.compiler.queries.scene import Drafted, Scene, Standing
from tongzhou.modules.compiler.rules.known import (
    Asked,
    Fact,
    asked_already,
    fields_of,
    held_by_register,
)
from tongzhou.modules.compiler.rules.matter import matter_of
from tongzhou.modules.compiler.rules.similarity import Aspect, Index, Kind, Statement
from tongzhou.modules.directives.public import typeset
from tongzhou.modules.duties.public import BearerKind, DutySpec

#: A clause is told to repeat another one from this likeness and this many letter pairs on.
SAME_CLAUSE = 0.85
LONG_CLAUSE = 12
_EVERYBODY = frozenset({0})


@dataclass(frozen=True, slots=True)
class Clash:
    """A duty or clause of the draft beside one in force that it repeats or contradicts.

    ``item`` is the draft's (``d<key>`` or ``c<key>``). ``duty_id`` is the duty in force, None for
    a clause; ``urn`` its expression, ``clause`` its address. ``mine`` and ``theirs`` are what
    differs: words, codes or figures.
    """

    item: str
    clause_here: str
    text: str
    contradicts: bool
    aspect: Aspect
    mine: str
    theirs: str
    duty_id: int | None
    title: str
    urn: str
    clause: str
    other: str
    score: float


@dataclass(frozen=True, slots=True)
class Known:
    """A field that somebody holds the answer to: the register (``fact``) or a duty in force."""

    item: str
    duty: str
    label: str
    fact: Fact | None
    duty_id: int | None = None
    title: str = ""
    other_label: str = ""


def list_clashes(scene: Scene) -> list[Clash]:
    """Return repeats and contradictions, contradictions first, then in the order of the text."""
    rivals = scene.rivals
    by_key = {each.task.key: each for each in rivals}
    index = Index(
        [_statement(each.task.key, each.duty.spec, each.task.profiles) for each in rivals]
    )
    found: list[Clash] = []
    told: set[str] = set()
    for drafted in scene.drafted:
        asked = _statement(drafted.task.key, drafted.spec, drafted.task.profiles)
        for finding in index.find(asked, limit=6):
            rival = by_key[finding.key]
            if rival.task.root == drafted.task.root or not _meet(drafted, rival):
                continue
            told.add(drafted.spec.clause)
            found.append(
                Clash(
                    item=drafted.task.key,
                    clause_here=drafted.spec.clause,
                    text=typeset(drafted.spec.quote),
                    contradicts=finding.kind is Kind.CONTRADICTION,
                    aspect=finding.aspect,
                    mine=finding.mine,
                    theirs=finding.theirs,
                    duty_id=rival.duty.id,
                    title=rival.duty.spec.title.zh,
                    urn=rival.duty.expression,
                    clause=rival.duty.clause,
                    other=typeset(rival.duty.spec.quote),
                    score=round(finding.score, 2),
                )
            )
    found += _clauses(scene, {each.duty.expression for each in rivals}, told)
    return sorted(found, key=lambda each: not each.contradicts)


def _statement(key: str, spec: DutySpec, profiles: frozenset[int]) -> Statement:
    """Return a duty as it is compared; only what the document itself sets counts as a figure."""
    own = spec.deadline_basis == "clause"
    return Statement(
        key=key,
        text=spec.quote,
        bearers=profiles,
        strength=str(spec.strength),
        organ=spec.bearer.organ or "",
        recurrence=str(spec.recurrence) if own and spec.recurrence != "ONCE" else "",
    )


def _meet(drafted: Drafted, rival: Standing) -> bool:
    """Tell whether two duties can fall on the same bearer: place, registration and phase."""
    one, other = drafted.task, rival.task
    return (
        _overlap(one.registered, other.registered)
        and any(_overlap(a, b) for a in one.places for b in other.places)
        and not one.phases.isdisjoint(other.phases)
    )


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


_IN_FORCE = """
SELECT e.urn, c.address, c.text FROM directives_clause c
JOIN directives_expression e ON e.id = c.expression_id
WHERE e.urn = ANY(%s) AND c.kind = 'ITEM' ORDER BY e.urn, c.position
"""


def _clauses(scene: Scene, expressions: set[str], told: set[str]) -> Iterator[Clash]:
    """Yield clauses that say nearly word for word what one in force says, duties or not."""
    held = rows(_IN_FORCE, [sorted(expressions)])
    index = Index([Statement(str(n), row[2], _EVERYBODY) for n, row in enumerate(held)])
    for clause in scene.clauses:
        if clause.kind != "ITEM" or clause.address in told:
            continue
        if matter_of(clause.text).grams.total() < LONG_CLAUSE:
            continue
        near = index.nearest(Statement("", clause.text, _EVERYBODY), SAME_CLAUSE)
        if near is None:
            continue
        urn, address, text = held[int(near[0])]
        yield Clash(
            item=f"c{clause.key}",
            clause_here=clause.address,
            text=typeset(clause.text),
            contradicts=False,
            aspect=Aspect.TEXT,
            mine="",
            theirs="",
            duty_id=None,
            title="",
            urn=urn,
            clause=address,
            other=typeset(text),
            score=round(near[1], 2),
        )


def list_known(scene: Scene) -> list[Known]:
    """Return the fields of the draft's forms that the register or another report answers."""
    found: list[Known] = []
    rivals = scene.rivals
    asked = {
        each.task.key: [
            Asked(each.task.key, one.name, str(one.type), one.label.zh)
            for one in each.duty.spec.evidence.fields
        ]
        for each in rivals
    }
    by_key = {each.task.key: each for each in rivals}
    for drafted in scene.drafted:
        declared = drafted.draft.spec
        fields = (declared.get("evidence") or {}).get("fields") or ()
        others = [
            one
            for each in rivals
            if each.task.root != drafted.task.root and _answers(drafted, each)
            for one in asked[each.task.key]
        ]
        for field, mine in zip(fields, fields_of(drafted.task.key, declared), strict=True):
            fact = None
            if drafted.spec.bearer.kind is BearerKind.ORGANISATION:
                fact = held_by_register(field)
            if fact is not None:
                found.append(Known(drafted.task.key, drafted.spec.title.zh, mine.label, fact))
                continue
            same = asked_already(mine, others)
            if same is not None:
                rival = by_key[same.duty].duty
                found.append(
                    Known(
                        drafted.task.key,
                        drafted.spec.title.zh,
                        mine.label,
                        None,
                        rival.id,
                        rival.spec.title.zh,
                        same.label,
                    )
                )
    return found


def _answers(drafted: Drafted, rival: Standing) -> bool:
    """Tell whether another report comes from all the same bearers, and at least as often."""
    return (
        drafted.task.profiles <= rival.task.profiles
        and drafted.task.phases <= rival.task.phases
        and rival.duty.spec.recurrence.days <= drafted.spec.recurrence.days
        and _meet(drafted, rival)
    )
