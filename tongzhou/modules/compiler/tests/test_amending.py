"""Amendments and supplements from a signed text: what is carried, asked, refused, and survives."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.world import AT, World
from tongzhou.base.errors import Refusal
from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import DutyDraft, DutyState, Kind, Origin, Relation
from tongzhou.modules.compiler.models import Compilation
from tongzhou.modules.compiler.queries.preview import get_preview
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.compiler.tests.promulgation import decide, guidance, sign, spec, submit
from tongzhou.modules.directives.public import Received, get_expression
from tongzhou.modules.duties import public as duties

pytestmark = pytest.mark.django_db

DECLARED = {
    "安排人员值班": spec("安排人员值班"),
    "不得擅自离岗": guidance("值班不得离岗", strength="MUST_NOT"),
    "提前报告": guidance("离岗提前报告"),
    "两小时内报告": guidance("突发事件两小时内报告"),
}
AMENDED = (
    NOTICE.replace("2023年1月6日", "2023年2月6日")
    .replace("每日16:00前", "每日17:00前")  # the sentence of a duty
    .replace("（1）确需离岗的，要提前报告。\n", "")  # a duty gone
    .replace("（2）未经同意不得离岗。", "（1）未经同意不得离岗。")
    .replace(
        "（二）对不落实的要通报。", "（二）对不落实的要通报。\n（三）各社会组织要张贴值班电话。"
    )
)
DAY = AT.date()


@pytest.fixture
def leader(world: World) -> Actor:
    """Return a leader of the city."""
    return world.people["leader"]


@pytest.fixture
def signed(notice: int, officer: Actor, leader: Actor) -> int:
    """Return the expression of the notice, signed and in force."""
    decide(officer, notice, DECLARED)
    submit(officer, notice)
    return sign(leader, notice)


@pytest.fixture
def amendment(signed: int, officer: Actor) -> int:
    """Return a compilation of the amended notice."""
    return commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(AMENDED, "paste"),
        kind=Kind.AMENDMENT,
        base_id=signed,
    )


def named(compilation_id: int, title: str) -> DutyDraft:
    """Return the working duty with a title."""
    return next(
        each
        for each in queries.list_working_duties(compilation_id)
        if each.origin is Origin.CARRIED and each.spec["title"]["zh"] == title
    )


def relate(actor: Actor, compilation_id: int, title: str, relation: str, **more: Any) -> int:
    """Decide about one carried duty."""
    duty = named(compilation_id, title)
    return commands.relate_duty(
        actor=actor,
        at=AT,
        compilation_id=compilation_id,
        key=duty.key,
        revision=duty.revision,
        relation=relation,
        **more,
    )


def root_of(signed: int, title: str) -> int:
    """Return the id of a duty of the signed notice."""
    urn = get_expression(signed).urn
    return next(
        duty.id
        for force in duties.list_enforcements(AT)
        if force.expression == urn
        for duty in duties.duties_of(force.library_id)
        if duty.spec.title.zh == title
    )


def test_carried_duties(amendment: int, signed: int, officer: Actor) -> None:
    """What survives is accepted, what changed is asked, what went is listed at its end."""
    row = queries.get_compilation(officer, amendment)
    work = get_expression(signed).work
    assert row.head.urn == f"{work}@2023-02-06"
    kept = named(amendment, "值班不得离岗")
    assert (kept.state, kept.relation) == (DutyState.ACCEPTED, Relation.CONTINUES)
    assert kept.root == root_of(signed, "值班不得离岗")
    changed = named(amendment, "安排人员值班")
    assert (changed.state, [q.code for q in changed.questions]) == (DutyState.PROPOSED, ["carry"])
    assert "16:00" in changed.questions[0].params["before"]
    assert "17:00" in changed.questions[0].params["after"]
    gone = named(amendment, "离岗提前报告")
    assert (gone.state, [q.code for q in gone.questions]) == (DutyState.PROPOSED, ["ending"])
    assert gone.start == gone.end


@pytest.mark.parametrize(
    ("words", "due"), [("每日报告值班情况", "20:00"), ("每日15:30前报告值班情况", "15:30")]
)
def test_what_an_officer_set_stays_unless_the_new_words_say_otherwise(
    notice: int, officer: Actor, leader: Actor, words: str, due: str
) -> None:
    """A time without words for it outlives them; a guide that only repeats them does not."""
    said = "各社会组织要每日安排人员值班。"
    text = NOTICE.replace("各社会组织要安排人员值班，每日16:00前向登记管理机关报告情况。", said)
    made = commands.create_compilation(actor=officer, at=AT, received=Received(text, "paste"))
    own = spec("安排人员值班", guide={"zh": said}, deadline={"time": "20:00"})
    decide(officer, made, {"安排人员值班": own})
    submit(officer, made)
    after = f"各社会组织要每日安排人员值班，{words}。"
    amending = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(text.replace(said, after).replace("1月6日", "2月6日"), "paste"),
        kind=Kind.AMENDMENT,
        base_id=sign(leader, made),
    )
    carried = named(amending, "安排人员值班")
    assert carried.spec["deadline"] == {"time": due}
    assert carried.spec["guide"]["zh"] == after
    assert carried.questions[0].words == after


def test_a_title_that_repeats_the_old_words_gives_way(
    notice: int, officer: Actor, leader: Actor
) -> None:
    """Nobody reads 每周自查一次 above a text that asks for two; a title of one's own stays."""
    said = "各社会组织要每周自查一次并做好记录。"
    text = NOTICE.replace("各社会组织要安排人员值班，每日16:00前向登记管理机关报告情况。", said)
    made = commands.create_compilation(actor=officer, at=AT, received=Received(text, "paste"))
    decide(officer, made, {"每周自查一次": spec("每周自查一次并做好记录")})
    submit(officer, made)
    after = text.replace("自查一次", "自查两次").replace("1月6日", "2月6日")
    amending = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(after, "paste"),
        kind=Kind.AMENDMENT,
        base_id=sign(leader, made),
    )
    changed = named(amending, "每周自查两次并做好记录")
    assert [each.code for each in changed.questions] == ["carry"]


