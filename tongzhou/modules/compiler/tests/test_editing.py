"""Commands of the editor on PostgreSQL: every change one row, undone or refused by item."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from tests.world import AT, GUANGZHOU, TIANHE, World
from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import StoredFile
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import (
    ClauseDraft,
    DutyDraft,
    DutyState,
    Kind,
    Origin,
    Question,
    State,
)
from tongzhou.modules.compiler.models import Change, Compilation, WorkingDuty
from tongzhou.modules.compiler.rules.tree import faults
from tongzhou.modules.compiler.tests.drafts import NOTICE, SPEC, stretches
from tongzhou.modules.directives.public import Received, list_expressions

LATER = AT + timedelta(minutes=5)


def clauses(number: int) -> list[ClauseDraft]:
    return queries.list_working_clauses(number)


def duties(number: int) -> list[DutyDraft]:
    return queries.list_working_duties(number)


def clause(number: int, address: str) -> ClauseDraft:
    return next(each for each in clauses(number) if each.address == address)


def changes(number: int) -> list[Change]:
    return list(Change.objects.filter(compilation_id=number).order_by("seq"))


def ready(number: int) -> DutyDraft:
    """Return the first duty, made fit to be accepted."""
    first = duties(number)[0]
    WorkingDuty.objects.filter(compilation_id=number).update(questions=[])
    return replace(first, questions=())


def decide(actor: Actor, number: int, duty: DutyDraft, decision: str, **more: Any) -> int:
    return commands.decide_duty(
        actor=actor, at=LATER, compilation_id=number, key=duty.key, revision=duty.revision,
        decision=decision, **more,
    )  # fmt: skip


def undo(actor: Actor, number: int, seq: int) -> int:
    return commands.undo_change(actor=actor, at=LATER, compilation_id=number, seq=seq)


# ---------------------------------------------------------------------------- intake


def test_a_text_becomes_a_compilation_at_once(officer: Actor, notice: int) -> None:
    row = queries.get_compilation(officer, notice)
    assert (row.state, row.kind, row.scope_region, row.scope_by) == (
        State.EDITING, Kind.NEW, GUANGZHOU, "REGISTRATION",
    )  # fmt: skip
    assert (row.head.title, row.head.doc_number) == (
        "关于做好假期安全工作的通知", "粤民函〔2023〕7号",
    )  # fmt: skip
    assert (row.head.issuer, row.head.issued_on) == ("广东省民政厅", date(2023, 1, 6))
    assert row.head.urn == "cn/gd/2023/7@2023-01-06"
    assert row.response_id is not None
    assert queries.get_source(officer, notice) == NOTICE
    assert faults(clauses(notice), len(NOTICE)) == []
    found = duties(notice)
    assert len(found) >= 6
    assert all(each.state is DutyState.PROPOSED for each in found)
    assert all(each.origin is Origin.PARSER and each.proposal["reasons"] for each in found)
    for each in found:
        assert each.spec["quote"] == "".join(NOTICE[each.start : each.end].split())
    keys = [each.key for each in clauses(notice)] + [each.key for each in found]
    assert len(keys) == len(set(keys))
    assert changes(notice) == []


def test_a_double_click_loads_once(officer: Actor) -> None:
    def load() -> int:
        return commands.create_compilation(
            actor=officer, at=AT, received=Received(NOTICE, "paste"), idempotency_key="once"
        )

    assert load() == load()
    assert Compilation.objects.count() == 1


def test_the_file_is_kept_under_a_name_that_tells_what_it_is(officer: Actor) -> None:
    made = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(NOTICE, "txt", notes=("有 1 张图片没有读取。",)),
        original=commands.Original("通知.doc", io.BytesIO(NOTICE.encode()), len(NOTICE.encode())),
        source_note=" 门户网站 ",
    )
    row = queries.get_compilation(officer, made)
    assert row.head.source_note == "门户网站"
    stored = StoredFile.objects.get(pk=row.original or "")
    assert (stored.name, stored.user_id) == ("通知.txt", officer.user_id)


@pytest.mark.parametrize(
    ("text", "words"),
    [("。" * 300_001, "文字太长"), ("关于\x00的通知", "无法保存"), ("  \n ", "没有从这段文字")],
)
def test_a_text_that_cannot_be_worked_on_leaves_nothing(
    officer: Actor, text: str, words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        commands.create_compilation(actor=officer, at=AT, received=Received(text, "paste"))
    assert not Compilation.objects.exists()
    assert not StoredFile.objects.exists()


def test_only_officers_load_and_only_their_own_authority_sees(world: World, notice: int) -> None:
    for name in ("leader", "clerk", "secretary"):
        with pytest.raises(Forbidden):
            commands.create_compilation(
                actor=world.people[name], at=AT, received=Received(NOTICE, "paste")
            )
    for name in ("district", "shenzhen", "province"):
        with pytest.raises(Missing):
            queries.get_compilation(world.people[name], notice)
        with pytest.raises(Missing):
            undo(world.people[name], notice, 1)
    assert queries.get_compilation(world.people["leader"], notice).id == notice


def test_an_amendment_says_of_what(officer: Actor) -> None:
    with pytest.raises(Refusal, match="对哪份文件"):
        commands.create_compilation(
            actor=officer, at=AT, received=Received(NOTICE, "paste"), kind=Kind.AMENDMENT
        )
    with pytest.raises(Missing):
        commands.create_compilation(
            actor=officer, at=AT, received=Received(NOTICE, "paste"), kind=Kind.SUPPLEMENT,
            base_id=999_999,
        )  # fmt: skip


def test_a_copy_begins_anew_and_the_first_stays(officer: Actor, notice: int) -> None:
    decide(officer, notice, ready(notice), "accept")
    copy = commands.copy_compilation(actor=officer, at=LATER, compilation_id=notice)
    assert [each.state for each in duties(copy)] == [each.state for each in duties(notice)]
    assert [each.address for each in clauses(copy)] == [each.address for each in clauses(notice)]
    assert queries.get_source(officer, copy) == NOTICE
    assert changes(copy) == []


def test_put_aside_and_taken_up_again(officer: Actor, notice: int) -> None:
    commands.discard_compilation(actor=officer, at=LATER, compilation_id=notice)
    commands.discard_compilation(actor=officer, at=LATER, compilation_id=notice)
    assert len(queries.list_compilations(officer)) == 0
    with pytest.raises(Refusal, match="已经作废"):
        commands.accept_sure(actor=officer, at=LATER, compilation_id=notice)
    with pytest.raises(Refusal):
        undo(officer, notice, 1)
    commands.restore_compilation(actor=officer, at=LATER, compilation_id=notice)
    commands.restore_compilation(actor=officer, at=LATER, compilation_id=notice)
    assert queries.get_compilation(officer, notice).state is State.EDITING
    assert [each.action for each in changes(notice)] == ["discard", "restore"]
    with pytest.raises(Refusal, match="没有改动内容"):
        undo(officer, notice, 1)


@pytest.mark.parametrize(("state", "words"), [("SUBMITTED", "送审"), ("SIGNED", "签发")])
def test_what_is_submitted_or_signed_cannot_be_changed(
    officer: Actor, notice: int, state: str, words: str
) -> None:
    Compilation.objects.filter(pk=notice).update(state=state)
    first = duties(notice)[0]
    item = clauses(notice)[1]
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice}
    one: dict[str, Any] = {"key": first.key, "revision": 1}
    acts: list[Callable[[], object]] = [
        lambda: decide(officer, notice, first, "accept"),
        lambda: commands.change_duty(**on, **one, spec=SPEC),
        lambda: commands.add_duty(**on, start=first.start, end=first.end),
        lambda: commands.reset_duty(**on, **one),
        lambda: commands.merge_clause(**on, key=item.key, revision=1),
        lambda: commands.change_groups(**on, revision=1, groups={"A": {}}),
        lambda: commands.discard_compilation(**on),
        lambda: undo(officer, notice, 1),
    ]
    for act in acts:
        with pytest.raises(Refusal, match=words):
            act()


# ---------------------------------------------------------------------------- duties


def test_accepting_is_one_change_and_undone_and_redone(officer: Actor, notice: int) -> None:
    duty = ready(notice)
    seq = decide(officer, notice, duty, "accept")
    (change,) = changes(notice)
    assert (change.seq, change.action, change.actor, change.at) == (
        seq, "duty.accept", officer.label, LATER,
    )  # fmt: skip
    assert change.before == {f"d{duty.key}": {"state": "PROPOSED"}}
    held = duties(notice)[0]
    assert (held.state, held.revision) == (DutyState.ACCEPTED, 2)
    # A second click changes nothing and is no error.
    assert decide(officer, notice, duty, "accept") == 0
    back = undo(officer, notice, seq)
    assert duties(notice)[0].state is DutyState.PROPOSED
    redone = undo(officer, notice, back)
    assert duties(notice)[0].state is DutyState.ACCEPTED
    assert [each.undoes for each in changes(notice)] == [None, seq, back]
    row = queries.get_compilation(officer, notice)
    assert (row.changed_at, row.changer) == (LATER, officer.label)
    assert redone == 3


def test_an_open_question_keeps_a_duty_from_being_accepted(officer: Actor, notice: int) -> None:
    duty = ready(notice)
    question = {"code": "who", "field": "bearer", "text": "由谁承担？"}
    WorkingDuty.objects.filter(compilation_id=notice, key=duty.key).update(questions=[question])
    with pytest.raises(Refusal, match="1 个问题"):
        decide(officer, notice, duty, "accept")
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice, "key": duty.key}
    bearer = {"kind": "AUTHORITY"}
    commands.answer_question(**on, revision=1, code="who", answer={"bearer": bearer})
    assert commands.answer_question(**on, revision=1, code="who") == 0
    held = duties(notice)[0]
    assert (held.questions, held.spec["bearer"], held.revision) == ((), bearer, 2)
    undo(officer, notice, 1)
    assert duties(notice)[0].questions == (Question("who", "bearer", "由谁承担？"),)
    spec = {**SPEC, "guide": {"zh": "排班。"}}
    commands.change_duty(**on, revision=3, spec=spec, accept=True)
    held = duties(notice)[0]
    assert (held.state, held.questions, held.spec["guide"]) == (
        DutyState.ACCEPTED, (), {"zh": "排班。"},
    )  # fmt: skip
    assert held.spec["quote"] == duty.spec["quote"]
    assert commands.change_duty(**on, revision=1, spec=spec, accept=True) == 0


def test_all_sure_ones_are_one_change(officer: Actor, notice: int) -> None:
    ready(notice)
    commands.accept_sure(actor=officer, at=LATER, compilation_id=notice)
    accepted = [each for each in duties(notice) if each.state is DutyState.ACCEPTED]
    assert accepted
    assert all(each.proposal["confidence"] >= 0.9 for each in accepted)
    assert len(changes(notice)) == 1
    assert commands.accept_sure(actor=officer, at=LATER, compilation_id=notice) == 0
    undo(officer, notice, 1)
    assert not [each for each in duties(notice) if each.state is DutyState.ACCEPTED]


def test_split_merge_and_back(officer: Actor, notice: int) -> None:
    before = duties(notice)
    duty = next(each for each in before if "每日16:00" in each.spec["quote"])
    place = NOTICE.index("每日16:00")
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice}
    commands.split_duty(**on, key=duty.key, revision=1, place=place, idempotency_key="k")
    commands.split_duty(**on, key=duty.key, revision=1, place=place, idempotency_key="k")
    assert len(duties(notice)) == len(before) + 1
    second = next(each for each in duties(notice) if each.origin is Origin.OFFICER)
    assert second.spec["quote"].startswith("每日16:00前")
    commands.merge_duties(
        **on, key=duty.key, revision=2, other_key=second.key, other_revision=second.revision
    )
    assert len(duties(notice)) == len(before)
    assert duties(notice)[before.index(duty)].spec["quote"] == duty.spec["quote"]
    undo(officer, notice, 2)
    undo(officer, notice, 1)
    assert [replace(each, revision=1) for each in duties(notice)] == before
    with pytest.raises(Refusal, match="另一项"):
        commands.merge_duties(**on, key=duty.key, revision=5, other_key=duty.key, other_revision=5)


def test_a_duty_of_several_bearers_becomes_one_of_each(officer: Actor, notice: int) -> None:
    before = duties(notice)
    duty = before[0]
    asked = {"code": "bearers-several", "field": "bearer", "text": "x"}
    proposal = {**duty.proposal, "bearers": ["AUTHORITY", "CHARITY", "ASSOCIATION", "OTHER"]}
    WorkingDuty.objects.filter(compilation_id=notice, key=duty.key).update(
        questions=[asked], proposal=proposal
    )
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice}
    commands.share_duty(**on, key=duty.key, revision=1)
    of_words = [each for each in duties(notice) if each.start == duty.start]
    assert [each.spec["bearer"]["kind"] for each in of_words] == ["AUTHORITY", "ORGANISATION"]
    assert of_words[1].spec["bearer"]["groups"] == ["CHARITY", "ASSOCIATION"]
    assert {each.spec["quote"] for each in of_words} == {duty.spec["quote"]}
    assert not any(each.questions for each in of_words)
    assert of_words[1].origin is Origin.OFFICER
    assert {"CHARITY", "ASSOCIATION"} <= set(queries.get_compilation(officer, notice).groups)
    undo(officer, notice, 1)
    assert len(duties(notice)) == len(before)
    single = before[1]
    with pytest.raises(Refusal, match="按承担者分开"):
        commands.share_duty(**on, key=single.key, revision=single.revision)


def test_a_duty_is_added_pointed_elsewhere_and_put_back(officer: Actor, notice: int) -> None:
    ((start, end),) = stretches().find("发生突发事件")
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice}
    key = commands.add_duty(**on, start=start - 1, end=end)
    made = next(each for each in duties(notice) if each.key == key)
    assert (made.spec["quote"], made.origin) == ("发生突发事件", Origin.OFFICER)
    ((start, end),) = stretches().find("对不落实的要通报")
    commands.point_duty(**on, key=key, revision=1, start=start, end=end)
    pointed = next(each for each in duties(notice) if each.key == key)
    assert (pointed.spec["quote"], pointed.revision) == ("对不落实的要通报", 2)
    with pytest.raises(Refusal, match="手工添加"):
        commands.reset_duty(**on, key=key, revision=2)
    for start, end in ((0, 4), (5, 5), (-3, 4), (0, 10_000)):
        with pytest.raises(Refusal):
            commands.add_duty(**on, start=start, end=end)
    first = duties(notice)[0]
    commands.change_duty(**on, key=first.key, revision=1, spec=SPEC, accept=True)
    commands.reset_duty(**on, key=first.key, revision=2)
    assert replace(duties(notice)[0], revision=1) == first


# ---------------------------------------------------------------------------- two people


def test_a_stale_edit_is_a_conflict_that_names_who(
    officer: Actor, colleague: Actor, notice: int
) -> None:
    seen = ready(notice)
    decide(colleague, notice, seen, "reject", reason="重复")
    with pytest.raises(Conflict, match="colleague 在 02-05 10:05 改过") as refusal:
        commands.change_duty(
            actor=officer, at=LATER, compilation_id=notice, key=seen.key, revision=1, spec=SPEC
        )
    assert refusal.value.code == "stale"
    assert duties(notice)[0].spec["rejected"] == "重复"
    # Another item is nobody's conflict.
    other = duties(notice)[1]
    assert decide(officer, notice, other, "reject")


def test_a_change_that_was_built_on_is_not_undone(
    officer: Actor, colleague: Actor, notice: int
) -> None:
    seen = ready(notice)
    first = decide(officer, notice, seen, "accept")
    decide(colleague, notice, duties(notice)[0], "reject", reason="重复")
    with pytest.raises(Conflict, match=r"colleague .*第 2 次改动") as refusal:
        undo(officer, notice, first)
    assert "先撤销那一次" in refusal.value.way_out
    undo(colleague, notice, 2)
    undo(officer, notice, first)
    assert duties(notice)[0].state is DutyState.PROPOSED
    with pytest.raises(Missing):
        undo(officer, notice, 99)


def test_an_item_that_is_gone_tells_who_took_it(
    officer: Actor, colleague: Actor, notice: int
) -> None:
    item = clause(notice, "1.2")
    commands.merge_clause(
        actor=colleague, at=LATER, compilation_id=notice, key=item.key, revision=1
    )
    with pytest.raises(Conflict, match=r"colleague .*已经不在"):
        commands.move_clause(
            actor=officer, at=LATER, compilation_id=notice, key=item.key, revision=1,
            direction="in",
        )  # fmt: skip
    with pytest.raises(Missing):
        commands.merge_clause(actor=officer, at=LATER, compilation_id=notice, key=5_000, revision=1)


# ---------------------------------------------------------------------------- clauses and head


def test_clauses_are_split_moved_and_restored(officer: Actor, notice: int) -> None:
    before = clauses(notice)
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice}
    item = clause(notice, "2")
    commands.split_clause(**on, key=item.key, revision=1, place=NOTICE.index("鼓励志愿"))
    commands.move_clause(**on, key=clause(notice, "3").key, revision=1, direction="in")
    made = clause(notice, "2.1")
    assert made.text == "鼓励志愿服务组织参与值守。"
    commands.change_clause(
        **on, key=made.key, revision=made.revision, label="", heading="鼓励", kind="ITEM", level=2
    )
    ((start, end),) = stretches().find("关于做好假期安全工作的通知")
    added = commands.add_clause(**on, start=start, end=end)
    assert next(each for each in clauses(notice) if each.key == added).position == 0
    assert faults(clauses(notice), len(NOTICE)) == []
    for seq in (4, 3, 2, 1):
        undo(officer, notice, seq)
    assert [replace(each, revision=1) for each in clauses(notice)] == before
    with pytest.raises(Refusal, match="移动方式"):
        commands.move_clause(**on, key=item.key, revision=1, direction="up")


def test_undoing_out_of_order_never_lets_clauses_overlap(officer: Actor, notice: int) -> None:
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice}
    ((start, end),) = stretches().find("关于做好假期安全工作的通知")
    commands.add_clause(**on, start=start, end=start + 6)
    undo(officer, notice, 1)
    commands.add_clause(**on, start=start + 2, end=end)
    with pytest.raises(Conflict, match="第 3 次改动"):
        undo(officer, notice, 2)
    assert faults(clauses(notice), len(NOTICE)) == []


def test_the_head_is_corrected_and_undone(officer: Actor, notice: int) -> None:
    row = queries.get_compilation(officer, notice)
    head = replace(row.head, title="通知", recipients=("甲", "乙"), expires_on=date(2023, 3, 1))
    on: dict[str, Any] = {"actor": officer, "at": LATER, "compilation_id": notice}
    commands.change_head(**on, revision=1, head=head)
    changed = queries.get_compilation(officer, notice)
    assert (changed.head, changed.revision) == (head, 2)
    assert changes(notice)[0].before["head"].keys() == {"title", "recipients", "expires_on"}
    assert commands.change_head(**on, revision=1, head=head) == 0
    scope: dict[str, Any] = {
        "region": TIANHE, "by": "TERRITORY", "response_id": None, "effective_on": None,
        "expires_on": date(2023, 3, 1),
    }  # fmt: skip
    with pytest.raises(Conflict):
        commands.change_scope(**on, revision=1, **scope)
    commands.change_scope(**on, revision=2, **scope)
    undo(officer, notice, 1)
    last = queries.get_compilation(officer, notice)
    assert (last.head, last.scope_region, last.scope_by) == (row.head, TIANHE, "TERRITORY")
    group = {"label": {"zh": "商会"}, "any_of": ["TRADE_ASSOCIATION"]}
    commands.change_groups(**on, revision=4, groups={"CHAMBER": group})
    assert queries.get_compilation(officer, notice).groups == {"CHAMBER": group}
    with pytest.raises(Refusal) as refusal:
        commands.change_groups(**on, revision=5, groups={"CHAMBER": {**group, "any_of": ["NO"]}})
    assert refusal.value.code == "duty-spec"
    first = duties(notice)[0]
    spec = {**SPEC, "bearer": {"kind": "ORGANISATION", "groups": ["CHAMBER"]}}
    commands.change_duty(**on, key=first.key, revision=1, spec=spec)
    with pytest.raises(Refusal, match="还有 1 项任务"):
        commands.change_groups(**on, revision=5, groups={})


@pytest.mark.parametrize(
    "spec",
    [
        {"strength": "PERHAPS"},
        {"title": {"zh": "长" * 31}},
        {"bearer": {"kind": "ORGANISATION", "groups": ["NOBODY"]}},
        {"evidence": {"kind": "REPORT"}},
        {"evidence": "REPORT"},
        {"recurrence": "ONCE", "deadline": {"time": "16:00"}},
        {"poem": "…"},
        {"guide": {"zh": "长" * 70_000}},
    ],
)
def test_what_no_library_could_hold_is_refused(
    officer: Actor, notice: int, spec: dict[str, Any]
) -> None:
    first = duties(notice)[0]
    with pytest.raises(Refusal) as refusal:
        commands.change_duty(
            actor=officer, at=LATER, compilation_id=notice, key=first.key, revision=1, spec=spec
        )
    assert refusal.value.code == "duty-spec"
    commands.change_duty(
        actor=officer, at=LATER, compilation_id=notice, key=first.key, revision=1,
        spec={"title": {"zh": "值班"}, "guide": None, "evidence": {}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "长" * 301}, "title"),
        ({"urn": "x" * 141}, "urn"),
        ({"kind": "POEM"}, "kind"),
        ({"recipients": ("长" * 201,)}, "recipients"),
    ],
)
def test_a_head_that_cannot_be_kept_is_refused(
    officer: Actor, notice: int, changes: dict[str, Any], field: str
) -> None:
    head = replace(queries.get_compilation(officer, notice).head, **changes)
    with pytest.raises(Refusal) as refusal:
        commands.change_head(actor=officer, at=LATER, compilation_id=notice, revision=1, head=head)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"region": 440_300}, "scope_region"),
        ({"region": 440_000}, "scope_region"),
        ({"by": "PARENTAGE"}, "scope_by"),
        ({"response_id": 999_999}, "response_id"),
    ],
)
def test_nobody_binds_beyond_their_own_place(
    officer: Actor, notice: int, wish: dict[str, Any], field: str
) -> None:
    given: dict[str, Any] = {
        "region": GUANGZHOU, "by": "REGISTRATION", "response_id": None, "effective_on": None,
        "expires_on": None, **wish,
    }  # fmt: skip
    with pytest.raises(Refusal) as refusal:
        commands.change_scope(actor=officer, at=LATER, compilation_id=notice, revision=1, **given)
    assert refusal.value.field == field


def test_only_who_issued_a_text_or_stands_above_amends_it(world: World) -> None:
    city = next(each for each in list_expressions() if "广州" in each.issuer)

    def load(who: str, kind: Kind) -> int:
        return commands.create_compilation(
            actor=world.people[who], at=AT, received=Received(NOTICE, "paste"), kind=kind,
            base_id=city.id,
        )  # fmt: skip

    for who in ("district", "shenzhen"):
        with pytest.raises(Refusal, match="只能由发文机关"):
            load(who, Kind.AMENDMENT)
    assert load("district", Kind.SUPPLEMENT)
    assert load("officer", Kind.AMENDMENT)
    assert load("province", Kind.AMENDMENT)
