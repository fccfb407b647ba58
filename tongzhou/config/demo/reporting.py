"""Let a few weeks of reporting pass: hour by hour, through the commands for batches."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from tongzhou.base.period import Period, local_day
from tongzhou.config.demo.fates import answers, fate_of, home_fate
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties import public as duties
from tongzhou.modules.registry.public import BearerRow

SPEAKER = replace(SYSTEM, label="演示数据")

PIECE = 8_000

Tell = Callable[[int, int], None]


@dataclass(slots=True)
class _Diary:
    """What happens at each moment: filings, acceptances, returns by reason."""

    filed: dict[datetime, list[duties.Filing]]
    accepted: dict[datetime, list[duties.Key]]
    returned: dict[datetime, dict[str, list[duties.Key]]]

    def moments(self) -> list[datetime]:
        return sorted({*self.filed, *self.accepted, *self.returned})


def let_pass(
    *, seed: int, since: datetime, now: datetime, attachment: UUID, home: BearerRow, tell: Tell
) -> int:
    """Report and review from ``since`` to ``now``; return how many reports were filed.

    ``attachment`` is a stored file for the duties that want one, ``home`` the personas'
    own organisation, which is left with something to do.
    """
    diary = _Diary(defaultdict(list), defaultdict(list), defaultdict(lambda: defaultdict(list)))
    ground = duties.Ground(now)
    for day in _days(since, now):
        _plan_day(diary, seed, day, now, attachment, home, ground)
    moments = diary.moments()
    filed = 0
    for number, moment in enumerate(moments):
        batch = diary.filed.get(moment, [])
        for start in range(0, len(batch), PIECE):
            filed += duties.submit_reports(
                actor=SPEAKER, at=moment, filings=batch[start : start + PIECE]
            )
        if accepted := diary.accepted.get(moment):
            duties.accept_reports(actor=SPEAKER, at=moment, keys=accepted)
        for reason, keys in diary.returned.get(moment, {}).items():
            duties.return_reports(actor=SPEAKER, at=moment, keys=keys, reason=reason)
        tell(number + 1, len(moments))
    while duties.fold():
        pass
    return filed


def _days(since: datetime, now: datetime) -> list[date]:
    """Return the days that may name a period: from the first of the month in which it began."""
    first, last = local_day(since).replace(day=1) - timedelta(days=7), local_day(now)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _plan_day(
    diary: _Diary,
    seed: int,
    day: date,
    now: datetime,
    attachment: UUID,
    home: BearerRow,
    ground: duties.Ground,
) -> None:
    """Plan the periods that are named by this day."""
    windows: dict[int, list[duties.Window]] = defaultdict(list)
    for window in duties.list_windows(now, day=day, ground=ground):
        windows[window.duty_id].append(window)
    for duty_id, each in windows.items():
        duty = duties.get_version(each[0].version_id)
        selection = duties.Selection(
            at=now, duty_ids=(duty_id,), day=day, bearers=str(duty.spec.bearer.kind)
        )
        owed = duties.ObligationList(SPEAKER, selection, duties.MEASURES["owed"])
        for row in owed[0:1_000_000]:
            window = next(
                w for w in each if w.low <= row.place <= w.high and w.version_id == row.version_id
            )
            period, duty = window.period, duties.get_version(row.version_id)
            _plan_one(diary, seed, duty, row, period, now, attachment, home)


def _plan_one(
    diary: _Diary,
    seed: int,
    duty: duties.DutyRow,
    row: duties.ObligationRow,
    period: Period,
    now: datetime,
    attachment: UUID,
    home: BearerRow,
) -> None:
    fate = fate_of(
        seed=seed,
        organisation=row.code,
        place=row.place,
        duty=duty.urn,
        spec=duty.spec,
        period=period,
        now=now,
    )
    if (row.organisation_id, row.prov) == (home.id, home.prov):
        fate = home_fate(fate, duty.spec.id, period, now)
    if fate.reported_at is None:
        return
    key = duties.Key(row.period, row.duty_id, row.organisation_id, row.prov)
    files = (attachment,) * duty.spec.evidence.files_min
    filing = duties.Filing(
        key=key,
        data=answers(seed, row.code, duty.urn, duty.spec, local_day(fate.reported_at)),
        files=files,
        effective_on=local_day(fate.reported_at),
    )
    diary.filed[fate.reported_at].append(filing)
    if duties.may_be_received(duty.spec.evidence, filing.data) or fate.decided_at is None:
        return
    if fate.decision == "accept":
        diary.accepted[fate.decided_at].append(key)
        return
    diary.returned[fate.decided_at][fate.reason].append(key)
    again = fate.decided_at + timedelta(hours=18)
    if fate.decision == "mend" and again < now:
        diary.filed[again].append(filing)
        checked = again + timedelta(hours=24)
        if checked < now:
            diary.accepted[checked].append(key)
