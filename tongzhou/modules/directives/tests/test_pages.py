"""Pages and API of directives: list, load in two steps, source, errata; bad uploads answered."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from tongzhou.kernel.access import Role
from tongzhou.kernel.database import rows
from tongzhou.modules.directives import queries
from tongzhou.modules.directives.tests.conftest import SHORT, URN

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path


def upload(body: bytes, name: str = "通知.txt") -> dict[str, object]:
    return {"step": "preview", "text": "", "file": SimpleUploadedFile(name, body)}


def held(page: str) -> dict[str, str]:
    """Return the fields of the confirming form as a browser would send them."""
    fields = dict(re.findall(r'<input type="hidden" name="(held|once)" value="([^"]*)"', page))
    fields |= dict(re.findall(r'<input type="text" name="(\w+)" value="([^"]*)"', page))
    return {"step": "confirm", "doc_number": "", "source_note": "", **fields}


def test_everybody_may_look_at_the_list(client: Client, shipped: list[int]) -> None:
    page = client.get("/directives/").content.decode()
    assert "民社管函〔2020〕5号" in page
    assert f"/directives/{shipped[0]}/" in page
    assert "装载文件" not in page
    found = client.get("/directives/?q=广州").content.decode()
    assert "民社管函" not in found
    none = client.get("/directives/?q=没有这种文件").content.decode()
    assert "没有符合条件的文件" in none


def test_htmx_gets_the_rows_alone(client: Client, shipped: list[int]) -> None:
    part = client.get("/directives/?q=广州", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "广州市社会组织管理局" in part


def test_the_empty_list_says_what_to_do(sign_in: SignIn) -> None:
    page = sign_in().get("/directives/").content.decode()
    assert "还没有文件" in page
    assert "/directives/load/" in page


def test_a_file_is_previewed_and_then_loaded_once(sign_in: SignIn) -> None:
    client = sign_in()
    preview = client.post("/directives/load/", upload(SHORT.encode()))
    page = preview.content.decode()
    assert preview.status_code == 200
    assert "关于做好假期安全工作的通知" in page
    assert "值班人员不得擅自离岗" in page
    assert rows("SELECT count(*) FROM directives_directive") == [(0,)]
    fields = held(page)
    fields["urn"] = URN
    done = client.post("/directives/load/", fields)
    assert done.status_code == 302
    again = client.post("/directives/load/", fields)
    assert again["Location"] == done["Location"]
    assert rows("SELECT count(*) FROM directives_directive") == [(1,)]
    row = queries.find_expression(URN)
    assert row is not None
    assert queries.get_source(row.id) == SHORT


def test_line_ends_of_pasted_text_are_the_reader_s_own(sign_in: SignIn) -> None:
    client = sign_in()
    page = client.post(
        "/directives/load/", {"step": "preview", "text": SHORT.replace("\n", "\r\n")}
    ).content.decode()
    fields = held(page)
    fields["urn"] = URN
    client.post("/directives/load/", fields)
    row = queries.find_expression(URN)
    assert row is not None
    assert queries.get_source(row.id) == SHORT


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_is_read(sign_in: SignIn, encoding: str) -> None:
    answer = sign_in().post("/directives/load/", upload(SHORT.encode(encoding)))
    assert answer.status_code == 200
    assert "粤民函〔2023〕7号" in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (b"", "空.txt", "空的"),
        (b"  \n ", "空白.txt", "空的"),
        (b"%PDF-1.7 ...", "文件.txt", "PDF"),
        (b"PK\x03\x04rest", "文件.docx", "Word"),
        (b"\x89PNG\r\n\x1a\n", "图.txt", "图片"),
        (bytes(range(256)) * 20, "数据.bin", "不是文本"),
        (b"a" * (512 * 1024 + 1), "大.txt", "文件太大"),
    ],
)
def test_what_is_no_text_is_told_plainly(
    sign_in: SignIn, body: bytes, name: str, words: str
) -> None:
    answer = sign_in().post("/directives/load/", upload(body, name))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert rows("SELECT count(*) FROM directives_directive") == [(0,)]


def test_a_request_cut_off_for_its_size_says_so(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongzhou.kernel.uploads.MAX_REQUEST_BYTES", 1_000)
    answer = sign_in().post("/directives/load/", upload(b"a" * 200_000))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "文件太大（0.2 MB）" in page
    assert "请选择文件" not in page


def test_neither_or_both_are_told_apart(sign_in: SignIn) -> None:
    client = sign_in()
    neither = client.post("/directives/load/", {"step": "preview", "text": " "})
    assert neither.status_code == 422
    assert "请选择文件" in neither.content.decode()
    both = client.post("/directives/load/", {**upload(SHORT.encode()), "text": SHORT})
    assert both.status_code == 422
    assert "只用一种" in both.content.decode()


def test_what_is_missing_is_asked_for_and_nothing_typed_is_lost(sign_in: SignIn) -> None:
    client = sign_in()
    preview = client.post(
        "/directives/load/", {"step": "preview", "text": "一、要值班。\n二、要报。"}
    )
    page = preview.content.decode()
    assert "没有认出" in page
    fields = {**held(page), "title": "", "issuer": "某局", "urn": "cn/x", "source_note": "来信"}
    wrong = client.post("/directives/load/", fields)
    assert wrong.status_code == 422
    assert "来信" in wrong.content.decode()
    malformed = client.post("/directives/load/", {**fields, "title": "通知"})
    assert malformed.status_code == 422
    assert "写法不对" in malformed.content.decode()


def test_a_taken_address_is_a_conflict(sign_in: SignIn, loaded: int) -> None:
    client = sign_in()
    page = client.post("/directives/load/", upload((SHORT + "补充。\n").encode())).content.decode()
    answer = client.post("/directives/load/", {**held(page), "urn": URN})
    assert answer.status_code == 409
    assert "不能覆盖" in answer.content.decode()


def test_the_text_of_somebody_else_cannot_be_confirmed(sign_in: SignIn) -> None:
    page = sign_in().post("/directives/load/", upload(SHORT.encode())).content.decode()
    fields = {**held(page), "urn": URN}
    stranger = sign_in("another")
    assert stranger.post("/directives/load/", fields).status_code == 404
    assert stranger.post("/directives/load/", {**fields, "held": "x"}).status_code == 404
    assert rows("SELECT count(*) FROM directives_directive") == [(0,)]


@pytest.mark.parametrize("role", [Role.LEADER, Role.CLERK, Role.SECRETARIAT])
def test_loading_is_forbidden_to_others(sign_in: SignIn, role: Role) -> None:
    client = sign_in("other", role)
    assert client.get("/directives/load/").status_code == 403
    assert client.post("/directives/load/", upload(SHORT.encode())).status_code == 403


def test_loading_asks_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/directives/load/").status_code == 302


def test_the_source_is_served_as_received(client: Client, loaded: int) -> None:
    answer = client.get(f"/directives/{loaded}/source")
    assert answer.content.decode() == SHORT
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert client.get("/directives/999999/source").status_code == 404


def test_an_erratum_is_recorded_on_its_page(sign_in: SignIn, loaded: int) -> None:
    client = sign_in()
    url = f"/directives/{loaded}/errata/"
    assert client.get(url).status_code == 200
    wish = {"address": "1.2", "as_received": "没有的字", "reading": "值守", "reason": "误"}
    wrong = client.post(url, wish)
    assert wrong.status_code == 422
    assert "应恰好 1 次" in wrong.content.decode()
    assert client.post(url, {**wish, "reason": ""}).status_code == 422
    done = client.post(url, {**wish, "as_received": "值班"})
    assert done.status_code == 302
    assert done["Location"].endswith(f"/directives/{loaded}/#1.2")
    assert client.get("/directives/999999/errata/").status_code == 404


def test_the_api_lists_and_gives_clauses(client: Client, shipped: list[int]) -> None:
    listed = client.get("/api/v1/directives/?limit=1").json()
    assert listed["count"] == 2
    assert len(listed["results"]) == 1
    one = client.get(f"/api/v1/directives/{shipped[0]}/").json()
    assert one["urn"] == "cn/mca/2020/5@2020-01-29"
    (clause,) = [each for each in one["clauses"] if each["address"] == "2.4.2"]
    assert clause["urn"] == "cn/mca/2020/5@2020-01-29#2.4.2"
    assert clause["errata"][0]["reading"] == "年检"
    assert "年龄" in clause["received"]
    assert client.get("/api/v1/directives/999999/").status_code == 404
    assert client.get("/api/v1/directives/?limit=-1").status_code == 422
