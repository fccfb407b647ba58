"""Reports: who may file, accept, return and reopen what, and what each step leaves behind."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import IO, Any

import pytest

from tests.world import AT, GUANGZHOU, LAUNCH, TODAY, World
from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.commands import Filing, Key
from tongzhou.modules.duties.queries import figures
from tongzhou.modules.duties.queries.lists import review_queue
from tongzhou.modules.duties.queries.reports import ReportView, get_report
from tongzhou.modules.duties.workflow import REPORT
from tongzhou.modules.response import public as response

MONDAY = date(2020, 2, 3)
FEBRUARY = date(2020, 2, 1)
HYGIENE = {"disinfected": "yes", "hazards": "2", "plan": "本周内清理完毕"}


class File:
    """A file as a form hands it over."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name: str | None = name
        self.size: int | None = len(content)
        self.file: IO[bytes] = io.BytesIO(content)


PDF = b"%PDF-1.4\nhello"


def send(world: World, who: str = "secretary", **changes: Any) -> dict[str, Any]:
    """File the weekly hygiene report of the chamber, or what the changes make of it."""
    given: dict[str, Any] = {
        "actor": world.people[who],
        "at": AT,
        "key": world.key("d8-hygiene", MONDAY),
        "data": HYGIENE,
    }
    return commands.submit_report(**{**given, **changes})


def read(world: World, key: Key | None = None, who: str = "secretary") -> ReportView:
    key = key or world.key("d8-hygiene", MONDAY)
    return get_report(world.people[who], key.period, key.duty_id, key.organisation_id, key.prov)


def count(world: World, duty: str = "d8-hygiene") -> figures.Figure:
    selection = figures.Selection(at=AT, duty_ids=(world.duty[duty],), node=GUANGZHOU)
    return figures.total(figures.figures(SYSTEM, selection))


def test_submit_report_leaves_a_report_a_step_an_audit_line_and_a_figure(world: World) -> None:
    before = count(world)
    assert (before.owed, before.submitted) == (3, 0)
    assert send(world) == {"version": 1, "late": False}
    view = read(world)
    assert (view.row.state, view.row.version, view.row.late) == ("SUBMITTED", 1, False)
    assert view.data == {"disinfected": True, "hazards": 2, "plan": "本周内清理完毕"}
    assert [(step.name, step.source, step.target) for step in view.steps] == [
        ("submit", "", "SUBMITTED")
    ]
    assert AuditLine.objects.filter(stem="duties.report.submit").count() == 1
    assert count(world) == replace(before, submitted=1)
    while commands.fold():
        pass
    assert count(world) == replace(before, submitted=1)


@pytest.mark.parametrize(
    ("duty", "day", "who", "data"),
    [
        ("d8-hygiene", MONDAY, "secretary", HYGIENE),
        ("d8-hygiene", MONDAY, "chair", HYGIENE),
        ("d222-know", LAUNCH, "secretary", {}),
        ("d13-first", FEBRUARY, "chair", {}),
        ("d213-serve", FEBRUARY, "party", None),
        ("d231-review", FEBRUARY, "board", {"reviewed_on": "2020-02-04", "problems": 0}),
    ],
)
def test_submit_report_is_open_to_the_organ_that_bears_it(
    world: World, duty: str, day: date, who: str, data: dict[str, Any] | None
) -> None:
    if duty == "d231-review":
        day = date(2020, 1, 1)  # January's period is awaited until the tenth of February
    if data is None:
        spec = next(row.spec for row in commands_duties(world) if row.id == world.duty[duty])
        data = {"service": spec.evidence.fields[0].choices[0].value}
    assert send(world, who, key=world.key(duty, day), data=data)["version"] == 1


def commands_duties(world: World) -> list[Any]:
    from tongzhou.modules.duties.queries.force import get_duty

    return [get_duty(number) for number in world.duty.values()]


@pytest.mark.parametrize(
    ("duty", "who"),
    [
        ("d8-hygiene", "party"),
        ("d8-hygiene", "board"),
        ("d213-serve", "secretary"),
        ("d213-serve", "chair"),
        ("d231-review", "secretary"),
        ("d231-review", "chair"),
        ("d13-first", "secretary"),
    ],
)
def test_submit_report_of_another_organ_is_forbidden(world: World, duty: str, who: str) -> None:
    with pytest.raises(Forbidden) as caught:
        send(world, who, key=world.key(duty, FEBRUARY), data={})
    assert caught.value.code == "other-organ"


