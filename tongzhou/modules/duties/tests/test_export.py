"""Handing directives out: every format from the page and the API, with the duties drawn."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse
from oscal_bindings import parse_catalog

from tests.world import AT, World
from tongzhou.kernel import files
from tongzhou.kernel.access import SYSTEM
from tongzhou.modules.directives import public as directives
from tongzhou.modules.duties.queries import exporting
from tongzhou.modules.duties.queries.exporting import load_with_duties

TEXT = """关于做好节日值守工作的通知
粤民函〔2023〕9号

各地级以上市民政局：
为做好节日值守工作，现通知如下：
一、加强值守
1.各单位要安排人员值班。
2.值班人员不得擅自离岗。

广东省民政厅
2023年1月8日
"""
URN = "cn/gd/2023/9@2023-01-08"


@pytest.fixture
def plain(world: World) -> int:
    """Load a directive that no duty was drawn from."""
    return directives.load_directive(actor=SYSTEM, at=AT, urn=URN, text=TEXT, source_note="来函")


@pytest.fixture
def drawn(world: World) -> int:
    """Return a directive of the small world that has duties."""
    for row in directives.list_expressions():
        if load_with_duties(row.id, AT).duties:
            return row.id
    raise AssertionError("the world has no duties")


def fetched(expression_id: int, code: str, client: Client | None = None) -> Any:
    url = reverse("duties:directive-export", args=[expression_id, code])
    return (client or Client()).get(url)


@pytest.mark.parametrize("code", directives.EXPORT_FORMATS)
def test_everybody_gets_every_format_as_a_file(plain: int, code: str) -> None:
    answer = fetched(plain, code)
    kind = directives.EXPORT_FORMATS[code]
    assert answer.status_code == 200
    assert answer["Content-Type"] == kind.content_type
    disposition = unquote(answer["Content-Disposition"])
    assert disposition == (
        f"attachment; filename*=UTF-8''关于做好节日值守工作的通知_2023-01-08.{kind.extension}"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    starts = {"docx": b"PK", "pdf": b"%PDF-1.7", "akn": b"<?xml", "source": TEXT[:5].encode()}
    assert answer.content.startswith(starts.get(code, b"{"))


def test_the_api_hands_out_the_same(plain: int) -> None:
    url = reverse("api-directive-export", args=[plain])
    answer = Client().get(url, {"format": "akn"})
    assert answer.status_code == 200
    assert directives.read_akn(answer.content).urn == URN
    assert unquote(answer["Content-Disposition"]).endswith("_2023-01-08.akn.xml")


@pytest.mark.parametrize("code", ["zip", "", "../x", "PDF", "长" * 50])
def test_an_unknown_format_is_refused_with_those_there_are(plain: int, code: str) -> None:
    answer = Client().get(reverse("api-directive-export", args=[plain]), {"format": code})
    assert answer.status_code == 400
    assert "docx" in answer.json()["faults"]["format"]
    if code and "/" not in code:
        assert fetched(plain, code).status_code == 404


def test_an_unknown_directive_is_missing(world: World) -> None:
    assert fetched(987_654, "json").status_code == 404


def test_duties_go_with_their_clauses(drawn: int) -> None:
    document = load_with_duties(drawn, AT)
    assert document.duties
    addresses = {each.address for each in document.passages}
    assert {each.clause for each in document.duties} <= addresses
    told = json.loads(fetched(drawn, "json").content)
    assert [each["urn"] for each in told["duties"]] == [each.urn for each in document.duties]
    first = told["duties"][0]
    assert first["strength"] in {"MUST", "MUST_NOT", "MAY", "BEST_EFFORT", "EXHORT"}
    assert first["bearer"]["text"]
    catalog = fetched(drawn, "oscal").content.decode()
    parse_catalog(catalog)
    assert catalog.count('"name": "duty"') == len(document.duties)


def test_words_are_chinese_whatever_language_the_reader_has(drawn: int) -> None:
    english = Client(headers={"Accept-Language": "en"})
    english.cookies["django_language"] = "en"
    first = json.loads(fetched(drawn, "json", english).content)["duties"][0]
    assert any("\u4e00" <= char <= "\u9fff" for char in first["bearer"]["text"])


def test_no_duties_are_told_apart_from_none_drawn(plain: int) -> None:
    assert json.loads(fetched(plain, "json").content)["duties"] is None


def test_versions_and_repeal_are_told(plain: int) -> None:
    later = TEXT.replace("1月8日", "3月1日").replace("不得擅自离岗", "不得离岗")
    amended = directives.load_directive(
        actor=SYSTEM,
        at=AT,
        urn="cn/gd/2023/9@2023-03-01",
        text=later,
        wording=directives.Wording(previous_id=plain),
    )
    old, new = load_with_duties(plain, AT), load_with_duties(amended, AT)
    assert [each.urn for each in old.amended_by] == ["cn/gd/2023/9@2023-03-01"]
    assert new.previous is not None
    assert new.previous.urn == URN
    assert (old.issued_on, new.issued_on) == (new.previous.issued_on, old.amended_by[0].issued_on)
    assert b'type="amendment"' in fetched(amended, "akn").content


def test_the_file_as_received_is_kept_and_handed_out(world: World) -> None:
    data = b"%PDF-1.7 as received"
    record = files.store(
        io.BytesIO(data), name="来文.pdf", size=len(data), actor=SYSTEM, at=AT, kinds=["pdf"]
    )
    held = directives.load_directive(
        actor=SYSTEM,
        at=AT,
        urn=URN,
        text=TEXT,
        wording=directives.Wording(format="pdf", original=record.id),
    )
    answer: Any = Client().get(reverse("duties:directive-original", args=[held]))
    assert b"".join(answer.streaming_content) == data
    assert "来文.pdf" in unquote(answer["Content-Disposition"])
    page = Client().get(reverse("duties:directive-read", args=[held])).content.decode()
    assert "收到时的文件" in page


def test_a_directive_without_its_file_says_so(plain: int) -> None:
    answer = Client().get(reverse("duties:directive-original", args=[plain]))
    assert answer.status_code == 404
    page = Client().get(reverse("duties:directive-read", args=[plain])).content.decode()
    assert "收到时的文件" not in page
    for code in ("docx", "pdf", "json", "akn", "oscal"):
        assert reverse("duties:directive-export", args=[plain, code]) in page


def test_the_source_is_byte_for_byte_what_was_received(plain: int) -> None:
    row = directives.get_expression(plain)
    assert hashlib.sha256(fetched(plain, "source").content).hexdigest() == row.sha256


def test_a_site_may_bring_its_own_fonts(plain: int, tmp_path: Path, settings: Any) -> None:
    settings.DOCUMENT_FONTS = tmp_path
    (tmp_path / "no-font.txt").write_text("x")
    assert fetched(plain, "pdf").content.startswith(b"%PDF")


def test_pdfs_are_set_one_at_a_time(plain: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever would wait for somebody else's longer than a while is told to come again."""
    monkeypatch.setattr(exporting, "PATIENCE", 0.01)
    with exporting.one_at_a_time:
        for answer in (
            fetched(plain, "pdf"),
            Client().get(f"/api/v1/directives/{plain}/export/", {"format": "pdf"}),
        ):
            assert answer.status_code == 429
            assert int(answer["Retry-After"]) > 0
        assert fetched(plain, "json").status_code == 200
    assert fetched(plain, "pdf").status_code == 200
    assert not exporting.one_at_a_time.locked()