def test_proposals_are_not_made_twice(amendment: int) -> None:
    """Words of a carried duty are not proposed again; unchanged clauses stay as decided."""
    held = queries.list_working_duties(amendment)
    carried = [each for each in held if each.origin is Origin.CARRIED and each.end > each.start]
    parsed = [each for each in held if each.origin is Origin.PARSER]
    for one in parsed:
        for other in carried:
            shared = min(one.end, other.end) - max(one.start, other.start)
            assert shared <= 0 or shared < (other.end - other.start) / 2
    open_now = [each.spec["quote"] for each in parsed if each.state is DutyState.PROPOSED]
    assert open_now == ["各社会组织要张贴值班电话。"]
    rejected = [each for each in parsed if each.state is DutyState.REJECTED]
    assert rejected
    assert all("没有改动" in each.spec["rejected"] for each in rejected)


def test_open_questions_keep_it_from_being_submitted(amendment: int, officer: Actor) -> None:
    """A person decides where meaning changed, before anybody signs."""
    with pytest.raises(Refusal) as refused:
        submit(officer, amendment)
    assert refused.value.code == "compilation-faults"


def test_decisions(amendment: int, signed: int, officer: Actor) -> None:
    """Carried on, made anew, or ended: each settles the question and can be undone."""
    relate(officer, amendment, "安排人员值班", "CONTINUES")
    kept = named(amendment, "安排人员值班")
    assert (kept.state, kept.root) == (DutyState.ACCEPTED, root_of(signed, "安排人员值班"))
    assert kept.spec["quote"].endswith("每日17:00前向登记管理机关报告情况")
    with pytest.raises(Refusal) as refused:
        relate(officer, amendment, "离岗提前报告", "CONTINUES")
    assert refused.value.code == "relation-words"
    seq = relate(officer, amendment, "离岗提前报告", "END")
    assert named(amendment, "离岗提前报告").state is DutyState.REJECTED
    commands.undo_change(actor=officer, at=AT, compilation_id=amendment, seq=seq)
    assert named(amendment, "离岗提前报告").questions