@pytest.mark.parametrize("who", ["head", "stranger", "officer", "district", "province"])
def test_submit_report_for_another_organisation_is_missing(world: World, who: str) -> None:
    with pytest.raises(Missing):
        send(world, who)


def test_submit_report_needs_the_permission(world: World) -> None:
    with pytest.raises(Forbidden):
        send(world, "leader")


@pytest.mark.parametrize(
    ("duty", "day"),
    [
        ("d8-hygiene", MONDAY + timedelta(days=7)),  # next week has not begun
        ("d8-hygiene", MONDAY + timedelta(days=1)),  # a Tuesday names no week
        ("d8-hygiene", date(2020, 1, 20)),  # before the response
        ("d8-cases", TODAY + timedelta(days=1)),  # tomorrow
        ("d44-recover", LAUNCH),  # an authority's duty
        ("d352-drill", LAUNCH),  # a service institution's duty
    ],
)
def test_submit_report_of_what_is_not_owed_is_refused(world: World, duty: str, day: date) -> None:
    with pytest.raises(Refusal):
        send(world, key=world.key(duty, day), data={})
    assert count(world).submitted == 0


def test_submit_report_needs_a_response(world: World) -> None:
    response.set_phase(
        actor=SYSTEM,
        at=AT,
        response_id=world.response,
        region_id=GUANGZHOU,
        phase="ENDED",
        from_at=AT,
        decided_by="广州市人民政府",
    )
    with pytest.raises(Refusal) as caught:
        send(world, at=AT + timedelta(minutes=1), key=world.key("d8-cases", TODAY))
    assert caught.value.code in {"evidence", "not-owed"}
    with pytest.raises(Refusal) as caught:
        send(
            world,
            at=AT + timedelta(minutes=1),
            key=world.key("d8-cases", TODAY),
            data={"suspected": 0},
        )
    assert caught.value.code == "not-owed"


def test_a_one_off_duty_of_a_later_phase_can_be_reported(world: World) -> None:
    later = AT + timedelta(days=20)
    response.set_phase(
        actor=SYSTEM,
        at=later,
        response_id=world.response,
        region_id=GUANGZHOU,
        phase="ENDED",
        from_at=later,
        decided_by="广州市人民政府",
    )
    key = world.key("d44-recover", LAUNCH, "chamber")
    own = world.people["officer"]
    assert own.organisation_id is not None
    assert own.prov is not None
    key = replace(key, organisation_id=own.organisation_id, prov=own.prov)
    data = {"resumed_on": "2020-02-25", "postponed": "1"}
    assert send(world, "officer", at=later + timedelta(hours=1), key=key, data=data) == {
        "version": 1,
        "late": False,
    }


def test_a_phase_decided_for_the_past_is_owed_for_the_past(world: World) -> None:
    from_at = AT - timedelta(days=3)
    response.set_phase(
        actor=SYSTEM,
        at=AT,
        response_id=world.response,
        region_id=GUANGZHOU,
        phase="NORMALISED",
        from_at=from_at,
        decided_by="广州市人民政府",
    )
    with pytest.raises(Refusal):  # daily case reports stop at the moment decided for
        send(
            world,
            at=AT + timedelta(hours=1),
            key=world.key("d8-cases", TODAY - timedelta(days=1)),
            data={"suspected": 0},
        )
    assert send(
        world,
        at=AT + timedelta(hours=1),
        key=world.key("d8-cases", TODAY - timedelta(days=5)),
        data={"suspected": 0},
    )["late"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"disinfected": "yes"}, "hazards"),
        ({"disinfected": "yes", "hazards": "-1"}, "hazards"),
        ({"disinfected": "yes", "hazards": "many"}, "hazards"),
        ({"disinfected": "perhaps", "hazards": "0"}, "disinfected"),
        ({"disinfected": "yes", "hazards": "3"}, "plan"),
        ({**HYGIENE, "extra": "x"}, "extra"),
    ],
)
def test_submit_report_names_the_faulty_field(
    world: World, data: dict[str, str], field: str
) -> None:
    with pytest.raises(Refusal) as caught:
        send(world, data=data)
    assert set(caught.value.faults) == {field}
    assert count(world).submitted == 0


