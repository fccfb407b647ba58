"""Pages of duties: who gets in, what a form answers, whole page and part, 403, 404, 409, 422."""

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import python_calamine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tests.world import AT, LAUNCH, World
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.queries.reports import ReportView, get_report
from tongzhou.modules.duties.queries.tasks import get_task

SignIn = Callable[[str], Client]
MONDAY = date(2020, 2, 3)
HYGIENE = {"disinfected": "yes", "hazards": "0"}
FORM = {"a-disinfected": "yes", "a-hazards": "0", "effective_on": "2020-02-05", "based_on": "0"}


def form_url(world: World, duty: str = "d8-hygiene", day: date = MONDAY) -> str:
    return reverse("duties:report-submit", args=[world.duty[duty], day.isoformat()])


def report_url(world: World, name: str = "report", bearer: str = "chamber") -> str:
    return reverse(
        f"duties:{name}",
        args=[*world.bearers[bearer], world.duty["d8-hygiene"], MONDAY.isoformat()],
    )


def view_of(world: World) -> ReportView:
    key = world.key("d8-hygiene", MONDAY)
    return get_report(SYSTEM, key.period, key.duty_id, key.organisation_id, key.prov)


def file(world: World, who: str = "secretary", bearer: str = "chamber", **data: str) -> None:
    commands.submit_report(
        actor=world.people[who],
        at=AT,
        key=world.key("d8-hygiene", MONDAY, bearer),
        data={**HYGIENE, **data},
    )


@pytest.mark.parametrize(
    ("who", "name", "status"),
    [
        ("secretary", "board", 200),
        ("chair", "board", 200),
        ("party", "board", 200),
        ("board", "board", 200),
        ("officer", "board", 200),
        ("leader", "board", 200),
        ("secretary", "history", 200),
        ("officer", "review", 200),
        ("secretary", "review", 403),
        ("leader", "review", 403),
        ("clerk", "review", 403),
        ("officer", "library-list", 200),
        ("secretary", "library-list", 403),
        ("officer", "library-load", 200),
        ("leader", "library-load", 403),
    ],
)
def test_pages_let_in_whom_they_are_for(sign_in: SignIn, who: str, name: str, status: int) -> None:
    assert sign_in(who).get(reverse(f"duties:{name}")).status_code == status


def test_somebody_who_is_not_signed_in_is_asked_to(world: World, client: Client) -> None:
    answer = client.get(reverse("duties:board"))
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]
    assert client.get(reverse("duties:duty", args=[world.duty["d8-cases"]])).status_code == 200


@pytest.mark.parametrize("tab", ["todo", "done", "guide", "missed", "nonsense"])
def test_board_shows_each_tab(world: World, sign_in: SignIn, tab: str) -> None:
    file(world)
    page = sign_in("secretary").get(reverse("duties:board"), {"tab": tab}).content.decode()
    assert ("消毒、监测、排查" in page) == (tab in {"done", "missed"})
    assert ("疑似病例每日零报告（2月5日）" in page) == (tab in {"todo", "nonsense"})


def test_board_gives_other_organs_no_button(world: World, sign_in: SignIn) -> None:
    page = sign_in("board").get(reverse("duties:board")).content.decode()
    assert form_url(world) not in page
    assert "由承担的机构自己填报" in page
    chair = sign_in("chair").get(reverse("duties:board")).content.decode()
    assert form_url(world) in chair


def test_form_is_built_from_the_declaration(world: World, sign_in: SignIn) -> None:
    page = sign_in("secretary").get(form_url(world)).content.decode()
    for text in (
        'name="a-disinfected"', 'name="a-hazards"', 'data-when="hazards"', 'data-above="0"',
        "大于 0 时填写", 'name="once"', 'value="2020-02-05"',
    ):  # fmt: skip
        assert text in page, text


