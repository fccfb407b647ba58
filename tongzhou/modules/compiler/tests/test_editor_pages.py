"""The editor's pages: forms without script, parts for htmx, and both sides of a conflict."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.world import AT, TIANHE
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler import commands, queries
from tongzhou.modules.compiler.contracts import ClauseDraft, DutyDraft, DutyState
from tongzhou.modules.compiler.models import Compilation, WorkingDuty
from tongzhou.modules.compiler.pages.sheet import sheet
from tongzhou.modules.compiler.tests.drafts import NOTICE, SPEC, stretches
from tongzhou.modules.directives.public import Received

SignIn = Callable[[str], Client]
HTMX = {"HX-Request": "true"}


def duties(number: int) -> list[DutyDraft]:
    return queries.list_working_duties(number)


def first(number: int) -> DutyDraft:
    WorkingDuty.objects.filter(compilation_id=number).update(questions=[])
    return duties(number)[0]


def clause(number: int, address: str) -> ClauseDraft:
    return next(e for e in queries.list_working_clauses(number) if e.address == address)


def ref(duty: DutyDraft | ClauseDraft) -> str:
    return f"{duty.key}:{duty.revision}"


def fields(page: str) -> dict[str, Any]:
    """Return the fields of the first big form as a browser would send them."""
    form = page[page.index('class="tz-form"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        name, kind = attributes.get("name"), attributes.get("type", "text")
        if not name or name == "csrfmiddlewaretoken":
            continue
        if kind in ("checkbox", "radio"):
            if " checked" in tag:
                found.setdefault(name, []).append(attributes.get("value", "on"))
        else:
            found[name] = attributes.get("value", "")
    for name, body in re.findall(r'<select name="([\w-]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = re.findall(r'<option value="([^"]*)" selected', body)
    for name, body in re.findall(
        r'<textarea name="([\w-]+)"[^>]*>\s*(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = body
    return found


def test_the_steps_show_the_document_with_its_marks(sign_in: SignIn, notice: int) -> None:
    client = sign_in("officer")
    page = client.get(f"/compile/{notice}/").content.decode()
    assert "要谁做什么" in page
    assert page.count('class="tc-card ') == len(duties(notice))
    assert 'class="tc-mark tc-mark--must-not is-proposed"' in page
    assert re.search(r"\d+ 项中 0 项已处理", page)
    for part, words in (
        ("clauses/", "条款怎么分"),
        ("head/", "这是一份什么文件"),
        ("scope/", "管谁、从什么时候起"),
        ("changes/", "还没有改动"),
        ("?show=accepted", "这里没有任务"),
        ("?show=all&pane=source&duty=1", "照抄原文"),
    ):
        assert words in client.get(f"/compile/{notice}/{part}").content.decode(), part
    assert client.get("/compile/999999/").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("leader", 200), ("clerk", 403), ("head", 403)])
def test_leaders_read_and_others_do_not(
    sign_in: SignIn, notice: int, name: str, status: int
) -> None:
    client = sign_in(name)
    answer = client.get(f"/compile/{notice}/")
    assert answer.status_code == status
    assert 'name="accept"' not in answer.content.decode()
    duty = duties(notice)[0]
    for part in ("act/", "words/", "undo/", "sure/", f"duties/{duty.key}/", "clauses/act/"):
        assert client.post(f"/compile/{notice}/{part}", {"accept": ref(duty)}).status_code == 403
    assert client.post(f"/compile/{notice}/head/", {"title": "x"}).status_code == 403
    assert client.post(f"/compile/{notice}/scope/", {}).status_code == 403


def test_a_source_of_any_shape_is_set_without_losing_a_place() -> None:
    source = "甲\r\n乙丙\x0b丁\u2028戊己\n\n庚𠮷辛"
    clauses = [
        ClauseDraft(1, 0, "1", "", 1, "ITEM", None, "", "乙丙", 4, 5),
        ClauseDraft(2, 1, "2", "", 1, "ITEM", None, "", "丁", 6, len(source)),
    ]
    lines, left = sheet(source, clauses, [])
    assert left == 0
    for line in lines:
        for piece in line.pieces:
            assert source[piece.at : piece.at + len(piece.text)] == piece.text
    assert "".join(p.text for each in lines for p in each.pieces) == "甲乙丙丁戊己庚𠮷辛"
    assert [[c.key for c in each.clauses] for each in lines] == [
        [], [], [1], [2], [], [],
    ]  # fmt: skip


def test_deciding_without_script_goes_on_to_the_next(sign_in: SignIn, notice: int) -> None:
    client, duty = sign_in("officer"), first(notice)
    url = f"/compile/{notice}/act/"
    done = client.post(url, {"accept": ref(duty), "show": "undecided"})
    following = duties(notice)[1].key
    assert done["Location"] == f"/compile/{notice}/?show=undecided&at={following}#d{following}"
    assert duties(notice)[0].state is DutyState.ACCEPTED
    page = client.get(f"/compile/{notice}/?show=accepted").content.decode()
    assert page.count('class="tc-card ') == 1
    assert client.post(url, {"reopen": ref(duties(notice)[0])}).status_code == 302
    assert client.post(url, {"reset": ref(duties(notice)[0])}).status_code == 302
    for wrong in ({}, {"accept": "x"}, {"accept": "1"}, {"merge": "1:2"}, {"accept": "9999:1"}):
        assert client.post(url, wrong).status_code in (404, 422), wrong
    assert client.get(url).status_code == 302


def test_htmx_gets_the_card_alone(sign_in: SignIn, notice: int) -> None:
    client, duty = sign_in("officer"), first(notice)
    answer = client.post(f"/compile/{notice}/act/", {"accept": ref(duty)}, headers=HTMX)
    part = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in part
    assert part.count('class="tc-card ') == 1
    assert "is-accepted" in part
    assert f">1/{len(duties(notice))}<" in part
    assert 'data-accepted="1"' in part
    assert '<input type="hidden" name="seq" value="1">' in part  # what undo takes back now


def test_an_open_question_comes_back_with_the_card(sign_in: SignIn, notice: int) -> None:
    client, duty = sign_in("officer"), first(notice)
    question = {
        "code": "who",
        "field": "bearer",
        "text": "原文有几个承担者；是先由第一个承担，还是拆成几项任务？",
    }
    WorkingDuty.objects.filter(compilation_id=notice, key=duty.key).update(questions=[question])
    url = f"/compile/{notice}/act/"
    refused = client.post(url, {"accept": ref(duty)}, headers=HTMX)
    assert refused.status_code == 422
    assert "1 个问题没有回答" in refused.content.decode()
    whole = client.post(url, {"accept": ref(duty)})
    assert whole.status_code == 422
    settled = client.post(url, {"settle": f"{ref(duty)}:who"}, headers=HTMX)
    assert settled.status_code == 200
    assert duties(notice)[0].questions == ()


def test_a_stale_decision_shows_the_card_as_it_is(
    sign_in: SignIn, colleague: Actor, notice: int
) -> None:
    client, duty = sign_in("officer"), first(notice)
    commands.decide_duty(
        actor=colleague, at=AT, compilation_id=notice, key=duty.key, revision=1, decision="reject"
    )
    url = f"/compile/{notice}/act/"
    part = client.post(url, {"accept": ref(duty)}, headers=HTMX)
    assert part.status_code == 409
    assert "colleague 在" in part.content.decode()
    assert "不采纳" in part.content.decode()
    whole = client.post(url, {"accept": ref(duty)})
    assert whole.status_code == 409
    assert "别人刚改过这一项" in whole.content.decode()
    assert f'value="{duty.key}:2"' in whole.content.decode()
    page = client.get(f"/compile/{notice}/").content.decode()
    assert re.search(r"colleague (刚刚|\d+ 分钟前)：不采纳任务", page)


def test_the_form_shows_and_keeps_every_field(sign_in: SignIn, notice: int) -> None:
    client, duty = sign_in("officer"), first(notice)
    url = f"/compile/{notice}/duties/{duty.key}/"
    given = fields(client.get(url).content.decode())
    given |= {
        "title": "每天安排人值班",
        "kind": "ORGANISATION",
        "groups": ["VOLUNTEER_ORG"],
        "without": ["CHARITY"],
        "organ": "PARTY_ORG",
        "include": [str(TIANHE)],
        "recurrence": "DAILY",
        "deadline": "time",
        "time": "16:00",
        "basis": "clause",
        "strength": "MUST",
        "evidence": "REPORT",
        "files_min": "0",
        "files_max": "2",
        "minutes": "5",
        "e-TOTAL_FORMS": "3",
        "e-INITIAL_FORMS": "0",
        "e-0-name": "",
        "e-0-label": "有无缺岗",
        "e-0-type": "yesno",
        "e-0-required": "on",
        "e-1-label": "缺岗原因",
        "e-1-type": "choice",
        "e-1-choices": "生病\n其他",
        "e-1-when": "有无缺岗=是",
        "e-2-label": "",
        "e-2-type": "text",
        "accept": "1",
    }
    answer = client.post(url, given)
    assert answer.status_code == 302, re.findall(r'tz-error"[^>]*>.*?</p>', answer.content.decode())
    held = duties(notice)[0]
    assert held.state is DutyState.ACCEPTED
    assert held.spec["bearer"] == {
        "kind": "ORGANISATION", "groups": ["VOLUNTEER_ORG"], "organ": "PARTY_ORG",
        "without": ["CHARITY"],
    }  # fmt: skip
    assert held.spec["place"] == {"include": [TIANHE]}
    assert held.spec["deadline"] == {"time": "16:00"}
    assert held.spec["evidence"] == {
        "kind": "REPORT",
        "fields": [
            {"name": "f1", "type": "yesno", "label": {"zh": "有无缺岗"}, "required": True},
            {
                "name": "f2", "type": "choice", "label": {"zh": "缺岗原因"},
                "choices": [{"value": "A1", "zh": "生病"}, {"value": "A2", "zh": "其他"}],
                "when": {"field": "f1", "equals": True},
            },
        ],
        "files": {"min": 0, "max": 2},
    }  # fmt: skip
    assert "VOLUNTEER_ORG" in queries.get_compilation(_officer(client), notice).groups
    # Opened and saved again, nothing changes: no field gets lost on the way.
    spec = held.spec
    again = fields(client.get(url).content.decode())
    assert again["e-1-when"] == "有无缺岗=是"
    assert client.post(url, {**again, "save": "1"}).status_code == 302
    assert duties(notice)[0].spec == spec
    assert len(queries.list_changes(notice)) == 1


def _officer(client: Client) -> Actor:
    return Actor(
        user_id=None, role="OFFICER", label="", authority_id=_authority(),  # type: ignore[arg-type]
    )  # fmt: skip


def _authority() -> int:
    return Compilation.objects.values_list("authority_id", flat=True).first() or 0


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"title": ""}, "必填"),
        ({"deadline": "days", "days": ""}, "请填写期限"),
        ({"deadline": "days", "days": "3", "strength": "MAY"}, "只有“必须”和“不得”会逾期"),
        ({"recurrence": "DAILY", "deadline": "days", "days": "3"}, "每日的任务定几点前"),
        ({"evidence": "REPORT"}, "至少要有一个填写项"),
        ({"evidence": "ZERO_REPORT", "recurrence": "WEEKLY"}, "最小值为 0 的数字项"),
        ({"evidence": "STATEMENT", "minutes": "0"}, "还没有估计报送"),
        ({"files_min": "3", "files_max": "1"}, "最多不能少于至少"),
        ({"phase_words": "疫情解除前", "phases": []}, "必填"),
        ({"e-TOTAL_FORMS": "1", "e-0-label": "甲", "e-0-type": "choice"}, "选项至少两个"),
        (
            {"e-TOTAL_FORMS": "1", "e-0-label": "甲", "e-0-type": "text", "e-0-when": "乙=是"},
            "名称和答案要与前面的一致",
        ),
        (
            {"e-TOTAL_FORMS": "1", "e-0-label": "甲", "e-0-type": "number", "e-0-min": "5",
             "e-0-max": "1"},
            "最大值小于最小值",
        ),
        ({"e-TOTAL_FORMS": "x"}, "ManagementForm"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_field(
    sign_in: SignIn, notice: int, wish: dict[str, Any], words: str
) -> None:
    client, duty = sign_in("officer"), first(notice)
    url = f"/compile/{notice}/duties/{duty.key}/"
    given = fields(client.get(url).content.decode())
    given |= {
        "strength": "MUST", "kind": "ORGANISATION", "recurrence": "ONCE", "deadline": "",
        "evidence": "STATEMENT", "minutes": "5", "e-TOTAL_FORMS": "0", "e-INITIAL_FORMS": "0",
        "cites": "写了又写的字",
    }  # fmt: skip
    answer = client.post(url, {**given, **wish})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page or words == "ManagementForm"
    assert "写了又写的字" in page
    assert queries.list_changes(notice) == []


def test_a_row_is_added_without_saving(sign_in: SignIn, notice: int) -> None:
    client, duty = sign_in("officer"), first(notice)
    url = f"/compile/{notice}/duties/{duty.key}/"
    given = fields(client.get(url).content.decode())
    rows = int(given["e-TOTAL_FORMS"])
    page = client.post(url, {**given, "title": "写到一半", "more": "1"}).content.decode()
    assert "写到一半" in page
    assert f'name="e-TOTAL_FORMS" value="{rows + 1}"' in page
    assert queries.list_changes(notice) == []


def test_a_stale_form_shows_both_sides_and_keeps_what_was_typed(
    sign_in: SignIn, colleague: Actor, notice: int
) -> None:
    client, duty = sign_in("officer"), first(notice)
    url = f"/compile/{notice}/duties/{duty.key}/"
    mine = fields(client.get(url).content.decode())
    commands.change_duty(
        actor=colleague, at=AT, compilation_id=notice, key=duty.key, revision=1,
        spec={**SPEC, "title": {"zh": "对方的名称"}},
    )  # fmt: skip
    mine |= {"title": "我的名称", "evidence": "STATEMENT", "minutes": "5", "deadline": ""}
    answer = client.post(url, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "colleague 在" in page
    assert "<td>对方的名称</td><td>我的名称</td>" in page
    assert 'value="我的名称"' in page
    assert duties(notice)[0].spec["title"] == {"zh": "对方的名称"}
    # Saving once more is a decision, and it can be undone.
    assert client.post(url, {**mine, "revision": "2"}).status_code == 302
    assert duties(notice)[0].spec["title"] == {"zh": "我的名称"}
    assert client.post(f"/compile/{notice}/undo/", {"seq": "2"}).status_code == 302
    assert duties(notice)[0].spec["title"] == {"zh": "对方的名称"}


def test_words_are_copied_chosen_or_selected(sign_in: SignIn, notice: int) -> None:
    client = sign_in("officer")
    url, before = f"/compile/{notice}/words/", len(duties(notice))
    done = client.post(url, {"act": "add-duty", "words": "发生突发事件 的", "once": "a"})
    assert done.status_code == 302
    key = int(done["Location"].split("/")[-2])
    assert done["Location"] == f"/compile/{notice}/duties/{key}/"
    client.post(url, {"act": "add-duty", "words": "发生突发事件 的", "once": "a"})
    assert len(duties(notice)) == before + 1
    places = client.post(url, {"act": "add-duty", "words": "离岗"})
    page = places.content.decode()
    assert places.status_code == 422
    assert page.count("就是这一处") == 3
    start, end = re.findall(r'name="(?:start|end)" value="(\d+)"', page)[:2]
    chosen = client.post(url, {"act": "add-duty", "start": start, "end": end})
    assert chosen.status_code == 302
    added = next(each for each in duties(notice) if each.key == key)
    ((low, high),) = stretches().find("对不落实的要通报")
    moved = client.post(
        url, {"act": "point", "duty": ref(added), "start": str(low), "end": str(high)}
    )
    assert moved["Location"].endswith(f"&at={key}#d{key}")
    clause_made = client.post(url, {"act": "add-clause", "words": "参与值守"})
    assert clause_made["Location"].startswith(f"/compile/{notice}/clauses/#c")
    for wrong, status in (
        ({"act": "add-duty", "words": ""}, 422),
        ({"act": "add-duty", "words": "没有这些字"}, 422),
        ({"act": "sing", "words": "参与值守"}, 422),
        ({"act": "add-duty", "start": "5", "end": "x"}, 422),
        ({"act": "add-duty", "start": "9", "end": "5"}, 422),
        ({"act": "point", "duty": "1", "words": "两小时内"}, 422),
    ):
        assert client.post(url, wrong).status_code == status, wrong


def test_splitting_shows_the_places(sign_in: SignIn, notice: int) -> None:
    client = sign_in("officer")
    duty = next(each for each in duties(notice) if "每日16:00" in each.spec["quote"])
    url = f"/compile/{notice}/duties/{duty.key}/split/"
    page = client.get(url).content.decode()
    place = re.findall(r'name="place" value="(\d+)"', page)[0]
    assert int(place) == NOTICE.index("每日16:00")
    wrong = client.post(url, {"revision": "1", "place": str(duty.start)})
    assert wrong.status_code == 422
    assert client.post(url, {"revision": "1", "place": place, "once": "s"}).status_code == 302
    assert client.post(url, {"revision": "1", "place": place, "once": "s"}).status_code == 302
    assert sum(1 for each in duties(notice) if each.spec["quote"].startswith("每日16")) == 1
    item = clause(notice, "2")
    url = f"/compile/{notice}/clauses/{item.key}/split/"
    place = re.findall(r'name="place" value="(\d+)"', client.get(url).content.decode())[-1]
    assert client.post(url, {"revision": "1", "place": place}).status_code == 302
    stale = client.post(url, {"revision": "1", "place": place})
    assert stale.status_code == 409
    reject = f"/compile/{notice}/duties/{duty.key}/reject/"
    assert "为什么不采纳" in client.get(reject).content.decode()
    held = next(each for each in duties(notice) if each.key == duty.key)
    assert client.post(reject, {"revision": held.revision, "reason": "重复"}).status_code == 302
    again = client.get(f"/compile/{notice}/?show=rejected").content.decode()
    assert "不采纳的理由：重复" in again


def test_the_tree_is_changed_by_buttons_and_a_form(
    sign_in: SignIn, colleague: Actor, notice: int
) -> None:
    client = sign_in("officer")
    url = f"/compile/{notice}/clauses/act/"
    third = clause(notice, "3")
    assert client.post(url, {"in": ref(third)})["Location"].endswith(f"#c{third.key}")
    moved = clause(notice, "2.3")
    assert client.post(url, {"out": ref(moved)}).status_code == 302
    second = clause(notice, "1.2")
    merged = client.post(url, {"merge": ref(second)})
    assert merged["Location"].endswith(f"#c{clause(notice, '1.1').key}")
    assert client.post(url, {"in": ref(clause(notice, "1"))}).status_code == 422
    assert client.post(url, {}).status_code == 422
    item = clause(notice, "3.1")
    form = f"/compile/{notice}/clauses/{item.key}/"
    given = fields(client.get(form).content.decode())
    assert client.post(form, {**given, "heading": "不是开头"}).status_code == 422
    commands.change_clause(
        actor=colleague, at=AT, compilation_id=notice, key=item.key, revision=item.revision,
        label="（一）", heading="各级民政部门", kind="ITEM", level=3,
    )  # fmt: skip
    stale = client.post(form, {**given, "label": "（五）"})
    assert stale.status_code == 409
    assert "<td>（一）</td><td>（五）</td>" in stale.content.decode()
    saved = client.post(form, {**given, "label": "（五）", "revision": item.revision + 1})
    assert saved.status_code == 302
    assert clause(notice, "3.5").label == "（五）"
    assert client.get(f"/compile/{notice}/clauses/9999/").status_code == 404


def test_head_scope_and_groups_are_forms(sign_in: SignIn, officer: Actor, notice: int) -> None:
    client = sign_in("officer")
    head = f"/compile/{notice}/head/"
    given = fields(client.get(head).content.decode())
    assert given["title"] == "关于做好假期安全工作的通知"
    saved = client.post(head, {**given, "kind": "NOTICE", "title": "假期安全通知"})
    assert saved["Location"] == f"/compile/{notice}/clauses/"
    stale = client.post(head, {**given, "kind": "NOTICE", "title": "另一个标题"})
    assert stale.status_code == 409
    assert "<td>假期安全通知</td><td>另一个标题</td>" in stale.content.decode()
    assert client.post(head, {**given, "title": "长" * 301}).status_code == 422
    scope = f"/compile/{notice}/scope/"
    wish = {"revision": "2", "scope_region": str(TIANHE), "scope_by": "TERRITORY",
            "effective_on": "2023-01-10"}  # fmt: skip
    assert client.post(scope, wish).status_code == 302
    row = queries.get_compilation(officer, notice)
    assert (row.scope_region, row.scope_by, row.response_id) == (TIANHE, "TERRITORY", None)
    assert str(row.head.effective_on) == "2023-01-10"
    assert client.post(scope, {**wish, "scope_region": "440300"}).status_code == 422
    assert client.post(scope, {**wish, "scope_region": "440100"}).status_code == 409
    add = f"/compile/{notice}/groups/"
    group = {"revision": "3", "label": "特色小组", "any_of": ["HUB"], "named": "on"}
    assert client.post(add, {**group, "any_of": []}).status_code == 422
    assert client.post(add, group).status_code == 302
    held = queries.get_compilation(officer, notice).groups
    assert held["GROUP_1"] == {"label": {"zh": "特色小组"}, "any_of": ["HUB"]}
    assert "特色小组" in client.get(scope).content.decode()
    edit = f"/compile/{notice}/groups/GROUP_1/"
    assert "特色小组" in client.get(edit).content.decode()
    assert client.post(edit, {**group, "revision": "4", "delete": "1"}).status_code == 302
    assert "GROUP_1" not in queries.get_compilation(officer, notice).groups
    assert client.get(edit).status_code == 404


def test_all_sure_ones_are_counted_then_accepted(sign_in: SignIn, notice: int) -> None:
    client = sign_in("officer")
    first(notice)
    WorkingDuty.objects.filter(compilation_id=notice).update(
        proposal={"confidence": 0.9, "start": 0, "end": 1}
    )
    count = len(duties(notice))
    assert f"采纳这 {count} 项" in client.get(f"/compile/{notice}/sure/").content.decode()
    done = client.post(f"/compile/{notice}/sure/", follow=True).content.decode()
    assert f"一次采纳了 {count} 项任务" in done
    assert "都处理完了" in client.get(f"/compile/{notice}/?show=undecided").content.decode()
    assert "没有可以一次采纳的" in client.get(f"/compile/{notice}/sure/").content.decode()


def test_the_journal_tells_who_did_what_and_takes_it_back(
    sign_in: SignIn, colleague: Actor, notice: int
) -> None:
    client, duty = sign_in("officer"), first(notice)
    client.post(f"/compile/{notice}/act/", {"accept": ref(duty)})
    page = client.get(f"/compile/{notice}/changes/").content.decode()
    assert "采纳任务" in page
    editor = client.get(f"/compile/{notice}/").content.decode()
    assert 'id="tc-undo"' in editor
    held = duties(notice)[0]
    commands.decide_duty(
        actor=colleague, at=AT, compilation_id=notice, key=duty.key, revision=held.revision,
        decision="reject",
    )  # fmt: skip
    refused = client.post(f"/compile/{notice}/undo/", {"seq": "1"})
    assert refused.status_code == 409
    assert "colleague" in refused.content.decode()
    assert "第 2 次改动" in refused.content.decode()
    back = client.post(f"/compile/{notice}/undo/", {"seq": "2", "next": f"/compile/{notice}/"})
    assert back["Location"] == f"/compile/{notice}/"
    away = client.post(f"/compile/{notice}/undo/", {"seq": "1", "next": "//evil.example/"})
    assert away["Location"] == f"/compile/{notice}/changes/"
    assert "重做" in client.get(f"/compile/{notice}/").content.decode()
    assert client.post(f"/compile/{notice}/undo/", {"seq": "99"}).status_code == 404
    assert client.post(f"/compile/{notice}/undo/", {}).status_code == 422


def test_a_large_document_takes_no_more_queries_than_a_small_one(
    sign_in: SignIn, officer: Actor, notice: int
) -> None:
    items = "\n".join(
        f"{n}.各社会组织要制定第{n}号预案并在3日内报送。不得聚集第{n}类人员。"
        for n in range(1, 120)
    )
    large = commands.create_compilation(
        actor=officer,
        at=AT,
        received=Received(f"关于预案的通知\n\n一、制定预案\n{items}\n", "paste"),
    )
    assert len(duties(large)) > 150
    client = sign_in("officer")

    def count(number: int, part: str) -> int:
        client.get(f"/compile/{number}/{part}")
        with CaptureQueriesContext(connection) as found:
            answer = client.get(f"/compile/{number}/{part}")
        assert answer.status_code == 200
        return len(found)

    for part, most in (("", 18), ("clauses/", 18), ("changes/", 18), ("scope/", 20)):
        small = count(notice, part)
        assert small <= most, part
        assert count(large, part) <= small, part
    second = client.get(f"/compile/{large}/?show=all&page=2").content.decode()
    assert second.count('class="tc-card ') == 80
    last = duties(large)[-1].key
    assert f'id="d{last}"' in client.get(f"/compile/{large}/?show=all&at={last}").content.decode()