def test_submit_report_about_the_future_is_refused(world: World) -> None:
    with pytest.raises(Refusal) as caught:
        send(world, effective_on=TODAY + timedelta(days=1))
    assert caught.value.field == "effective_on"


def test_submit_report_after_the_deadline_is_taken_and_late(world: World) -> None:
    late = datetime(2020, 2, 11, 9, tzinfo=AT.tzinfo)
    assert send(world, at=late)["late"] is True
    assert read(world).row.late


def test_submit_report_needs_its_files_and_keeps_them(world: World) -> None:
    key = world.key("d222-plan", LAUNCH)
    data = {"revised_on": "2020-02-01"}
    with pytest.raises(Refusal) as caught:
        send(world, key=key, data=data)
    assert set(caught.value.faults) == {"files"}
    with pytest.raises(Refusal) as caught:
        send(world, key=key, data=data, uploads=[File("a.pdf", b"not a pdf")])
    assert caught.value.code == "file-content"
    send(world, key=key, data=data, uploads=[File("a.pdf", PDF)])
    view = read(world, key)
    assert [each.name for each in view.files] == ["a.pdf"]
    send(world, key=key, data=data, kept=[view.files[0].id], uploads=[File("b.pdf", PDF)])
    view = read(world, key)
    assert [each.name for each in view.files] == ["a.pdf", "b.pdf"]
    assert [len(each.files) for each in view.versions] == [1, 2]


def test_staged_files_are_taken_from_their_owner_alone(world: World) -> None:
    key = world.key("d222-plan", LAUNCH)
    data = {"revised_on": "2020-02-01"}
    made = commands.stage_files(
        actor=world.people["secretary"], at=AT, key=key, uploads=[File("a.pdf", PDF)]
    )
    staged = [identifier for identifier, _name in made]
    with pytest.raises(Refusal):
        send(world, "chair", key=key, data=data, staged=staged)
    with pytest.raises(Refusal):
        send(world, key=key, data=data, staged=staged, at=AT + timedelta(days=2))
    send(world, key=key, data=data, staged=staged)
    assert [each.name for each in read(world, key).files] == ["a.pdf"]


def test_submit_report_once_per_key(world: World) -> None:
    first = send(world, idempotency_key="k")
    assert send(world, idempotency_key="k") == first
    assert len(read(world).steps) == 1
    assert count(world).submitted == 1


def test_a_correction_is_a_version_and_not_a_second_report(world: World) -> None:
    send(world)
    assert send(world, data={**HYGIENE, "hazards": "1"})["version"] == 2
    view = read(world)
    assert [each.data["hazards"] for each in view.versions] == [2, 1]
    assert [step.name for step in view.steps] == ["submit", "correct"]
    assert count(world).submitted == 1


def test_a_form_opened_before_a_colleague_reported_is_a_conflict(world: World) -> None:
    send(world, based_on=0)
    with pytest.raises(Conflict):
        send(world, "chair", based_on=0)
    assert read(world).row.version == 1
    assert send(world, "chair", based_on=1)["version"] == 2


def test_a_whole_round_returns_and_accepts(world: World) -> None:
    send(world)
    officer = world.people["officer"]
    key = world.key("d8-hygiene", MONDAY)
    commands.return_report(actor=officer, at=AT, key=key, reason="请写明责任人")
    assert (count(world).returned, count(world).submitted) == (1, 0)
    assert read(world).row.reason == "请写明责任人"
    send(world, at=AT + timedelta(hours=1), data={**HYGIENE, "hazards": "0"})
    commands.accept_report(actor=officer, at=AT + timedelta(hours=2), key=key)
    view = read(world)
    assert [step.name for step in view.steps] == ["submit", "return", "resubmit", "accept"]
    assert (count(world).accepted, count(world).returned) == (1, 0)
    assert view.row.decider == "officer"
    commands.reopen_report(
        actor=officer, at=AT + timedelta(hours=3), key=key, reason="抽查发现不符"
    )
    assert (count(world).accepted, count(world).returned) == (0, 1)


def test_an_accepted_report_is_not_overwritten(world: World) -> None:
    send(world)
    key = world.key("d8-hygiene", MONDAY)
    commands.accept_report(actor=world.people["officer"], at=AT, key=key)
    with pytest.raises(Conflict):
        send(world)
    assert read(world).row.version == 1


