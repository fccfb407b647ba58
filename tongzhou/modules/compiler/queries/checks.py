"""Everything that keeps a compilation from being submitted or signed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import get_language, gettext

from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    Fault,
    Kind,
    Relation,
    State,
)
from tongzhou.modules.compiler.queries.bases import Base, get_base
from tongzhou.modules.compiler.queries.compilations import (
    get_compilation,
    list_working_clauses,
    list_working_duties,
)
from tongzhou.modules.compiler.queries.scene import ruling_of
from tongzhou.modules.compiler.rules.body import accepted, library_body
from tongzhou.modules.compiler.rules.faults import faults_of
from tongzhou.modules.compiler.rules.term import term_of
from tongzhou.modules.directives.public import find_expression
from tongzhou.modules.duties.public import (
    Ruling,
    check_quotes,
    duties_of,
    loosening_faults_of,
    parse_library,
)
from tongzhou.modules.registry.public import span
from tongzhou.modules.response.public import list_responses

HEAD = "head"


def list_faults(actor: Actor, compilation_id: int, at: datetime) -> list[Fault]:
    """Return every fault, those that an officer can mend in the editor first.

    A text without duties may be signed as a text, so that is none. One that was signed has none.
    """
    row = get_compilation(actor, compilation_id)
    if row.state is State.SIGNED:
        return []
    clauses, duties = list_working_clauses(row.id), list_working_duties(row.id)
    base = get_base(row.base_id, at) if row.base_id is not None else None
    found = [
        each
        for each in list_item_faults(row, clauses, duties, at, base)
        if (each.item, each.field) != (HEAD, "duties")
    ]
    found += _address(row.head.urn, row.kind, base)
    low, high = span(row.scope_region)
    if not (actor.governs(low) and actor.governs(high)):
        found.append(Fault(HEAD, "scope_region", "适用范围超出本机关的管辖区域。"))
    if row.response_id is not None and row.response_id not in {r.id for r in list_responses()}:
        found.append(Fault(HEAD, "response_id", "所选的应急响应已经不存在。"))
    begin, end = term_of(row.head, at)
    if end is not None and end <= begin:
        found.append(Fault(HEAD, "expires_on", "有效期在签发之前已经截止。"))
    if row.kind is Kind.AMENDMENT and base is not None:
        found += _issuer(actor, base)
    if found or not accepted(duties):
        return found
    try:
        library = parse_library(library_body(row, clauses, duties), name=row.head.urn)
        check_quotes(library, {each.address: each.text for each in clauses})
    except Refusal as refusal:
        return [Fault(HEAD, "library", refusal.message, dict(refusal.params))]
    return []


def list_item_faults(
    row: CompilationRow,
    clauses: Sequence[ClauseDraft],
    duties: Sequence[DutyDraft],
    at: datetime,
    base: Base | None = None,
) -> list[Fault]:
    """Return what an officer can mend in the editor, at the item where it is mended.

    ``base`` is read when it is not given.
    """
    found = faults_of(row, clauses, duties)
    if row.kind is Kind.SUPPLEMENT and row.base_id is not None:
        found += _loosenings(row, clauses, duties, base or get_base(row.base_id, at))
    return found


def fault_text(fault: Fault) -> str:
    """Return a fault as a finished sentence."""
    sentence = gettext(fault.text)
    return sentence % fault.params if fault.params else sentence


def _address(urn: str, kind: Kind, base: Base | None) -> Iterator[Fault]:
    """Check that the address is free, and belongs to the directive that is amended."""
    work = urn.partition("@")[0]
    if kind is Kind.AMENDMENT and base is not None:
        if work != base.expression.work:
            yield Fault(
                HEAD,
                "urn",
                "修订文本的文件地址应为“%(work)s@成文日期”。",
                {"work": base.expression.work},
            )
            return
        if base.expression.repealed_at is not None:
            yield Fault(HEAD, "base", "原文件已经废止，不能再修订。")
    if find_expression(urn) is not None:
        yield Fault(HEAD, "urn", "文件地址“%(urn)s”已经有一份文件。", {"urn": urn})
    elif kind is not Kind.AMENDMENT and rows(
        "SELECT 1 FROM directives_directive WHERE urn = %s", [work]
    ):
        yield Fault(
            HEAD,
            "urn",
            "“%(work)s”已经有一份文件；这若是它的修订文本，请从那份文件开始修订，否则请换一个地址。",
            {"work": work},
        )


def check_amends(actor: Actor, expression_id: int, at: datetime) -> None:
    """Raise Refusal where the actor may not amend an expression, before any work goes into it."""
    for fault in _issuer(actor, get_base(expression_id, at)):
        raise Refusal(
            fault.text,
            params=fault.params,
            code="amend-issuer",
            way_out="请到那份文件的页面，选“补充细化”。",
        )


_RANGE = """
SELECT r.id, r.high FROM registry_authority a JOIN registry_region r ON r.id = a.region_id
WHERE a.id = %s
"""


def _issuer(actor: Actor, base: Base) -> Iterator[Fault]:
    """Only who issued a text, or stands above it, amends it."""
    if actor.is_system or (
        actor.authority_id is not None and actor.authority_id == base.authority_id
    ):
        return
    if base.authority_id is not None:
        found = rows(_RANGE, [base.authority_id])
        low, high = found[0] if found else span(0)
    else:
        # Loaded with the installation: whoever governs all it binds stands in for the issuer.
        low, high = span(base.scope_region or 0)
    if not (actor.governs(low) and actor.governs(high)):
        yield Fault(
            HEAD,
            "base",
            "“%(title)s”由%(issuer)s发布，只能由发文机关或其上级修订；本机关可以发布补充。",
            {"title": base.expression.title, "issuer": base.expression.issuer},
        )


def _loosenings(
    row: CompilationRow, clauses: Sequence[ClauseDraft], duties: Sequence[DutyDraft], base: Base
) -> Iterator[Fault]:
    """Yield where accepted duties loosen what they refine, the upper clause named.

    Each is read by itself, so that one that is not written to its end hides nothing of another.
    """
    language = get_language() or "zh"
    uppers = {each.id: each for each in duties_of(base.library_id)} if base.library_id else {}
    for draft in accepted(duties):
        upper = uppers.get(draft.root) if draft.root is not None else None
        if upper is None or draft.relation is not Relation.REFINES:
            continue
        body = library_body(row, clauses, [draft])
        try:
            library = parse_library(
                {**body, "expression": base.expression.urn}, name=base.expression.urn
            )
        except Refusal:
            continue  # what it lacks is a fault of its own
        lower = Ruling(library.duties[0], library.scope, library.groups)
        for fault in loosening_faults_of(ruling_of(upper), lower):
            yield Fault(
                f"d{draft.key}",
                fault.field,
                "放松了上级第 %(clause)s 条的要求：%(reason)s。只能收紧，不能放松。",
                {"clause": upper.clause, "reason": fault.text.of(language)},
            )
