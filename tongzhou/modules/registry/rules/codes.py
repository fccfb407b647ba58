"""Explain in a sentence what is wrong with a credit code or an internal number."""

from __future__ import annotations

from tongzhou.base.identifiers import CodeFault, CodeReason

_REASONS: dict[CodeReason, tuple[str, str]] = {
    CodeReason.EMPTY: ("没有填写。", "请按登记证书填写18位统一社会信用代码。"),
    CodeReason.LENGTH: (
        "应为%(expected)s位，这里是%(found)s位。",
        "请对照登记证书补全或者删去多余的字符。",
    ),
    CodeReason.ALPHABET: ("第%(position)s位“%(found)s”不能用在这里。", "请对照登记证书改正。"),
    CodeReason.CLASS: (
        "以“%(found)s”开头，与登记形式不符，应以“%(expected)s”开头。",
        "请核对登记形式；51为社会团体，52为社会服务机构，53为基金会。",
    ),
    CodeReason.REGION: (
        "第3至8位“%(found)s”不是该登记管理机关的区划代码“%(expected)s”。",
        "请核对登记管理机关；登记机关后来变更过的，请在“登记管理机关曾变更”列填“是”。",
    ),
    CodeReason.INNER_CHECK: (
        "主体标识码校验不符：第17位应为“%(expected)s”，这里是“%(found)s”。",
        "第9至17位中有抄错的字符，请对照登记证书改正。",
    ),
    CodeReason.OUTER_CHECK: (
        "校验码不符：最后一位应为“%(expected)s”，这里是“%(found)s”。",
        "代码中有抄错的字符，请对照登记证书改正。",
    ),
}
_LOOKALIKE = (
    "第%(position)s位“%(found)s”不在代码字符中（不用I、O、Z、S、V），可能是“%(expected)s”。"
)


def code_reason(fault: CodeFault) -> tuple[str, str, dict[str, str | int]]:
    """Return reason, way out and their parameters for a fault of a code, in Chinese msgids."""
    reason, way_out = _REASONS[fault.reason]
    if fault.reason is CodeReason.ALPHABET and fault.expected:
        reason = _LOOKALIKE
    return (
        reason,
        way_out,
        {"position": fault.position, "found": fault.found, "expected": fault.expected},
    )
