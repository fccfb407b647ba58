"""Say what keeps a compilation from being submitted: every fault at its item and field.

Nothing here knows the register's vocabulary; the ``duties`` module checks that when it reads the
library. What is found here is what an officer can mend in the editor.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from tongzhou.base.strength import Strength
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    DutyState,
    Fault,
    Head,
)
from tongzhou.modules.compiler.rules.body import accepted, duty_id
from tongzhou.modules.compiler.rules.tree import clause_at

HEAD = "head"
LONGEST_TITLE = 30
_URN = re.compile(r"cn(/[a-z0-9]+(-[a-z0-9]+)*){2,4}@(\d{4}-\d{2}-\d{2})")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LIMITS = {"title": 300, "doc_number": 80, "issuer": 200, "source_note": 300}


def faults_of(
    row: CompilationRow, clauses: Sequence[ClauseDraft], duties: Sequence[DutyDraft]
) -> list[Fault]:
    """Return what is missing or wrong, the head first, then in the order of the text."""
    return [
        *_head(row.head),
        *_groups(row.groups),
        *_whole(clauses, duties),
        *_duties(row, clauses, duties),
    ]


def _head(head: Head) -> Iterator[Fault]:
    for field, text in (
        ("title", "还没有标题。"),
        ("issuer", "还没有发文机关。"),
        ("urn", "还没有文件地址。"),
    ):
        if not getattr(head, field).strip():
            yield Fault(HEAD, field, text)
    if head.issued_on is None:
        yield Fault(HEAD, "issued_on", "还没有成文日期。")
    for field, limit in _LIMITS.items():
        if len(getattr(head, field)) > limit:
            yield Fault(HEAD, field, "最多 %(limit)d 个字。", {"limit": limit})
    if head.urn.strip():
        yield from _urn(head)
    if head.effective_on and head.expires_on and head.expires_on < head.effective_on:
        yield Fault(HEAD, "expires_on", "有效期截止在施行之前。")


def _urn(head: Head) -> Iterator[Fault]:
    found = _URN.fullmatch(head.urn)
    try:
        day = date.fromisoformat(found[3]) if found else None
    except ValueError:
        day = None
    if day is None:
        yield Fault(HEAD, "urn", "文件地址写法不对：应为 cn/机关/年/号@成文日期。")
    elif head.issued_on is not None and day != head.issued_on:
        yield Fault(HEAD, "urn", "文件地址里的日期与成文日期不同。")


def _groups(groups: Mapping[str, Any]) -> Iterator[Fault]:
    for code, body in groups.items():
        body = body if isinstance(body, Mapping) else {}
        label = _zh(body.get("label"))
        named = {"name": label or code}
        if not label:
            yield Fault(HEAD, f"groups.{code}", "分组“%(name)s”还没有名称。", named)
        chosen = bool(body.get("any_of") or body.get("forms"))
        if bool(body.get("residual")) == chosen:
            yield Fault(
                HEAD,
                f"groups.{code}",
                "分组“%(name)s”应选属性或登记形式，或者设为“其他”，二者必居其一。",
                named,
            )


def _whole(clauses: Sequence[ClauseDraft], duties: Sequence[DutyDraft]) -> Iterator[Fault]:
    if not clauses:
        yield Fault(HEAD, "clauses", "还没有任何条款。")
    for each in clauses:
        if not each.text.strip() and not each.heading.strip():
            yield Fault(f"c{each.key}", "text", "这一条没有文字。")
    undecided = [each for each in duties if each.state is DutyState.PROPOSED]
    if undecided:
        yield Fault(
            f"d{undecided[0].key}",
            "state",
            "还有 %(count)d 项任务没有决定采纳还是不采纳。",
            {"count": len(undecided)},
        )
    if not accepted(duties) and not undecided:
        yield Fault(HEAD, "duties", "还没有采纳任何任务。")


def _duties(
    row: CompilationRow, clauses: Sequence[ClauseDraft], duties: Sequence[DutyDraft]
) -> Iterator[Fault]:
    chosen = accepted(duties)
    ids = Counter(map(duty_id, chosen))
    texts: dict[str, str] = {}
    for duty in chosen:
        item = f"d{duty.key}"
        for question in duty.questions:
            yield Fault(item, question.field, question.text, dict(question.params))
        name = duty_id(duty)
        if not _ID.fullmatch(name):
            yield Fault(item, "id", "任务代码只能用小写字母、数字和连字符。")
        if ids[name] > 1:
            yield Fault(
                item,
                "id",
                "任务代码“%(id)s”有 %(count)d 项任务在用。",
                {
                    "id": name,
                    "count": ids[name],
                },
            )
        yield from _words(item, duty, clauses, texts)
        yield from spec_faults(item, duty.spec, row.groups)


def _words(
    item: str, duty: DutyDraft, clauses: Sequence[ClauseDraft], texts: dict[str, str]
) -> Iterator[Fault]:
    """Check that what a duty quotes stands in its clause, and only once."""
    clause = clause_at(clauses, duty.start)
    if clause is None:
        yield Fault(item, "quote", "任务的原文不在任何一条里。")
        return
    if clause.address not in texts:
        texts[clause.address] = "".join(clause.text.split())
    text = texts[clause.address]
    quote = duty.spec.get("quote") or ""
    found = text.count(quote) if quote else 0
    if found != 1:
        yield Fault(
            item,
            "quote",
            "任务的原文在第 %(address)s 条里出现 %(count)d 次，应恰好 1 次。",
            {"address": clause.address, "count": found},
        )
    for field in ("phase_words", "cites"):
        words = duty.spec.get(field) or ""
        if words and words not in text:
            yield Fault(
                item,
                field,
                "第 %(address)s 条里没有“%(words)s”这些字。",
                {"address": clause.address, "words": words},
            )


def spec_faults(item: str, spec: Mapping[str, Any], groups: Mapping[str, Any]) -> Iterator[Fault]:
    """Return what a declaration lacks, or says twice in different ways."""
    title = _zh(spec.get("title"))
    if not title:
        yield Fault(item, "title", "还没有任务名称。")
    elif len(title) > LONGEST_TITLE:
        yield Fault(item, "title", "任务名称最多 %(limit)d 个字。", {"limit": LONGEST_TITLE})
    if not _zh(spec.get("guide")):
        yield Fault(item, "guide", "还没有写明怎么做。")
    if spec.get("strength") not in set(Strength):
        yield Fault(item, "strength", "还没有选约束力。")
    if not spec.get("phases"):
        yield Fault(item, "phases", "还没有选适用的阶段。")
    yield from _bearer(item, spec.get("bearer"), groups)
    yield from _evidence(item, spec)
    yield from _deadline(item, spec)


def _bearer(item: str, bearer: Any, groups: Mapping[str, Any]) -> Iterator[Fault]:
    bearer = bearer if isinstance(bearer, Mapping) else {}
    if bearer.get("kind") not in ("ORGANISATION", "AUTHORITY"):
        yield Fault(item, "bearer", "还没有选由谁承担。")
    for code in bearer.get("groups") or ():
        if code not in groups:
            yield Fault(item, "groups", "没有分组“%(code)s”。", {"code": str(code)})


def _evidence(item: str, spec: Mapping[str, Any]) -> Iterator[Fault]:
    evidence = spec.get("evidence")
    evidence = evidence if isinstance(evidence, Mapping) else {}
    kind = evidence.get("kind")
    fields = evidence.get("fields") or []
    files = evidence.get("files") or {}
    if kind not in ("REPORT", "ZERO_REPORT", "STATEMENT", "NONE"):
        yield Fault(item, "evidence", "还没有选要什么佐证。")
        return
    timed = spec.get("recurrence", "ONCE") != "ONCE" or bool(spec.get("deadline"))
    if kind == "NONE":
        if timed:
            yield Fault(item, "evidence", "不需要报送的任务不设频次和期限。")
        if spec.get("minutes"):
            yield Fault(item, "minutes", "不需要报送的任务不占用时间。")
        if fields or files.get("max"):
            yield Fault(item, "evidence", "不需要报送的任务不设表单和附件。")
        return
    if not spec.get("minutes"):
        yield Fault(item, "minutes", "还没有估计报送一次要用几分钟。")
    if kind == "REPORT" and not fields and not files.get("min"):
        yield Fault(item, "evidence", "报告至少要有一个填写项或一个附件；只要确认的，选“确认”。")
    if kind == "ZERO_REPORT":
        if spec.get("recurrence", "ONCE") == "ONCE":
            yield Fault(item, "recurrence", "零报告须定期报送，不能只报一次。")
        if not any(map(_states_zero, fields)):
            yield Fault(item, "evidence", "零报告至少要有一个必填、最小值为 0 的数字项。")


def _states_zero(field: Mapping[str, Any]) -> bool:
    return (
        field.get("type") == "number"
        and bool(field.get("required"))
        and field.get("min") == 0
        and not field.get("when")
    )


def _deadline(item: str, spec: Mapping[str, Any]) -> Iterator[Fault]:
    deadline = spec.get("deadline")
    recurrence = spec.get("recurrence", "ONCE")
    if not deadline:
        return
    if spec.get("strength") in (Strength.MAY, Strength.BEST_EFFORT, Strength.EXHORT):
        yield Fault(item, "deadline", "只有“必须”和“不得”会逾期，其他力度的任务不设期限。")
    timed = "time" in deadline and "on" not in deadline
    if "on" in deadline and recurrence != "ONCE":
        yield Fault(item, "deadline", "只有一次性的任务可以定在某一天。")
    elif timed != (recurrence == "DAILY"):
        yield Fault(item, "deadline", "每日的任务定几点前，其他的任务定几天内。")


def _zh(text: Any) -> str:
    """Return the Chinese of a text in two languages."""
    if isinstance(text, Mapping):
        text = text.get("zh")
    return text.strip() if isinstance(text, str) else ""
