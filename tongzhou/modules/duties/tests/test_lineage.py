"""Windows through versions, against properties that any order of amendments has to keep."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tongzhou.base.period import ZONE, Deadline, Recurrence, name_of
from tongzhou.modules.duties.contracts import (
    Bearer,
    BearerKind,
    DutySpec,
    EvidenceKind,
    EvidenceSpec,
    GroupSpec,
    Link,
    Place,
    Scope,
    Strength,
    Text,
)
from tongzhou.modules.duties.rules.lineage import Lineage, Term, lineage_windows
from tongzhou.modules.duties.rules.refinement import Ruling, loosenings
from tongzhou.modules.duties.rules.windows import Window, windows
from tongzhou.modules.response.public import Phase, Segment

START = datetime(2020, 1, 30, 9, tzinfo=ZONE)
HOUR = timedelta(hours=1)
POINTS = (
    (0, 0),
    (440100, 440100),
    (440103, 440103),
    (440106, 440100),
    (440305, 0),
    (110101, 110100),
)
GROUPS = {
    "A": GroupSpec("A", Text("甲"), "1", any_of=frozenset({"CHARITY"})),
    "B": GroupSpec("B", Text("乙"), "1", any_of=frozenset({"VOLUNTEER"})),
}
#: Kinds of bearers: which groups they belong to.
KINDS = (frozenset[str](), frozenset({"A"}), frozenset({"B"}), frozenset({"A", "B"}))
PHASES = ("LEVEL_1", "LEVEL_2", "NORMALISED")

moments = st.integers(0, 24 * 45).map(lambda hours: START + hours * HOUR)
recurrences = st.sampled_from(
    [Recurrence.ONCE, Recurrence.DAILY, Recurrence.DAYS_3, Recurrence.WEEKLY, Recurrence.MONTHLY]
)


SIMPLE = DutySpec(
    id="d",
    urn="x@2020-01-01#1/d",
    clause="1",
    quote="应当",
    title=Text("题"),
    guide=Text("做"),
    strength=Strength.MUST,
    bearer=Bearer(BearerKind.ORGANISATION),
    phases=PHASES,
    evidence=EvidenceSpec(EvidenceKind.STATEMENT),
    deadline=Deadline(days=7),
)


@st.composite
def specs(draw: st.DrawFn) -> DutySpec:
    """Draw a duty of any rhythm, deadline, phases, place and bearers."""
    recurrence = draw(recurrences)
    deadline: Deadline | None = None
    if draw(st.booleans()):
        deadline = (
            Deadline(time=draw(st.sampled_from([time(9), time(16)])))
            if recurrence is Recurrence.DAILY
            else Deadline(days=draw(st.integers(0, 12)))
        )
    return replace(
        SIMPLE,
        bearer=Bearer(
            BearerKind.ORGANISATION, groups=draw(st.sampled_from([(), ("A",), ("B",), ("A", "B")]))
        ),
        phases=draw(st.sampled_from([PHASES, PHASES[:2], PHASES[:1], PHASES[2:]])),
        recurrence=recurrence,
        deadline=deadline,
        place=draw(st.sampled_from([Place(), Place(include=(440000,)), Place(exclude=(440106,))])),
    )


@st.composite
def varied(draw: st.DrawFn, spec: DutySpec) -> DutySpec:
    """Draw an amendment of a duty: one thing is changed, or everything."""
    other = draw(specs())
    return draw(
        st.sampled_from(
            [
                spec,
                other,
                replace(spec, deadline=other.deadline, recurrence=other.recurrence),
                replace(spec, deadline=_deadline(spec.recurrence, draw(st.integers(0, 12)))),
                replace(spec, deadline=_deadline(spec.recurrence, draw(st.integers(0, 12)))),
                replace(spec, bearer=other.bearer),
                replace(spec, phases=other.phases),
                replace(spec, place=other.place),
            ]
        )
    )


def _deadline(recurrence: Recurrence, count: int) -> Deadline:
    if recurrence is Recurrence.DAILY:
        return Deadline(time=time(8 + count))
    return Deadline(days=count)


scopes = st.sampled_from(
    [
        Scope(0, Link.REGISTRATION),
        Scope(0, Link.REGISTRATION),
        Scope(0, Link.TERRITORY),
        Scope(440000, Link.TERRITORY),
        Scope(440100, Link.REGISTRATION),
    ]
)


def term(
    number: int,
    spec: DutySpec,
    scope: Scope,
    since: datetime,
    until: datetime | None,
    *,
    refines: bool = False,
) -> Term:
    return Term(
        version_id=number,
        library_id=number,
        response_id=1,
        spec=spec,
        scope=scope,
        refines=refines,
        bound=spec.bearer,
        from_at=since,
        to_at=until,
    )


def fits(upper: Term, lower: Term) -> bool:
    return not loosenings(
        Ruling(upper.spec, upper.scope, GROUPS), Ruling(lower.spec, lower.scope, GROUPS)
    )


@st.composite
def lineages(draw: st.DrawFn) -> Lineage:
    """Draw one to four upper texts that follow each other, and up to three supplements."""
    cuts = sorted(draw(st.sets(moments, min_size=1, max_size=4)))
    ends: list[datetime | None] = [*cuts[1:], draw(st.none() | st.just(cuts[-1] + 200 * HOUR))]
    upper: list[Term] = []
    for number, (since, until) in enumerate(zip(cuts, ends, strict=True), 1):
        spec = draw(varied(upper[-1].spec)) if upper else draw(specs())
        upper.append(term(number, spec, draw(scopes), since, until))
    lower = []
    for number in range(draw(st.integers(0, 3))):
        since = draw(moments)
        hours = draw(st.none() | st.integers(1, 300))
        until = None if hours is None else since + hours * HOUR
        scope = draw(
            st.sampled_from(
                [
                    Scope(440000, Link.REGISTRATION),
                    Scope(440100, Link.TERRITORY),
                    Scope(440106, Link.TERRITORY),
                ]
            )
        )
        base = draw(st.sampled_from(upper)).spec
        spec = draw(varied(base))
        lower.append(term(10 + number, spec, scope, since, until, refines=True))
    return Lineage(1, (*upper, *lower), fits)


@st.composite
def grounds(draw: st.DrawFn) -> list[Segment]:
    """Draw phases of three pieces of ground."""
    found = []
    for low, high in ((0, 440099), (440100, 440105), (440106, 999999)):
        changes = sorted({START, *draw(st.sets(moments, max_size=2))})
        phases = [draw(st.sampled_from([*map(Phase, PHASES), Phase.ENDED])) for _ in changes]
        phases[0] = Phase.LEVEL_1
        found.append(Segment(low, high, tuple(zip(changes, phases, strict=True))))
    return found


def known(ground: Sequence[Segment], at: datetime) -> list[Segment]:
    return [
        Segment(each.low, each.high, tuple(h for h in each.history if h[0] <= at))
        for each in ground
    ]


def ask(
    lineage: Lineage, ground: Sequence[Segment], at: datetime, day: date | None = None
) -> list[Window]:
    held = known(ground, at)
    terms = tuple(each for each in lineage.terms if each.from_at <= at)
    return lineage_windows(Lineage(1, terms, fits), segments=lambda _response: held, at=at, day=day)


def bound(lineage: Lineage, kind: frozenset[str]) -> frozenset[int]:
    return frozenset(
        each.version_id
        for each in lineage.terms
        if not each.spec.bearer.groups or kind & set(each.spec.bearer.groups)
    )


def mine(
    lineage: Lineage, found: Sequence[Window], point: tuple[int, int], kind: frozenset[str]
) -> list[Window]:
    place, registered = point
    binding = bound(lineage, kind)
    return [
        each
        for each in found
        if each.low <= place <= each.high
        and each.registered_low <= registered <= each.registered_high
        and each.binds(binding)
    ]


def told(window: Window) -> tuple[object, ...]:
    return window.period, window.due_at, window.past_due, window.overdue


def everybody() -> list[tuple[tuple[int, int], frozenset[str]]]:
    return [(point, kind) for point in POINTS for kind in KINDS]


@given(specs(), scopes, moments, grounds(), moments, st.none() | st.integers(0, 50))
@settings(max_examples=150, deadline=None)
def test_one_version_is_what_it_was(
    spec: DutySpec,
    scope: Scope,
    since: datetime,
    ground: list[Segment],
    at: datetime,
    days: int | None,
) -> None:
    """A duty with one version has the windows it has without a lineage."""
    lineage = Lineage(1, (term(1, spec, scope, since, None),), fits)
    day = None if days is None else START.date() + timedelta(days=days)
    moment = at
    if day is not None and spec.recurrence is not Recurrence.ONCE:
        ends = [ground_end(spec.recurrence, day), at]
        moment = min(ends)
    if since > at:
        assert ask(lineage, ground, at, day) == []
        return
    plain = windows(
        1,
        spec,
        version_id=1,
        library_id=1,
        scope=scope,
        effective_at=since,
        segments=known(ground, moment),
        at=at,
        day=day,
    )
    found = ask(lineage, ground, at, day)
    for point, kind in everybody():
        assert [told(each) for each in mine(lineage, found, point, kind)] == [
            told(each) for each in mine(lineage, plain, point, kind)
        ]


def ground_end(recurrence: Recurrence, day: date) -> datetime:
    from tongzhou.base.period import after_period

    after = after_period(recurrence, day)
    assert after is not None
    return datetime.combine(after, time(0), ZONE) - timedelta(microseconds=1)


@given(lineages(), grounds(), moments)
@settings(max_examples=200, deadline=None)
def test_nobody_owes_a_period_twice_and_what_is_shown_can_be_filed(
    lineage: Lineage, ground: list[Segment], at: datetime
) -> None:
    """Windows of a period never overlap; a window on the board is one that is found by its name."""
    now = ask(lineage, ground, at)
    named = {day: ask(lineage, ground, at, day) for day in {each.period.start for each in now}}
    for point, kind in everybody():
        own = mine(lineage, now, point, kind)
        names = [each.period.start for each in own]
        assert len(set(names)) == len(names)
        for each in own:
            assert each.period.opens_at <= at
            (again,) = mine(lineage, named[each.period.start], point, kind)
            assert told(again) == told(each)
            assert again.version_id == each.version_id


@given(lineages(), grounds(), moments, st.integers(0, 50))
@settings(max_examples=200, deadline=None)
def test_a_name_means_one_thing(
    lineage: Lineage, ground: list[Segment], at: datetime, days: int
) -> None:
    """Whatever day is asked for, nobody owes two periods of that name."""
    day = START.date() + timedelta(days=days)
    found = ask(lineage, ground, at, day)
    for point, kind in everybody():
        assert len(mine(lineage, found, point, kind)) <= 1
    assert all(each.period.start == day for each in found)


@given(lineages(), grounds(), moments, moments, specs())
@settings(max_examples=150, deadline=None)
def test_what_comes_later_leaves_the_past_alone(
    lineage: Lineage, ground: list[Segment], at: datetime, later: datetime, spec: DutySpec
) -> None:
    """A figure of a past moment does not change by texts and phases that came after it."""
    if later <= at:
        return
    held = tuple(
        replace(each, to_at=later)
        if not each.refines and (each.to_at is None or each.to_at > later)
        else each
        for each in lineage.terms
        if each.refines or each.from_at < later
    )
    amended = Lineage(1, (*held, term(99, spec, Scope(0, Link.REGISTRATION), later, None)), fits)
    assert ask(amended, ground, at) == ask(lineage, ground, at)


@given(lineages(), grounds(), moments, moments)
@settings(max_examples=200, deadline=None)
def test_an_amendment_to_the_same_words_changes_nothing(
    lineage: Lineage, ground: list[Segment], cut: datetime, at: datetime
) -> None:
    """The upper text again, as a new version: periods, due times and names stay."""
    running = [
        each
        for each in lineage.terms
        if not each.refines and each.from_at < cut and (each.to_at is None or cut < each.to_at)
    ]
    if not running:
        return
    old = running[0]
    again = replace(old, version_id=99, library_id=99, from_at=cut)
    rest = tuple(each for each in lineage.terms if each is not old)
    same = Lineage(1, (*rest, replace(old, to_at=cut), again), fits)
    for day in (None, *days_near(at)):
        before, after = ask(lineage, ground, at, day), ask(same, ground, at, day)
        for point, kind in everybody():
            assert [told(each) for each in mine(lineage, before, point, kind)] == [
                told(each) for each in mine(same, after, point, kind)
            ]


def days_near(at: datetime) -> set[date]:
    day = at.astimezone(ZONE).date()
    return {name_of(each, day) for each in (Recurrence.DAILY, Recurrence.WEEKLY)}


@given(lineages(), grounds(), moments, st.data())
@settings(max_examples=300, deadline=None)
def test_an_amendment_makes_nobody_overdue_at_its_moment(
    lineage: Lineage, ground: list[Segment], cut: datetime, data: st.DataObject
) -> None:
    """Who is overdue the moment an amendment comes was so before, or is so of another period."""
    upper = tuple(each for each in lineage.terms if not each.refines)
    old = Lineage(1, upper, fits)
    held = tuple(
        replace(each, to_at=cut) if each.to_at is None or each.to_at > cut else each
        for each in upper
        if each.from_at < cut
    )
    if not held or not old.chain(cut - timedelta(microseconds=1)):
        return
    spec = data.draw(varied(held[-1].spec))
    new = Lineage(1, (*held, term(99, spec, Scope(0, Link.REGISTRATION), cut, None)), fits)
    before = ask(old, ground, cut - timedelta(microseconds=1))
    after = ask(new, ground, cut)
    for point, kind in everybody():
        guilty = {each.period.start for each in mine(old, before, point, kind) if each.overdue} | {
            each.period.start
            for each in mine(old, before, point, kind)
            if each.due_at is not None and each.due_at <= cut
        }
        for each in mine(new, after, point, kind):
            if each.overdue:
                assert each.period.start in guilty, (told(each), point, sorted(kind))


@given(lineages(), grounds(), moments)
@settings(max_examples=150, deadline=None)
def test_a_supplement_lets_nobody_off(
    lineage: Lineage, ground: list[Segment], at: datetime
) -> None:
    """Whoever owes something by the upper texts alone owes something with the supplements, too."""
    upper = Lineage(1, tuple(each for each in lineage.terms if not each.refines), fits)
    alone, together = ask(upper, ground, at), ask(lineage, ground, at)
    for point, kind in everybody():
        if mine(upper, alone, point, kind) and all(
            each.spec.recurrence is lineage.terms[0].spec.recurrence for each in lineage.terms
        ):
            assert mine(lineage, together, point, kind)


def test_the_name_of_a_one_off_report_is_not_used_for_a_week() -> None:
    """Who named a contact on a Monday has not thereby made that week's report."""
    monday = datetime(2020, 2, 3, 9, tzinfo=ZONE)
    once = replace(SIMPLE, recurrence=Recurrence.ONCE)
    weekly = replace(SIMPLE, recurrence=Recurrence.WEEKLY)
    cut = monday + timedelta(days=2)
    scope = Scope(0, Link.REGISTRATION)
    lineage = Lineage(
        1, (term(1, once, scope, monday, cut), term(2, weekly, scope, cut, None)), fits
    )
    ground = [Segment(0, 999_999, ((START, Phase.LEVEL_1),))]
    assert ask(lineage, ground, cut) == []
    assert ask(lineage, ground, cut, monday.date()) == []
    (window,) = ask(lineage, ground, monday + timedelta(days=7))
    assert window.period.start == date(2020, 2, 10)


