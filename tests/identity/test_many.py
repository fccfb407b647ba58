"""Many invitations at once: rows are checked, good ones invited, links handed out once."""

import io
import re
import zipfile
from typing import Any

import pytest
import xlsxwriter
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from procrastinate import testing
from procrastinate.contrib.django import app
from python_calamine import CalamineWorkbook

from tests.identity.conftest import CODE, OTHER_CODE, Office
from tongzhou.kernel import clock, jobs
from tongzhou.kernel.identity import many, rules
from tongzhou.kernel.models import AuditLine, Invitation, InvitationBatch, Progress
from tongzhou.kernel.privacy import purging

MANY = "/people/invite/many/"


def _rows(book: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()


def _paste(browser: Client, *rows: str) -> Any:
    return browser.post(MANY, {"pasted": "\n".join(rows)})


def _run(browser: Client, path: str, **given: str) -> Any:
    """Press a button and run its job."""
    connector = testing.InMemoryConnector()
    with app.replace_connector(connector):
        answer = browser.post(path, {"sure": "1", **given})
    for each in connector.jobs.values():
        getattr(jobs, each["task_name"].removeprefix("kernel."))(**each["args"])
    return answer


def test_a_table_becomes_invitations_and_one_sheet_of_links(office: Office, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    browser = office.browser("clerk")
    answer = _paste(
        browser,
        f"{CODE}\t监事会\t=王小芳\t138-0000-1234\tWang@example.cn",
        f"{CODE.lower()}\t秘书处\t李四光\t\t",
        f"{OTHER_CODE}\t秘书处\t赵外人\t\t",
        f"{CODE}\t财务\t钱多多\t\t",
        f"{CODE}\t秘书处\t李四光\t\t",
        f"{CODE}\t法定代表人\t孙\t12345\tno address",
        "51440100MJL000000X\t秘书处\t周无名\t\t",
    )
    batch = answer["Location"]
    page = browser.get(batch).content.decode()
    assert "可以邀请 2 人，有问题的 5 行。" in page
    for told in (
        "不是本机关登记的",
        "岗位应当是",
        "与第 3 行重复",
        "请写全被邀请人的姓名",
        "手机号应当是 11 位数字",
        "邮箱格式不对",
    ):
        assert told in page, told
    assert not Invitation.objects.exists()
    assert "王小芳" not in str(_stored())
    assert _run(browser, batch).status_code == 302
    assert Progress.objects.get().state == "DONE", Progress.objects.get().message
    assert Invitation.objects.filter(handed_by=None).count() == 2
    assert not mail.outbox
    # A second confirmation, from the same page left open, does nothing.
    assert _run(browser, batch).status_code == 409
    words = {row[3]: str(row[4]) for row in _taken(browser, batch)}
    assert browser.post(f"{batch}sheet/").status_code == 409

    second = office.browser("officer")
    listed = second.get("/people/").content.decode()
    assert "批量邀请 2 人" in listed
    assert "clerk 于" in listed
    shown = second.get(batch).content.decode()
    assert "wang@example.cn" in shown
    assert "交付 2 个链接" in shown
    assert _run(second, f"{batch}links/", mail="1").status_code == 302
    assert {each.state for each in Progress.objects.all()} == {"DONE"}
    assert [each.to for each in mail.outbox] == [["wang@example.cn"]]
    assert Invitation.objects.get(mailed=True).phone == "13800001234"
    assert _run(second, f"{batch}links/").status_code == 409
    assert browser.post(f"{batch}sheet/").status_code == 409
    taken = second.post(f"{batch}sheet/")
    book = b"".join(taken)
    rows = _rows(book)[1:]
    assert [row[3] for row in rows] == ["=王小芳", "李四光"]
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    link = re.sub(r"^http://testserver", "", str(rows[1][4]))
    guest = Client()
    guest.get(link)
    assert "广州市示例商会" in guest.get("/invitation/").content.decode()
    given = {"password1": "another-phrase-81", "password2": "another-phrase-81"}
    assert guest.post("/invitation/", {**given, "word": words["=王小芳"]}).status_code == 422
    assert guest.post("/invitation/", {**given, "word": words["李四光"]}).status_code == 200
    assert second.post(f"{batch}sheet/").status_code == 409
    assert set(_stored()) == {("", "", "")}
    assert AuditLine.objects.filter(stem="kernel.invitation.ask").count() == 2
    assert AuditLine.objects.filter(stem="kernel.invitation.hand").count() == 2
    again = _paste(browser, f"{CODE}\t监事会\t=王小芳")
    assert "已经邀请过" in browser.get(again["Location"]).content.decode()


def _taken(browser: Client, batch: str) -> list[list[Any]]:
    return _rows(b"".join(browser.post(f"{batch}sheet/")))[1:]


def _asked(office: Office, by: str = "clerk") -> str:
    """Return the page of a table of one that waits for a second person."""
    batch: str = _paste(office.browser(by), f"{CODE}\t秘书处\t李四光")["Location"]
    assert _run(office.browser(by), batch).status_code == 302
    return batch


def test_nobody_releases_their_own_table(office: Office) -> None:
    batch = _asked(office)
    own = office.browser("clerk")
    assert f"{batch}links/" not in own.get(batch).content.decode()
    refused = _run(own, f"{batch}links/")
    assert refused.status_code == 422
    assert "另一位同事" in refused.content.decode()
    # Nor one by one, nor by another post of the same person, nor from another authority.
    held = Invitation.objects.get()
    answer = own.post(f"/people/invitations/{held.pk}/", {"act": "reissue"})
    assert answer.status_code == 422
    for name in ("district", "chair", "auditor", "operator", "stranger"):
        for path in (batch, f"{batch}links/", f"{batch}decline/", f"{batch}sheet/"):
            assert office.browser(name).post(path).status_code in {403, 404}, (name, path)
    held.refresh_from_db()
    assert held.handed_by_id is None
    # Somebody who has not released it gets no sheet either, of neither kind.
    assert office.browser("officer").post(f"{batch}sheet/").status_code == 409
    assert _run(office.browser("officer"), f"{batch}links/").status_code == 302
    assert office.browser("colleague").post(f"{batch}sheet/").status_code == 404
    assert _taken(office.browser("officer"), batch)


def test_a_table_is_taken_back_declined_or_lapses(office: Office) -> None:
    for by in ("clerk", "officer"):
        batch = _asked(office)
        assert office.browser(by).post(f"{batch}decline/").status_code == 302
        assert office.browser(by).get(batch).status_code == 404
        assert not Invitation.objects.filter(revoked_at=None).exists()
    batch = _asked(office)
    long_ago = clock.now() - rules.INVITATION_REQUEST_LASTS
    InvitationBatch.objects.update(asked_at=long_ago)
    assert "批量邀请 1 人" not in office.browser("officer").get("/people/").content.decode()
    assert _run(office.browser("officer"), f"{batch}links/").status_code == 422
    assert not Invitation.objects.exclude(handed_by=None).exists()


def test_what_was_settled_meanwhile_is_told_on_the_sheet(office: Office) -> None:
    batch = _asked(office)
    held = Invitation.objects.get()
    second = office.browser("officer")
    shown = second.post(f"/people/invitations/{held.pk}/", {"act": "reissue"}).content.decode()
    assert "/invitation/" in shown
    _run(second, f"{batch}links/")
    assert [row[4:] for row in _taken(second, batch)] == [["", "已经单独办理"]]


def _stored() -> list[tuple[str, str, str]]:
    """Return what really lies in the database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT rows, words, sheet FROM kernel_invitationbatch")
        return list(cursor.fetchall())


def test_a_table_belongs_to_whoever_brought_it(office: Office) -> None:
    batch = _paste(office.browser("clerk"), f"{CODE}\t秘书处\t李四光")["Location"]
    for name in ("officer", "leader", "colleague"):  # before the owner asks for it
        browser = office.browser(name)
        assert browser.get(batch).status_code == 404
        for path in (batch, f"{batch}links/", f"{batch}decline/", f"{batch}sheet/"):
            assert browser.post(path).status_code == 404
    for name in ("chair", "secretary", "auditor", "operator"):
        assert office.browser(name).get(MANY).status_code == 403
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"pasted": ""}, "请上传表格"),
        ({"pasted": "统一社会信用代码,姓名\nx,y"}, "缺少列：岗位"),
        ({"pasted": "统一社会信用代码,岗位,姓名"}, "没有要邀请的人"),
        ({"pasted": "\n".join(["x,秘书处,李四"] * (many.MOST_ROWS + 1))}, "一次最多"),
        ({"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04 no workbook")}, "x.xlsx"),
        ({"file": SimpleUploadedFile("x.csv", b"\x00\x01\xff")}, "x.csv"),
    ],
)
def test_what_is_no_table_is_told_so(office: Office, given: dict[str, Any], told: str) -> None:
    answer = office.browser("clerk").post(MANY, given)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not InvitationBatch.objects.exists()


def test_the_empty_table_can_be_filled_in_and_brought(office: Office) -> None:
    browser = office.browser("officer")
    empty = browser.get(f"{MANY}?template=1")
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, _rows(b"".join(empty))[0])
        sheet.write_row(1, 0, (CODE, "党组织", "苏红星", "13800001234", ""))
    upload = SimpleUploadedFile("邀请表.xlsx", target.getvalue())
    batch = browser.post(MANY, {"file": upload})["Location"]
    assert "可以邀请 1 人，有问题的 0 行。" in browser.get(batch).content.decode()


def test_tables_are_forgotten_after_a_day(office: Office) -> None:
    _paste(office.browser("clerk"), f"{CODE}\t秘书处\t李四光")
    now = clock.now()
    purging.purge_all(now)
    assert InvitationBatch.objects.count() == 1
    purging.purge_all(now + many.KEPT)
    assert not InvitationBatch.objects.exists()
    _asked(office)  # one that waits for a second person is kept as long as it waits
    purging.purge_all(clock.now() + rules.INVITATION_REQUEST_LASTS)
    assert InvitationBatch.objects.count() == 1
    purging.purge_all(clock.now() + rules.INVITATION_REQUEST_LASTS + many.KEPT)
    assert not InvitationBatch.objects.exists()
