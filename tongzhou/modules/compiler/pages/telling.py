"""What promulgation says in words and shapes, the same on every page about it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tongzhou.kernel.templatetags.ui_shapes import moment
from tongzhou.modules.compiler import queries
from tongzhou.modules.compiler.contracts import CompilationRow, Fault, Kind
from tongzhou.modules.compiler.pages import wording
from tongzhou.modules.compiler.queries.changes import ClauseChange, DutyChange
from tongzhou.modules.compiler.queries.checks import fault_text
from tongzhou.modules.compiler.queries.clashes import Clash, Known
from tongzhou.modules.compiler.queries.preview import CAP, Preview
from tongzhou.modules.compiler.rules.alignment import Fate
from tongzhou.modules.compiler.rules.comparing import compare
from tongzhou.modules.compiler.rules.similarity import Aspect
from tongzhou.modules.compiler.rules.term import term_of
from tongzhou.modules.compiler.rules.tree import LETTERS, clause_at
from tongzhou.modules.directives.public import find_expression
from tongzhou.modules.duties.public import PHASES, Recurrence

FATES = {
    Fate.UNCHANGED: "未变",
    Fate.MOVED: "移动",
    Fate.CHANGED: "修改",
    Fate.ADDED: "新增",
    Fate.REMOVED: "删去",
    Fate.SPLIT: "拆分",
    Fate.MERGED: "合并",
}
#: The kinds of row that the comparison draws.
_KINDS = {
    Fate.UNCHANGED: "same",
    Fate.MOVED: "same",
    Fate.ADDED: "added",
    Fate.REMOVED: "removed",
}
ASPECTS = {
    Aspect.STRENGTH: "一个要做，一个不要做",
    Aspect.RECURRENCE: "频次不同",
    Aspect.DEADLINE: "期限不同",
    Aspect.NUMBER: "数字不同",
}
OUTCOMES = {"CONTINUES": "沿用", "NEW": "新增", "ENDS": "不再要求", "REFINES": "收紧"}
FIELDS = {
    "strength": "约束力",
    "bearer": "承担者",
    "phases": "适用阶段",
    "recurrence": "频次",
    "deadline": "期限",
    "evidence": "佐证",
    "place": "适用地区",
    "minutes": "用时",
}
COMPARED = {
    "organisations": "涉及的社会组织",
    "authorities": "涉及的登记管理机关",
    "now": "按现在的响应级别就要办的社会组织",
    "over": "每周填报超过 30 分钟的社会组织",
    "repeats": "与现行要求重复",
    "contradictions": "与现行要求矛盾",
    "known": "已有记录的填写项",
}
#: Passages outside the numbering by the letter of their address.
_PASSAGES = {letter: kind for kind, letter in LETTERS.items() if letter} | {"0": "COVER"}
#: Where a fault of the head is mended.
_PLACES = {
    "scope_region": "compiler:scope",
    "scope_by": "compiler:scope",
    "response_id": "compiler:scope",
    "effective_on": "compiler:scope",
    "expires_on": "compiler:scope",
    "clauses": "compiler:clauses",
    "duties": "compiler:editor",
    "library": "compiler:editor",
}


def act_text(preview: Preview, at: datetime) -> str:
    """Return in one sentence what signing does: who receives what, from when."""
    row = preview.row
    if not preview.duties and preview.undecided:
        return _("还没有采纳任何任务，谁会收到任务还算不出来。")
    if not preview.duties and preview.accepted:
        return _("采纳的任务里还有要改的，改好以后才算得出谁会收到任务。")
    if not preview.duties:
        return _("签发后，这份文件作为文本公布，不产生任务。")
    counted = sum(each.counted for each in preview.duties)
    if row.response_id is None:
        return _(
            "签发后，文本和 %(count)s 项任务存入系统；没有选定应急响应，不施行，谁也不会收到任务。"
        ) % {"count": len(preview.duties)}
    begin, end = term_of(row.head, at)
    words = _(
        "签发后，%(organisations)s 家社会组织、%(authorities)s 个登记管理机关从%(moment)s起收到"
        " %(count)s 项任务，其中 %(counted)s 项要报送。"
    ) % {
        "organisations": f"{preview.organisations:,}",
        "authorities": f"{preview.authorities:,}",
        "moment": _("签发时") if begin <= at else moment(begin),
        "count": len(preview.duties),
        "counted": counted,
    }
    if begin <= at and preview.organisations_now < preview.organisations:
        words += _(
            "按现在的响应级别，%(organisations)s 家社会组织、%(authorities)s 个机关马上要办。"
        ) % {
            "organisations": f"{preview.organisations_now:,}",
            "authorities": f"{preview.authorities_now:,}",
        }
    if end is not None:
        words += _("到%(moment)s自行失效。") % {"moment": moment(end)}
    return words


def lineage_text(preview: Preview) -> str:
    """Return how many duties an amendment carries on, adds and ends; empty for other texts."""
    row = preview.row
    counts = {
        relation: sum(each.relation == relation for each in preview.duties)
        for relation in ("NEW", "CONTINUES", "REFINES")
    }
    if row.kind is Kind.AMENDMENT:
        waiting = sum(not each.decided for each in preview.endings)
        if row.response_id is None:
            return _("原文本继续施行，直到新文本施行为止。")
        words = _(
            "原文本同时由它替代：沿用 %(kept)s 项任务，新增 %(new)s 项，不再要求 %(gone)s 项。"
        ) % {
            "kept": counts["CONTINUES"],
            "new": counts["NEW"],
            "gone": len(preview.endings) - waiting,
        }
        if waiting:
            words += _("还有 %(count)s 项原任务没有决定。") % {"count": waiting}
        return words
    if row.kind is Kind.SUPPLEMENT and preview.duties:
        return _("在上级文件之下：收紧 %(kept)s 项任务，新增 %(new)s 项。") % {
            "kept": counts["REFINES"],
            "new": counts["NEW"],
        }
    return ""


def faults(row: CompilationRow, found: Sequence[Fault]) -> list[dict[str, str]]:
    """Return faults as the error summary lists them: of which item, and the way to mend it."""
    names = _item_names(row) if any(each.item != "head" for each in found) else {}
    return [
        {
            "message": names.get(each.item, "") * (each.field != "state") + fault_text(each),
            "href": fault_url(row, each),
        }
        for each in found
    ]


def _item_names(row: CompilationRow) -> dict[str, str]:
    """Return what introduces a fault of each clause and duty: “第 3.8 条“……”：”."""
    clauses = queries.list_working_clauses(row.id)
    names = {
        f"c{each.key}": _("第 %(address)s 条：") % {"address": each.address} for each in clauses
    }
    for duty in queries.list_working_duties(row.id):
        clause = clause_at(clauses, duty.start)
        names[f"d{duty.key}"] = _("第 %(address)s 条“%(title)s”：") % {
            "address": clause.address if clause else "—",
            "title": wording.title_of(duty),
        }
    return names


def fault_url(row: CompilationRow, fault: Fault) -> str:
    """Return where a fault is mended."""
    if fault.item.startswith("d"):
        return reverse("compiler:duty", args=[row.id, int(fault.item[1:])])
    if fault.item.startswith("c"):
        return reverse("compiler:clauses", args=[row.id]) + f"#{fault.item}"
    field = fault.field.partition(".")[0]
    name = "compiler:scope" if field == "groups" else _PLACES.get(field, "compiler:head")
    return reverse(name, args=[row.id])


def reached_url(row: CompilationRow, **wanted: object) -> str:
    """Return the list behind a number of the preview."""
    query = urlencode({name: value for name, value in wanted.items() if value not in ("", None)})
    return reverse("compiler:reached", args=[row.id]) + (f"?{query}" if query else "")


def phase_rows(preview: Preview) -> list[dict[str, Any]]:
    """Return the minutes of each phase, before and after."""
    return [
        {
            "label": phase_label(each.phase),
            "holds": each.holds,
            "duties": each.duties,
            "average": _pair(each.before.average.weekly, each.after.average.weekly),
            "most": _pair(each.before.most.weekly, each.after.most.weekly),
            "once": {**_pair(each.before.average.once, each.after.average.once), "over": False},
            "alone": round(each.alone.most.weekly),
            "over": each.after.over,
            "over_before": each.before.over,
            "over_url": reached_url(preview.row, over=each.phase) if each.after.over else "",
            "heavy": each.after.most.weekly > CAP,
        }
        for each in preview.phases
    ]


def _pair(before: float, after: float) -> dict[str, Any]:
    return {
        "before": round(before),
        "after": round(after),
        "same": round(before) == round(after),
        "over": after > CAP,
    }


def phase_label(phase: str) -> str:
    """Return a phase in the reader's language, empty when there is no such phase."""
    if phase not in PHASES:
        return ""
    return PHASES[phase].of(get_language() or "zh")


