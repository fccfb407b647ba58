"""Settings inherited down the tree: laws that hold for any history, and the refusals."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.base.errors import Conflict, Refusal
from tongzhou.modules.registry.public import ancestors, span
from tongzhou.modules.response import rules
from tongzhou.modules.response.contracts import IN_FORCE, Phase, Setting

DAY_0 = datetime(2020, 1, 20, tzinfo=UTC)
REGIONS = [0, 420000, 440000, 440100, 440103, 440106, 440300, 441900]


def setting(region: int, phase: Phase, day: int) -> Setting:
    low, high = span(region)
    return Setting(low=low, high=high, phase=phase, from_at=DAY_0 + timedelta(days=day))


settings = st.lists(
    st.builds(
        setting,
        st.sampled_from(REGIONS),
        st.sampled_from(list(Phase)),
        st.integers(min_value=0, max_value=60),
    ),
    max_size=25,
    unique_by=lambda each: (each.low, each.high, each.from_at),
)
days = st.integers(min_value=-1, max_value=70)
regions = st.sampled_from(REGIONS)


@given(settings, days)
def test_segments_tile_the_nation(held: list[Setting], day: int) -> None:
    found = rules.segments(held, DAY_0 + timedelta(days=day))
    assert found[0].low == 0
    assert found[-1].high == 999_999
    assert all(a.high + 1 == b.low for a, b in pairwise(found))


@given(settings, days, regions)
def test_the_nearest_own_setting_decides_whatever_is_set_above(
    held: list[Setting], day: int, region: int
) -> None:
    at = DAY_0 + timedelta(days=day)
    expected = None
    for place in (region, *reversed(ancestors(region))):
        own = [each for each in held if (each.low, each.high) == span(place) and each.from_at <= at]
        last = max(own, key=lambda each: each.from_at, default=None)
        if last is not None and last.phase != Phase.INHERIT:
            expected = last.phase
            break
    assert rules.phase_at(rules.segments(held, at), region).phase == expected


@given(settings, days, regions, st.sampled_from(IN_FORCE))
def test_inherit_restores_what_would_hold_without_the_own_settings(
    held: list[Setting], day: int, region: int, phase: Phase
) -> None:
    others = [each for each in held if (each.low, each.high) != span(region)]
    at = DAY_0 + timedelta(days=100)
    back = [*held, setting(region, phase, 90), setting(region, Phase.INHERIT, 91)]
    without = rules.phase_at(rules.segments(others, at), region).phase
    assert rules.phase_at(rules.segments(back, at), region).phase == without


@given(settings, days, regions)
def test_the_origin_explains_the_phase(held: list[Setting], day: int, region: int) -> None:
    at = DAY_0 + timedelta(days=day)
    source = rules.origin(held, region, at)
    phase = rules.phase_at(rules.segments(held, at), region).phase
    assert phase == (source.phase if source else None)
    assert source is None or source.low <= region <= source.high


@given(settings, regions)
def test_history_never_repeats_a_phase_and_runs_forward(held: list[Setting], region: int) -> None:
    history = rules.phase_at(rules.segments(held, DAY_0 + timedelta(days=99)), region).history
    assert all(a[0] < b[0] and a[1] != b[1] for a, b in pairwise(history))


@pytest.mark.parametrize(
    ("held", "new", "code"),
    [
        ([], setting(440000, Phase.LEVEL_1, -1), "phase-before-start"),
        ([], setting(440000, Phase.LEVEL_1, 41), "phase-too-far"),
        ([], setting(0, Phase.INHERIT, 5), "phase-no-parent"),
        ([], setting(440000, Phase.INHERIT, 5), "phase-nothing-own"),
        (
            [setting(0, Phase.LEVEL_1, 1)],
            setting(440000, Phase.INHERIT, 5),
            "phase-nothing-own",
        ),
        (
            [setting(440000, Phase.LEVEL_1, 1), setting(440000, Phase.INHERIT, 2)],
            setting(440000, Phase.INHERIT, 5),
            "phase-nothing-own",
        ),
        ([setting(440000, Phase.LEVEL_1, 1)], setting(440000, Phase.LEVEL_1, 5), "phase-unchanged"),
        ([], setting(440000, Phase.ENDED, 5), "phase-nothing-to-end"),
    ],
)
def test_a_setting_that_says_nothing_or_comes_at_the_wrong_time_is_refused(
    held: list[Setting], new: Setting, code: str
) -> None:
    with pytest.raises(Refusal) as caught:
        rules.check_setting(held, new, started_at=DAY_0, at=DAY_0 + timedelta(days=10))
    assert caught.value.code == code
    assert caught.value.field in {"phase", "from_at"}
    assert caught.value.way_out


def test_two_settings_for_one_moment_are_a_conflict() -> None:
    held = [setting(440000, Phase.LEVEL_1, 5)]
    with pytest.raises(Conflict) as caught:
        rules.check_setting(
            held,
            setting(440000, Phase.LEVEL_2, 5),
            started_at=DAY_0,
            at=DAY_0 + timedelta(days=10),
        )
    assert caught.value.code == "phase-same-moment"


@pytest.mark.parametrize(
    ("held", "new"),
    [
        ([], setting(440000, Phase.LEVEL_1, 0)),
        ([], setting(440000, Phase.LEVEL_1, 40)),
        ([setting(0, Phase.LEVEL_1, 1)], setting(440000, Phase.LEVEL_1, 5)),
        ([setting(0, Phase.LEVEL_1, 1)], setting(440000, Phase.ENDED, 5)),
        ([setting(440000, Phase.LEVEL_1, 1)], setting(440000, Phase.INHERIT, 5)),
        ([setting(440000, Phase.LEVEL_1, 1)], setting(440100, Phase.LEVEL_1, 1)),
    ],
)
def test_a_setting_that_says_something_is_let_through(held: list[Setting], new: Setting) -> None:
    rules.check_setting(held, new, started_at=DAY_0, at=DAY_0 + timedelta(days=10))
