"""Read a question from a query string; whatever is wrong with it is said, never guessed."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from tongzhou.base.errors import Missing, Refusal
from tongzhou.base.period import local_day
from tongzhou.kernel.access import Actor
from tongzhou.modules.duties.public import FORMS, MEASURES, ORDERS, ORGANS, Measure, library_of
from tongzhou.modules.insight.contracts import ZONE, Bearers, By, Question, TreeName
from tongzhou.modules.insight.queries.look import Look
from tongzhou.modules.insight.queries.regions import list_way
from tongzhou.modules.registry.public import span

Params = Mapping[str, str]
E = TypeVar("E", bound=StrEnum)
NATION = 0
NATION_CODE = 100_000
LARGEST = 2**31


def read_look(params: Params, actor: Actor, at: datetime) -> Look:
    """Return the look that a query string asks for.

    Raises Refusal (422) for a value that cannot be read and Missing (404) for a region, directive
    or duty that does not exist. Where somebody may not look they see nothing, because figures are
    cut to what the actor may see.
    """
    region = _region(params, "region", home_of(actor))
    registrar = _region(params, "registrar", -1)
    question = Question(
        region=region,
        own=_flag(params, "own"),
        tree=_choice(params, "tree", TreeName, TreeName.TERRITORY),
        bearers=_choice(params, "bearers", Bearers, Bearers.ORGANISATION),
        registrar=None if registrar < 0 else registrar,
        library=_number(params, "library"),
        duty=_number(params, "duty"),
        organ=_code(params, "organ", ORGANS),
        form=_code(params, "form", FORMS),
        group=params.get("group", "").strip(),
        day=_day(params, at),
        as_of=_moment(params, at),
    )
    list_way(region, at)
    look = Look(actor, question, at)
    _check_duty(look)
    _check_group(look)
    return look


def home_of(actor: Actor) -> int:
    """Return the region where an actor's figures start: what the authority governs."""
    return actor.low if actor.low <= actor.high else NATION


def is_cut(look: Look) -> bool:
    """Tell whether the actor sees only a part of the region asked for."""
    actor = look.actor
    if actor.is_system:
        return False
    if not (actor.is_authority or actor.is_reader):
        return True
    low, high = span(look.question.region)
    return not (actor.low <= low and high <= actor.high)


def read_measure(params: Params) -> Measure:
    """Return the measure that ``?measure=`` names, what is owed without one."""
    code = params.get("measure", "owed")
    if code not in MEASURES:
        raise _unreadable("measure", code)
    return MEASURES[code]


def read_by(params: Params) -> By:
    """Return the breakdown that ``?by=`` names, by region without one."""
    return _choice(params, "by", By, By.REGION)


def read_order(params: Params) -> str:
    """Return the order that ``?sort=`` names, by place without one."""
    code = params.get("sort", "place") or "place"
    if code not in ORDERS:
        raise _unreadable("sort", code)
    return code


def _unreadable(name: str, value: str) -> Refusal:
    return Refusal(
        "网址里的“%(name)s=%(value)s”看不懂。",
        params={"name": name, "value": value[:40]},
        code="bad-query",
        field=name,
        way_out="请从“进展”页面重新选择条件。",
    )


def _choice(params: Params, name: str, kind: type[E], default: E) -> E:
    value = params.get(name, "")
    if not value:
        return default
    try:
        return kind(value)
    except ValueError:
        raise _unreadable(name, value) from None


def _code(params: Params, name: str, known: Mapping[str, object]) -> str:
    value = params.get(name, "")
    if value and value not in known:
        raise _unreadable(name, value)
    return value


def _flag(params: Params, name: str) -> bool:
    value = params.get(name, "")
    if value not in {"", "0", "1"}:
        raise _unreadable(name, value)
    return value == "1"


def _number(params: Params, name: str) -> int | None:
    value = params.get(name, "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or int(value[:12]) >= LARGEST:
        raise _unreadable(name, value)
    return int(value)


def _region(params: Params, name: str, default: int) -> int:
    value = params.get(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 6):
        raise Refusal(
            "地区代码“%(value)s”不对：应当是六位数字。",
            params={"value": value[:20]},
            code="bad-region",
            field=name,
            way_out="例如广东省是 440000，全国是 000000。",
        )
    number = int(value)
    return NATION if number == NATION_CODE else number


def _day(params: Params, at: datetime) -> date | None:
    value = params.get("day", "")
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise _unreadable("day", value) from None
    if day > local_day(at):
        raise Refusal("日期不能晚于今天。", code="future-day", field="day")
    return day


def _moment(params: Params, at: datetime) -> datetime | None:
    value = params.get("as_of", "")
    if not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
        future = moment > at
    except (ValueError, OverflowError):
        raise _unreadable("as_of", value) from None
    if future:
        raise Refusal(
            "要看的时刻还没有到。",
            code="future-moment",
            field="as_of",
            way_out="请选择现在之前的时刻；不选就是看现在。",
        )
    return moment


def _check_duty(look: Look) -> None:
    asked = look.question
    if asked.library is not None and asked.library not in look.libraries:
        raise Missing("没有这份文件，或这份文件那时不在施行中。", code="no-library")
    if asked.duty is not None:
        duty = look.duties.get(asked.duty)
        if duty is None:
            raise Missing("没有这项任务，或这项任务那时不在施行中。", code="no-duty")
        if asked.library not in {None, look.ground.homes()[asked.duty]}:
            raise Refusal(
                "这项任务不是从所选的文件里来的。",
                code="duty-elsewhere",
                field="duty",
                way_out="请去掉文件或任务的筛选条件再看。",
            )


def _check_group(look: Look) -> None:
    asked = look.question
    if not asked.group:
        return
    if asked.library is None:
        raise Refusal(
            "类别是某一份文件里的分类，请同时选定文件。",
            code="group-alone",
            field="group",
        )
    if asked.group not in library_of(asked.library).groups:
        raise Missing("所选文件里没有这个类别。", code="no-group")