def clash_rows(preview: Preview) -> list[dict[str, Any]]:
    """Return repeats and contradictions side by side, each side with its link."""
    found = []
    for each in preview.clashes:
        left, right = compare(each.text, each.other)
        expression = find_expression(each.urn)
        found.append(
            {
                "contradicts": each.contradicts,
                "kind": _("矛盾") if each.contradicts else _("重复"),
                "why": _why(each),
                "mine": left,
                "theirs": right,
                "mine_url": _item_url(preview.row, each.item),
                "clause_here": each.clause_here,
                "title": each.title,
                "source": expression.title if expression else each.urn,
                "clause": each.clause,
                "source_url": (
                    reverse("duties:directive-read", args=[expression.id]) + f"#{each.clause}"
                    if expression
                    else ""
                ),
                "duty_url": (
                    reverse("duties:duty", args=[each.duty_id]) if each.duty_id is not None else ""
                ),
            }
        )
    return found


def _why(clash: Clash) -> str:
    if not clash.contradicts:
        return ""
    words = _(ASPECTS.get(clash.aspect, "要求不同"))
    if clash.aspect is Aspect.RECURRENCE:
        mine, theirs = (_(Recurrence(code).label) for code in (clash.mine, clash.theirs))
        return f"{words}{_('：')}{mine} / {theirs}"
    if clash.mine and clash.theirs:
        return f"{words}{_('：')}{clash.mine} / {clash.theirs}"
    return words


