"""Bring the duties of a base into a compilation, and let a person decide about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.compiler.commands.bench import Bench
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    DutyDraft,
    DutyState,
    Kind,
    Origin,
    Question,
    Relation,
)
from tongzhou.modules.compiler.models import Compilation, WorkingClause, WorkingDuty
from tongzhou.modules.compiler.queries.bases import Base, get_base
from tongzhou.modules.compiler.queries.compilations import list_working_clauses, list_working_duties
from tongzhou.modules.compiler.rules import journal, working
from tongzhou.modules.compiler.rules.alignment import normalise
from tongzhou.modules.compiler.rules.carrying import (
    Carried,
    OldDuty,
    Outcome,
    carry,
    is_decided,
    match_clauses,
)
from tongzhou.modules.compiler.rules.refining import (
    refined_clauses,
    refined_duty,
    refined_spec,
)
from tongzhou.modules.compiler.rules.tree import clause_at
from tongzhou.modules.directives.public import Stretches

#: Codes of the questions that are asked here.
CARRY, ENDING, REFINE = "carry", "ending", "refine"
ASKED = frozenset({CARRY, ENDING, REFINE})
#: When a duty is due, as a declaration says it.
_TIMES = ("recurrence", "deadline")
#: From this share of its span on a proposal coincides with a duty that was carried over.
SAME_WORDS = 0.5


def carry_over(compilation_id: int) -> None:
    """Bring what is known of the base into a new amendment or supplement; NEW is left alone.

    Runs inside the command that made the compilation, once its clauses and proposals are stored.
    """
    row = Compilation.objects.select_for_update().get(pk=compilation_id)
    if row.base_id is None:
        return
    base = get_base(row.base_id, row.created_at)
    if row.kind == Kind.AMENDMENT:
        _Amendment(row, base).run()
    elif row.kind == Kind.SUPPLEMENT:
        _Supplement(row, base).run()


@dataclass(slots=True)
class _Work:
    """A compilation under the hands of :func:`carry_over`."""

    row: Compilation
    base: Base
    clauses: list[ClauseDraft] = field(init=False)
    proposals: list[DutyDraft] = field(init=False)
    stretches: Stretches = field(init=False)

    def __post_init__(self) -> None:
        self.clauses = list_working_clauses(self.row.pk)
        self.proposals = list_working_duties(self.row.pk)
        self.stretches = Stretches(self.row.source)

    def new_key(self) -> int:
        key = self.row.next_key
        self.row.next_key += 1
        return key

    def settle(self) -> None:
        """Take over what belongs to the base as a whole: groups, scope, response."""
        self.row.groups = {**self.row.groups, **self.base.groups}
        self.row.save(
            update_fields=[
                "groups", "scope_region", "scope_by", "response_id", "next_key", "head",
            ]
        )  # fmt: skip

    def store(self, duties: Iterable[DutyDraft]) -> None:
        """Write duties anew, whatever there was."""
        self.row.duties.all().delete()
        WorkingDuty.objects.bulk_create(
            WorkingDuty(compilation=self.row, key=each.key, **journal.duty_content(each))
            for each in duties
        )

    def find(self, words: str, clause: ClauseDraft) -> tuple[int, int] | None:
        """Return where words stand in a clause, None when they do not, or more than once."""
        found = self.stretches.find(words, clause.start, clause.end)
        return found[0] if len(found) == 1 else None


class _Amendment(_Work):
    """The next wording of the base: its duties live on where their sentences do."""

    __slots__ = ()

    def run(self) -> None:
        base, row = self.base, self.row
        issued = row.head.get("issued_on")
        if issued:
            row.head = {**row.head, "urn": f"{base.expression.work}@{issued}"}
        if base.scope_region is not None:
            row.scope_region, row.scope_by = base.scope_region, base.scope_by
            row.response_id = base.response_id or row.response_id
        matches = match_clauses(base.units, self.clauses)
        kept = [self._duty(each) for each in carry(base.duties, base.units, self.clauses, matches)]
        decided = {
            clause.key
            for number, clause in enumerate(self.clauses)
            if base.duties and is_decided(number, matches)
        }
        self.store([*_with_proposals(kept, self.proposals, self.clauses, decided)])
        self.settle()

    def _duty(self, each: Carried) -> DutyDraft:
        """Return a working duty for one of the base: carried, asked about, or at its end."""
        clause = next((one for one in self.clauses if one.key == each.clause), None)
        span = self.find(each.quote, clause) if clause is not None else None
        spec = {**each.duty.spec, "quote": each.duty.quote}
        spec.pop("clause", None)
        params = {"title": each.duty.title, "before": each.before, "after": each.after}
        if span is None:
            start = _last_before(self.clauses, self.base, each.duty.clause)
            question = Question(
                ENDING,
                "relation",
                "原条文已删去：请确认不再要求，或者选定新文本里的原文后沿用。",
                each.duty.quote,
                params,
            )
            return self._made(each.duty, (start, start), spec, DutyState.PROPOSED, (question,))
        spec["quote"] = working.quote_of(self.stretches.words, *span)
        if each.outcome is Outcome.CONTINUES:
            return self._made(each.duty, span, spec, DutyState.ACCEPTED, ())
        sentence = self.find(each.after, clause) if clause is not None else None
        after = working.quote_of(self.stretches.words, *sentence) if sentence else each.after
        question = Question(
            CARRY, "relation", "条文有改动：沿用、作为新任务，还是不再要求？", after, params
        )
        return self._made(each.duty, span, spec, DutyState.PROPOSED, (question,))

    def _made(
        self,
        duty: OldDuty,
        span: tuple[int, int],
        spec: dict[str, Any],
        state: DutyState,
        questions: tuple[Question, ...],
    ) -> DutyDraft:
        return DutyDraft(
            key=self.new_key(),
            start=span[0],
            end=span[1],
            state=state,
            origin=Origin.CARRIED,
            spec=spec,
            proposal={},
            questions=questions,
            relation=Relation.CONTINUES,
            root=duty.root,
        )


def _last_before(clauses: Sequence[ClauseDraft], base: Base, address: str) -> int:
    """Return where in the new text a removed clause would stand: behind what it followed."""
    order = [each.address for each in base.units]
    places = {each.address: each.start for each in clauses}
    at = order.index(address) if address in order else 0
    for before in reversed(order[:at]):
        if before in places:
            return places[before]
    return clauses[0].start if clauses else 0


def _with_proposals(
    kept: Sequence[DutyDraft],
    proposals: Sequence[DutyDraft],
    clauses: Sequence[ClauseDraft],
    decided: set[int],
) -> Iterable[DutyDraft]:
    """Return carried duties and what the parser proposes beside them.

    A proposal of the same words is told with the carried duty; one in a clause that did not change
    was decided with the old wording and stands as not taken up.
    """
    told: dict[int, DutyDraft] = {}
    for proposal in proposals:
        same = next((each for each in kept if _coincide(each, proposal)), None)
        if same is not None:
            told.setdefault(same.key, proposal)
            continue
        clause = clause_at(clauses, proposal.start)
        if clause is not None and clause.key in decided:
            # The reason is what the officer wrote, or would have: data of the compilation.
            yield working.reject(proposal, "条文没有改动，原来没有据此设任务。")
        else:
            yield proposal
    for each in kept:
        found = told.get(each.key)
        yield _retold(each, found) if found else each


def _retold(carried: DutyDraft, proposal: DutyDraft) -> DutyDraft:
    """Return a carried duty with what is proposed for its words.

    Where its sentence changed, a time that the old sentence gave gives way to one that the new
    sentence gives; what an officer set without words for it stays. A guide or title that only
    repeated the old sentence repeats the new one.
    """
    spec = {**carried.spec}
    if carried.questions:
        if spec.get("deadline_basis") == "clause":
            spec.update(_times_said(spec, proposal))
        guide = spec.get("guide") or {}
        old = str(carried.questions[0].params.get("before", ""))
        if proposal.spec.get("guide") and _bare(guide.get("zh", "")) == _bare(old):
            spec["guide"] = proposal.spec["guide"]
        title = _bare((spec.get("title") or {}).get("zh", ""))
        after = _bare(str(carried.questions[0].params.get("after", "")))
        if title in _bare(old) and title not in after and proposal.spec.get("title"):
            spec["title"] = proposal.spec["title"]
    return replace(carried, proposal=proposal.proposal, spec=spec)


def _times_said(spec: dict[str, Any], proposal: DutyDraft) -> dict[str, Any]:
    """Return the times that the words of a proposal give; all of them if it recurs otherwise."""
    said = [name for name in _TIMES if proposal.proposal.get(name)]
    if "recurrence" in said and proposal.spec.get("recurrence") != spec.get("recurrence"):
        said = list(_TIMES)
    return {name: proposal.spec[name] for name in said if proposal.spec.get(name)}


def _bare(words: str) -> str:
    return normalise(words).rstrip("。;!?")


def _coincide(carried: DutyDraft, proposal: DutyDraft) -> bool:
    shared = min(carried.end, proposal.end) - max(carried.start, proposal.start)
    shorter = min(carried.end - carried.start, proposal.end - proposal.start)
    return shared > 0 and shared >= SAME_WORDS * shorter


class _Supplement(_Work):
    """A lower text: its clauses refine upper ones, its duties tighten upper ones or are new."""

    __slots__ = ()

    def run(self) -> None:
        self.row.response_id = self.base.response_id or self.row.response_id
        if self.base.scope_by:
            self.row.scope_by = self.base.scope_by
        links = refined_clauses(self.base.units, self.clauses)
        self.clauses = [
            replace(each, refines=links.get(each.key, each.refines)) for each in self.clauses
        ]
        for each in self.clauses:
            if each.refines:
                WorkingClause.objects.filter(compilation=self.row, key=each.key).update(
                    refines=each.refines
                )
        self.store([self._duty(each) for each in self.proposals])
        self.settle()

    def _duty(self, proposal: DutyDraft) -> DutyDraft:
        clause = clause_at(self.clauses, proposal.start)
        bearer = proposal.spec.get("bearer") or {}
        whom = {name: bearer[name] for name in ("kind", "organ") if bearer.get(name)}
        upper = refined_duty(
            str(proposal.spec.get("quote", "")),
            clause.refines if clause is not None else "",
            self.base.duties,
            whom,
            str((proposal.spec.get("title") or {}).get("zh", "")),
        )
        if upper is None:
            return proposal
        question = Question(
            REFINE,
            "relation",
            "与上级的任务“%(title)s”是同一件事吗？收紧它，还是另外增加一项？",
            upper.quote,
            {"title": upper.title, "clause": upper.clause},
        )
        return replace(
            proposal,
            relation=Relation.REFINES,
            root=upper.root,
            questions=(*proposal.questions, question),
        )


@command("compiler.compilation.edit")
def relate_duty(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    key: int,
    revision: int,
    relation: str,
    root: int | None = None,
    idempotency_key: str | None = None,
) -> int:
    """Decide how a working duty stands to one of the base; return the number of the change.

    ``relation``: CONTINUES it (in an amendment), REFINES it (in a supplement), NEW, or END: it is
    not asked any more. ``root`` names the duty of the base, the one proposed if None. The question
    about it is answered with that, and a carried duty without other questions is accepted.
    """
    bench = Bench(actor, at, compilation_id)
    duty = bench.duty(key, revision)
    settled = replace(duty, questions=tuple(q for q in duty.questions if q.code not in ASKED))
    if relation == "END":
        # Data of the compilation: what an officer would write.
        decided = working.reject(settled, "不再要求。")
    elif relation == Relation.NEW:
        spec = {name: value for name, value in settled.spec.items() if name != "id"}
        decided = replace(settled, relation=Relation.NEW, root=None, spec=spec)
    else:
        decided = _related(bench, settled, relation, duty.root if root is None else root)
    carried = duty.origin is Origin.CARRIED and relation != "END"
    if carried and not decided.questions:
        decided = working.accept(decided)
    return bench.save("duty.relate", duties=[decided])


def _related(bench: Bench, duty: DutyDraft, relation: str, root: int | None) -> DutyDraft:
    """Return a duty that continues or refines one of the base."""
    wanted = {Kind.AMENDMENT: Relation.CONTINUES, Kind.SUPPLEMENT: Relation.REFINES}
    fitting = wanted.get(Kind(bench.row.kind))
    if fitting is None or relation != fitting or bench.row.base_id is None:
        raise Refusal(
            "这份分解稿里不能这样办：修订沿用原任务，补充收紧上级任务。",
            code="relation",
            field="relation",
        )
    upper = get_base(bench.row.base_id, bench.at).duty(root)
    if upper is None:
        raise Missing("原文件里没有这项任务。", code="root-missing")
    if duty.end <= duty.start:
        raise Refusal(
            "这项任务在新文本里还没有对应的原文。",
            code="relation-words",
            field="relation",
            way_out="请先在编辑页把它指到新文本的原文上，再选沿用；不再要求的，请选“不再要求”。",
        )
    if relation == Relation.CONTINUES:
        _check_free(bench, duty, upper)
        return replace(
            duty, relation=Relation.CONTINUES, root=upper.root, spec=_continued(duty, upper)
        )
    return replace(
        duty, relation=Relation.REFINES, root=upper.root, spec=refined_spec(duty.spec, upper.spec)
    )


def _check_free(bench: Bench, duty: DutyDraft, upper: OldDuty) -> None:
    """Refuse two duties that continue the same one: what was done would count twice."""
    for other in bench.duties:
        if (
            other.key != duty.key
            and other.relation is Relation.CONTINUES
            and other.root == upper.root
            and other.state is not DutyState.REJECTED
        ):
            raise Refusal(
                "原任务“%(title)s”已经由另一项任务沿用。",
                params={"title": upper.title},
                code="continued-twice",
                field="root",
                way_out="请把其中一项改为新任务。",
            )


def _continued(duty: DutyDraft, upper: OldDuty) -> dict[str, Any]:
    """Return the declaration of a duty that goes on: it keeps the name that it had."""
    return {**duty.spec, "id": upper.spec["id"]}
