"""Loading a document in the browser: files and pasted words, refusals that lose nothing."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from docx import Document

from tongzhou.kernel.models import StoredFile
from tongzhou.modules.compiler.models import Compilation
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.directives.public import list_expressions

SignIn = Callable[[str], Client]
LOAD = "/directives/load/"


def upload(body: bytes, name: str = "通知.txt") -> dict[str, object]:
    return {"file": SimpleUploadedFile(name, body), "text": "", "once": "k1"}


def word(text: str) -> bytes:
    document = Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_the_list_of_directives_leads_here(sign_in: SignIn) -> None:
    assert f'href="{LOAD}"' in sign_in("officer").get("/directives/").content.decode()
    assert f'href="{LOAD}"' not in sign_in("leader").get("/directives/").content.decode()
    page = sign_in("officer").get("/compile/").content.decode()
    assert "还没有分解稿" in page
    assert f'href="{LOAD}"' in page


def test_a_file_becomes_a_compilation_that_binds_nobody(sign_in: SignIn) -> None:
    client = sign_in("officer")
    before = len(list_expressions())
    done = client.post(LOAD, {**upload(NOTICE.encode()), "source_note": "来信"})
    row = Compilation.objects.get()
    assert (done.status_code, done["Location"]) == (302, f"/compile/{row.pk}/head/")
    # A double click leads to the same one.
    again = client.post(LOAD, {**upload(NOTICE.encode()), "source_note": "来信"})
    assert again["Location"] == done["Location"]
    assert Compilation.objects.count() == 1
    assert row.source == NOTICE
    assert len(list_expressions()) == before
    page = client.get(f"/compile/{row.pk}/head/").content.decode()
    assert "关于做好假期安全工作的通知" in page
    assert "cn/gd/2023/7@2023-01-06" in page
    original = client.get(f"/compile/{row.pk}/original")
    assert b"".join(original.streaming_content) == NOTICE.encode()  # type: ignore[attr-defined]
    assert original["Content-Disposition"].startswith("attachment")
    source = client.get(f"/compile/{row.pk}/source")
    assert source.content.decode() == NOTICE
    assert source["Content-Disposition"].startswith("attachment")


def test_word_files_are_read_and_kept(sign_in: SignIn) -> None:
    client = sign_in("officer")
    body = word(NOTICE)
    assert client.post(LOAD, upload(body, "通知.docx")).status_code == 302
    row = Compilation.objects.get()
    assert row.format == "docx"
    assert row.head["title"] == "关于做好假期安全工作的通知"
    stored = StoredFile.objects.get(pk=row.original or "")
    assert (stored.name, stored.size) == ("通知.docx", len(body))


def test_a_large_file_that_the_server_spools_is_read_and_kept(sign_in: SignIn) -> None:
    document = Document()
    for line in NOTICE.splitlines():
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("word/media/image1.bin", random.Random(7).randbytes(3 * 1024 * 1024))
    body = target.getvalue()
    assert sign_in("officer").post(LOAD, upload(body, "通知.docx")).status_code == 302
    stored = StoredFile.objects.get(pk=Compilation.objects.get().original or "")
    assert stored.size == len(body)


def test_line_ends_of_pasted_text_are_the_reader_s_own(sign_in: SignIn) -> None:
    client = sign_in("officer")
    given = {"text": NOTICE.replace("\n", "\r\n"), "once": "k2"}
    assert client.post(LOAD, given).status_code == 302
    row = Compilation.objects.get()
    assert (row.source, row.format, row.original) == (NOTICE, "paste", None)
    assert client.get(f"/compile/{row.pk}/original").status_code == 404


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_any_encoding_is_read(sign_in: SignIn, encoding: str) -> None:
    assert sign_in("officer").post(LOAD, upload(NOTICE.encode(encoding))).status_code == 302
    assert Compilation.objects.get().head["doc_number"] == "粤民函〔2023〕7号"


def _archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"", "空.txt"),
        (b"  \n ", "空白.txt"),
        (b"%PDF-1.7 ...", "文件.pdf"),
        (b"PK\x03\x04rest", "文件.docx"),
        (_archive(), "文件.zip"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "图.png"),
        (bytes(range(256)) * 20, "数据.bin"),
    ],
)
def test_what_cannot_be_read_is_told_and_leaves_nothing(
    sign_in: SignIn, body: bytes, name: str
) -> None:
    answer = sign_in("officer").post(LOAD, {**upload(body, name), "source_note": "来信"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "tz-errors" in page
    assert "来信" in page
    assert not Compilation.objects.exists()
    assert not StoredFile.objects.exists()


def test_pasted_words_that_are_refused_are_still_there(sign_in: SignIn) -> None:
    client = sign_in("officer")
    both = client.post(LOAD, {**upload(NOTICE.encode()), "text": NOTICE})
    assert both.status_code == 422
    assert "只用一种" in both.content.decode()
    assert "值班人员不得擅自离岗" in both.content.decode()
    neither = client.post(LOAD, {"text": " "})
    assert "请选择文件" in neither.content.decode()
    nothing = client.post(LOAD, {"text": "……！！"})
    assert (nothing.status_code, "没有从这段文字" in nothing.content.decode()) == (422, True)
    assert not Compilation.objects.exists()


def test_a_request_cut_off_for_its_size_says_so(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tongzhou.kernel.uploads.MAX_REQUEST_BYTES", 1_000)
    answer = sign_in("officer").post(LOAD, upload(b"a" * 200_000))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "文件太大（0.2 MB）" in page
    assert "请选择文件" not in page


@pytest.mark.parametrize("name", ["leader", "clerk", "secretary"])
def test_loading_is_for_officers(sign_in: SignIn, name: str) -> None:
    client = sign_in(name)
    assert client.get(LOAD).status_code == 403
    assert client.post(LOAD, upload(NOTICE.encode())).status_code == 403


def test_loading_asks_to_sign_in(client: Client, db: None) -> None:
    assert client.get(LOAD).status_code == 302


def test_amendments_and_supplements_begin_with_their_base(sign_in: SignIn) -> None:
    client = sign_in("officer")
    base = next(each for each in list_expressions() if "广州" in each.issuer)
    for name, kind, words in (
        ("amends", "AMENDMENT", "装载修订文本"),
        ("supplements", "SUPPLEMENT", "补充细化上级文件"),
    ):
        url = f"{LOAD}?{name}={base.id}"
        page = client.get(url).content.decode()
        assert words in page
        assert base.title in page
        assert client.post(url, {"text": NOTICE, "once": name}).status_code == 302
        row = Compilation.objects.get(kind=kind)
        assert row.base_id == base.id
        head = client.get(f"/compile/{row.pk}/head/").content.decode()
        assert base.title in head
    for wrong in ("999999", "x", "9" * 30):
        assert client.get(f"{LOAD}?amends={wrong}").status_code == 404


def test_the_same_text_is_pointed_out(sign_in: SignIn, notice: int) -> None:
    client = sign_in("colleague")
    second = client.post(LOAD, {"text": NOTICE, "once": "k3"})["Location"]
    page = client.get(second).content.decode()
    assert "这份文件还有一份分解稿" in page
    assert f'href="/compile/{notice}/"' in page
    spaced = client.post(LOAD, {"text": NOTICE.replace("\n", "\n\n"), "once": "k4"})["Location"]
    assert "这份文件还有一份分解稿" in client.get(spaced).content.decode()


def test_the_list_searches_counts_and_parts_by_state(sign_in: SignIn, notice: int) -> None:
    client = sign_in("officer")
    page = client.get("/compile/").content.decode()
    assert "关于做好假期安全工作的通知" in page
    assert "已处理" in page
    assert "没有符合条件" in client.get("/compile/?q=没有这种").content.decode()
    assert "假期安全" in client.get("/compile/?q=假期").content.decode()
    assert "这里还没有" in client.get("/compile/?state=SIGNED").content.decode()
    assert "作废这份" in client.get(f"/compile/{notice}/discard/").content.decode()
    assert client.post(f"/compile/{notice}/discard/").status_code == 302
    assert "假期安全" not in client.get("/compile/").content.decode()
    assert "假期安全" in client.get("/compile/?state=DISCARDED").content.decode()
    closed = client.get(f"/compile/{notice}/").content.decode()
    assert "已经作废" in closed
    assert 'name="accept"' not in closed
    client.post(f"/compile/{notice}/discard/", {"restore": "1"})
    assert "假期安全" in client.get("/compile/").content.decode()
    copied = client.post(f"/compile/{notice}/copy/")
    assert client.get(copied["Location"]).status_code == 200
    assert Compilation.objects.count() == 2
