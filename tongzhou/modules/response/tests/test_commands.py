"""Starting a response and setting phases: who may, what is refused, what is known when."""

from datetime import timedelta

import pytest

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.response import commands, public, queries
from tongzhou.modules.response.contracts import Phase
from tongzhou.modules.response.tests.conftest import (
    AT,
    GUANGDONG,
    GUANGZHOU,
    HUBEI,
    NATION,
    START,
    TIANHE,
    Set,
    actor,
)

pytestmark = pytest.mark.django_db
DECIDERS = {Role.OFFICER, Role.LEADER, Role.SYSTEM}
DAY = timedelta(days=1)


@pytest.mark.parametrize("role", [each for each in Role if each not in DECIDERS])
def test_set_phase_is_forbidden_to_everybody_who_does_not_decide(put: Set, role: Role) -> None:
    with pytest.raises(Forbidden):
        put(GUANGZHOU, "LEVEL_1", 1, actor=actor(GUANGZHOU, role))


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LEADER])
def test_set_phase_inside_ones_own_regions(put: Set, response: int, role: Role) -> None:
    put(TIANHE, "LEVEL_2", 1, actor=actor(GUANGZHOU, role))
    held = queries.get_phase(response, TIANHE, AT)
    assert (held.phase, held.own, held.origin) == (Phase.LEVEL_2, True, "天河区")


@pytest.mark.parametrize("region", [GUANGDONG, NATION, HUBEI, 440300])
def test_set_phase_is_forbidden_outside_ones_own_regions(
    put: Set, response: int, region: int
) -> None:
    with pytest.raises(Forbidden) as caught:
        put(region, "LEVEL_2", 1, actor=actor(GUANGZHOU))
    assert caught.value.code == "phase-not-yours"
    assert queries.list_changes(response, AT) == []


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"response_id": 999_999}, Missing, ""),
        ({"region_id": 999_998}, Missing, ""),
        ({"phase": "LEVEL_5"}, Refusal, "phase"),
        ({"phase": "一级响应"}, Refusal, "phase"),
        ({"decided_by": "  "}, Refusal, "decided_by"),
        ({"decided_by": "府" * 121}, Refusal, "decided_by"),
        ({"note": "字" * 2_001}, Refusal, "note"),
        ({"document": "字" * 201}, Refusal, "document"),
        ({"from_at": START + 40 * DAY}, Refusal, "from_at"),
        ({"from_at": START - DAY}, Refusal, "from_at"),
    ],
)
def test_set_phase_refuses(
    put: Set, response: int, changes: dict[str, object], error: type[Refusal], field: str
) -> None:
    with pytest.raises(error) as caught:
        put(GUANGZHOU, "LEVEL_1", 1, **changes)
    assert caught.value.field == field
    assert queries.list_changes(response, AT) == []


def test_set_phase_twice_for_one_moment_is_a_conflict(put: Set) -> None:
    put(GUANGZHOU, "LEVEL_1", 1)
    with pytest.raises(Conflict):
        put(GUANGZHOU, "LEVEL_2", 1)


def test_a_repeated_key_sets_once(put: Set, response: int) -> None:
    first = put(GUANGZHOU, "LEVEL_1", 1, actor=actor(GUANGZHOU), idempotency_key="k")
    again = put(GUANGZHOU, "LEVEL_1", 1, actor=actor(GUANGZHOU), idempotency_key="k")
    assert first == again
    assert len(queries.list_changes(response, AT)) == 1


def test_regions_below_follow_and_own_settings_stay(put: Set, response: int) -> None:
    put(GUANGDONG, "LEVEL_1", 1)
    put(TIANHE, "LEVEL_2", 2)
    put(GUANGDONG, "LEVEL_3", 3)
    found = {each.region.id: each for each in queries.list_phases(response, GUANGZHOU, AT)}
    assert found[TIANHE].phase is Phase.LEVEL_2
    assert found[440103].phase is Phase.LEVEL_3
    assert found[440103].origin == "广东省"
    assert queries.get_phase(response, GUANGDONG, AT).differing == 1
    assert queries.get_phase(response, HUBEI, AT).phase is None
    put(TIANHE, "INHERIT", 4)
    assert queries.get_phase(response, TIANHE, AT).phase is Phase.LEVEL_3


def test_a_late_record_does_not_change_what_was_known(put: Set, response: int) -> None:
    put(HUBEI, "LEVEL_1", 4, from_at=START + DAY)
    assert queries.get_phase(response, HUBEI, START + 2 * DAY).phase is None
    assert queries.get_phase(response, HUBEI, START + 4 * DAY).phase is Phase.LEVEL_1
    assert queries.get_phase(response, HUBEI, START + 4 * DAY).since == START + DAY