def test_anew_begins_without_history(amendment: int, officer: Actor) -> None:
    """As a new task it has no root, no old name, and is accepted."""
    old = named(amendment, "安排人员值班")
    relate(officer, amendment, "安排人员值班", "NEW")
    duty = named(amendment, "安排人员值班")
    assert (duty.relation, duty.root, duty.state) == (Relation.NEW, None, DutyState.ACCEPTED)
    assert duty.spec.get("id") != old.spec["id"]


def test_relations_that_do_not_fit(amendment: int, signed: int, officer: Actor) -> None:
    """An amendment refines nothing, and no duty is continued twice."""
    with pytest.raises(Refusal) as refused:
        relate(officer, amendment, "安排人员值班", "REFINES")
    assert refused.value.code == "relation"
    with pytest.raises(Refusal) as refused:
        relate(
            officer,
            amendment,
            "安排人员值班",
            "CONTINUES",
            root=root_of(signed, "值班不得离岗"),
        )
    assert refused.value.code == "continued-twice"


def report(world: World, root: int, day: date = DAY) -> None:
    """Report on a duty."""
    identifier, prov = world.bearers["chamber"]
    filing = duties.Filing(duties.Key(day, root, identifier, prov), {"on_duty": 4})
    duties.submit_reports(actor=SYSTEM, at=AT, filings=[filing])


def settle(officer: Actor, amendment: int) -> None:
    """Decide everything that an amendment asks."""
    relate(officer, amendment, "安排人员值班", "CONTINUES")
    relate(officer, amendment, "离岗提前报告", "END")
    phone = next(
        each for each in queries.list_working_duties(amendment) if each.state is DutyState.PROPOSED
    )
    commands.change_duty(
        actor=officer,
        at=AT,
        compilation_id=amendment,
        key=phone.key,
        revision=phone.revision,
        spec=guidance("张贴值班电话"),
        accept=True,
    )


def test_work_survives_the_amendment(
    world: World, signed: int, officer: Actor, leader: Actor
) -> None:
    """A report made under the old text counts under the new one; its place is taken at once."""
    root = root_of(signed, "安排人员值班")
    report(world, root)
    made = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(AMENDED, "paste"),
        kind=Kind.AMENDMENT,
        base_id=signed,
    )
    settle(officer, made)
    preview = get_preview(officer, made, AT)
    row = next(each for each in preview.duties if each.title == "安排人员值班")
    assert row.done is not None
    assert (row.done.done, row.organisations) == (1, 3)
    assert [(each.title, each.decided) for each in preview.endings] == [("离岗提前报告", True)]
    submit(officer, made)
    expression = get_expression(sign(leader, made))
    forces = {each.expression for each in duties.list_enforcements(AT)}
    assert expression.urn in forces
    assert get_expression(signed).urn not in forces
    found = duties.total(duties.figures(officer, duties.Selection(at=AT, duty_ids=(root,))))
    assert (found.owed, found.done) == (3, 1)


def test_only_the_issuer_amends(world: World, signed: int) -> None:
    """A district may supplement the city's notice; amend it, it may not."""
    district = world.people["district"]

    def load(actor: Actor) -> int:
        return commands.create_compilation(
            actor=actor,
            at=AT,
            received=Received(AMENDED, "paste"),
            kind=Kind.AMENDMENT,
            base_id=signed,
        )

    with pytest.raises(Refusal, match="只能由发文机关"):
        load(district)
    # Checked again whenever it is looked at: the compilation may have come from elsewhere.
    made = load(world.people["officer"])
    Compilation.objects.filter(pk=made).update(authority_id=district.authority_id)
    faults = get_preview(district, made, AT).faults
    assert any(each.field == "base" for each in faults)
    with pytest.raises(Refusal):
        submit(district, made)


SUPPLEMENT = """天河区民政局关于做好假期安全工作的补充通知
穗天民〔2023〕3号

各社会组织：
一、对《关于做好假期安全工作的通知》第一条第1项补充如下：
各社会组织要安排人员值班，每日15:00前向登记管理机关报告情况。
二、各社会组织要储备应急物资。

广州市天河区民政局
2023年1月8日
"""


