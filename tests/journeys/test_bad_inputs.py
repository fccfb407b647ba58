"""Each bad input that people bring, and the answer it gets."""

import html
import io
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.journeys.conftest import LAUNCH, MONDAY, Town, hygiene, pdf
from tests.world import AT
from tongzhou.base.errors import Refusal
from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel.tables import Sheet, TableColumn, write_workbook
from tongzhou.modules.duties.queries.reports import get_report
from tongzhou.modules.registry import commands as registry
from tongzhou.modules.registry.rules import columns

PROJECT = Path(__file__).resolve().parents[2]
ROW = {
    "统一社会信用代码": make_credit_code("51", "440100", "12345678"),
    "名称": "广州市又一示例商会",
    "登记形式": "社会团体",
    "登记管理机关": "广州市民政局",
    "所在地区划代码": "440106",
    "成立日期": "2012-03-01",
    "法定代表人": "陈示例",
}


def text_file(content: bytes, name: str = "文件.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "text/plain")


def sheet(*rows: dict[str, str], names: tuple[str, ...] | None = None) -> SimpleUploadedFile:
    names = names or tuple(each.name for each in columns.COLUMNS)
    target = io.BytesIO()
    cells = [[row.get(name, "") for name in names] for row in rows]
    write_workbook([Sheet("数据", [TableColumn(name) for name in names], cells)], target)
    return SimpleUploadedFile("名册.xlsx", target.getvalue())


PLAN = {"a-revised_on": "2020-02-01", "effective_on": "2020-02-01"}


# A binary file as a directive


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        b"%PDF-1.7\n" + bytes(range(256)) * 20,
        b"PK\x03\x04" + bytes(range(256)) * 20,
        b"\xd0\xcf\x11\xe0" + bytes(2_000),
        b"\x7fELF" + bytes(range(256)) * 20,
    ],
    ids=["png", "pdf", "docx", "doc", "program"],
)
def test_a_binary_file_as_a_directive_is_refused(
    town: Town, content: bytes, tmp_path: Path
) -> None:
    answer = town.browser("officer").post("/directives/load/", {"file": text_file(content)})
    assert answer.status_code == 422
    assert "tz-errors" in answer.text
    assert "怎么办" in answer.text, answer.text[:3_000]

    path = tmp_path / "a.bin"
    path.write_bytes(content)
    done = _console("directive", "parse", str(path), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert any("\u4e00" <= letter <= "\u9fff" for letter in done.stderr)


def _console(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tongzhou.config.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
    )


@pytest.mark.parametrize("content", [b"", b"   \n\n\t ", b"\xef\xbb\xbf"])
def test_an_empty_directive_is_refused(town: Town, content: bytes, tmp_path: Path) -> None:
    answer = town.browser("officer").post("/directives/load/", {"file": text_file(content)})
    assert answer.status_code == 422
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    done = _console("directive", "parse", str(path), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


def test_a_missing_file_and_a_folder_are_told_from_a_directive(tmp_path: Path) -> None:
    for path in (tmp_path / "none.txt", tmp_path):
        done = _console("directive", "parse", str(path), "--json")
        assert done.returncode not in {0, -6, -11}
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()


def test_a_huge_text_is_refused_whichever_way_it_comes(town: Town) -> None:
    browser = town.browser("officer")
    text = "关于防控的通知\n各有关单位：\n" + "一、做好防控。\n" * 60_000
    for given in ({"file": text_file(text.encode())}, {"text": text}):
        answer = browser.post("/directives/load/", given)
        assert answer.status_code == 422, given.keys()
        assert "文字太长" in answer.text
    answer = browser.post("/directives/load/", {"text": "甲" * 3_000_000})
    assert 400 <= answer.status_code < 500


# A sheet with wrong columns, a code with a wrong check character


def _check_refusal(town: Town, name: str, content: bytes) -> str:
    """Store a sheet, check it as the job does, and return what the refusal says."""
    officer = town.world.people["officer"]
    batch = registry.start_import(
        actor=officer, at=AT, stream=io.BytesIO(content), name=name, size=len(content)
    )
    with pytest.raises(Refusal) as caught:
        registry.check_import(actor=officer, at=AT, batch_id=batch)
    return str(caught.value)


def test_a_sheet_with_wrong_columns_names_the_columns(town: Town) -> None:
    content = sheet({"名": "甲"}, names=("名", "统一社会信用代碼")).read()
    said = _check_refusal(town, "a.xlsx", content)
    assert "统一社会信用代码" in said
    assert _check_refusal(town, "a.csv", "机构,备注\n甲,乙\n".encode("gb18030"))


@pytest.mark.parametrize("place", [17, 16])
def test_a_wrong_check_character_is_told_with_row_column_and_the_right_one(
    town: Town, place: int
) -> None:
    right = ROW["统一社会信用代码"]
    wrong = right[:place] + ("1" if right[place] != "1" else "2") + right[place + 1 :]
    content = sheet({**ROW, "统一社会信用代码": wrong}).read()
    batch = registry.start_import(
        actor=town.world.people["officer"],
        at=AT,
        stream=io.BytesIO(content),
        name="名册.xlsx",
        size=len(content),
    )
    good = registry.check_import(actor=town.world.people["officer"], at=AT, batch_id=batch)
    assert good == 0
    answer = town.browser("officer").get(f"/organisations/import/{batch}/")
    told = answer.context["faults"]
    assert (told[0]["row"], told[0]["column"]) == (2, "统一社会信用代码")
    assert f"“{right[place]}”" in told[0]["text"]
    assert told[0]["text"] in html.unescape(answer.text)


def test_a_wrong_check_character_in_a_form_is_told_at_its_field(town: Town) -> None:
    right = ROW["统一社会信用代码"]
    wrong = right[:17] + ("1" if right[17] != "1" else "2")
    answer = town.browser("officer").post(
        "/api/v1/organisations/register/",
        json.dumps({"facts": {**ROW, "统一社会信用代码": wrong}}),
        content_type="application/json",
        headers=town.headers("officer"),
    )
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert right[17] in json.dumps(answer.json(), ensure_ascii=False)


# Files as evidence


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pdf", b""),
        ("program.exe", b"MZ" + bytes(100)),
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg onload=alert(1)>"),
        ("renamed.pdf", b"<script>alert(1)</script>"),
        ("renamed.jpg", b"%PDF-1.4"),
        ("noextension", b"%PDF-1.4"),
        ("double.pdf.exe", b"%PDF-1.4"),
        ("big.pdf", b"%PDF-1.4" + bytes(21 * 1024 * 1024)),
    ],
)
def test_files_that_are_not_evidence_are_refused(town: Town, name: str, content: bytes) -> None:
    browser = town.browser("secretary")
    given = {**PLAN, "files": SimpleUploadedFile(name, content)}
    answer = browser.post(town.fill_url("d222-plan", LAUNCH), given)
    assert answer.status_code == 422
    assert html.escape(name) in answer.text
    key = town.world.key("d222-plan", LAUNCH)
    assert browser.get(town.url_of(key)).status_code == 404


