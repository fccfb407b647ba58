"""Answer a question with clauses: which sentence says it, who is bound, whether it is in force.

Only sentences of documents are shown. When none speaks of enough of what was asked, the nearest
are given as such.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from tongzhou.kernel.access import Actor
from tongzhou.modules.directives.public import (
    ClauseView,
    DocumentFacts,
    DocumentFilter,
    clause_views,
    count_all,
    count_clauses,
    document_facts,
    find_clauses,
    narrow,
    questions,
    seeking,
)
from tongzhou.modules.duties.contracts import FORMS, ORGANS, BearerKind
from tongzhou.modules.duties.queries.duty_search import DutyFilter, duties_at, find_duties
from tongzhou.modules.duties.queries.force import DutyRow, Ground, get_version, library_of
from tongzhou.modules.duties.queries.search import binding_versions, clause_ids, is_in_force

#: Answers given, and nearest clauses when there is none.
MOST, NEAREST = 5, 3
#: Clauses that are measured, and those that one step of the search may add.
MEASURED, STEP = 160, 80
COUNTED = 2_000
#: What a document that binds no more loses.
PAST = 0.3
#: An answer this much behind the best one is no longer shown.
BEHIND = 0.35
#: Characters of a quote by which its place is found; errata may change the rest.
QUOTED = 12
_FRAME = frozenset({"NOTE", "SIGNATURE", "HEADING", "FOOTER"})


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a clause; in what ``answers`` the words that were found are marked."""

    pieces: tuple[seeking.Piece, ...]
    answers: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A clause that answers, its text in parts, and the duties drawn from what answers.

    ``ours``: one of the duties binds the asker now.
    """

    document: DocumentFacts
    clause: ClauseView
    measured: questions.Measured
    duties: tuple[tuple[DutyRow, bool], ...]
    parts: tuple[Part, ...]
    ours: bool

    @property
    def is_in_force(self) -> bool:
        """Tell whether the document binds."""
        return self.document.status == "FORCE"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was understood, and what answers it; ``direct`` is False for clauses merely near."""

    question: questions.Question
    direct: bool
    rows: tuple[Answer, ...]
    unknown: tuple[str, ...]


def ask(text: str, actor: Actor, at: datetime) -> Answers:
    """Answer a question in plain Chinese; never refuses what was typed.

    ``unknown`` of the result are the words that stand in no document.
    """
    question = questions.understand(text)
    rarity = _rarity(question.things)
    things: list[questions.Thing] = []
    for each in question.things:
        inner = () if rarity.knows(each) else questions.parts(each)
        things.extend(inner or [each])
    rarity = _rarity(things)
    things = [each for each in things if rarity.knows(each) or not each.guessed]
    question = replace(question, things=tuple(things))
    held = [each for each in things if rarity.knows(each)]
    unknown = tuple(each.word for each in things if each not in held)
    candidates = _candidates(sorted(held, key=lambda each: -rarity.whole(each)), at)
    mine = binding_versions(actor, at) if question.ours else frozenset()
    found = _measured(question, rarity, candidates, mine, at)
    direct = [each for each in found if each.measured.is_direct]
    if direct:
        best = direct[0].measured.score
        kept = [each for each in direct if each.measured.score >= best - BEHIND]
        return Answers(question, True, tuple(kept[:MOST]), unknown)
    near = [each for each in found if each.measured.matches]
    return Answers(question, False, tuple(near[:NEAREST]), unknown)


def _rarity(things: Iterable[questions.Thing]) -> questions.Rarity:
    words = {word: seeking.Term(word).query for each in things for word in each.forms}
    return questions.Rarity(count_clauses(words, cap=COUNTED), count_all())


