"""Decide, from a seed alone, who reports when, what they write, and what the officer makes of it.

Pure: the same words give the same fate on every machine.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tongzhou.base.period import ZONE, Period, Recurrence
from tongzhou.modules.duties.public import DutySpec, EvidenceKind, FieldSpec, FieldType

RETURN_REASONS = (
    "方案未写明责任人和联系电话，请补充后重新报送。",
    "附件不清晰，无法辨认，请重新上传。",
    "填报日期与活动日期不一致，请核对。",
    "内容过于笼统，请写明具体措施和完成时间。",
)

#: What the personas' own organisation has in hand, so that each persona finds work: duty key to
#: decision, empty for nothing reported. The reason of a return is the last of RETURN_REASONS.
HOME: Mapping[str, str] = {
    "d222-plan": "",
    "d224-training": "",
    "d42-cover": "",
    "d211-agenda": "",
    "d231-review": "",
    "d12-embed": "return",
}

WORDS: Mapping[str, str] = {
    "plan": "已排查活动室、办公室通风和消毒情况，走廊堆物一处，责任到人，本周内清理完毕。",
    "opinion": "抽查了值班、消毒和人员登记记录，总体落实，个别记录不完整，已请秘书处补齐。",
    "work": "组织党员和志愿者协助社区开展劝导、代购药品和电话问候。",
    "situation": "机构运行平稳，入院人员登记、通风消毒按要求落实。",
    "support": "希望协调口罩和消毒用品的采购渠道。",
    "main": "会员企业反映原料运输不畅、用工返岗困难，希望协调通行证明。",
    "filing": "募捐备案编号见附件",
    "announcement": "本组织官方网站公告栏",
    "partner": "与具有公开募捐资格的慈善组织合作",
    "page": "本组织官方网站信息公开栏",
    "goods": "医用外科口罩、消毒液",
    "finding": "演练中发现应急联系人名单未更新，已当场更正。",
    "platform": "会员单位供需对接群",
    "problem": "跨区运输需要办理通行证明",
    "gap": "库房临时工作人员两名，已纳入排班登记。",
    "arrangement": "已转发文件并召开视频会议部署，明确分管领导和责任处室。",
    "summary": "结合本地实际细化分区分类措施，明确到人。",
    "practice": "建立社会组织分类联络机制，一个窗口收集诉求、当日回应。",
    "detail": "基层反映消毒用品采购困难，建议统一协调。",
    "leader": "分管副局长",
    "office": "社会组织管理处",
    "telephone": "见本机关门户网站公布的咨询电话",
    "link": "本机关门户网站“社会组织”栏目",
    "who": "某社区志愿服务队",
    "story": "连续三周为独居老人送药送餐，无一人遗漏。",
    "note": "无",
    "basis": "本地疫情防控指挥部通告",
}


def chance(*words: object) -> float:
    """Return a number in [0, 1) that depends on the words alone."""
    text = "/".join(str(word) for word in words)
    return zlib.crc32(zlib.crc32(text.encode()).to_bytes(4, "big") + text.encode()) / 2**32


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one obligation: when it is reported, when and how it is decided.

    ``reported_at`` None: silence. ``decision``: ``accept``, ``return``, ``mend`` (returned, then
    reported again and accepted) or empty (still in review).
    """

    reported_at: datetime | None
    decision: str = ""
    decided_at: datetime | None = None
    reason: str = ""


def diligence(seed: int, organisation: str, place: int) -> float:
    """Return how likely an organisation is to report at all, between 0.02 and 0.99."""
    drawn = chance(seed, organisation, "diligence")
    if drawn < 0.03:
        return 0.02
    if drawn < 0.12:
        return 0.45
    if drawn < 0.30:
        return 0.82
    slack = 0.06 * chance(seed, place, "district")
    return 0.985 - slack