def test_form_speaks_english(world: World, sign_in: SignIn) -> None:
    browser = sign_in("secretary")
    browser.cookies["django_language"] = "en"
    page = browser.get(form_url(world)).content.decode()
    assert "Disinfected and screened this week as required" in page
    assert "Save draft" in page


def test_submit_report_answers_with_the_receipt(world: World, sign_in: SignIn) -> None:
    browser = sign_in("secretary")
    answer = browser.post(form_url(world), {**FORM, "once": "x"}, follow=True)
    assert answer.redirect_chain == [(report_url(world) + "?receipt=1", 302)]
    assert view_of(world).number in answer.content.decode()
    again = browser.post(form_url(world), {**FORM, "once": "x"}, follow=True)  # double click
    assert again.status_code == 200
    assert len(view_of(world).steps) == 1


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"a-hazards": ""}, "a-hazards"),
        ({"a-hazards": "两处"}, "a-hazards"),
        ({"a-hazards": "3", "a-plan": "写了很久的一句话" * 30}, "a-plan"),
        ({"a-disinfected": ""}, "a-disinfected"),
        ({"effective_on": "2020-02-06"}, "effective_on"),
        ({"effective_on": "昨天"}, "effective_on"),
    ],
)
def test_submit_report_keeps_what_was_typed(
    world: World, sign_in: SignIn, changes: dict[str, str], wrong: str
) -> None:
    typed = {**FORM, "a-plan": "写了很久的一句话", **changes}
    answer = sign_in("secretary").post(form_url(world), typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#id_{wrong}' in page
    assert "写了很久的一句话" in page


def test_submit_report_keeps_files_of_a_faulty_attempt(world: World, sign_in: SignIn) -> None:
    browser = sign_in("secretary")
    url = form_url(world, "d222-plan", LAUNCH)

    def pdf() -> SimpleUploadedFile:
        return SimpleUploadedFile("预案.pdf", b"%PDF-1.4 plan")

    first = browser.post(url, {"effective_on": "2020-02-05", "files": [pdf()]})
    assert first.status_code == 422
    staged = first.context["form"]["staged"].value()
    assert "预案.pdf" in first.content.decode()
    second = browser.post(
        url, {"effective_on": "2020-02-05", "a-revised_on": "2020-02-01", "staged": staged}
    )
    assert second.status_code == 302
    page = browser.get(second["Location"]).content.decode()
    assert "预案.pdf" in page
    link = page.split('class="du-files"')[1].split('href="/reports')[1].split('"')[0]
    link = f"/reports{link}"
    download = browser.get(link)
    assert b"".join(download.streaming_content) == b"%PDF-1.4 plan"  # type: ignore[attr-defined]  # a file response
    assert download["Content-Disposition"].startswith("attachment")
    assert sign_in("head").get(link).status_code == 404
    assert sign_in("officer").get(link).status_code == 200


@pytest.mark.parametrize("content", [b"", b"MZ not a pdf"])
def test_submit_report_refuses_a_bad_file_at_its_field(
    world: World, sign_in: SignIn, content: bytes
) -> None:
    answer = sign_in("secretary").post(
        form_url(world, "d222-plan", LAUNCH),
        {
            "effective_on": "2020-02-05",
            "a-revised_on": "2020-02-01",
            "files": [SimpleUploadedFile("预案.pdf", content)],
        },
    )
    assert answer.status_code == 422
    assert 'href="#id_files"' in answer.content.decode()


def test_an_upload_that_is_too_large_is_told_so(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongzhou.kernel.uploads.MAX_REQUEST_BYTES", 1000)
    answer = sign_in("secretary").post(
        form_url(world, "d222-plan", LAUNCH),
        {
            "a-revised_on": "2020-02-01",
            "files": [SimpleUploadedFile("预案.pdf", b"%PDF" + b"x" * 5000)],
        },
    )
    assert answer.status_code == 413
    page = answer.content.decode()
    assert "附件太大" in page
    assert 'value="2020-02-01"' in page


def test_save_draft_without_and_with_htmx(world: World, sign_in: SignIn) -> None:
    browser = sign_in("secretary")
    answer = browser.post(form_url(world), {"step": "draft", "a-hazards": "7"})
    assert answer.status_code == 302
    page = browser.get(form_url(world)).content.decode()
    assert 'value="7"' in page
    assert "已按草稿（secretary" in page
    draft = reverse("duties:draft-save", args=[world.duty["d8-hygiene"], MONDAY.isoformat()])
    part = browser.post(draft, {"a-hazards": "8"}, headers={"HX-Request": "true"})
    assert "草稿已自动保存" in part.content.decode()
    assert "<html" not in part.content.decode()
    task = get_task(world.people["secretary"], AT, world.duty["d8-hygiene"], MONDAY)
    assert task.draft == {"hazards": "8"}
    assert browser.get(draft).status_code == 404
    assert sign_in("board").post(draft, {"a-hazards": "8"}).status_code == 403


@pytest.mark.parametrize(
    ("who", "duty", "day", "status", "text"),
    [
        ("board", "d8-hygiene", "2020-02-03", 403, "这项任务由秘书处填报"),
        ("secretary", "d352-drill", LAUNCH.isoformat(), 422, "为什么不归我办？"),
        ("secretary", "d8-hygiene", "2020-02-10", 422, "这一期不需要报送"),
        ("secretary", "d8-hygiene", "never", 404, "没有这一期"),
        ("secretary", "d32-stock", "2020-02-03", 404, "没有这项任务"),
        ("leader", "d32-stock", "2020-02-03", 403, "没有"),
    ],
)
def test_form_explains_why_not(
    world: World, sign_in: SignIn, who: str, duty: str, day: str, status: int, text: str
) -> None:
    url = reverse("duties:report-submit", args=[world.duty[duty], day])
    answer = sign_in(who).get(url)
    assert answer.status_code == status
    assert text in answer.content.decode()


def test_a_late_report_is_announced_before_and_marked_after(world: World, sign_in: SignIn) -> None:
    browser = sign_in("secretary")
    url = form_url(world, day=MONDAY - timedelta(days=7))
    assert "已过期限，仍可补报" in browser.get(url).content.decode()
    page = browser.post(url, FORM, follow=True).content.decode()
    assert "标明为迟报" in page


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("secretary", 200),
        ("board", 200),
        ("officer", 200),
        ("province", 200),
        ("head", 404),
        ("stranger", 404),
        ("shenzhen", 404),
    ],
)
def test_report_page_and_paper_show_it_to_those_who_may(
    world: World, sign_in: SignIn, who: str, status: int
) -> None:
    file(world)
    browser = sign_in(who)
    assert browser.get(report_url(world)).status_code == status
    assert browser.get(report_url(world, "report-print")).status_code == status