def _candidates(things: list[questions.Thing], at: datetime) -> list[tuple[int, str]]:
    """Return clauses by expression and address: those that speak of all things, then of fewer."""
    found: dict[tuple[int, str], None] = {}
    steps: list[list[questions.Thing]] = [things]
    if len(things) > 2:
        steps += [[t for t in things if t is not out] for out in reversed(things)]
    steps += [[*things[:count]] for count in range(len(things) - 1, 0, -1)]
    steps += [[each] for each in things[1:]]
    asked = set()
    for step in steps:
        query = " & ".join(each.query for each in step)
        if not query or query in asked:
            continue
        asked.add(query)
        clauses = find_clauses(query, DocumentFilter(), at, cap=STEP)
        duties = find_duties(query, DocumentFilter(), DutyFilter(), at, cap=STEP)
        found |= dict.fromkeys((each.expression_id, each.address) for each in clauses.rows)
        found |= dict.fromkeys((each.expression_id, each.clause) for each in duties.rows)
        if len(found) >= MEASURED:
            break
    return list(found)


def _measured(
    question: questions.Question,
    rarity: questions.Rarity,
    candidates: list[tuple[int, str]],
    mine: frozenset[int],
    at: datetime,
) -> list[Answer]:
    """Return the candidates with how well they answer, the best first."""
    ground = Ground(at)
    drawn: dict[tuple[int, str], list[DutyRow]] = {}
    for each in duties_at(candidates, at):
        drawn.setdefault((each.expression_id, each.clause), []).append(get_version(each.version_id))
    views = clause_views(clause_ids(candidates).values())
    facts = document_facts((view.expression_id for view in views.values()), at)
    made = []
    for view in views.values():
        if view.is_heading or view.kind in _FRAME:
            continue
        duties = drawn.get((view.expression_id, view.address), [])
        document = facts[view.expression_id]
        measured = questions.measure(
            question,
            rarity,
            text=view.text,
            above=view.above,
            drawn=[_drawn(each, view.text) for each in duties],
            binds=document.status == "FORCE",
            ours=any(each.version_id in mine for each in duties),
        )
        made.append((view, document, duties, measured))
    made.sort(key=lambda each: (-_standing(each[1], each[3]), each[0].id))
    return [_answer(*each, mine, ground) for each in made[: 2 * MOST]]


def _standing(document: DocumentFacts, measured: questions.Measured) -> float:
    past = document.status in {"AMENDED", "EXPIRED", "REPEALED"}
    return measured.score - PAST * past


def _drawn(duty: DutyRow, text: str) -> questions.Drawn:
    """Return a duty as the rules measure it, with the stretch of the clause it is drawn from."""
    spec = duty.spec
    bearer = spec.bearer
    groups = library_of(duty.library_id).groups
    named = [groups[code].label.zh for code in bearer.groups if code in groups]
    if bearer.kind is BearerKind.AUTHORITY:
        named.append(FORMS["AUTHORITY"].zh)
    elif bearer.organ:
        named.append(ORGANS[bearer.organ].zh)
    quote = narrow("".join(spec.quote.split()))
    place = narrow(text).find(quote[:QUOTED])
    return questions.Drawn(
        start=max(place, 0),
        end=place + len(quote) if place >= 0 else 0,
        words="。".join([spec.title.zh, spec.guide.zh, *named]),
        everybody=bearer.kind is BearerKind.ORGANISATION and not named,
    )


def _answer(
    view: ClauseView,
    document: DocumentFacts,
    duties: list[DutyRow],
    measured: questions.Measured,
    mine: frozenset[int],
    ground: Ground,
) -> Answer:
    said = [
        duty
        for duty in duties
        for drawn in [_drawn(duty, view.text)]
        if any(drawn.start < end and start < drawn.end for start, end in measured.spans)
    ]
    spots = questions.marks(view.text, measured.matches)
    return Answer(
        document=document,
        clause=view,
        measured=measured,
        duties=tuple((each, is_in_force(each, ground)) for each in said),
        parts=tuple(_parts(view.text, measured.spans, spots)),
        ours=any(each.version_id in mine for each in said),
    )


def _parts(
    text: str, spans: Iterable[tuple[int, int]], spots: list[tuple[int, int]]
) -> Iterator[Part]:
    """Yield a clause's text in parts: sentences that answer, their words marked, and the rest."""
    at = 0
    for start, end in spans:
        if start > at:
            yield Part((seeking.Piece(text[at:start]),), answers=False)
        yield Part(tuple(seeking.cut_marked(text, start, end, spots)), answers=True)
        at = end
    if at < len(text):
        yield Part((seeking.Piece(text[at:]),), answers=False)
