"""Uploads are known by their content, and no browser ever shows one as a page."""

import io
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.http import FileResponse
from pytest_django import Settings

from tongzhou.base.errors import Refusal
from tongzhou.kernel import clock, files
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.models import StoredFile

TEXT = "各市、县民政局：\r\n一、加强组织领导。2020年1月29日\r\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("通知.doc", OLE),
        ("通知.wps", OLE),
        ("网页另存.doc", b"<html><body>x</body></html>"),
        ("富文本.doc", b"{\\rtf1\\ansi x}"),
        ("新版.doc", b"PK\x03\x04" + bytes(40)),
        ("通知.rtf", b"{\\rtf1\\ansi x}"),
        ("通知.odt", b"PK\x03\x04" + bytes(40)),
        ("通知.html", b"<p>x"),
        ("通知.HTM", "<p>通知".encode("gb18030")),
        ("通知.md", b"# x"),
        ("通知.txt", TEXT.encode("utf-16")),
        ("通知.txt", TEXT.encode("utf-16-le")),
        ("通知.txt", TEXT.encode("utf-16-be")),
        ("通知.txt", TEXT.encode("big5", "replace")),
    ],
)
def test_documents_of_every_kind_are_accepted(name: str, content: bytes) -> None:
    content_type = files.check_upload(
        name, len(content), content[:4096], kinds=files.DOCUMENT_KINDS
    )
    assert "html" not in content_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("通知.doc", b"\x7fELF" + bytes(100)),
        ("通知.wps", b"MZ" + bytes(100)),
        ("通知.rtf", OLE),
        ("通知.odt", b"<html>"),
        ("通知.html", OLE),
        ("通知.txt", b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x01\x02\x00"),
        ("名单.csv", TEXT.encode("utf-16")),
        ("通知.exe", b"MZ"),
    ],
)
def test_what_is_something_else_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        files.check_upload(name, len(content), content[:4096], kinds={*files.DOCUMENT_KINDS, "csv"})
    assert caught.value.way_out


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["通知.html", "通知.htm", "通知.md", "通知.txt", "通知.doc"])
def test_a_page_is_only_ever_a_download(name: str, tmp_path: Path, settings: Settings) -> None:
    settings.FILES_ROOT = tmp_path
    content = b"<html><script>alert(1)</script></html>"
    record = files.store(
        io.BytesIO(content),
        name=name,
        size=len(content),
        actor=SYSTEM,
        at=clock.now(),
        kinds=files.DOCUMENT_KINDS,
    )
    answer = files.respond(record)
    assert isinstance(answer, FileResponse)
    assert b"".join(answer.streaming_content) == content  # type: ignore[arg-type]  # no async here
    answer.close()
    assert answer["Content-Type"].split(";")[0] in (
        "application/octet-stream",
        "text/plain",
        "application/msword",
    )
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_nobody_fills_the_disk(settings: Settings, tmp_path: Path) -> None:
    """A day's share, by person and day; what the product stores for itself is not counted."""
    settings.FILES_ROOT, settings.FILES_A_DAY_MIB = tmp_path, 1
    now, content = clock.now(), b"%PDF-1.4 " + bytes(400 * 1024)

    def put(user: int | None, at: datetime) -> None:
        files.store(
            io.BytesIO(content),
            name="a.pdf",
            size=len(content),
            actor=replace(SYSTEM, user_id=user),
            at=at,
        )

    put(7, now)
    put(7, now)
    with pytest.raises(Refusal) as caught:
        put(7, now)
    assert caught.value.code == "files-quota"
    assert StoredFile.objects.count() == 2
    for user, at in ((8, now), (7, now + timedelta(days=1)), (None, now), (None, now), (None, now)):
        put(user, at)