def _item_url(row: CompilationRow, item: str) -> str:
    if item.startswith("d"):
        return reverse("compiler:duty", args=[row.id, int(item[1:])])
    return reverse("compiler:clauses", args=[row.id]) + f"#{item}"


def known_rows(row: CompilationRow, known: Iterable[Known]) -> list[dict[str, str]]:
    """Return the fields whose answer somebody holds, with the advice not to ask."""
    english = (get_language() or "").startswith("en")
    found = []
    for each in known:
        if each.fact is not None:
            name = each.fact.en if english else each.fact.zh
            by = _("登记信息（%(name)s）") % {"name": name}
            url = ""
        else:
            by = _("任务“%(title)s”的“%(label)s”") % {
                "title": each.title,
                "label": each.other_label,
            }
            url = reverse("duties:duty", args=[each.duty_id])
        found.append(
            {
                "duty": each.duty,
                "duty_url": _item_url(row, each.item),
                "label": each.label,
                "by": by,
                "url": url,
            }
        )
    return found


def diff_rows(
    changes: Iterable[ClauseChange], shown: frozenset[Fate] | None = None
) -> list[dict[str, Any]]:
    """Return clauses as the comparison draws them; ``shown`` keeps some fates."""
    return [
        {
            "kind": _KINDS.get(each.fate, "changed"),
            "fate": _(FATES[each.fate]),
            "address": _addresses(each),
            "anchor": (each.new or each.old)[0],
            "before": each.before,
            "after": each.after,
        }
        for each in changes
        if shown is None or each.fate in shown
    ]


def _addresses(change: ClauseChange) -> str:
    old = _("、").join(map(address_text, change.old))
    new = _("、").join(map(address_text, change.new))
    if not old or not new or old == new:
        return new or old
    return f"{old} → {new}"


def address_text(address: str) -> str:
    """Return a clause's number, or what a passage outside the numbering is."""
    kind = _PASSAGES.get(address[:1]) if address[:1].isalpha() or address == "0" else None
    return _(wording.PASSAGES[kind]) if kind else address


def duty_rows(changes: Iterable[DutyChange]) -> list[dict[str, Any]]:
    """Return what became of the duties, with what was reported on them so far."""
    return [
        {
            "outcome": _(OUTCOMES[each.outcome]),
            "code": each.outcome,
            "title": each.title,
            "clause": each.clause,
            "url": reverse("duties:duty", args=[each.root]),
            "changed": _("、").join(_(FIELDS[name]) for name in each.changed),
            "work": work_text(each.outcome, each.reports),
        }
        for each in changes
    ]


def work_text(outcome: str, reports: int | None) -> str:
    """Return what happens to reports that were made; empty where there is nothing to say."""
    if reports is None:
        return ""
    if outcome == "ENDS":
        words = ngettext("已报 %(count)s 份，留作记录", "已报 %(count)s 份，留作记录", reports)
    else:
        words = ngettext("已报 %(count)s 份，沿用", "已报 %(count)s 份，沿用", reports)
    return words % {"count": f"{reports:,}"}
