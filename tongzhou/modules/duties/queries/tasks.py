"""One bearer's duties now: what is due, what is done, what was missed, and one of them to fill in.

Nothing is stored per bearer and duty, so a board is worked out from the windows in force at the
bearer's place and the few reports and drafts that exist.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from tongzhou.base.errors import Forbidden, Missing, Refusal
from tongzhou.base.period import Period, Recurrence, local_day
from tongzhou.kernel.access import Actor, Role
from tongzhou.kernel.database import array, rows
from tongzhou.kernel.plans import planned
from tongzhou.modules.duties.contracts import BearerKind, Burden
from tongzhou.modules.duties.queries.force import DutyRow, Ground, get_version
from tongzhou.modules.duties.queries.looking import look
from tongzhou.modules.duties.queries.month_sql import in_months
from tongzhou.modules.duties.queries.owing import Owing, list_owing, require_owed
from tongzhou.modules.duties.queries.windowing import list_windows
from tongzhou.modules.duties.rules.burden import burden_of
from tongzhou.modules.duties.rules.windows import Window
from tongzhou.modules.duties.workflow import ACCEPTED, RETURNED, SUBMITTED
from tongzhou.modules.registry.public import BearerRow, find_bearer

ORGAN_REPORTERS: Mapping[str, frozenset[Role]] = {
    "": frozenset({Role.SECRETARIAT, Role.LEGAL_REP}),
    "SECRETARIAT": frozenset({Role.SECRETARIAT, Role.LEGAL_REP}),
    "LEGAL_REP": frozenset({Role.LEGAL_REP}),
    "PARTY_ORG": frozenset({Role.PARTY_ORG}),
    "SUPERVISORY_BOARD": frozenset({Role.SUPERVISORY_BOARD}),
}
ORGAN_ORDER = ("SECRETARIAT", "LEGAL_REP", "PARTY_ORG", "SUPERVISORY_BOARD")
DONE = frozenset({SUBMITTED, ACCEPTED})
LOOK_BACK = timedelta(days=14)
SOON = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One duty of one bearer in one period, with what became of it so far.

    ``state`` is empty while nobody reported. ``may_report``: the actor's organ is the one to do it.
    ``deferred``: its due time is the bearer's own, by an exception.
    """

    duty: DutyRow
    period: Period
    past_due: bool
    can_be_overdue: bool
    may_report: bool
    at: datetime
    state: str = ""
    version: int = 0
    late: bool = False
    reason: str = ""
    decider: str = ""
    submitted_at: datetime | None = None
    submitter: str = ""
    saved_at: datetime | None = None
    deferred: bool = False

    @property
    def is_done(self) -> bool:
        """Tell whether the bearer has done its part."""
        return self.state in DONE

    @property
    def is_overdue(self) -> bool:
        """Tell whether it is a fault that this is not done."""
        return self.past_due and self.can_be_overdue and not self.is_done

    @property
    def is_guidance(self) -> bool:
        """Tell whether nothing is to be reported."""
        return not self.duty.is_counted

    @property
    def is_binding(self) -> bool:
        """Tell whether not doing it would be a fault."""
        return self.duty.spec.strength.can_be_overdue

    @property
    def is_urgent(self) -> bool:
        """Tell whether it wants doing today: returned, overdue, or due within a day."""
        if self.is_done or self.is_guidance or not self.is_binding:
            return False
        due = self.period.due_at
        return self.state == RETURNED or self.is_overdue or (due is not None and self._is_near(due))

    def _is_near(self, due: datetime) -> bool:
        return due - self.at <= SOON or local_day(due - timedelta(seconds=1)) == local_day(self.at)

    @property
    def organ(self) -> str:
        """Return the organ that does it; the whole organisation's work is its secretariat's."""
        if self.duty.spec.bearer.kind is BearerKind.AUTHORITY:
            return ""
        return self.duty.spec.bearer.organ or "SECRETARIAT"

    @property
    def code(self) -> str:
        """Return the state as the design system shows it."""
        if self.is_done:
            return self.state.lower()
        if self.state == RETURNED:
            return "returned"
        if self.is_overdue:
            return "overdue"
        due = self.period.due_at
        if due is not None and not self.past_due and self._is_near(due):
            return "due_soon"
        return "draft" if self.saved_at else "due"


@dataclass(frozen=True, slots=True)
class Task:
    """One duty to fill in: the row, the bearer, what was written before."""

    row: TaskRow
    bearer: BearerRow
    data: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[UUID, ...] = ()
    effective_on: date | None = None
    draft: Mapping[str, Any] | None = None
    draft_saver: str = ""
    earlier: Mapping[str, Any] = field(default_factory=dict)
    earlier_period: date | None = None


