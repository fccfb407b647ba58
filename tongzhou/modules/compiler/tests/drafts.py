"""A short notice with every kind of passage, as the parser reads it, for the pure tests."""

from datetime import UTC, date, datetime
from typing import Any

from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    CompilationRow,
    DutyDraft,
    DutyState,
    Head,
    Kind,
    Origin,
    State,
)
from tongzhou.modules.directives.public import Stretches, parse, passages

NOTICE = """关于做好假期安全工作的通知
粤民函〔2023〕7号

各地级以上市民政局，各全省性社会组织：
为做好假期安全工作，现通知如下：
一、加强值守
1.各社会组织要安排人员值班，每日16:00前向登记管理机关报告情况。
2.值班人员不得擅自离岗。
（1）确需离岗的，要提前报告。
（2）未经同意不得离岗。
二、及时报告
发生突发事件的，各社会组织要在两小时内报告。鼓励志愿服务组织参与值守。
三、加强监督
（一）各级民政部门要开展检查。
（二）对不落实的要通报。

附件：1.值班表

广东省民政厅
2023年1月6日
"""

SPEC: dict[str, Any] = {
    "title": {"zh": "安排人员值班"},
    "guide": {"zh": "排好值班表，每天有人在岗。"},
    "strength": "MUST",
    "bearer": {"kind": "ORGANISATION"},
    "phases": ["LEVEL_1", "NORMALISED"],
    "recurrence": "DAILY",
    "deadline": {"time": "16:00"},
    "deadline_basis": "clause",
    "evidence": {
        "kind": "REPORT",
        "fields": [
            {"name": "on_duty", "type": "number", "label": {"zh": "值班人数"}, "required": True,
             "min": 0},
        ],
    },
    "minutes": 5,
}  # fmt: skip


def stretches() -> Stretches:
    """Return the reader of the notice."""
    return Stretches(NOTICE)


def tree(source: str = NOTICE) -> list[ClauseDraft]:
    """Return the clauses of a text as the parser reads them."""
    return [
        ClauseDraft(
            key=number + 1,
            position=number,
            address=each.address,
            label=each.label,
            level=each.level,
            kind=each.kind,
            parent=None if each.parent is None else each.parent + 1,
            heading=each.heading,
            text=each.text,
            start=each.start,
            end=each.end,
        )
        for number, each in enumerate(passages(parse(source)))
    ]


def at(address: str, clauses: list[ClauseDraft] | None = None) -> ClauseDraft:
    """Return the clause with an address."""
    return next(each for each in clauses or tree() if each.address == address)


def duty(words: str, key: int = 900, **changes: Any) -> DutyDraft:
    """Return an accepted duty drawn from words of the notice."""
    reader = stretches()
    ((start, end),) = reader.find(words)
    spec = {**SPEC, "quote": "".join(words.split()), **changes.pop("spec", {})}
    given = {
        "state": DutyState.ACCEPTED,
        "origin": Origin.PARSER,
        "proposal": {"confidence": 0.9, "start": start, "end": end},
        **changes,
    }
    return DutyDraft(key=key, start=start, end=end, spec=spec, **given)


def row(**changes: Any) -> CompilationRow:
    """Return a compilation whose head is complete."""
    moment = datetime(2023, 1, 9, tzinfo=UTC)
    head = Head(
        title="关于做好假期安全工作的通知",
        doc_number="粤民函〔2023〕7号",
        issuer="广东省民政厅",
        issued_on=date(2023, 1, 6),
        urn="cn/gd/2023/7@2023-01-06",
    )
    given: dict[str, Any] = {
        "id": 1,
        "authority_id": 1,
        "authority": "广东省民政厅",
        "state": State.EDITING,
        "kind": Kind.NEW,
        "base_id": None,
        "head": head,
        "format": "txt",
        "original": None,
        "scope_region": 440000,
        "scope_by": "REGISTRATION",
        "response_id": None,
        "groups": {},
        "revision": 1,
        "created_at": moment,
        "creator": "林晓",
        "changed_at": moment,
        "changer": "林晓",
        "submitted_at": None,
        "submitter": "",
        "submitted_by": None,
        "signed_at": None,
        "signer": "",
        "return_reason": "",
        "expression_id": None,
        "library_id": None,
    }
    return CompilationRow(**{**given, **changes})
