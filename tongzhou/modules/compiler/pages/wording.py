"""Say what a declaration holds, complete or not, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tongzhou.kernel import clock
from tongzhou.modules.compiler.contracts import (
    ChangeRow,
    DutyDraft,
    DutyState,
    Kind,
    Origin,
    State,
)
from tongzhou.modules.compiler.rules.working import LIKELY, SURE
from tongzhou.modules.duties.public import (
    LEVELS,
    ORGANS,
    PHASES,
    Recurrence,
    Strength,
    Text,
)

STATES = {
    State.EDITING: "编辑中",
    State.SUBMITTED: "待签发",
    State.SIGNED: "已签发",
    State.DISCARDED: "已作废",
}
KINDS = {Kind.NEW: "新文件", Kind.AMENDMENT: "修订文本", Kind.SUPPLEMENT: "补充细化"}
DUTY_STATES = {
    DutyState.PROPOSED: "待定",
    DutyState.ACCEPTED: "已采纳",
    DutyState.REJECTED: "不采纳",
}
PASSAGES = {
    "ITEM": "条款",
    "COVER": "正文（来函）",
    "PREAMBLE": "前言",
    "NOTE": "附件说明",
    "SIGNATURE": "落款",
    "HEADING": "附件标题",
    "ANNEX": "附件内容",
    "FOOTER": "文尾",
}
FINDINGS = {
    "strength": "约束力",
    "bearers": "承担者",
    "recurrence": "频次",
    "deadline": "期限",
    "phase": "阶段",
    "cites": "引用",
    "evidence": "佐证",
    "attributes": "属性",
}
GROUNDS = {
    "words": "原句写明",
    "mood": "祈使语气",
    "carried": "承前一句",
    "heading": "看标题",
    "addressees": "看主送",
    "title": "看文件标题",
    "issuer": "看发文机关",
}
EVIDENCE = {
    "REPORT": "填报",
    "ZERO_REPORT": "零报告",
    "STATEMENT": "确认",
    "NONE": "不需要报送",
}
ACTIONS = {
    "duty.accept": "采纳任务",
    "duty.reject": "不采纳任务",
    "duty.reopen": "重新考虑任务",
    "duty.accept-sure": "采纳有把握的任务",
    "duty.answer": "回答问题",
    "duty.edit": "修改任务",
    "duty.point": "改换任务的原文",
    "duty.split": "拆分任务",
    "duty.share": "按承担者分开",
    "duty.merge": "合并任务",
    "duty.add": "新增任务",
    "duty.reset": "恢复提议",
    "duty.relate": "与原任务的关系",
    "clause.edit": "修改条款",
    "clause.in": "条款降一级",
    "clause.out": "条款升一级",
    "clause.split": "拆分条款",
    "clause.merge": "并入上一条",
    "clause.add": "新增条款",
    "head.edit": "修改文件信息",
    "scope.edit": "修改范围与施行",
    "groups.edit": "修改分组",
    "undo": "撤销改动",
    "discard": "作废",
    "restore": "恢复",
    "submit": "送审",
    "recall": "撤回",
    "send-back": "退回修改",
    "sign": "签发",
}


def both(text: Any) -> str:
    """Return a text of a declaration in the reader's language, Chinese where there is no other."""
    if isinstance(text, Text):
        return text.of(get_language() or "")
    if isinstance(text, Mapping):
        zh, en = str(text.get("zh") or ""), str(text.get("en") or "")
        return Text(zh, en).of(get_language() or "") if en else zh
    return str(text or "")


def bearer_text(bearer: Any, groups: Mapping[str, Any]) -> str:
    """Return who owes a duty: “行业协会商会、慈善组织 · 党组织”."""
    if not isinstance(bearer, Mapping) or not bearer.get("kind"):
        return ""
    if bearer["kind"] == "AUTHORITY":
        levels = [both(LEVELS[code]) for code in bearer.get("levels") or () if code in LEVELS]
        whole = _("登记管理机关")
        return f"{_('、').join(levels)} · {whole}" if levels else whole
    named = [
        both((groups.get(code) or {}).get("label")) or str(code)
        for code in bearer.get("groups") or ()
    ]
    parts = [_("、").join(named) if named else _("全部社会组织")]
    organ = ORGANS.get(str(bearer.get("organ") or ""))
    if organ is not None:
        parts.append(both(organ))
    return " · ".join(parts)


