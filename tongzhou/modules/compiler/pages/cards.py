"""Duty cards and clause rows as the editor draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    DutyState,
    Fault,
    Question,
    Relation,
)
from tongzhou.modules.compiler.pages import wording
from tongzhou.modules.compiler.pages.sheet import Reading, css_of, quote_pieces
from tongzhou.modules.compiler.rules.comparing import Piece, compare
from tongzhou.modules.compiler.rules.tree import ITEM, clause_at
from tongzhou.modules.compiler.rules.working import SURE, confidence_of

FILTERS = ("undecided", "doubt", "accepted", "rejected", "all")
_RELATIONS = {
    Relation.CONTINUES: "沿用原任务",
    Relation.REFINES: "收紧上级任务",
}
#: Questions about the base of an amendment or a supplement, and what may be answered.
_ANSWERS = {
    "carry": (("CONTINUES", "沿用"), ("NEW", "作为新任务"), ("END", "不再要求")),
    "ending": (("END", "不再要求"),),
    "refine": (("REFINES", "收紧它"), ("NEW", "另外增加")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on a card; ``answers`` are values and words of buttons beside “就按这样”.

    ``before`` and ``after`` are the sentence of the amended text and that of the new one.
    """

    code: str
    text: str
    words: str
    answers: tuple[tuple[str, str], ...] = ()
    keeps: bool = True
    shares: bool = False  # each of several bearers may get a duty of its own
    before: tuple[Piece, ...] = ()
    after: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """What was found, why, and by which words."""

    what: str
    why: str
    words: str