def test_reviewer_decides_and_goes_on(world: World, sign_in: SignIn) -> None:
    file(world)
    file(world, "head", "school")
    officer = sign_in("officer")
    page = officer.get(report_url(world)).content.decode()
    assert "通过，看下一份" in page
    answer = officer.post(report_url(world, "report-accept"), {"seen": "1", "then": "next"})
    assert answer["Location"] == report_url(world, bearer="school")
    answer = officer.post(
        report_url(world, "report-return", "school"), {"common": "1", "seen": "1", "then": "next"}
    )
    assert answer["Location"] == reverse("duties:review")
    board = sign_in("head").get(reverse("duties:board")).content.decode()
    assert "数据疑似有误" in board


def test_the_second_officer_gets_409_with_the_name(world: World, sign_in: SignIn) -> None:
    file(world)
    assert sign_in("officer").post(report_url(world, "report-accept")).status_code == 302
    answer = sign_in("colleague").post(report_url(world, "report-accept"), {"seen": "1"})
    assert answer.status_code == 409
    assert "officer" in answer.content.decode()


@pytest.mark.parametrize("name", ["report-accept", "report-return", "report-reopen"])
def test_deciding_is_for_reviewers_and_by_post(world: World, sign_in: SignIn, name: str) -> None:
    file(world)
    assert sign_in("secretary").post(report_url(world, name)).status_code == 403
    assert sign_in("officer").get(report_url(world, name)).status_code == 404
    district = sign_in("district").post(report_url(world, name), {"reason": "请补充说明"})
    assert district.status_code == 403
    assert view_of(world).row.state == "SUBMITTED"