def test_a_file_name_is_only_a_name(town: Town) -> None:
    browser = town.browser("secretary")
    url = town.fill_url("d222-plan", LAUNCH)
    home = town.url_of(town.world.key("d222-plan", LAUNCH))
    for name in (
        "../../../etc/passwd.pdf",
        "..\\..\\windows\\system.pdf",
        'a"; filename="b.exe\u2028X-Evil: 1.pdf',
        "\u202efdp.exe.pdf",
        "<img src=x onerror=alert(1)>.pdf",
        "=HYPERLINK(1).pdf",
        "长" * 300 + ".pdf",
        "a\x00b.pdf",
    ):
        page = browser.get(url)
        based_on = page.context["form"]["based_on"].value() if page.status_code == 200 else ""
        answer = browser.post(url, {**PLAN, "files": pdf(name), "based_on": based_on})
        assert answer.status_code == 302, (name, answer.status_code)
        report = browser.get(home)
        assert "<img src=x" not in report.text
        held = report.context["files"]
        assert held
        for each in held:
            assert "/" not in each.name
            assert "\\" not in each.name
            assert len(each.name) <= 121
            assert not any(ord(letter) < 32 or letter == "\u202e" for letter in each.name)
            served = browser.get(f"{home}files/{each.id}")
            assert served.status_code == 200
            assert "X-Evil" not in served.headers
            assert served["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
            assert "\n" not in served["Content-Disposition"]
            assert served["Content-Security-Policy"].startswith("sandbox")
            served.close()


# What a report may hold


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"hazards": "-1"}, 422),
        ({"hazards": "1e9"}, 422),
        ({"hazards": "9" * 40}, 422),
        ({"hazards": "²"}, 422),
        ({"hazards": "abc"}, 422),
        ({"disinfected": "perhaps"}, 422),
        ({"plan": "a" * 100_000}, 422),
        ({"plan": ""}, 422),
        ({"effective_on": "2999-01-01"}, 422),
        ({"effective_on": "0000-00-00"}, 422),
        ({"based_on": "²"}, None),
        ({"based_on": "9" * 50}, None),
        ({"once": "k" * 4_000}, 422),
        ({"kept": "not-a-file"}, None),
        ({"staged": "00000000-0000-0000-0000-000000000000"}, None),
    ],
)
def test_impossible_answers_are_refused_at_their_field(
    town: Town, answers: dict[str, str], status: int | None
) -> None:
    changed = {
        f"a-{name}" if name in {"hazards", "disinfected", "plan"} else name: value
        for name, value in answers.items()
    }
    answer = town.browser("secretary").post(town.fill_url("d8-hygiene"), hygiene(**changed))
    assert answer.status_code == status or (status is None and answer.status_code < 500)
    if status == 422:
        assert "本周内清理完毕" in answer.text or "plan" in answers


