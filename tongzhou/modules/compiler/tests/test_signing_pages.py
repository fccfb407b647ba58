"""Pages of submission, signature and changes, as people click through them."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.world import AT, World
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import Kind, State
from tongzhou.modules.compiler.models import Compilation
from tongzhou.modules.compiler.queries.frozen import last_seq
from tongzhou.modules.compiler.queries.waiting import Waiting, count_waiting, waiting_of
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.compiler.tests.promulgation import decide, sign, spec, submit
from tongzhou.modules.directives.public import Received

SignIn = Callable[[str], Client]
WATCH = {"安排人员值班": spec("安排人员值班")}


@pytest.fixture
def ready(notice: int, officer: Actor) -> int:
    """Return a compilation that can be submitted."""
    decide(officer, notice, WATCH)
    return notice


def text(browser: Client, path: str) -> str:
    """Return a page."""
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.django_db
def test_submit_and_recall_by_form(sign_in: SignIn, ready: int) -> None:
    """The officer submits what was shown, sees it wait, and takes it back."""
    browser, path = sign_in("officer"), f"/compile/{ready}/submit/"
    assert "签发之前，没有任何组织收到任务" in text(browser, path)
    data = {"seen": last_seq(ready), "once": "k1"}
    assert browser.post(path, data).status_code == 302
    assert "officer 于" in text(browser, path)
    assert browser.post(path, data).status_code == 302
    assert browser.post(f"/compile/{ready}/recall/", {"once": "k2"}).status_code == 302
    assert Compilation.objects.get(pk=ready).state == State.EDITING


@pytest.mark.django_db
def test_faults_stand_on_the_page_with_links(sign_in: SignIn, notice: int) -> None:
    """What is in the way is listed with the way to mend it; no button that would be refused."""
    browser, path = sign_in("officer"), f"/compile/{notice}/submit/"
    page = text(browser, path)
    assert f"/compile/{notice}/duties/" in page
    assert 'name="seen"' not in page
    answer = browser.post(path, {"seen": last_seq(notice), "once": "k"})
    assert answer.status_code == 422
    assert "没有决定" in answer.content.decode()


@pytest.mark.django_db
def test_stale_preview_is_told(sign_in: SignIn, ready: int) -> None:
    """Who submits an older preview gets the page again, and nothing is submitted."""
    answer = sign_in("officer").post(f"/compile/{ready}/submit/", {"seen": 0, "once": "k"})
    assert answer.status_code == 409
    assert "预览已经不是最新的" in answer.content.decode()
    assert Compilation.objects.get(pk=ready).state == State.EDITING


@pytest.mark.django_db
def test_second_person_signs(sign_in: SignIn, ready: int, officer: Actor) -> None:
    """The submitter is told why not; the leader confirms and signs."""
    seen, path = submit(officer, ready), f"/compile/{ready}/signing/"
    own = text(sign_in("officer"), path)
    assert "您不能签发这一份" in own
    assert f"/compile/{ready}/sign/" not in own
    refused = sign_in("officer").post(
        f"/compile/{ready}/sign/", {"seen": seen, "once": "a", "checked": "on"}
    )
    assert refused.status_code == 422
    leader = sign_in("leader")
    page = text(leader, path)
    assert "签发后，3 家社会组织" in page
    assert "送审以后，涉及的范围和数字没有变化" in page
    unchecked = leader.post(f"/compile/{ready}/sign/", {"seen": seen, "once": "b"})
    assert unchecked.status_code == 422
    assert "请先确认" in unchecked.content.decode()
    done = leader.post(f"/compile/{ready}/sign/", {"seen": seen, "once": "b", "checked": "on"})
    assert done.status_code == 302
    assert "leader 于" in text(leader, path)
    late = leader.post(f"/compile/{ready}/sign/", {"seen": seen, "once": "c", "checked": "on"})
    assert late.status_code == 409


@pytest.mark.django_db
def test_what_waits_is_counted_for_whom_it_waits(
    sign_in: SignIn, ready: int, officer: Actor, colleague: Actor, world: World
) -> None:
    """A signature waits for others than the drafter, a return for the drafter alone."""
    leader, district = world.people["leader"], world.people["district"]
    assert count_waiting(leader) == 0
    submit(officer, ready)
    assert waiting_of(leader) == waiting_of(colleague) == Waiting(to_sign=1, returned=0)
    assert waiting_of(officer) == waiting_of(district) == Waiting(0, 0)
    assert f'href="/compile/{ready}/signing/"' in text(sign_in("leader"), "/compile/")
    assert '<span class="tz-count">1</span></a>' in text(sign_in("leader"), "/compile/")
    commands.send_back_compilation(
        actor=leader, at=AT, compilation_id=ready, reason="请核对。", idempotency_key=None
    )
    assert waiting_of(leader) == waiting_of(colleague) == Waiting(0, 0)
    assert waiting_of(officer) == Waiting(0, 1)
    assert "已退回" in text(sign_in("officer"), "/compile/")


@pytest.mark.django_db
def test_signer_sees_what_changed_since(
    sign_in: SignIn, ready: int, officer: Actor, world: World
) -> None:
    """Figures that are no longer those of the submission are shown side by side."""
    submit(officer, ready)
    change = Compilation.objects.get(pk=ready).changes.get(action="submit")
    change.before["preview"]["organisations"] = 2
    change.save(update_fields=["before"])
    page = text(sign_in("leader"), f"/compile/{ready}/signing/")
    assert "送审以后的变化" in page
    assert "涉及的社会组织" in page


@pytest.mark.django_db
def test_sent_back_with_reason(sign_in: SignIn, ready: int, officer: Actor) -> None:
    """A reason is asked for, and the drafter reads it."""
    submit(officer, ready)
    leader = sign_in("leader")
    empty = leader.post(f"/compile/{ready}/send-back/", {"reason": " ", "once": "a"})
    assert empty.status_code == 422
    answer = leader.post(f"/compile/{ready}/send-back/", {"reason": "请写明时间", "once": "a"})
    assert answer.status_code == 302
    assert "请写明时间" in text(sign_in("officer"), f"/compile/{ready}/preview/")


@pytest.mark.django_db
def test_changes_page(sign_in: SignIn, ready: int, officer: Actor, world: World) -> None:
    """The first version has nothing to compare; the amendment shows clauses and duties."""
    submit(officer, ready)
    base = sign(world.people["leader"], ready)
    assert "这是第一个版本" in text(Client(), f"/directives/{base}/changes/")
    made = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(NOTICE.replace("1月6日", "2月6日").replace("16:00", "17:00"), "paste"),
        kind=Kind.AMENDMENT,
        base_id=base,
    )
    asked = next(each for each in queries.list_working_duties(made) if each.root is not None)
    commands.relate_duty(
        actor=officer,
        at=AT,
        compilation_id=made,
        key=asked.key,
        revision=asked.revision,
        relation="CONTINUES",
    )
    kept = next(each for each in queries.list_working_duties(made) if each.root is not None)
    assert kept.spec["deadline"] == {"time": "17:00"}
    for each in queries.list_working_duties(made):
        if each.state == "PROPOSED":
            commands.decide_duty(
                actor=officer,
                at=AT,
                compilation_id=made,
                key=each.key,
                revision=each.revision,
                decision="reject",
            )
    submit(officer, made)
    path = f"/directives/{sign(world.people['leader'], made)}/changes/"
    page = text(Client(), path)
    assert "<del>16:00</del>" in page
    assert "<ins>17:00</ins>" in page
    assert "期限" in page
    assert "已经做的" not in page
    assert "已报 0 份，沿用" in text(sign_in("officer"), path)
    assert "不得擅自离岗" not in page
    assert "不得擅自离岗" in text(Client(), f"{path}?show=all")
    assert "<del>16:00</del>" in text(Client(), f"{path}?print=1")
    assert Client().get("/directives/999999/changes/").status_code == 404
