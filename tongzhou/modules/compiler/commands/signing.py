"""Sign a compilation: text, duties and enforcement come into being in one transaction.

The second person is not a formality: whoever drafted or submitted a text does not sign it
(《党政机关公文处理工作条例》 art. 20 and 22: it is checked, then signed by who answers for it).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.kernel import audit, events
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.compiler.commands.bench import lock
from tongzhou.modules.compiler.commands.submission import note_act
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    Kind,
    Relation,
    State,
)
from tongzhou.modules.compiler.models import Compilation
from tongzhou.modules.compiler.queries.bases import Base, get_base
from tongzhou.modules.compiler.queries.checks import fault_text, list_faults
from tongzhou.modules.compiler.queries.compilations import (
    list_working_clauses,
    list_working_duties,
    row_of,
)
from tongzhou.modules.compiler.queries.frozen import doers_of
from tongzhou.modules.compiler.rules.body import accepted, duty_id, library_body
from tongzhou.modules.compiler.rules.term import term_of
from tongzhou.modules.compiler.workflow import COMPILATION
from tongzhou.modules.directives.public import (
    DocumentKind,
    Passage,
    Wording,
    find_expression,
    load_directive,
)
from tongzhou.modules.duties.public import end_expression, enforce_library, load_library

RULE = "《党政机关公文处理工作条例》第二十条、第二十二条"
#: What a signature carries out besides itself.
_CARRIED = frozenset({"directives.directive.load", "duties.library.load", "duties.library.enforce"})


@command("compiler.compilation.sign")
def sign_compilation(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    seen: int,
    idempotency_key: str | None = None,
) -> int:
    """Sign a submitted compilation; return the id of the expression that it became.

    ``seen`` is the number of the submission that was read: Conflict when it was recalled and
    submitted again since, or when somebody else signed first. Refusal for who began or submitted
    it or whose changes stand, and for whatever the world no longer allows. Either everything is
    done or nothing: the text, its duties, and their enforcement under the response that was chosen.
    """
    row = lock(actor, compilation_id, states=set(State))
    if row.state == State.SIGNED:
        raise Conflict(
            "%(who)s 已经签发了这份文件。",
            params={"who": row.signer.partition(" · ")[0]},
            code="already-signed",
        )
    signed = COMPILATION.step(row.state, "sign")
    submission = row.changes.filter(action="submit").order_by("-seq").first()
    if submission is None or submission.seq != seen:
        raise Conflict(
            "这份分解稿撤回后又重新送审过，您看到的不是这一次送审的内容。",
            code="stale",
            way_out="请刷新页面，看过这一次送审的内容再签发。",
        )
    _check_second_person(actor, row)
    _check_faults(actor, compilation_id, at)
    made = _Signature(actor, at, row)
    with transaction.atomic():
        made.run()
    row.state = signed
    row.signed_at, row.signed_by, row.signer = at, actor.user_id, actor.label[:200]
    row.expression_id, row.library_id = made.expression_id, made.library_id
    row.save(
        update_fields=["state", "signed_at", "signed_by", "signer", "expression_id", "library_id"]
    )
    note_act(row, actor, at, "sign")
    audit.note(
        target=f"compilation/{row.pk}",
        clause=row.head["urn"],
        expression=made.expression_id,
        library=made.library_id,
        enforcement=made.enforcement_id,
    )
    events.publish(
        "compiler.compilation.signed",
        compilation_id=row.pk,
        expression_id=made.expression_id,
        library_id=made.library_id,
    )
    return made.expression_id


def _check_second_person(actor: Actor, row: Compilation) -> None:
    """Refuse who began or submitted it, or whose hand is in what stands, in whatever assignment."""
    if actor.user_id is not None and actor.user_id in doers_of(row.pk):
        raise Refusal(
            "拟稿、修改、送审的人不能自己签发，须由本机关另一位有签发权限的同志办理。",
            code="same-person",
            clause=RULE,
            way_out="请由没有改过这份稿子的领导或监管干部签发；"
            "只改过几处的，退回后撤销自己的改动，由拟稿人来改，再送审。",
        )


def _check_faults(actor: Actor, compilation_id: int, at: datetime) -> None:
    """Refuse what could be submitted but no longer fits the world."""
    faults = list_faults(actor, compilation_id, at)
    if faults:
        raise Refusal(
            "送审之后情况有变，现在不能签发：%(first)s",
            params={"first": fault_text(faults[0])},
            code="compilation-faults",
            way_out="请退回修改。",
            faults={each.item + "." + each.field: fault_text(each) for each in faults},
        )


class _Signature:
    """What one signature makes."""

    def __init__(self, actor: Actor, at: datetime, row: Compilation) -> None:
        self.actor = replace(actor, permissions=actor.permissions | _CARRIED)
        self.at, self.row = at, row
        self.draft: CompilationRow = row_of(row)
        self.clauses: list[ClauseDraft] = list_working_clauses(row.pk)
        self.duties: list[DutyDraft] = list_working_duties(row.pk)
        self.base: Base | None = get_base(row.base_id, at) if row.base_id is not None else None
        self.expression_id = 0
        self.library_id: int | None = None
        self.enforcement_id: int | None = None

    def run(self) -> None:
        """Keep the text, then its duties, then put them in force."""
        head = self.draft.head
        if find_expression(head.urn) is not None:
            raise Conflict(
                "文件地址“%(urn)s”已经有一份文件。",
                params={"urn": head.urn},
                code="directive-exists",
                field="urn",
                way_out="请退回修改，换一个地址；如是修订，请从那份文件开始修订。",
            )
        self.expression_id = load_directive(
            actor=self.actor,
            at=self.at,
            urn=head.urn,
            text=self.row.source,
            source_note=head.source_note,
            title=head.title,
            doc_number=head.doc_number,
            issuer=head.issuer,
            wording=self._wording(),
        )
        if not accepted(self.duties):
            self._end_base()
            return
        body = library_body(self.draft, self.clauses, self.duties)
        self.library_id = load_library(
            actor=self.actor,
            at=self.at,
            name=head.urn,
            body=body,
            continues=self._roots(Relation.CONTINUES),
            refines=self._roots(Relation.REFINES),
        )
        if self.draft.response_id is not None:
            self._enforce(self.draft.response_id)

    def _wording(self) -> Wording:
        head, base = self.draft.head, self.draft.base_id
        return Wording(
            passages=passages_of(self.clauses),
            kind=DocumentKind(head.kind),
            recipients=head.recipients,
            effective_on=head.effective_on,
            expires_on=head.expires_on,
            format=self.draft.format,
            original=self.row.original,
            previous_id=base if self.draft.kind is Kind.AMENDMENT else None,
            supplements_id=base if self.draft.kind is Kind.SUPPLEMENT else None,
        )

    def _roots(self, relation: Relation) -> dict[str, int]:
        """Return the duties of the library that continue or refine one, by their ids there."""
        return {
            duty_id(each): each.root
            for each in accepted(self.duties)
            if each.relation is relation and each.root is not None
        }

    def _enforce(self, response_id: int) -> None:
        """Put the library in force from its day on; the base's ends in the same instant."""
        assert self.library_id is not None
        begin, end = term_of(self.draft.head, self.at)
        self.enforcement_id = enforce_library(
            actor=self.actor,
            at=self.at,
            library_id=self.library_id,
            response_id=response_id,
            decided_by=self.draft.authority,
            replaces=self._replaced(),
            from_at=begin,
            until=end,
        )

    def _replaced(self) -> tuple[int, ...]:
        """Return the library that an amendment takes the place of, if it is in force."""
        base = self.base
        if self.draft.kind is not Kind.AMENDMENT or base is None or base.response_id is None:
            return ()
        return (base.library_id,) if base.library_id is not None else ()

    def _end_base(self) -> None:
        """End the duties of a wording that is amended to a text without any."""
        if self._replaced() and self.base is not None:
            end_expression(self.base.expression.urn, term_of(self.draft.head, self.at)[0])


def passages_of(clauses: Sequence[ClauseDraft]) -> tuple[Passage, ...]:
    """Return the corrected tree as a directive keeps it."""
    places = {each.key: number for number, each in enumerate(clauses)}
    return tuple(
        Passage(
            address=each.address,
            label=each.label,
            level=each.level,
            kind=each.kind,
            parent=places.get(each.parent) if each.parent is not None else None,
            text=each.text,
            start=each.start,
            end=each.end,
            heading=each.heading,
            refines=each.refines,
        )
        for each in clauses
    )