def test_fields_that_are_not_asked_are_not_taken(town: Town) -> None:
    browser = town.browser("secretary")
    url = town.fill_url("d8-hygiene")
    page = browser.get(url)
    extra = {
        "a-state": "ACCEPTED",
        "state": "ACCEPTED",
        "late": "false",
        "version": "99",
        "organisation_id": "1",
        "prov": "11",
        "submitted_at": "2019-01-01",
        "a-unknown": "x",
    }
    based_on = page.context["form"]["based_on"].value()
    answer = browser.post(url, hygiene(based_on=based_on, **extra))
    assert answer.status_code == 302
    report = browser.get(town.report_url).context["report"]
    assert (report.row.state, report.row.version) == ("SUBMITTED", 2)
    assert set(report.data) == {"disinfected", "hazards", "plan"}
    assert report.row.submitted_at == AT


# After the deadline, and before its time


def test_a_report_after_the_deadline_is_late_and_says_so(
    town: Town, at: Callable[[datetime], None]
) -> None:
    """A week's report is due the day after the week; two days later it is taken, and marked."""
    at(datetime.combine(MONDAY + timedelta(days=9), time(12), AT.tzinfo))
    head = town.browser("head")
    url = town.fill_url("d8-hygiene", MONDAY)
    page = head.get(url)
    assert page.status_code == 200
    assert "迟报" in page.text
    assert head.post(url, hygiene()).status_code == 302
    other = town.world.key("d8-hygiene", MONDAY, "school")
    report = get_report(
        town.world.people["head"], other.period, other.duty_id, other.organisation_id, other.prov
    )
    assert report.row.late
    assert "迟报" in head.get(town.url_of(other)).text


def test_a_period_that_has_not_come_cannot_be_reported(town: Town) -> None:
    browser = town.browser("secretary")
    for day in (MONDAY + timedelta(days=7), MONDAY + timedelta(days=36_500)):
        answer = browser.post(town.fill_url("d8-hygiene", day), hygiene())
        assert answer.status_code in {404, 422}, day
    assert browser.post(town.fill_url("d8-hygiene", MONDAY + timedelta(days=1))).status_code in {
        404,
        422,
    }


def test_a_key_of_somebody_else_answers_nothing_of_theirs(town: Town) -> None:
    for name in ("secretary", "chair"):
        browser = town.browser(name)
        url = town.fill_url("d8-hygiene")
        based_on = browser.get(url).context["form"]["based_on"].value()
        answer = browser.post(url, hygiene(once="shared", based_on=based_on))
        assert answer.status_code == 302
    steps = town.browser("secretary").get(town.report_url).context["report"].steps
    assert len(steps) == 3


def test_workbooks_written_by_others_do_not_break_the_import(town: Town) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_string(0, 0, "名称")
        page.write_string(1_048_575, 16_383, "far")
    assert "范围过大" in _check_refusal(town, "a.xlsx", target.getvalue())
