"""How duties are put into words, the same on every page."""

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from tongzhou.base.period import Deadline, Recurrence, after_period
from tongzhou.modules.duties.contracts import (
    LEVELS,
    ORGANS,
    Basis,
    BearerKind,
    DutyLibrary,
    DutySpec,
    EvidenceKind,
    Text,
)

EVIDENCE = {
    EvidenceKind.REPORT: _("填表报送"),
    EvidenceKind.ZERO_REPORT: _("报数，没有也要报零"),
    EvidenceKind.STATEMENT: _("确认"),
    EvidenceKind.NONE: _("指引，不需要报送"),
}


def say(text: Text) -> str:
    """Return a text in the reader's language."""
    return text.of(get_language() or "zh")


def organ_label(organ: str, kind: BearerKind = BearerKind.ORGANISATION) -> str:
    """Return which organ does a duty; what binds the organisation as a whole is the secretariat's.

    An authority has no organs here.
    """
    if kind is BearerKind.AUTHORITY:
        return gettext("本机关")
    label = say(ORGANS[organ or "SECRETARIAT"])
    return label[:1].upper() + label[1:]


def deadline_text(recurrence: Recurrence, deadline: Deadline | None) -> str:
    """Return how often and by when, such as 每日 16:00 前."""
    often = {"often": gettext(recurrence.label)}
    if deadline is None:
        return gettext("%(often)s，没有期限") % often
    if deadline.on is not None:
        day = {"day": day_text(deadline.on)}
        if deadline.time is None:
            return gettext("一次，%(day)s前") % day
        return gettext("一次，%(day)s %(time)s 前") % {**day, "time": _time(deadline)}
    if deadline.time is not None:
        return gettext("每日 %(time)s 前") % {"time": _time(deadline)}
    if deadline.workdays is not None:
        count = {**often, "days": deadline.workdays}
        if recurrence is Recurrence.ONCE:
            return gettext("一次，生效后 %(days)d 个工作日内") % count
        return gettext("%(often)s一次，期满后 %(days)d 个工作日内") % count
    days = {**often, "days": deadline.days}
    if recurrence is Recurrence.ONCE:
        return gettext("一次，生效后 %(days)d 天内") % days
    if recurrence is Recurrence.WEEKLY:
        return gettext("每周一次，周末后 %(days)d 天内") % days
    if recurrence is Recurrence.MONTHLY:
        return gettext("每月一次，次月 %(days)d 日前") % days
    return gettext("%(often)s一次，期满后 %(days)d 天内") % days


def _time(deadline: Deadline) -> str:
    return deadline.time.strftime("%H:%M") if deadline.time else ""


def basis_text(spec: DutySpec) -> str:
    """Return whether the clause itself names the time or the administration set it."""
    if spec.deadline is None and spec.recurrence is Recurrence.ONCE:
        return ""
    if spec.deadline_basis is Basis.CLAUSE:
        return gettext("期限是条款原文规定的。")
    return gettext("条款没有写明时间，期限是执行中设定的。")


DAY = ("Y年n月j日", "j M Y")  # data
SHORT_DAY = ("n月j日", "j M")  # data
MONTH = ("Y年n月", "F Y")  # data


def _date(day: date, formats: tuple[str, str]) -> str:
    return date_format(day, formats[(get_language() or "").startswith("en")])


def day_text(day: date) -> str:
    """Return a day in the reader's language."""
    return _date(day, DAY)


def period_text(recurrence: Recurrence, start: date) -> str:
    """Return the name of the period that begins on a day; empty for a one-off duty."""
    if recurrence is Recurrence.ONCE:
        return ""
    if recurrence is Recurrence.DAILY:
        return _date(start, SHORT_DAY)
    if recurrence is Recurrence.WEEKLY:
        return gettext("%(day)s这一周") % {"day": _date(start, SHORT_DAY)}
    if recurrence is Recurrence.MONTHLY:
        return _date(start, MONTH)
    if recurrence is Recurrence.YEARLY:
        return gettext("%(year)d年") % {"year": start.year}
    if recurrence is Recurrence.QUARTERLY:
        quarter = {"year": start.year, "quarter": (start.month + 2) // 3}
        return gettext("%(year)d年第%(quarter)d季度") % quarter
    after = after_period(recurrence, start)
    assert after is not None
    return gettext("%(first)s至%(last)s") % {
        "first": _date(start, SHORT_DAY),
        "last": _date(after - timedelta(days=1), SHORT_DAY),
    }


def bearer_text(spec: DutySpec, library: DutyLibrary) -> str:
    """Return whom a duty binds, in words."""
    bearer = spec.bearer
    if bearer.kind is BearerKind.AUTHORITY:
        if not bearer.levels:
            return gettext("各级登记管理机关")
        levels = gettext("、").join(say(LEVELS[level]) for level in bearer.levels)
        return gettext("登记管理机关（%(levels)s）") % {"levels": levels}
    if not bearer.groups:
        who = gettext("全部社会组织")
    else:
        who = gettext("、").join(say(library.groups[code].label) for code in bearer.groups)
    if bearer.organ:
        return gettext("%(who)s的%(organ)s") % {"who": who, "organ": say(ORGANS[bearer.organ])}
    return who


def end_text(kind: str, until_on: date | None, months: int, days: int) -> str:
    """Return how an exception ends, such as 响应终止后 1 个月."""
    if kind == "DATE" and until_on is not None:
        return gettext("到%(day)s为止") % {"day": day_text(until_on)}
    if kind == "EVENT":
        if months and days:
            return gettext("响应终止后 %(months)d 个月零 %(days)d 天") % {
                "months": months,
                "days": days,
            }
        if months:
            return gettext("响应终止后 %(months)d 个月") % {"months": months}
        return gettext("响应终止后 %(days)d 天") % {"days": days}
    return gettext("没有定期限")