def may_report(actor: Actor, duty: DutyRow) -> bool:
    """Tell whether the actor's role is the one that reports on a duty of its own bearer."""
    if not actor.may("duties.report.submit"):
        return False
    if duty.spec.bearer.kind is BearerKind.AUTHORITY:
        return actor.is_authority
    return actor.role in ORGAN_REPORTERS[duty.spec.bearer.organ or ""]


def require_own(actor: Actor, organisation_id: int, prov: int) -> None:
    """Refuse somebody who does not act for the bearer, before anything of it is told."""
    if (actor.organisation_id, actor.prov) != (organisation_id, prov):
        raise Missing("没有这项任务。")


def require_reporter(actor: Actor, duty: DutyRow, organisation_id: int, prov: int) -> None:
    """Refuse somebody who does not act for the bearer (Missing) or for another organ of it."""
    authority = duty.spec.bearer.kind is BearerKind.AUTHORITY
    require_own(actor, organisation_id, prov)
    if authority != actor.is_authority:
        raise Missing("没有这项任务。")
    if not may_report(actor, duty):
        raise Forbidden(
            "这项任务由本组织的其他机构承担，不能代为填报。",
            code="other-organ",
            clause=duty.urn,
            way_out="请由承担机构的账号填报。",
        )


def own_of(actor: Actor) -> tuple[int, int]:
    """Return id and prov of the bearer that the actor works for; Missing when there is none."""
    if actor.organisation_id is None or actor.prov is None:
        raise Missing("这个岗位没有对应的承担单位。")
    return actor.organisation_id, actor.prov


def bearer_of(actor: Actor) -> BearerRow:
    """Return the bearer that the actor works for; Missing when there is none."""
    found = find_bearer(*own_of(actor))
    if found is None:
        raise Missing("名册中没有这个主体。")
    return found


def bound_versions(profile_id: int) -> frozenset[int]:
    """Return the versions of duties of all libraries that bind a profile, in force or not."""
    found = rows("SELECT duty_id FROM duties_dutyprofile WHERE profile_id = %s", [profile_id])
    return frozenset(row[0] for row in found)


def list_board(actor: Actor, bearer: BearerRow, at: datetime) -> list[TaskRow]:
    """Return every duty that binds a bearer now, guidance included, in the order of directives.

    What the bearer is let off is left out, what is deferred has its own due time.
    """
    ground = Ground(at)
    found = list_owing(
        bearer, at, lambda place: list_windows(at, counted=False, place=place, ground=ground)
    )
    return _with_state(actor, bearer, found, at)


def list_missed(actor: Actor, bearer: BearerRow, at: datetime) -> list[TaskRow]:
    """Return the periods of recurring duties that fell due in the last 14 days and were not done.

    Newest first. Only binding duties, and only since the bearer is on the register.
    """
    ground = Ground(at)
    days = _names(local_day(at))
    bound = bound_versions(bearer.profile_id)
    duties = {version.id for each in bound if _can_be_missed(version := get_version(each))}

    def ask(place: int) -> Iterator[Window]:
        current = {
            (each.duty_id, each.period.start)
            for each in list_windows(at, duty_ids=duties, place=place, ground=ground)
        }
        for day in days:
            for each in list_windows(at, duty_ids=duties, day=day, place=place, ground=ground):
                if (each.duty_id, each.period.start) not in current and _can_be_missed(
                    get_version(each.version_id)
                ):
                    yield each

    missed = [
        each
        for each in list_owing(bearer, at, ask)
        if each.deferred or (each.window.due_at is not None and each.window.due_at <= at)
    ]
    found = _with_state(actor, bearer, [each for each in missed if _is_recent(each, at)], at)
    return sorted(
        (row for row in found if not row.is_done),
        key=lambda row: (row.period.start, -row.duty.id),
        reverse=True,
    )


def _is_recent(owing: Owing, at: datetime) -> bool:
    due = owing.window.due_at
    return due is None or at - LOOK_BACK <= due


def _can_be_missed(duty: DutyRow) -> bool:
    """Tell whether a period of a duty can pass with nothing done though something was due."""
    spec = duty.spec
    return (
        spec.recurrence is not Recurrence.ONCE
        and spec.strength.can_be_overdue
        and spec.deadline is not None
    )


def _names(today: date) -> list[date]:
    """Return the days that can name a period which fell due in the last two weeks."""
    names = {today - timedelta(days=n) for n in range(1, LOOK_BACK.days + 2)}
    monday = today - timedelta(days=today.weekday())
    names |= {monday - timedelta(weeks=n) for n in range(1, 5)}
    first = today.replace(day=1)
    for _month in range(2):
        first = (first - timedelta(days=1)).replace(day=1)
        names.add(first)
    return sorted(names)