def test_a_setting_ahead_is_listed_but_not_in_force(put: Set, response: int) -> None:
    put(GUANGDONG, "LEVEL_1", 1, from_at=START + 5 * DAY)
    (change,) = queries.list_changes(response, START + 2 * DAY)
    assert change.scheduled
    assert queries.get_phase(response, GUANGDONG, START + 2 * DAY).phase is None
    assert queries.get_phase(response, GUANGDONG, START + 5 * DAY).phase is Phase.LEVEL_1


def test_changes_tell_before_after_and_who_does_not_follow(put: Set, response: int) -> None:
    put(GUANGDONG, "LEVEL_1", 1)
    put(TIANHE, "LEVEL_2", 2)
    put(GUANGDONG, "LEVEL_3", 3)
    newest = queries.list_changes(response, AT)[0]
    assert (newest.before, newest.after) == (Phase.LEVEL_1, Phase.LEVEL_3)
    assert [each.name for each in newest.kept] == ["天河区"]
    assert queries.list_changes(response, AT, HUBEI) == []
    assert len(queries.list_changes(response, AT, TIANHE)) == 3


def test_the_preview_says_what_the_command_does(put: Set, response: int) -> None:
    put(TIANHE, "LEVEL_2", 1)
    moment = START + 2 * DAY
    seen = queries.preview_setting(
        actor=actor(GUANGZHOU),
        at=moment,
        response_id=response,
        region_id=GUANGZHOU,
        phase="LEVEL_1",
        from_at=moment,
    )
    assert (seen.before, seen.after) == (None, Phase.LEVEL_1)
    assert [each.name for each in seen.following] == ["荔湾区", "白云区"]
    assert [each.name for each in seen.kept] == ["天河区"]
    assert not seen.backdated
    assert not seen.scheduled
    assert queries.get_phase(response, GUANGZHOU, moment).phase is None


def test_setting_a_phase_leaves_an_audit_line(put: Set, response: int) -> None:
    put(GUANGZHOU, "LEVEL_1", 1)
    line = AuditLine.objects.filter(stem="response.phase.set").get()
    assert line.target == f"response/{response}/region/{GUANGZHOU}"
    assert line.facts["phase"] == "LEVEL_1"


@pytest.mark.parametrize("role", [each for each in Role if each not in DECIDERS])
def test_start_response_is_forbidden_to_everybody_who_does_not_decide(
    country: None, role: Role
) -> None:
    with pytest.raises(Forbidden):
        commands.start_response(
            actor=actor(GUANGZHOU, role), at=AT, name="疫情", kind="EPIDEMIC", started_at=START
        )


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"name": "  "}, Refusal, "name"),
        ({"name": "长" * 121}, Refusal, "name"),
        ({"name": "疫情防控"}, Conflict, "name"),
        ({"kind": "PLAGUE"}, Refusal, "kind"),
        ({"started_at": AT + DAY}, Refusal, "started_at"),
    ],
)
def test_start_response_refuses(
    response: int, changes: dict[str, object], error: type[Refusal], field: str
) -> None:
    wish: dict[str, object] = {"name": "防汛", "kind": "DISASTER", "started_at": START}
    with pytest.raises(error) as caught:
        commands.start_response(
            actor=actor(GUANGZHOU),
            at=AT,
            **{**wish, **changes},  # type: ignore[arg-type]  # shorthand
        )
    assert caught.value.field == field


def test_the_ribbon_shows_the_gravest_response_where_the_actor_is(put: Set, response: int) -> None:
    assert public.ribbon(actor=actor(GUANGZHOU), at=AT) is None
    put(GUANGDONG, "NORMALISED", 1)
    flood = commands.start_response(
        actor=SYSTEM, at=START, name="防汛", kind="DISASTER", started_at=START
    )
    put(GUANGDONG, "LEVEL_3", 2, response_id=flood)
    shown = public.ribbon(actor=actor(GUANGZHOU), at=AT)
    assert shown is not None
    assert (shown["response"], shown["level_code"], shown["place"]) == (
        "防汛",
        "LEVEL_3",
        "广州市",
    )
    assert shown["since"] == (START + 2 * DAY).date()
    assert public.ribbon(actor=actor(HUBEI), at=AT) is None
    assert public.ribbon(actor=actor(GUANGZHOU, Role.PUBLIC), at=AT) is None


def test_only_regions_entered_for_one_that_ended_take_over_its_own_phase(
    put: Set, response: int
) -> None:
    standing = queries.get_phase(response, 440111, AT).phase
    put(TIANHE, "LEVEL_2", 1)
    commands.inherit_phases(TIANHE, [440103], AT)
    assert queries.get_phase(response, 440103, AT).phase == Phase.LEVEL_2
    assert queries.get_phase(response, 440111, AT).phase == standing != Phase.LEVEL_2
