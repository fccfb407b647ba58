"""Keep out of a compilation what no duty library could hold, complete or not."""

from collections.abc import Mapping
from typing import Any

from tongzhou.base.errors import Refusal
from tongzhou.modules.compiler.rules.body import DECLARED
from tongzhou.modules.duties.public import parse_library

#: Characters of a declaration as JSON; the longest form anybody fills in is a tenth of that.
LARGEST_SPEC = 60_000
_FILLED: dict[str, Any] = {
    "title": {"zh": "任务"},  # data: stands for what is not written yet
    "guide": {"zh": "做法"},  # data: stands for what is not written yet
    "strength": "MUST",
    "bearer": {"kind": "ORGANISATION"},
    "phases": ["LEVEL_1"],
}
_PROBE = {
    "expression": "cn/x/1@2000-01-01",
    "version": 1,
    "scope": {"region": 0, "by": "REGISTRATION"},
}


def check_spec(spec: Mapping[str, Any], groups: Mapping[str, Any]) -> dict[str, Any]:
    """Return a declaration with empty parts left out; Refusal for a part that is malformed.

    What is missing is no fault here: it can be written later.
    """
    unknown = sorted(set(spec) - set(DECLARED))
    if unknown or len(repr(spec)) > LARGEST_SPEC:
        raise Refusal(
            "任务里有不认识的内容：%(names)s。",
            params={"names": "、".join(unknown)[:80] or "…"},
            code="duty-spec",
            field="spec",
        )
    given = {key: value for key, value in spec.items() if value not in (None, "", {}, [])}
    duty = {**_FILLED, **given, "id": "d1", "clause": "1", "quote": "原文"}  # data: a stand-in
    timed = duty.keys() & {"recurrence", "deadline"}
    if timed:
        duty.setdefault("deadline_basis", "setting")
    if "evidence" not in given:
        duty["evidence"] = {"kind": "STATEMENT"} if timed else {"kind": "NONE"}
    if not isinstance(duty["evidence"], Mapping) or duty["evidence"].get("kind") != "NONE":
        duty["minutes"] = given.get("minutes") or 1
    _parse({**_PROBE, "groups": _placed(groups), "duties": [duty]}, "declaration")
    return given


def check_groups(groups: Mapping[str, Any]) -> dict[str, Any]:
    """Return groups by code; Refusal for one that is malformed."""
    duty = {**_FILLED, "id": "d1", "clause": "1", "quote": "原文", "evidence": {"kind": "NONE"}}
    _parse({**_PROBE, "groups": _placed(groups), "duties": [duty]}, "groups")
    return {code: dict(body) for code, body in groups.items()}


def _placed(groups: Mapping[str, Any]) -> dict[str, Any]:
    return {
        code: {**body, "clause": "1"} if isinstance(body, Mapping) else body
        for code, body in groups.items()
    }


def _parse(body: dict[str, Any], name: str) -> None:
    try:
        parse_library(body, name=name, digest="")
    except Refusal as refusal:
        raise Refusal(
            "这样写不成一项任务：%(reason)s。",
            params={"reason": refusal.params.get("reason", "")},
            code="duty-spec",
            field=next(iter(refusal.faults), "spec"),
            way_out="请改正后再保存；没想好的可以先空着。",
        ) from refusal