_STATES = """
SELECT k.period, k.duty, r.state, r.version, r.late, r.reason, r.decider, r.submitted_at,
       r.submitter, d.saved_at
FROM unnest(%(periods)s::date[], %(duties)s::bigint[]) AS k(period, duty)
LEFT JOIN duties_report r ON r.period = k.period AND r.duty_id = k.duty
      AND r.organisation_id = %(organisation)s::bigint AND r.prov = %(prov)s::smallint {months}
LEFT JOIN duties_draft d ON d.period = k.period AND d.duty_id = k.duty
      AND d.organisation_id = %(organisation)s::bigint AND d.prov = %(prov)s::smallint
WHERE r.state IS NOT NULL OR d.saved_at IS NOT NULL
"""


def _with_state(
    actor: Actor, bearer: BearerRow, found: Iterable[Owing], at: datetime
) -> list[TaskRow]:
    owed = [each for each in found if not each.waived]
    held = [each.window for each in owed]
    periods = [window.period.start for window in held]
    found_states = planned(
        _STATES.format(months=in_months("r.period", periods)),
        {
            "periods": array(periods),
            "duties": array(window.duty_id for window in held),
            "organisation": bearer.id,
            "prov": bearer.prov,
        },
    )
    states = {row[:2]: row[2:] for row in found_states}
    return [
        _row(actor, owing, at, states.get((window.period.start, window.duty_id), _NOTHING))
        for owing, window in zip(owed, held, strict=True)
    ]


#: What the database holds of a task that nobody has begun, in the order of ``_STATES``.
_NOTHING: Sequence[Any] = (None,) * 8


def _row(actor: Actor, owing: Owing, at: datetime, held: Sequence[Any]) -> TaskRow:
    state, version, late, reason, decider, sent_at, sender, saved_at = held
    window = owing.window
    duty = get_version(window.version_id)
    return TaskRow(
        duty=duty,
        period=window.period,
        past_due=window.past_due,
        can_be_overdue=duty.spec.strength.can_be_overdue,
        may_report=duty.is_counted and may_report(actor, duty),
        at=at,
        state=state or "",
        version=version or 0,
        late=bool(late),
        reason=reason or "",
        decider=decider or "",
        submitted_at=sent_at,
        submitter=sender or "",
        saved_at=saved_at,
        deferred=owing.deferred,
    )


def get_task(actor: Actor, at: datetime, duty_id: int, day: date, *, carried: bool = True) -> Task:
    """Return one duty of the actor's own bearer to fill in.

    ``carried`` asks for the report of the last period as well, for what it suggests. Missing for
    what the actor cannot know of, Forbidden for another organ's duty, Refusal with code
    ``not-owed`` or ``waived`` when it is not owed in that period.
    """
    own = own_of(actor)
    seen = look(own, duty_id, day, at)
    duty, bearer = seen.duty, seen.bearer
    require_reporter(actor, duty, *own)
    if not duty.is_counted:
        raise Refusal("这一条是指引，不需要报送。", code="guidance", clause=duty.urn)
    row = _row(actor, require_owed(seen.owing, bearer, duty), at, seen.held)
    data, files, effective_on, draft, saver = seen.written
    found = rows(_EARLIER, [day, duty_id, *own]) if carried else []
    earlier_period, earlier = found[0] if found else (None, None)
    return Task(
        row=row,
        bearer=bearer,
        data=_read(data) if data else {},
        files=tuple(files or ()),
        effective_on=effective_on,
        draft=_read(draft) if draft else None,
        draft_saver=saver or "",
        earlier=_read(earlier) if earlier else {},
        earlier_period=earlier_period,
    )


_EARLIER = """
SELECT period, data::text FROM duties_report WHERE period < %s AND duty_id = %s
 AND organisation_id = %s AND prov = %s ORDER BY period DESC LIMIT 1
"""


def _read(text: str) -> dict[str, Any]:
    import orjson

    found: dict[str, Any] = orjson.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class Load:
    """The reporting work of a bearer: routine minutes a week, and one-off minutes this week."""

    weekly: int
    once: int
    forms: int


def load_of(board: Iterable[TaskRow], at: datetime) -> Load:
    """Return the reporting minutes that binding duties cause a bearer this week."""
    counted = [row for row in board if row.duty.is_counted and row.is_binding]
    routine: Burden = burden_of(
        row.duty.spec for row in counted if row.duty.spec.recurrence is not Recurrence.ONCE
    )
    today = local_day(at)
    week_ends = today + timedelta(days=6 - today.weekday())
    once = sum(
        row.duty.spec.minutes
        for row in counted
        if row.duty.spec.recurrence is Recurrence.ONCE
        and not row.is_done
        and row.period.due_on is not None
        and row.period.due_on <= week_ends
    )
    return Load(weekly=round(routine.weekly), once=once, forms=len(counted))
