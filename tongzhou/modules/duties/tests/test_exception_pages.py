"""Exceptions in the browser: asked for from a task, decided in the queue, given to many."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import python_calamine
from django.test import Client

from tests.world import AT, GUANGZHOU, World
from tongzhou.modules.duties.forms import WishForm
from tongzhou.modules.duties.rules.exceptions import EndKind
from tongzhou.modules.duties.tests.test_exceptions import DEFER, MONDAY, ask, count, give

WISH = {
    "kind": "DEFERRAL",
    "reach": "this",
    "end": "DATE",
    "until_on": "2020-02-20",
    "reason": "工作人员集中隔离",
    "basis": "穗民〔2020〕1号",
}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_bearer_asks_and_its_authority_grants(
    world: World, sign_in: Callable[[str], Client]
) -> None:
    secretary, officer = sign_in("secretary"), sign_in("officer")
    task = f"/board/{world.duty['d8-hygiene']}/{MONDAY}/"
    assert f"{task}exception/" in text(secretary.get(task))
    wrong = secretary.post(f"{task}exception/", {**WISH, "until_on": "", "reason": ""})
    assert wrong.status_code == 422
    assert "请填写到哪一天为止。" in text(wrong)
    assert "请写明理由。" in text(wrong)
    early = secretary.post(f"{task}exception/", {**WISH, "until_on": "2020-02-06"})
    assert early.status_code == 422
    assert "延期要晚于原来的期限" in text(early)
    sent = secretary.post(f"{task}exception/", WISH)
    here = sent.headers["Location"]
    assert "待批" in text(secretary.get(task))
    assert "广州市示例商会" in text(officer.get("/exceptions/"))
    assert "广州市示例商会" not in text(sign_in("shenzhen").get("/exceptions/?state="))
    assert sign_in("shenzhen").get(here).status_code == 404
    assert "同意" not in text(sign_in("district").get(here)).split("经过")[1]
    assert officer.post(f"{here}grant/", {"basis": ""}).status_code == 302
    assert count(world, AT + timedelta(days=20)).overdue == 3
    assert "已延期" in text(secretary.get("/board/"))
    assert officer.post(f"{here}revoke/", {"answer": ""}).status_code == 422
    assert officer.post(f"{here}revoke/", {"answer": "已经返岗"}).status_code == 302
    assert "已经返岗" in text(secretary.get(here))


def test_a_grant_without_a_basis_is_refused_on_the_page(
    world: World, sign_in: Callable[[str], Client]
) -> None:
    made = ask(world, wish=DEFER.__class__(**{**_fields(), "basis": ""}))
    answer = sign_in("officer").post(f"/exceptions/{made['id']}/{made['prov']}/grant/", {})
    assert answer.status_code == 422
    assert "同意例外要写明依据" in text(answer)
    assert "依据（选填）" not in text(answer)


def _fields() -> dict[str, Any]:
    return {name: getattr(DEFER, name) for name in DEFER.__slots__}


def test_many_are_shown_before_they_are_given(
    world: World, sign_in: Callable[[str], Client]
) -> None:
    officer = sign_in("officer")
    asked = {
        **WISH,
        "duty": world.duty["d8-hygiene"],
        "day": "2020-02-05",
        "region": GUANGZHOU,
        "form": "",
        "code": "",
    }
    shown = text(officer.post("/exceptions/give/", asked))
    assert "给予 2 家" in shown
    assert "广州市示例培训学校" in shown
    back = officer.post("/exceptions/give/", {**asked, "step": "edit", "expected": "2"})
    assert f'value="{asked["day"]}"' in back.content.decode()
    assert str(asked["reason"]) in back.content.decode()
    stale = officer.post("/exceptions/give/", {**asked, "step": "confirm", "expected": "1"})
    assert stale.status_code == 409
    done = officer.post("/exceptions/give/", {**asked, "step": "confirm", "expected": "2"})
    assert done.status_code == 302
    listed = text(officer.get("/exceptions/?state=GRANTED&q=培训"))
    assert "广州市示例培训学校" in listed
    assert "广州市示例商会" not in listed
    streamed: Any = officer.get("/exceptions/export/?state=GRANTED")
    content = io.BytesIO(b"".join(streamed.streaming_content))
    sheet = python_calamine.CalamineWorkbook.from_filelike(content).get_sheet_by_index(0)
    assert len(sheet.to_python()) == 3
    nobody = officer.post("/exceptions/give/", asked)
    assert nobody.status_code == 422
    assert "没有可以给予的组织" in text(nobody)


def test_nobody_is_given_the_first_duty_of_a_list(
    world: World, sign_in: Callable[[str], Client]
) -> None:
    answer = sign_in("officer").post("/exceptions/give/", {**WISH, "region": GUANGZHOU})
    assert answer.status_code == 422
    assert "请选择任务" in text(answer)


@pytest.mark.parametrize("who", ["secretary", "party"])
def test_an_organ_cannot_give(world: World, sign_in: Callable[[str], Client], who: str) -> None:
    assert sign_in(who).get("/exceptions/give/").status_code == 403


def test_english_pages_are_english(world: World, sign_in: Callable[[str], Client]) -> None:
    made = give(world, DEFER)
    officer = sign_in("officer")
    officer.cookies["django_language"] = "en"
    for url in ("/exceptions/?state=GRANTED", f"/exceptions/{made['id']}/{made['prov']}/"):
        page = text(officer.get(url))
        assert "Deferral" in page or "deferral" in page


def test_a_duty_done_once_asks_only_for_what_its_kind_needs() -> None:
    first = date(2022, 12, 1)
    waived = WishForm({"kind": "WAIVER", "reason": "已无场所"}, single=True)
    assert waived.is_valid(), waived.errors
    wish = waived.wish(first)
    assert (wish.end, wish.only, wish.until_on) == (EndKind.OPEN, True, None)
    assert "reach" not in waived.fields

    deferred = WishForm({"kind": "DEFERRAL", "reason": "封控"}, single=True)
    assert set(deferred.errors) == {"end"}
    dated = WishForm({"kind": "DEFERRAL", "end": "DATE", "reason": "封控"}, single=True)
    assert set(dated.errors) == {"until_on"}


def test_what_was_typed_for_another_end_is_left_out() -> None:
    given = {"kind": "DEFERRAL", "reach": "this", "end": "DATE", "until_on": "2022-12-20"}
    form = WishForm({**given, "months": "3", "days": "4", "reason": "封控"})
    assert form.is_valid(), form.errors
    wish = form.wish(date(2022, 12, 1))
    assert (wish.until_on, wish.months, wish.days) == (date(2022, 12, 20), 0, 0)