def timing_text(spec: Mapping[str, Any]) -> str:
    """Return how often and by when: “每日 · 16:00 前”."""
    parts: list[str] = []
    recurrence = spec.get("recurrence") or "ONCE"
    if recurrence in set(Recurrence):
        parts.append(_(Recurrence(recurrence).label))
    deadline = spec.get("deadline")
    if isinstance(deadline, Mapping):
        parts.append(deadline_text(deadline))
    return " · ".join(filter(None, parts))


def deadline_text(deadline: Mapping[str, Any]) -> str:
    """Return a deadline in words."""
    if "on" in deadline:
        return _("%(day)s 前") % {
            "day": " ".join(filter(None, (deadline["on"], deadline.get("time"))))
        }
    if "time" in deadline:
        return _("%(day)s 前") % {"day": deadline["time"]}
    if "workdays" in deadline:
        count = int(deadline["workdays"])
        return ngettext("%(count)d 个工作日内", "%(count)d 个工作日内", count) % {"count": count}
    count = int(deadline.get("days") or 0)
    return ngettext("%(count)d 天内", "%(count)d 天内", count) % {"count": count}


def phases_text(phases: Any) -> str:
    """Return the phases in which a duty binds."""
    known = [code for code in PHASES if code in (phases or ())]
    if known == [code for code in PHASES if code != "ENDED"]:
        return _("响应期间各阶段")
    return _("、").join(both(PHASES[code]) for code in known)


def evidence_text(spec: Mapping[str, Any]) -> str:
    """Return what proves a duty done, and how long that takes."""
    evidence = spec.get("evidence")
    kind = str(evidence.get("kind") or "") if isinstance(evidence, Mapping) else ""
    if kind not in EVIDENCE:
        return ""
    words = _(EVIDENCE[kind])
    if spec.get("minutes"):
        count = int(spec["minutes"])
        words += " · " + ngettext("约 %(count)d 分钟", "约 %(count)d 分钟", count) % {
            "count": count
        }
    return words


def sure_text(confidence: float | None, origin: Origin) -> str:
    """Return how sure a proposal is, in words and as a figure; else where a duty comes from."""
    if origin is Origin.CARRIED:
        return _("来自原文本")
    if confidence is None:
        return _("手工添加")
    if confidence >= SURE:
        word = _("有把握")
    elif confidence >= LIKELY:
        word = _("大致有把握")
    else:
        word = _("拿不准")
    return f"{word} {confidence * 100:.0f}%"


def strength_text(code: str) -> str:
    """Return the strength of a duty in words."""
    return _(Strength(code).label) if code in set(Strength) else ""


def duty_state_text(code: str) -> str:
    """Return what was decided about a duty, in words."""
    return _(DUTY_STATES[DutyState(code)]) if code in set(DutyState) else code


def title_of(duty: DutyDraft) -> str:
    """Return what a duty is called."""
    return both(duty.spec.get("title")) or str(duty.spec.get("quote") or "")[:30]


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago something was: “2 分钟前”; the date for what is older than a day."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return _("刚刚")
    if minutes < 60:
        return ngettext("%(count)d 分钟前", "%(count)d 分钟前", minutes) % {"count": minutes}
    if minutes < 24 * 60:
        hours = minutes // 60
        return ngettext("%(count)d 小时前", "%(count)d 小时前", hours) % {"count": hours}
    return f"{at.astimezone(clock.PLACE):%Y-%m-%d %H:%M}"


def item_text(item: str, name: str) -> str:
    """Return what was touched: “第 3.8 条”, “任务‘…’” or the document itself."""
    if item.startswith("c"):
        return _("第 %(address)s 条") % {"address": name or "—"}
    if item.startswith("d"):
        return _("任务“%(title)s”") % {"title": name or "—"}
    return _("文件信息")


def change_text(change: ChangeRow) -> str:
    """Return what a change did, in one line."""
    action = _(ACTIONS.get(change.action, change.action))
    touched = [item_text(item, name) for item, name in change.items.items()]
    if not touched:
        return action
    if len(touched) > 3:
        more = ngettext("等 %(count)d 项", "等 %(count)d 项", len(touched)) % {
            "count": len(touched)
        }
        return f"{action}{_('：')}{_('、').join(touched[:2])} {more}"
    return f"{action}{_('：')}{_('、').join(touched)}"