@pytest.fixture
def supplement(world: World, signed: int) -> int:
    """Return a compilation of the district's supplement."""
    return commands.create_compilation(
        actor=world.people["district"],
        at=AT,
        received=Received(SUPPLEMENT, "paste"),
        kind=Kind.SUPPLEMENT,
        base_id=signed,
    )


def first(compilation_id: int, words: str) -> DutyDraft:
    """Return the working duty whose quote holds words."""
    return next(
        each for each in queries.list_working_duties(compilation_id) if words in each.spec["quote"]
    )


def test_supplement_proposes_its_links(supplement: int, signed: int) -> None:
    """The clause that is named, and the duty of the same matter, are proposed; a person decides."""
    clause = queries.list_working_clauses(supplement)
    assert any(each.refines == "1.1" for each in clause)
    duty = first(supplement, "安排人员值班")
    assert (duty.relation, duty.root) == (Relation.REFINES, root_of(signed, "安排人员值班"))
    assert "refine" in [each.code for each in duty.questions]
    other = first(supplement, "储备应急物资")
    assert (other.relation, other.root) == (Relation.NEW, None)


def refine(world: World, supplement: int, **changes: Any) -> None:
    """Let the supplement's duty refine the upper one, with some of it changed; reject the rest."""
    district = world.people["district"]
    duty = first(supplement, "安排人员值班")
    commands.relate_duty(
        actor=district,
        at=AT,
        compilation_id=supplement,
        key=duty.key,
        revision=duty.revision,
        relation="REFINES",
    )
    decide(district, supplement, {"安排人员值班": spec("安排人员值班", **changes)})


def test_supplement_may_tighten(world: World, supplement: int, signed: int) -> None:
    """An earlier hour stands; inside the district it rules, outside the city's does."""
    district = world.people["district"]
    refine(world, supplement, deadline={"time": "15:00"})
    assert get_preview(district, supplement, AT).faults == ()
    submit(district, supplement)
    row = queries.get_compilation(district, supplement)
    sign(replace(district, user_id=world.people["leader"].user_id), supplement)
    root = root_of(signed, "安排人员值班")
    windows = duties.list_windows(AT, duty_ids=[root])
    assert len({each.version_id for each in windows}) == 2
    assert row.scope_region == 440_106


def test_supplement_may_not_loosen(
    world: World, supplement: int, sign_in: Callable[[str], Client]
) -> None:
    """A later hour is shown at its duty and refused, with the upper clause."""
    district = world.people["district"]
    refine(world, supplement, deadline={"time": "18:00"})
    page = sign_in("district").get(f"/compile/{supplement}/?show=all").content.decode()
    assert "只能收紧，不能放松" in page
    preview = sign_in("district").get(f"/compile/{supplement}/preview/").content.decode()
    assert re.search("第 [0-9.]+ 条“[^”]+”：放松了上级第 1.1 条的要求", preview)
    with pytest.raises(Refusal) as refused:
        submit(district, supplement)
    fault = next(iter(refused.value.faults.values()))
    assert "1.1" in fault
    assert "放松" in fault


def test_amendment_of_a_day_ahead(
    world: World, amendment: int, signed: int, officer: Actor, leader: Actor
) -> None:
    """Until its day comes the old text goes on, then the new one, without a gap."""
    settle(officer, amendment)
    row = queries.get_compilation(officer, amendment)
    day = DAY + timedelta(days=5)
    commands.change_scope(
        actor=officer,
        at=AT,
        compilation_id=amendment,
        revision=row.revision,
        region=row.scope_region,
        by=row.scope_by,
        response_id=row.response_id,
        effective_on=day,
        expires_on=None,
    )
    submit(officer, amendment)
    expression = get_expression(sign(leader, amendment))
    before = {each.expression for each in duties.list_enforcements(AT + timedelta(days=4))}
    after = {each.expression for each in duties.list_enforcements(AT + timedelta(days=6))}
    assert get_expression(signed).urn in before
    assert expression.urn not in before
    assert expression.urn in after
    assert get_expression(signed).urn not in after