Decide = Callable[..., Any]


@pytest.mark.parametrize(
    ("command", "facts"),
    [
        (commands.accept_report, {}),
        (commands.return_report, {"reason": "请补充"}),
        (commands.reopen_report, {"reason": "请补充"}),
    ],
)
@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("secretary", Forbidden),
        ("chair", Forbidden),
        ("leader", Forbidden),
        ("clerk", Forbidden),
        ("district", Forbidden),  # governs the place, did not register it
        ("province", Forbidden),
        ("shenzhen", Missing),
    ],
)
def test_only_the_registering_authority_decides(
    world: World, command: Decide, facts: dict[str, str], who: str, refusal: type[Refusal]
) -> None:
    send(world)
    key = world.key("d8-hygiene", MONDAY)
    with pytest.raises(refusal) as caught:
        command(actor=world.people[who], at=AT, key=key, **facts)
    assert type(caught.value) is refusal
    assert read(world).row.state == "SUBMITTED"


def test_nobody_reviews_their_own_authority(world: World) -> None:
    own = world.people["officer"]
    assert own.organisation_id is not None
    assert own.prov is not None
    key = Key(MONDAY, world.duty["d32-stock"], own.organisation_id, own.prov)
    stock = {"mask_days": 3, "cleaning_days": 9, "thermometers": 2, "short": "no"}
    send(world, "officer", key=key, data=stock)
    with pytest.raises(Forbidden) as caught:
        commands.accept_report(actor=own, at=AT, key=key)
    assert caught.value.code == "own-report"


def test_the_authority_above_decides_about_an_authority_s_own_report(world: World) -> None:
    own, above = world.people["officer"], world.people["province"]
    assert own.organisation_id is not None
    assert own.prov is not None
    key = Key(MONDAY, world.duty["d32-stock"], own.organisation_id, own.prov)
    stock = {"mask_days": 3, "cleaning_days": 9, "thermometers": 2, "short": "no"}
    send(world, "officer", key=key, data=stock)
    assert not any(row.organisation_id == own.organisation_id for row in review_queue(own)[0:99])
    assert [row.organisation_id for row in review_queue(above)[0:99]] == [own.organisation_id]
    assert read(world, key, "province").reviewer_id == above.authority_id
    with pytest.raises(Missing):
        commands.accept_report(actor=world.people["district"], at=AT, key=key)
    commands.accept_report(actor=above, at=AT, key=key)
    assert read(world, key, "officer").row.state == "ACCEPTED"


@pytest.mark.parametrize(
    ("first", "second"),
    [("accept", "accept"), ("accept", "return"), ("return", "accept"), ("return", "return")],
)
def test_the_second_officer_is_told_who_decided(world: World, first: str, second: str) -> None:
    send(world)
    key = world.key("d8-hygiene", MONDAY)

    def decide(step: str, who: str) -> None:
        if step == "accept":
            commands.accept_report(actor=world.people[who], at=AT, key=key)
        else:
            commands.return_report(actor=world.people[who], at=AT, key=key, reason="请补充")

    decide(first, "officer")
    with pytest.raises(Conflict) as caught:
        decide(second, "colleague")
    assert "officer" in caught.value.text()
    assert len(read(world).steps) == 2


def test_a_correction_under_the_reviewer_s_eyes_is_a_conflict(world: World) -> None:
    send(world)
    key = world.key("d8-hygiene", MONDAY)
    send(world, data={**HYGIENE, "hazards": "9"})
    with pytest.raises(Conflict) as caught:
        commands.accept_report(actor=world.people["officer"], at=AT, key=key, seen=1)
    assert caught.value.code == "corrected"
    commands.accept_report(actor=world.people["officer"], at=AT, key=key, seen=2)


def test_many_are_accepted_or_none(world: World) -> None:
    send(world)
    other = world.key("d8-hygiene", MONDAY, "school")
    send(world, "head", key=other)
    mine = world.key("d8-hygiene", MONDAY)
    with pytest.raises(Conflict):
        commands.accept_reports(
            actor=world.people["officer"], at=AT, keys=[mine, other], seen={mine: 1, other: 7}
        )
    assert count(world).accepted == 0
    assert (
        commands.accept_reports(
            actor=world.people["officer"], at=AT, keys=[mine, other], seen={mine: 1, other: 1}
        )
        == 2
    )
    assert count(world).accepted == 2