def test_a_return_without_a_reason_is_asked_again(world: World, sign_in: SignIn) -> None:
    file(world)
    answer = sign_in("officer").post(report_url(world, "report-return"), {"reason": " "})
    assert answer.status_code == 422
    assert "请写明退回的理由" in answer.content.decode()


def test_reopen_takes_an_acceptance_back(world: World, sign_in: SignIn) -> None:
    file(world)
    officer = sign_in("officer")
    officer.post(report_url(world, "report-accept"))
    answer = officer.post(report_url(world, "report-reopen"), {"reason": "抽查不符"}, follow=True)
    assert "抽查不符" in answer.content.decode()
    assert view_of(world).row.state == "RETURNED"


def test_report_page_shows_what_changed(world: World, sign_in: SignIn) -> None:
    file(world)
    file(world, hazards="2", plan="周五前清理")
    page = sign_in("officer").get(report_url(world)).content.decode()
    assert 'id="versions"' in page
    assert "<ins>" in page


def test_review_filters_and_says_so(world: World, sign_in: SignIn) -> None:
    file(world)
    file(world, "head", "school")
    officer = sign_in("officer")
    url = reverse("duties:review")
    page = officer.get(url, {"q": "商会", "form": "ASSOCIATION"}).content.decode()
    assert "广州市示例商会" in page
    assert "广州市示例培训学校" not in page
    assert page.count('class="tz-chip"') == 2
    none = officer.get(url, {"q": "没有这个"}).content.decode()
    assert "没有符合条件的报送" in none
    odd = officer.get(url, {"duty": "x", "place": "1e9", "late": "2", "since": "?", "page": "-1"})
    assert odd.status_code == 200


def test_accept_many_shows_them_first(world: World, sign_in: SignIn) -> None:
    file(world)
    file(world, "head", "school")
    officer = sign_in("officer")
    queue = officer.get(reverse("duties:review"))
    picks = [row["pick"] for row in queue.context["rows"]]
    url = reverse("duties:review-accept")
    preview = officer.post(url, {"pick": picks})
    assert preview.status_code == 200
    assert view_of(world).row.state == "SUBMITTED"
    assert officer.post(url, {"pick": picks, "step": "confirm"}).status_code == 302
    assert view_of(world).row.state == "ACCEPTED"
    assert officer.post(url, {"pick": picks, "step": "confirm"}).status_code == 409
    assert officer.post(url, {"pick": ["1_2"]}).status_code == 404
    assert officer.post(url, {}).status_code == 302


def cells(answer: Any) -> list[list[Any]]:
    content = io.BytesIO(b"".join(answer.streaming_content))
    return python_calamine.CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()


def test_export_holds_exactly_the_list(world: World, sign_in: SignIn) -> None:
    file(world)
    file(world, "head", "school")
    rows = cells(sign_in("officer").get(reverse("duties:review-export"), {"q": "商会"}))
    assert [row[3] for row in rows[1:]] == ["广州市示例商会"]
    mine = cells(sign_in("secretary").get(reverse("duties:history"), {"export": "1"}))
    assert len(mine) == 2


