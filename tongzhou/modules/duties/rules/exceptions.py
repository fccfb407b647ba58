"""What an exception may be: leave not to do a duty, or to do it later, on a legal basis."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tongzhou.base.errors import Refusal
from tongzhou.base.period import Recurrence, local_day
from tongzhou.base.strength import Strength
from tongzhou.modules.duties.contracts import DutySpec

MOST_MONTHS, MOST_DAYS = 24, 366
LONGEST_TEXT = 500


class ExceptionKind(StrEnum):
    """WAIVER: nothing is owed. DEFERRAL: the same is owed, later."""

    WAIVER = "WAIVER"
    DEFERRAL = "DEFERRAL"


class EndKind(StrEnum):
    """DATE: a day. EVENT: so long after the response is over. OPEN: until it is revoked."""

    DATE = "DATE"
    EVENT = "EVENT"
    OPEN = "OPEN"


KINDS = {ExceptionKind.WAIVER: "免除", ExceptionKind.DEFERRAL: "延期"}
ENDS = {EndKind.DATE: "到某一天", EndKind.EVENT: "响应终止以后", EndKind.OPEN: "没有定期限"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, or grants.

    It begins with the period ``first`` and, with ``only``, is about that one. ``until_on`` belongs
    to an end on a DATE, ``months`` and ``days`` to one after an EVENT. ``basis`` names the law in
    words, ``basis_urn`` the clause.
    """

    kind: ExceptionKind
    first: date
    only: bool
    end: EndKind
    reason: str
    until_on: date | None = None
    months: int = 0
    days: int = 0
    basis: str = ""
    basis_urn: str = ""


def check_wish(
    wish: Wish, duty_urn: str, spec: DutySpec, due_at: datetime | None, at: datetime
) -> None:
    """Refuse an exception that makes no sense for a duty, before anybody looks at its reasons."""
    if not spec.evidence.is_wanted:
        raise Refusal(
            "这一条是指引，不需要报送，也就不需要免除或延期。", code="guidance", clause=duty_urn
        )
    if not spec.strength.can_be_overdue:
        raise Refusal(
            "这一条不是必须办的，不报不算逾期，不需要免除或延期。",
            code="not-binding",
            clause=duty_urn,
        )
    _check_text(wish.reason, "reason", "请写明理由，至少 2 个字。")
    if len(wish.basis) > 300:
        raise Refusal("依据最多 300 字。", field="basis", code="basis-long")
    _check_end(wish, at)
    if wish.kind is ExceptionKind.DEFERRAL:
        _check_deferral(wish, duty_urn, due_at)
    elif spec.recurrence is Recurrence.ONCE and wish.end is not EndKind.OPEN:
        raise Refusal(
            "只办一次的任务，免除就是不用办，没有到期一说。",
            field="end",
            code="waiver-once",
            clause=duty_urn,
            way_out="如果以后还要办，请改为延期。",
        )


def check_basis(wish: Wish, duty_urn: str, spec: DutySpec) -> None:
    """Refuse to grant without a basis; a MUST NOT wants the clause that allows it."""
    if len(wish.basis.strip()) < 2 and not wish.basis_urn:
        raise Refusal(
            "同意例外要写明依据：法律法规、上级文件或条款。",
            field="basis",
            code="basis-needed",
            clause=duty_urn,
        )
    if (
        wish.kind is ExceptionKind.WAIVER
        and spec.strength is Strength.MUST_NOT
        and not wish.basis_urn
    ):
        raise Refusal(
            "“不得”类要求不能由登记管理机关自行免除，要写明准许免除的条款地址。",
            field="basis_urn",
            code="must-not",
            clause=duty_urn,
            way_out="条款地址可在文件阅读页复制，例如 cn/mca/2020/5@2020-01-29#3.8。",
        )


def _check_end(wish: Wish, at: datetime) -> None:
    if wish.end is EndKind.DATE:
        if wish.until_on is None:
            raise Refusal("请填写到哪一天为止。", field="until_on", code="until-needed")
        if wish.until_on < local_day(at):
            raise Refusal("这一天已经过去。", field="until_on", code="until-past")
        if wish.until_on.year > local_day(at).year + 5:
            raise Refusal("最多到五年以后。", field="until_on", code="until-far")
    elif wish.end is EndKind.EVENT and not (
        0 <= wish.months <= MOST_MONTHS and 0 <= wish.days <= MOST_DAYS
    ):
        raise Refusal(
            "响应终止以后最多 %(months)s 个月零 %(days)s 天。",
            params={"months": MOST_MONTHS, "days": MOST_DAYS},
            field="months",
            code="offset",
        )


def _check_deferral(wish: Wish, duty_urn: str, due_at: datetime | None) -> None:
    if due_at is None:
        raise Refusal(
            "这项任务没有期限，不需要延期。", field="kind", code="no-deadline", clause=duty_urn
        )
    if wish.until_on is not None and wish.only and wish.until_on < local_day(due_at):
        raise Refusal(
            "延期要晚于原来的期限。", field="until_on", code="until-before-due", clause=duty_urn
        )


def _check_text(text: str, field: str, sentence: str) -> None:
    if len(text.strip()) < 2:
        raise Refusal(sentence, field=field, code=f"{field}-needed")
    if len(text) > LONGEST_TEXT:
        raise Refusal("最多 %(most)s 字。", params={"most": LONGEST_TEXT}, field=field, code="long")


def check_answer(text: str) -> str:
    """Return the reason of a refusal or a revocation, which its bearer reads; refuse none."""
    _check_text(text, "answer", "请写明理由，对方会看到。")
    return text.strip()