@pytest.mark.parametrize("reason", ["", " ", "短", "长" * 501])
def test_a_return_needs_a_reason_of_fitting_length(world: World, reason: str) -> None:
    send(world)
    with pytest.raises(Refusal) as caught:
        commands.return_report(
            actor=world.people["officer"],
            at=AT,
            key=world.key("d8-hygiene", MONDAY),
            reason=reason,
        )
    assert caught.value.field == "reason"


def test_a_missing_report_cannot_be_decided(world: World) -> None:
    with pytest.raises(Missing):
        commands.accept_report(
            actor=world.people["officer"], at=AT, key=world.key("d8-hygiene", MONDAY)
        )


@pytest.mark.parametrize(
    ("data", "state"),
    [({"suspected": 0}, "ACCEPTED"), ({"suspected": 1, "isolated": 1}, "SUBMITTED")],
)
def test_zeros_are_taken_on_receipt_and_cases_want_eyes(
    world: World, data: dict[str, Any], state: str
) -> None:
    from tongzhou.modules.duties.queries.force import get_duty

    spec = get_duty(world.duty["d8-cases"]).spec
    if state == "SUBMITTED":
        choice = next(each for each in spec.evidence.fields if each.name == "reported_to")
        data = {**data, "reported_to": choice.choices[0].value}
    key = world.key("d8-cases", TODAY)
    send(world, key=key, data=data)
    assert read(world, key).row.state == state


def test_a_blank_is_no_zero_report(world: World) -> None:
    with pytest.raises(Refusal) as caught:
        send(world, key=world.key("d8-cases", TODAY), data={"suspected": ""})
    assert "不填不等于零报告" in caught.value.faults["suspected"]
    assert count(world, "d8-cases").silent == 3


def test_submit_reports_files_checked_answers(world: World) -> None:
    filings = [
        Filing(world.key("d8-hygiene", MONDAY), {**HYGIENE, "hazards": "1,000"[:1]}),
        Filing(world.key("d8-hygiene", MONDAY, "school"), HYGIENE),
    ]
    assert commands.submit_reports(actor=SYSTEM, at=AT, filings=filings) == 2
    assert read(world).data["disinfected"] is True
    assert read(world).data["hazards"] == 1
    with pytest.raises(Forbidden):
        commands.submit_reports(actor=world.people["secretary"], at=AT, filings=filings)


def test_every_step_of_the_workflow_is_taken_somewhere_above() -> None:
    assert {step.name for step in REPORT.steps} == {
        "submit", "resubmit", "correct", "receive", "amend", "accept", "return", "reopen",
    }  # fmt: skip


def test_a_received_report_with_a_case_comes_back_for_review(world: World) -> None:
    from tongzhou.modules.duties.queries.force import get_duty

    key = world.key("d8-cases", TODAY)
    send(world, key=key, data={"suspected": 0})
    fields = get_duty(world.duty["d8-cases"]).spec.evidence.fields
    choice = next(each for each in fields if each.name == "reported_to").choices[0].value
    send(world, key=key, data={"suspected": 1, "isolated": 1, "reported_to": choice})
    view = read(world, key)
    assert [step.name for step in view.steps] == ["receive", "amend"]
    assert view.row.state == "SUBMITTED"
    assert (count(world, "d8-cases").submitted, count(world, "d8-cases").accepted) == (1, 0)


def test_save_draft_keeps_known_fields_and_is_gone_after_the_report(world: World) -> None:
    from tongzhou.modules.duties.queries.tasks import get_task

    secretary = world.people["secretary"]
    key = world.key("d8-hygiene", MONDAY)
    commands.save_draft(
        actor=secretary, at=AT, key=key, data={"hazards": "x", "csrfmiddlewaretoken": "t"}
    )
    task = get_task(secretary, AT, key.duty_id, MONDAY)
    assert task.draft == {"hazards": "x"}
    with pytest.raises(Forbidden):
        commands.save_draft(actor=world.people["board"], at=AT, key=key, data={})
    send(world)
    assert get_task(secretary, AT, key.duty_id, MONDAY).draft is None