def fate_of(
    *,
    seed: int,
    organisation: str,
    place: int,
    duty: str,
    spec: DutySpec,
    period: Period,
    now: datetime,
) -> Fate:
    """Return the fate of one obligation up to ``now``."""
    likely = diligence(seed, organisation, place)
    key = (seed, organisation, duty, period.start)
    if not spec.strength.can_be_overdue:
        likely *= 0.35
    if chance(*key, "reports") >= likely:
        return Fate(None)
    moment = _moment(key, spec, period)
    if moment > now:
        return Fate(None)
    if spec.evidence.kind in {EvidenceKind.ZERO_REPORT, EvidenceKind.STATEMENT}:
        return Fate(moment)
    decided = _evening(moment, 1 + int(chance(*key, "wait") * 4))
    if decided >= now or chance(*key, "reviewed") < 0.06:
        return Fate(moment)
    drawn = chance(*key, "decision")
    if drawn < 0.86:
        return Fate(moment, "accept", decided)
    reason = RETURN_REASONS[int(chance(*key, "reason") * len(RETURN_REASONS))]
    return Fate(moment, "mend" if drawn < 0.95 else "return", decided, reason)


def home_fate(fate: Fate, duty: str, period: Period, now: datetime) -> Fate:
    """Return the fate of one obligation of the personas' own organisation: HOME goes first."""
    wanted = HOME.get(duty)
    if wanted is None:
        return fate
    if not wanted:
        return Fate(None)
    reported = _evening(period.opens_at, 2)
    decided = _evening(reported, 3)
    return Fate(reported, wanted, decided, RETURN_REASONS[-1]) if decided < now else Fate(None)


def _moment(key: tuple[object, ...], spec: DutySpec, period: Period) -> datetime:
    """Return when the report comes: one of a few hours a day, mostly in time."""
    late = chance(*key, "late") < 0.05
    if spec.recurrence is Recurrence.DAILY:
        hour = 19 if late else (10, 10, 11, 15)[int(chance(*key, "hour") * 4)]
        return datetime.combine(period.start, datetime.min.time(), ZONE) + timedelta(
            hours=hour, minutes=30
        )
    opened = period.opens_at.astimezone(ZONE).date()
    last = period.due_on or opened + timedelta(days=10)
    length = max(1, (last - opened).days)
    days = (
        length + 1 + int(chance(*key, "days") * 4) if late else int(chance(*key, "days") * length)
    )
    day = opened + timedelta(days=days)
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(
        hours=(11, 16)[int(chance(*key, "hour") * 2)]
    )


def _evening(moment: datetime, days: int) -> datetime:
    day = moment.astimezone(ZONE).date() + timedelta(days=days)
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(hours=17, minutes=30)


def answers(
    seed: int, organisation: str, duty: str, spec: DutySpec, day: date
) -> dict[str, str | int | bool]:
    """Fill in the form of a duty as somebody plausible would."""
    filled: dict[str, str | int | bool] = {}
    for field in spec.evidence.fields:
        if field.when is not None and not _asked(field, filled):
            continue
        filled[field.name] = _answer(seed, organisation, duty, spec, field, day)
    return filled


def _asked(field: FieldSpec, filled: Mapping[str, object]) -> bool:
    condition = field.when
    if condition is None:
        return True
    value = filled.get(condition.field)
    if condition.above is not None:
        return isinstance(value, int) and value > condition.above
    return value == condition.equals


def _answer(
    seed: int, organisation: str, duty: str, spec: DutySpec, field: FieldSpec, day: date
) -> str | int | bool:
    drawn = chance(seed, organisation, duty, day, field.name)
    match field.type:
        case FieldType.NUMBER:
            low = field.min or 0
            if spec.evidence.kind is EvidenceKind.ZERO_REPORT:
                return low + (1 if drawn > 0.9995 else 0)
            top = min(field.max or 40, 40)
            return low + int(drawn * drawn * max(1, top - low))
        case FieldType.DATE:
            return day.isoformat()
        case FieldType.CHOICE:
            return field.choices[int(drawn * len(field.choices))].value
        case FieldType.YESNO:
            return True
        case _:
            text = WORDS.get(field.name, "已按要求落实，记录留存备查。")
            return text[: field.max] if field.max else text
