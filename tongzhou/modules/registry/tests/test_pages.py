"""Test the pages of the registry: who gets in, what they see, what a wrong form answers."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tongzhou.kernel import files
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.models import Progress
from tongzhou.kernel.tables import read_table
from tongzhou.modules.registry import commands, jobs, pages
from tongzhou.modules.registry.models import ImportBatch, Organisation
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.tests.conftest import AT
from tongzhou.modules.registry.tests.test_importing import row, sheet
from tongzhou.modules.registry.tests.test_writing import FACTS

SignIn = Callable[..., Client]
FORM = {
    "name": "广州市示例行业协会",
    "form": "社会团体",
    "code": "51440100500234567J",
    "registered_by": "广州市民政局",
    "located_in": "天河区",
    "established_on": "2012-03-01",
    "attributes": ["行业协会商会"],
    "supervisor": "广州市商务局",
    "legal_representative": "陈示例",
    "party_organisation": "否",
    "supervisory_board": "否",
    "once": "k1",
}


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def officer_client(country: dict[str, int], sign_in: SignIn) -> Client:
    return sign_in(Role.OFFICER, region=440100, authority=country["广州市民政局"])


@pytest.fixture
def association(country: dict[str, int]) -> list[int]:
    return commands.register_organisation(actor=SYSTEM, at=AT, facts=FACTS)


@pytest.mark.parametrize("path", ["/organisations/", "/authorities/", "/organisations/import/"])
def test_the_public_is_asked_to_sign_in(db: None, client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_list_organisations_shows_what_the_authority_may_see(
    association: list[int], sign_in: SignIn, country: dict[str, int], client: Client
) -> None:
    mine = sign_in(Role.OFFICER, region=440100, authority=country["广州市民政局"])
    assert "广州市示例行业协会" in mine.get("/organisations/").content.decode()
    stranger = sign_in(Role.OFFICER, region=440300, authority=country["深圳市民政局"])
    assert "广州市示例行业协会" not in stranger.get("/organisations/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=示例", True),
        ("q=guangzhoushi", True),
        ("q=514401005", True),
        ("q=没有的", False),
        ("form=ASSOCIATION", True),
        ("form=FOUNDATION", False),
        ("attribute=TRADE_ASSOCIATION", True),
        ("attribute=CHARITY", False),
        ("organ=SUPERVISORY_BOARD", True),
        ("without=SUPERVISORY_BOARD", False),
        ("without=PARTY_ORG", True),
        ("region=440106", True),
        ("region=440103", False),
        ("by=registry&region=440100", True),
        ("by=registry&region=440106", False),
        ("status=SUSPENDED", False),
        ("sort=-established", True),
        ("sort=nonsense&form=nonsense&region=x&page=99&size=x", True),
    ],
)
def test_list_organisations_filters(
    association: list[int], officer_client: Client, query: str, found: bool
) -> None:
    text = officer_client.get(f"/organisations/?{query}").content.decode()
    assert ("广州市示例行业协会" in text) is found


def test_list_organisations_answers_htmx_with_the_rows_alone(
    association: list[int], officer_client: Client
) -> None:
    part = officer_client.get("/organisations/", headers={"hx-request": "true"}).content.decode()
    assert "广州市示例行业协会" in part
    assert "<html" not in part


def test_export_is_exactly_what_the_filters_show(
    association: list[int], officer_client: Client
) -> None:
    answer = officer_client.get("/organisations/export/?form=ASSOCIATION")
    table = read_table(b"".join(answer.streaming_content), "x.xlsx")  # type: ignore[attr-defined]
    [(_line, cells)] = list(table.rows)
    assert cells["名称"] == "广州市示例行业协会"
    assert cells["统一社会信用代码或内部编号"] == "51440100500234567J"
    empty = officer_client.get("/organisations/export/?form=FOUNDATION")
    table = read_table(b"".join(empty.streaming_content), "x.xlsx")  # type: ignore[attr-defined]
    assert list(table.rows) == []


def test_a_long_export_is_written_by_a_job(
    association: list[int], officer_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tongzhou.modules.registry.queries import exports

    monkeypatch.setattr(exports, "DIRECT_ROWS", 0)
    answer = officer_client.get("/organisations/export/?form=ASSOCIATION")
    progress = Progress.objects.get()
    assert answer["Location"] == f"/progress/{progress.pk}/"
    jobs.export_organisations(str(progress.pk), {"form": "ASSOCIATION"})
    progress.refresh_from_db()
    assert (progress.state, progress.done) == ("DONE", 1)
    assert progress.file is not None


def test_show_organisation_with_its_attributes_and_organs(
    association: list[int], officer_client: Client
) -> None:
    text = officer_client.get(f"/organisations/{association[0]}-44/").content.decode()
    for words in ("51440100500234567J", "行业协会商会", "陈示例", "登记入册", "变更资料"):
        assert words in text


def test_show_organisation_elsewhere_is_not_found(
    association: list[int], sign_in: SignIn, country: dict[str, int]
) -> None:
    stranger = sign_in(Role.OFFICER, region=440300, authority=country["深圳市民政局"])
    assert stranger.get(f"/organisations/{association[0]}-44/").status_code == 404


def test_an_organ_sees_its_own_organisation_and_changes_nothing(
    association: list[int], sign_in: SignIn
) -> None:
    own = sign_in(Role.SECRETARIAT, organisation_id=association[0], prov=44)
    answer = own.get("/organisations/own/", follow=True)
    assert "广州市示例行业协会" in answer.content.decode()
    assert "变更资料" not in answer.content.decode()
    assert own.get(f"/organisations/{association[0]}-44/change/").status_code == 403


def test_register_organisation_by_form(officer_client: Client) -> None:
    assert officer_client.get("/organisations/register/").status_code == 200
    answer = officer_client.post("/organisations/register/", FORM)
    made = Organisation.objects.social().get()
    assert answer["Location"] == f"/organisations/{made.id}-44/"
    again = officer_client.post("/organisations/register/", FORM)  # the double click
    assert again["Location"] == answer["Location"]
    assert Organisation.objects.social().count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "51440100500234567K"}, "最后一位应为“J”"),
        ({"code": "5144010050O234567J"}, "第11位“O”"),
        ({"name": ""}, "请填写这一项"),
        ({"located_in": "火星区"}, "没有区划“火星区”"),
        ({"registered_by": "深圳市民政局"}, "不归您维护"),
        ({"established_on": "2999-01-01"}, "还没有到"),
        ({"attributes": ["公开募捐资格"]}, "须先是“慈善组织”"),
        ({"party_secretary": "李示例"}, "“党组织”填了“否”"),
    ],
)
def test_register_organisation_answers_422_beside_the_field(
    officer_client: Client, changes: dict[str, Any], words: str
) -> None:
    answer = officer_client.post("/organisations/register/", {**FORM, **changes})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert "天河区示例" in text or 'value="2012-03-01"' in text or "established_on" in changes
    assert not Organisation.objects.social().exists()


def test_change_organisation_and_the_stale_page(
    association: list[int], officer_client: Client
) -> None:
    url = f"/organisations/{association[0]}-44/change/"
    facts = {
        "name": "广州市示例二协会",
        "registered_by": "广州市民政局",
        "located_in": "440103",
        "established_on": "2012-03-01",
        "supervisor": "广州市商务局",
        "version": "1",
    }
    assert officer_client.post(url, {**facts, "once": "a"}).status_code == 302
    held = Organisation.objects.social().get()
    assert (held.name, held.located_in_id, held.version) == ("广州市示例二协会", 440103, 2)
    stale = officer_client.post(url, {**facts, "name": "丙", "once": "b"})
    assert stale.status_code == 409
    assert "已被他人修改" in stale.content.decode()


def test_attributes_and_organs_by_form(association: list[int], officer_client: Client) -> None:
    base = f"/organisations/{association[0]}-44/"
    wrong = officer_client.post(
        f"{base}attributes/add/", {"attribute": "CHARITY", "from_on": "2014-01-01"}
    )
    assert wrong.status_code == 422
    assert "最早从2016-09-01起" in wrong.content.decode()
    officer_client.post(f"{base}attributes/add/", {"attribute": "CHARITY", "from_on": "2018-01-01"})
    officer_client.post(
        f"{base}organs/party-org/",
        {"kind": "PARTY_ORG", "person": "吴示例", "from_on": "2022-07-01", "name": "中共示例支部"},
    )
    text = officer_client.get(base).content.decode()
    assert "慈善组织" in text
    assert "中共示例支部" in text
    assert officer_client.get(f"{base}organs/nonsense/").status_code == 404
    for path in ("status/", "attributes/add/", "organs/legal-rep/", "organs/party-org/dissolve/"):
        assert officer_client.get(base + path).status_code == 200


def test_import_from_upload_to_register(officer_client: Client) -> None:
    faulty = row(2, **{c.CODE: "51440100500234567K"})
    content = sheet([row(1), faulty, row(3)])
    answer = officer_client.post(
        "/organisations/import/", {"file": SimpleUploadedFile("名册.xlsx", content)}
    )
    batch = ImportBatch.objects.get()
    page = f"/organisations/import/{batch.pk}/"
    assert answer["Location"] == page
    assert "hx-trigger" in officer_client.get(page).content.decode()
    jobs.check_import(str(batch.check_progress), str(batch.pk))
    text = officer_client.get(page).content.decode()
    assert "第 3 行" in text
    assert "最后一位应为“J”" in text
    faults = officer_client.get(f"{page}faults.xlsx")
    table = read_table(b"".join(faults.streaming_content), "x.xlsx")  # type: ignore[attr-defined]
    assert len(list(table.rows)) == 1
    officer_client.post(f"{page}write/")
    batch.refresh_from_db()
    assert batch.state == "WRITING"
    jobs.write_import(str(batch.write_progress), str(batch.pk))
    assert Organisation.objects.social().count() == 2
    text = officer_client.get(page).content.decode()
    assert "已导入 2 个社会组织" in text
    assert f"{page}faults.xlsx" in text  # the row that is left to mend stays within reach


def test_import_of_a_sheet_that_lost_its_race_can_be_checked_again(officer_client: Client) -> None:
    officer_client.post(
        "/organisations/import/", {"file": SimpleUploadedFile("名册.xlsx", sheet([row(1)]))}
    )
    batch = ImportBatch.objects.get()
    jobs.check_import(str(batch.check_progress), str(batch.pk))
    commands.register_organisation(actor=SYSTEM, at=AT, facts=row(1))
    officer_client.post(f"/organisations/import/{batch.pk}/write/")
    batch.refresh_from_db()
    jobs.write_import(str(batch.write_progress), str(batch.pk))
    assert batch.write_progress is not None
    progress = Progress.objects.get(pk=batch.write_progress)
    assert progress.state == "REFUSED"
    assert "已被登记" in progress.message
    batch.refresh_from_db()
    assert batch.state == "CHECKED"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("名册.xlsx", b"", "文件是空的"),
        ("名册.exe", b"MZ", "不能上传"),
        ("名册.xlsx", b"not a workbook", "内容与扩展名不符"),
    ],
)
def test_import_refuses_what_is_no_sheet(
    officer_client: Client, name: str, content: bytes, words: str
) -> None:
    answer = officer_client.post(
        "/organisations/import/", {"file": SimpleUploadedFile(name, content)}
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_import_of_a_huge_upload_is_cut_off_and_explained(
    officer_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages.show_imports, "max_request_bytes", 10_000)
    answer = officer_client.post(
        "/organisations/import/", {"file": SimpleUploadedFile("名册.xlsx", b"PK" + b"0" * 50_000)}
    )
    assert answer.status_code == 422
    assert "文件超过 400 MB，没有收下" in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_sheet_the_job_refused_can_be_checked_again_from_its_page(
    officer_client: Client,
) -> None:
    upload = SimpleUploadedFile("名册.csv", "名字,代码\n甲,乙\n".encode())
    page = officer_client.post("/organisations/import/", {"file": upload})["Location"]
    batch = ImportBatch.objects.get()
    jobs.check_import(str(batch.check_progress), str(batch.pk))
    assert "不认识的列：“名字”、“代码”" in officer_client.get(page).content.decode()
    officer_client.post(f"{page}check/")
    again = ImportBatch.objects.get()
    assert (again.state, again.check_progress == batch.check_progress) == ("CHECKING", False)


def test_import_previews_changes_and_whom_a_full_sheet_leaves_out(officer_client: Client) -> None:
    for number in (1, 2):
        commands.register_organisation(actor=SYSTEM, at=AT, facts=row(number))
    content = sheet([row(1, **{c.NAME: "改名后的协会"})])
    data = {"file": SimpleUploadedFile("名册.xlsx", content), "mode": "FULL"}
    page = officer_client.post("/organisations/import/", data)["Location"]
    batch = ImportBatch.objects.get()
    jobs.check_import(str(batch.check_progress), str(batch.pk))
    text = officer_client.get(page).content.decode()
    for words in ("会改动什么", "广州市示例1协会", "改名后的协会", "文件中没有的组织原样保留"):
        assert words in text
    answer = officer_client.get(f"{page}missing.xlsx")
    table = read_table(b"".join(answer.streaming_content), "x.xlsx")  # type: ignore[attr-defined]
    assert [cells[c.CODE] for _line, cells in table.rows] == [row(2)[c.CODE]]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_register_is_written_out_by_a_job(officer_client: Client, kind: str) -> None:
    commands.register_organisation(actor=SYSTEM, at=AT, facts=row(1))
    assert "1 个社会组织" in officer_client.get("/organisations/snapshot/").content.decode()
    officer_client.post("/organisations/snapshot/?q=示例", {"kind": kind})
    progress = Progress.objects.get(kind="registry.snapshot")
    filters = {"q": "示例", "form": "ASSOCIATION", "attribute": "TRADE_ASSOCIATION"}
    jobs.export_snapshot(str(progress.pk), filters, kind)
    progress.refresh_from_db()
    assert (progress.state, progress.done) == ("DONE", 1)
    assert progress.file is not None
    assert progress.file.name.endswith(kind)
    [(_line, cells)] = read_table(files.path_of(progress.file), "x").rows
    assert (cells[c.CODE], cells[c.LEGAL_REP]) == (row(1)[c.CODE], "陈示例")


def test_import_template_is_what_the_import_reads(officer_client: Client) -> None:
    answer = officer_client.get("/organisations/import/template.xlsx")
    table = read_table(b"".join(answer.streaming_content), "x.xlsx")  # type: ignore[attr-defined]
    assert table.header == c.NAMES
    assert list(table.rows) == []


def test_discard_import(officer_client: Client) -> None:
    officer_client.post(
        "/organisations/import/", {"file": SimpleUploadedFile("名册.xlsx", sheet([row(1)]))}
    )
    batch = ImportBatch.objects.get()
    answer = officer_client.post(f"/organisations/import/{batch.pk}/discard/", follow=True)
    assert "已放弃" in answer.content.decode()


def test_show_authorities_drills(
    association: list[int], officer_client: Client, country: dict[str, int]
) -> None:
    text = officer_client.get("/authorities/").content.decode()
    assert "广州市天河区民政局" in text
    part = officer_client.get(
        "/authorities/?region=440000&depth=1", headers={"hx-request": "true"}
    ).content.decode()
    assert "深圳市民政局" in part
    assert "<html" not in part
    assert officer_client.get("/authorities/?region=990000").status_code == 404


def test_api_lists_and_registers(
    association: list[int], sign_in: SignIn, country: dict[str, int], client: Client
) -> None:
    from tongzhou.kernel import accounts
    from tongzhou.kernel.models import Assignment

    sign_in(Role.OFFICER, region=440100, authority=country["广州市民政局"])
    held = Assignment.objects.get()
    token = accounts.create_token(actor=SYSTEM, at=AT, label="t", assignment_id=held.pk, days=9999)
    headers = {"Authorization": f"Bearer {token}"}
    client.logout()
    listed = client.get("/api/v1/organisations/?attribute=TRADE_ASSOCIATION", headers=headers)
    assert listed.status_code == 200, listed.content
    assert [each["code"] for each in listed.json()["results"]] == ["51440100500234567J"]
    one = client.get(f"/api/v1/organisations/{association[0]}-44/", headers=headers).json()
    assert one["dated_attributes"][0]["attribute"] == "TRADE_ASSOCIATION"
    wrong = client.post(
        "/api/v1/organisations/register/",
        {"facts": {**FACTS, c.CODE: "51440100500234567K"}},
        content_type="application/json",
        headers=headers,
    )
    assert wrong.status_code == 422
    assert "最后一位应为“J”" in wrong.content.decode()
    good = client.post(
        "/api/v1/organisations/register/",
        {"facts": row(9)},
        content_type="application/json",
        headers=headers,
    )
    assert good.status_code == 201, good.content
    assert (
        client.get("/api/v1/authorities/?region=440100", headers=headers).json()[0]["authority"]
        == "广州市民政局"
    )
    assert client.get("/api/v1/organisations/").status_code in {401, 403}
    assert client.get("/api/v1/organisations/?region=abc", headers=headers).status_code == 400


def test_the_template_workbook_has_lists_to_choose_from(officer_client: Client) -> None:
    import zipfile

    answer = officer_client.get("/organisations/import/template.xlsx")
    content = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    with zipfile.ZipFile(content) as archive:
        assert "备案社区社会组织" in archive.read("xl/worksheets/sheet1.xml").decode()
