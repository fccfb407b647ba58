"""An amended text is loaded, decided about, signed by a second person; work done before counts on.

The city's guide of December 2022 is in force; its organisations have reported. The next version
changes a clause, drops one and adds one.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.journeys.conftest import LAUNCH, Town
from tests.world import AT, GUANGZHOU
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import DutyDraft, DutyState, Kind, Origin
from tongzhou.modules.compiler.queries.frozen import last_seq
from tongzhou.modules.compiler.queries.preview import Preview, get_preview
from tongzhou.modules.directives.public import Received, find_expression
from tongzhou.modules.directives.queries import get_source
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.commands import submit_report
from tongzhou.modules.duties.queries.burdens import list_burdens

pytestmark = pytest.mark.django_db

GUIDE = "cn/gd-gz/2022/1207@2022-12-07"
DROPPED = (
    "2.将参与疫情防控工作纳入“三亮三树”活动、评星定级、推优等内容,营造比学赶超、争当先进氛围。"
)
CHANGES = (
    # The sentence of a duty says more.
    ("及时完善本社会组织疫情防控工作方案", "每季度修订一次本社会组织疫情防控工作方案"),
    # A clause goes, and those behind it move up.
    (
        DROPPED + " 3.发挥",
        "2.发挥",
    ),
    ("4.加强关心关爱", "3.加强关心关爱"),
    # A clause comes.
    (
        "5.牵头落实本社会组织疫情防控的各项工作。",
        "5.牵头落实本社会组织疫情防控的各项工作。 6.建立防疫物资台账。",
    ),
    ("时间:2022-12-07", "时间:2022-12-20"),
)


@pytest.fixture
def amended(town: Town) -> tuple[int, str]:
    """Return the expression in force and the text that amends it."""
    base = find_expression(GUIDE)
    assert base is not None
    text = get_source(base.id)
    for before, after in CHANGES:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return base.id, text


def post(browser: Client, path: str, **data: Any) -> None:
    """Send a form and expect to be led on."""
    answer = browser.post(path, data)
    assert answer.status_code == 302, re.sub(r"\s+", " ", answer.content.decode())[:2000]


def one(compilation_id: int, key: str) -> DutyDraft:
    """Return the working duty that carries a duty of the guide."""
    return next(
        each
        for each in queries.list_working_duties(compilation_id)
        if each.origin is Origin.CARRIED and each.spec.get("id") == key
    )


def owed(town: Town, root: int) -> duties.Figure:
    """Return the figure of a duty over the city's organisations."""
    officer = town.world.people["officer"]
    selection = duties.Selection(at=AT, node=GUANGZHOU, duty_ids=(root,))
    return duties.total(duties.figures(officer, selection))


def test_reports_survive_an_amended_text(
    town: Town, amended: tuple[int, str], at: Callable[[Any], None]
) -> None:
    """From the amended text to the board of an organisation that had done its part."""
    base, text = amended
    world, officer = town.world, town.world.people["officer"]
    at(AT)
    brief, plan, rating = (world.duty[key] for key in ("d221-brief", "d222-plan", "d212-rating"))
    submit_report(
        actor=world.people["secretary"], at=AT, key=world.key("d221-brief", LAUNCH), data={}
    )
    before = owed(town, brief)
    assert (before.done, before.owed) == (1, 3)

    made = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(text, "paste"),
        kind=Kind.AMENDMENT,
        base_id=base,
    )
    browser, leader = town.browser("officer"), town.browser("leader")
    # What kept its sentence goes on by itself, also where it moved to another number.
    assert one(made, "d221-brief").state is DutyState.ACCEPTED
    assert one(made, "d213-serve").state is DutyState.ACCEPTED
    page = browser.get(f"/compile/{made}/preview/").content.decode()
    assert "还没有决定的原任务" in page
    # A person decides where the sentence changed, and confirms what is gone.
    for key, relation in (
        ("d222-plan", "CONTINUES"),
        ("d222-know", "CONTINUES"),  # another duty of the same sentence
        ("d212-rating", "END"),
    ):
        duty = one(made, key)
        assert duty.questions
        post(
            browser,
            f"/compile/{made}/relate/",
            key=duty.key,
            revision=duty.revision,
            relation=relation,
        )
    for duty in queries.list_working_duties(made):
        if duty.state is DutyState.PROPOSED:
            commands.decide_duty(
                actor=officer,
                at=AT,
                compilation_id=made,
                key=duty.key,
                revision=duty.revision,
                decision="reject",
            )
    preview = get_preview(officer, made, AT)
    assert preview.faults == ()
    kept = next(each for each in preview.duties if each.root == brief)
    assert kept.done is not None
    assert kept.done.done == 1
    assert [each.root for each in preview.endings] == [rating]

    post(browser, f"/compile/{made}/submit/", seen=last_seq(made), once="submit")
    assert GUIDE in {each.expression for each in duties.list_enforcements(AT)}
    page = leader.get(f"/compile/{made}/signing/").content.decode()
    assert "原文本同时由它替代" in page
    assert "<del>及时完善</del>" in page
    post(leader, f"/compile/{made}/sign/", seen=last_seq(made), once="sign", checked="on")

    # One text took the place of the other in the same instant; the report counts on.
    forces = {each.expression for each in duties.list_enforcements(AT)}
    row = queries.get_compilation(officer, made)
    assert row.head.urn in forces
    assert GUIDE not in forces
    after = owed(town, brief)
    assert (after.done, after.owed) == (before.done, before.owed)
    assert owed(town, plan).owed == 3
    foretold(town, preview, row.library_id)
    # The organisation finds its report where it was, and the changed clause to do.
    board = town.browser("secretary").get("/board/").content.decode()
    assert "完善工作方案和应急预案" in board
    report = town.browser("secretary").get(town.url_of(world.key("d221-brief", LAUNCH)))
    assert report.status_code == 200
    # Everybody reads what changed; those who work there, what was done.
    changes = f"/directives/{row.expression_id}/changes/"
    public = Client().get(changes).content.decode()
    assert "<ins>每季度修订一次</ins>" in public
    assert "建立防疫物资台账" in public
    assert "已报 1 份，沿用" not in public
    assert "已报 1 份，沿用" in browser.get(changes).content.decode()
    later = AT + timedelta(days=1)
    at(later)
    assert town.browser("secretary").get("/board/").status_code == 200


def foretold(town: Town, preview: Preview, library: int | None) -> None:
    """Hold a preview to what the duties then say: who owes what, and the minutes it costs."""
    assert library is not None
    officer = town.world.people["officer"]
    counted = {each.root: each for each in preview.duties if each.counted}
    found = dict.fromkeys(counted, 0)
    for bearers in ("ORGANISATION", "AUTHORITY"):
        selection = duties.Selection(at=AT, library_id=library, bearers=bearers)
        for row in duties.figures(officer, selection):
            found[row.duty_id] += row.figure.owed
    assert found == {root: each.now for root, each in counted.items()}
    told = {each.phase: each for each in preview.phases}
    for burden in list_burdens(duties.library_of(library), tuple(told)):
        assert told[burden.phase].alone.most.weekly == pytest.approx(burden.most.weekly)