def test_a_long_export_is_a_job(
    world: World, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongzhou.kernel.models import Progress
    from tongzhou.modules.duties import jobs
    from tongzhou.modules.duties.queries import exports

    file(world)
    monkeypatch.setattr(exports, "DIRECT_ROWS", 0)
    officer = sign_in("officer")
    answer = officer.get(reverse("duties:review-export"))
    record = Progress.objects.get(kind="duties.export")
    assert answer["Location"] == reverse("kernel:progress", args=[record.pk])
    jobs.export_reports(
        progress_id=str(record.pk),
        filters={"state": "SUBMITTED", "since": None, "until": None},
        reviewer=world.people["officer"].authority_id,
        bearer=None,
    )
    record.refresh_from_db()
    assert record.state == Progress.State.DONE
    rows = cells(officer.get(reverse("kernel:progress-file", args=[record.pk])))
    assert [row[3] for row in rows[1:]] == ["广州市示例商会"]


def test_history_is_for_those_who_may_see(world: World, sign_in: SignIn) -> None:
    file(world)
    url = reverse("duties:history-of", args=world.bearers["chamber"])
    assert "消毒、监测、排查" in sign_in("officer").get(url).content.decode()
    assert sign_in("head").get(url).status_code == 404
    assert sign_in("shenzhen").get(url).status_code == 404


def test_duty_page_answers_each_reader(world: World, sign_in: SignIn, client: Client) -> None:
    url = reverse("duties:duty", args=[world.duty["d7-members"]])
    assert "为什么归我办？" in sign_in("secretary").get(url).content.decode()
    assert "为什么不归我办？" in sign_in("head").get(url).content.decode()
    officer = sign_in("officer").get(url).content.decode()
    assert "落实到哪一步" in officer
    assert "归我办" not in officer
    public = client.get(url).content.decode()
    assert "落实到哪一步" not in public
    assert "行业协会商会" in public
    assert client.get(reverse("duties:duty", args=[10**9])).status_code == 404


def test_libraries_are_put_in_force_and_ended_with_confirmation(
    world: World, sign_in: SignIn
) -> None:
    officer = sign_in("officer")
    library = world.libraries[0]  # Guangzhou's own guide
    page = officer.get(reverse("duties:library", args=[library])).content.decode()
    assert "施行中" in page
    end = reverse("duties:library-end", args=[library])
    assert "将从所有待办里消失" in officer.get(end).content.decode()
    assert officer.post(end).status_code == 302
    assert officer.post(end).status_code == 404
    enforce = reverse("duties:library-enforce", args=[library])
    assert "会涉及 3 家社会组织" in officer.get(enforce).content.decode()
    assert officer.post(enforce, {"response": world.response}).status_code == 422
    facts = {"response": world.response, "decided_by": "广州市民政局"}
    assert officer.post(enforce, facts).status_code == 302
    assert officer.post(enforce, facts).status_code == 409
    ministry = reverse("duties:library-end", args=[world.libraries[1]])
    assert officer.post(ministry).status_code == 422  # beyond the city's reach


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "不是 UTF-8"),
        (b"- a\n- b\n", "应为键值对"),
        (b"expression: cn/x/2020/1@2020-01-01\nversion: 1\n", "缺少这一项"),
        (b"a: [", "YAML 语法有误"),
        (b"x" * (1024 * 1024 + 1), "超过 1 MB"),
    ],
)
def test_load_library_names_the_fault(sign_in: SignIn, content: bytes, said: str) -> None:
    answer = sign_in("officer").post(
        reverse("duties:library-load"), {"file": SimpleUploadedFile("库.yaml", content)}
    )
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_load_library_loads_one_that_is_right(world: World, sign_in: SignIn) -> None:
    from tongzhou.modules.duties import public as duties

    source = duties.shipped_files()[0].read_text(encoding="utf-8")
    newer = source.replace("version: 1", "version: 2", 1)
    assert newer != source
    browser, url = sign_in("officer"), reverse("duties:library-load")
    preview = browser.post(url, {"file": SimpleUploadedFile("newer.yaml", newer.encode())})
    assert "任务没有任何变化" in preview.content.decode()
    answer = browser.post(url, {"step": "confirm", "file": preview.context["file"]}, follow=True)
    assert "第 2 版" in answer.content.decode()