@dataclass(frozen=True, slots=True)
class Card:
    """A working duty as the editor shows it; ``ref`` names it and its revision in a form."""

    key: int
    ref: str
    state: str
    state_label: str
    strength: str
    title: str
    pieces: tuple[Reading, ...]
    bearer: str
    timing: str
    phases: str
    evidence: str
    sure: str
    doubtful: bool
    css: str
    relation: str = ""
    reason: str = ""
    questions: tuple[Asked, ...] = ()
    basis: tuple[Basis, ...] = ()
    faults: tuple[str, ...] = ()
    merge_ref: str = ""
    has_proposal: bool = False
    has_words: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """The cards of one clause; None for words that stand in no clause."""

    clause: ClauseDraft | None
    cards: list[Card] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return what the clause begins with."""
        return heading_of(self.clause) if self.clause else ""


def heading_of(clause: ClauseDraft) -> str:
    """Return the first words of a clause, its heading if it has one."""
    words = clause.heading or clause.text.partition("\n")[0]
    return f"{words[:28]}…" if len(words) > 28 else words


def is_doubtful(duty: DutyDraft) -> bool:
    """Tell whether a duty deserves a closer look: a question, or a proposal that is not sure."""
    confidence = confidence_of(duty)
    unsure = confidence is not None and confidence < SURE
    return bool(duty.questions) or (unsure and duty.state is DutyState.PROPOSED)


def is_shown(duty: DutyDraft, show: str, faulty: frozenset[str]) -> bool:
    """Tell whether a filter lets a duty through."""
    if show == "undecided":
        return duty.state is DutyState.PROPOSED
    if show == "doubt":
        return is_doubtful(duty) or f"d{duty.key}" in faulty
    if show == "accepted":
        return duty.state is DutyState.ACCEPTED
    if show == "rejected":
        return duty.state is DutyState.REJECTED
    return True


def fault_text(fault: Fault) -> str:
    """Return a fault as a finished sentence."""
    sentence = _(fault.text)
    return sentence % fault.params if fault.params else sentence


def faults_by_item(faults: Sequence[Fault]) -> dict[str, tuple[str, ...]]:
    """Return the sentences of faults by the item they belong to."""
    found: dict[str, tuple[str, ...]] = {}
    for each in faults:
        found[each.item] = (*found.get(each.item, ()), fault_text(each))
    return found


def asked(question: Question) -> Asked:
    """Return a question as a card asks it."""
    sentence = _(question.text)
    answers = _ANSWERS.get(question.code, ())
    changed = question.code == "carry" and question.params.get("before") and question.words
    before, after = compare(question.params["before"], question.words) if changed else ((), ())
    return Asked(
        code=question.code,
        text=sentence % question.params if question.params else sentence,
        words="" if changed else question.words,
        before=before,
        after=after,
        answers=tuple((value, _(label)) for value, label in answers),
        keeps=not answers,
        shares=question.code == "bearers-several",
    )


def card(
    duty: DutyDraft,
    source: str,
    row: CompilationRow,
    faults: Mapping[str, tuple[str, ...]],
    merge_with: DutyDraft | None = None,
) -> Card:
    """Return a duty as a card."""
    inside, basis = _reasons(duty)
    evidence = duty.spec.get("evidence")
    counted = not (isinstance(evidence, Mapping) and evidence.get("kind") == "NONE")
    return Card(
        key=duty.key,
        ref=f"{duty.key}:{duty.revision}",
        state=duty.state.lower(),
        state_label=_(wording.DUTY_STATES[duty.state]),
        strength=str(duty.spec.get("strength") or ""),
        title=wording.title_of(duty),
        pieces=tuple(quote_pieces(source, duty.start, duty.end, inside)),
        bearer=wording.bearer_text(duty.spec.get("bearer"), row.groups),
        timing=wording.timing_text(duty.spec) if counted else "",
        phases=wording.phases_text(duty.spec.get("phases")),
        evidence=wording.evidence_text(duty.spec),
        sure=wording.sure_text(confidence_of(duty), duty.origin),
        doubtful=is_doubtful(duty),
        css=css_of(duty),
        relation=_(_RELATIONS[duty.relation]) if duty.relation in _RELATIONS else "",
        reason=str(duty.spec.get("rejected") or ""),
        questions=tuple(map(asked, duty.questions)),
        basis=tuple(basis),
        faults=faults.get(f"d{duty.key}", ()) if duty.state is not DutyState.PROPOSED else (),
        merge_ref=f"{duty.key}:{duty.revision}:{merge_with.key}:{merge_with.revision}"
        if merge_with
        else "",
        has_proposal=bool(duty.proposal),
        has_words=duty.end > duty.start,
    )


def _reasons(duty: DutyDraft) -> tuple[list[tuple[int, int, str, str]], list[Basis]]:
    """Return the reasons inside the words of a duty, and all of them as a list."""
    inside: list[tuple[int, int, str, str]] = []
    basis: list[Basis] = []
    for each in duty.proposal.get("reasons") or ():
        finding, ground = str(each.get("finding")), str(each.get("ground"))
        what = _(wording.FINDINGS.get(finding, finding))
        why = _(wording.GROUNDS.get(ground, ground))
        words = str(each.get("text") or "")
        basis.append(Basis(what, why, words))
        start, end = int(each.get("start") or 0), int(each.get("end") or 0)
        if duty.start <= start < end <= duty.end:
            inside.append((start, end, what, f"tc-why--{finding}"))
    return inside, basis


def groups_of(
    shown: Sequence[DutyDraft],
    duties: Sequence[DutyDraft],
    clauses: Sequence[ClauseDraft],
    source: str,
    row: CompilationRow,
    faults: Mapping[str, tuple[str, ...]],
) -> list[Group]:
    """Return the cards of the shown duties under their clauses, in the order of the text."""
    neighbours = merge_neighbours(duties, clauses)
    groups: list[Group] = []
    for duty in shown:
        clause = clause_at(clauses, duty.start)
        if not groups or groups[-1].clause != clause:
            groups.append(Group(clause))
        groups[-1].cards.append(card(duty, source, row, faults, neighbours.get(duty.key)))
    return groups


def merge_neighbours(
    duties: Sequence[DutyDraft], clauses: Sequence[ClauseDraft]
) -> dict[int, DutyDraft]:
    """Return for each duty the next one in the same clause."""
    found: dict[int, DutyDraft] = {}
    for at, duty in enumerate(duties[:-1]):
        following = duties[at + 1]
        clause = clause_at(clauses, duty.start)
        if clause is not None and clause.start <= following.start < clause.end:
            found[duty.key] = following
    return found


@dataclass(frozen=True, slots=True)
class Row:
    """A clause as the tree shows it, with what is drawn from it."""

    clause: ClauseDraft
    ref: str
    kind_label: str
    text: str
    depth: int
    is_item: bool
    duties: int
    faults: tuple[str, ...] = ()


def rows_of(
    clauses: Sequence[ClauseDraft],
    duties: Sequence[DutyDraft],
    faults: Mapping[str, tuple[str, ...]],
) -> list[Row]:
    """Return the clauses as rows of a tree."""
    drawn: dict[int, int] = {}
    for duty in duties:
        if duty.state is not DutyState.REJECTED and (clause := clause_at(clauses, duty.start)):
            drawn[clause.key] = drawn.get(clause.key, 0) + 1
    depths: dict[int, int] = {}
    found = []
    for each in clauses:
        depth = depths.get(each.parent, -1) + 1 if each.parent is not None else 0
        depths[each.key] = depth
        rest = each.text[len(each.heading) :].strip() if each.heading else each.text
        found.append(
            Row(
                clause=each,
                ref=f"{each.key}:{each.revision}",
                kind_label="" if each.kind == ITEM else _(wording.PASSAGES[each.kind]),
                text=f"{rest[:160]}…" if len(rest) > 160 else rest,
                depth=min(depth, 6),
                is_item=each.kind == ITEM,
                duties=drawn.get(each.key, 0),
                faults=faults.get(f"c{each.key}", ()),
            )
        )
    return found