def test_a_response_that_takes_over_keeps_the_run() -> None:
    """A text put in force under another response goes on where both hold the phase."""
    scope = Scope(0, Link.REGISTRATION)
    cut = START + 48 * HOUR
    later = replace(term(2, SIMPLE, scope, cut, None), response_id=2)
    lineage = Lineage(1, (term(1, SIMPLE, scope, START, cut), later), fits)
    first = [Segment(0, 999_999, ((START, Phase.LEVEL_1),))]
    second = [
        Segment(0, 440_099, ((START, Phase.LEVEL_2),)),
        Segment(440_100, 999_999, ((cut + HOUR, Phase.LEVEL_2),)),
    ]
    found = lineage_windows(lineage, segments={1: first, 2: second}.__getitem__, at=cut + 2 * HOUR)
    assert [(each.low, each.high, each.due_at) for each in found] == [
        (0, 440_099, datetime(2020, 2, 7, tzinfo=ZONE)),
        (440_100, 999_999, datetime(2020, 2, 9, tzinfo=ZONE)),
    ]
    assert {each.period.start for each in found} == {START.date()}


@given(specs(), scopes, st.sets(moments, min_size=1, max_size=4), grounds(), moments, st.data())
@settings(max_examples=150, deadline=None)
def test_amendments_that_leave_the_manner_alone_need_no_lineage(
    spec: DutySpec,
    scope: Scope,
    cuts: set[datetime],
    ground: list[Segment],
    at: datetime,
    data: st.DataObject,
) -> None:
    """The short way for duties that no amendment changed gives the same windows as the long one."""
    ordered = sorted(cuts)
    terms = tuple(
        term(n, replace(spec, minutes=n), scope, since, until)
        for n, (since, until) in enumerate(zip(ordered, [*ordered[1:], None], strict=True), 1)
    )
    lineage = Lineage(1, tuple(each for each in terms if each.from_at <= at), fits)
    if not lineage.terms:
        return
    assert lineage.is_steady(at)
    day = data.draw(st.sampled_from([None, *days_near(at), ordered[0].astimezone(ZONE).date()]))
    moment = at
    if day is not None and spec.recurrence is not Recurrence.ONCE:
        moment = min(at, ground_end(spec.recurrence, day))
    plain = windows(
        1,
        spec,
        version_id=0,
        library_id=lineage.terms[-1].library_id,
        scope=scope,
        effective_at=ordered[0],
        segments=known(ground, moment),
        at=at,
        day=day,
    )
    found = ask(lineage, ground, at, day)
    for point, kind in everybody():
        short = [
            (told(each), lineage.version_at(at, min(at, closing(each, at))))
            for each in mine(lineage, [replace(w, version_id=1) for w in plain], point, kind)
        ]
        assert short == [
            (told(each), each.version_id) for each in mine(lineage, found, point, kind)
        ]


def closing(window: Window, at: datetime) -> datetime:
    closes = window.period.closes_at
    return at if closes is None else closes - timedelta(microseconds=1)
