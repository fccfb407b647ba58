"""Uploaded and produced files: checked by content, kept outside the web root, served safely."""

import hashlib
import re
import unicodedata
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock, shared
from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import execute
from tongzhou.kernel.models import StoredFile

MIB = 1024 * 1024
MAX_UPLOAD_BYTES = 20 * MIB
#: What a packed document may hold; a real .docx of 20 MB stays far below.
MAX_UNPACKED_BYTES = 400 * MIB
MAX_ENTRIES = 5_000
MAX_RATIO = 200
#: A folder that a packed document of a kind has.
_INSIDE = {"docx": "word/", "xlsx": "xl/", "odt": "content.xml"}

# What word processors call .doc is often a web page, RTF or .docx under that name.
_WORD = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"{\\rtf",
    b"PK\x03\x04",
    b"<",
    b"\xef\xbb\xbf<",
    b"MIME-Version:",
)
# Extension → (content type, the bytes a file of that kind starts with; empty: text). Pages are
# never served as pages.
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    "pdf": ("application/pdf", (b"%PDF-",)),
    "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (b"PK\x03\x04",),
    ),
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (b"PK\x03\x04",),
    ),
    "csv": ("text/csv", ()),
    "txt": ("text/plain", ()),
    "md": ("text/plain", ()),
    "html": ("application/octet-stream", ()),
    "htm": ("application/octet-stream", ()),
    "doc": ("application/msword", _WORD),
    "wps": ("application/vnd.ms-works", _WORD),
    "rtf": ("application/rtf", (b"{\\rtf",)),
    "jsonl": ("application/x-ndjson", ()),
    "odt": ("application/vnd.oasis.opendocument.text", (b"PK\x03\x04",)),
}
EVIDENCE_KINDS = frozenset({"pdf", "jpg", "jpeg", "png", "docx", "xlsx"})
TABLE_KINDS = frozenset({"xlsx", "csv"})
DOCUMENT_KINDS = frozenset({"docx", "pdf", "html", "htm", "md", "txt", "doc", "wps", "rtf", "odt"})
_ORDINARY = re.compile(r"[\t-~\u3000-\u9fff\uff01-\uffef]")
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def clean_name(name: str) -> str:
    """Return the last part of a file name without control characters, at most 120 characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip(" .")
    stem, dot, extension = kept.rpartition(".")
    return (stem[:110] + dot + extension[:10]) if dot else kept[:120] or "file"


def check_upload(
    name: str, size: int, head: bytes, *, kinds: Iterable[str], max_bytes: int = MAX_UPLOAD_BYTES
) -> str:
    """Return the content type of an upload; Refusal when its size, kind or content is wrong."""
    shown = clean_name(name)
    allowed = "、".join(sorted(kinds))
    if size == 0:
        raise Refusal(
            "文件“%(name)s”是空的。",
            params={"name": shown},
            code="empty-file",
            way_out="请检查文件是否保存成功，再重新上传。",
        )
    if size > max_bytes:
        raise Refusal(
            "文件“%(name)s”有 %(size)s MB，超过 %(limit)s MB 的上限。",
            params={
                "name": shown,
                "size": f"{size / MIB:.1f}",
                "limit": f"{max_bytes // MIB}",
            },
            code="file-too-large",
            way_out="请压缩或拆分后再上传。",
        )
    extension = shown.rpartition(".")[2].lower()
    if extension not in kinds:
        raise Refusal(
            "不能上传“%(name)s”这种文件，可以上传：%(allowed)s。",
            params={"name": shown, "allowed": allowed},
            code="file-kind",
            way_out="请转换成上述格式之一。",
        )
    content_type, starts = KINDS[extension]
    if not (head.startswith(starts) if starts else _is_text(head, extension)):
        raise Refusal(
            "文件“%(name)s”的内容与扩展名不符，可能已损坏或改过名。",
            params={"name": shown},
            code="file-content",
            way_out="请用原来的软件打开并另存，再重新上传。",
        )
    return content_type


def _is_text(head: bytes, extension: str) -> bool:
    """Say whether a file may be text; documents may also come in UTF-16 or UTF-32."""
    if b"\x00" not in head:
        return True
    if extension not in DOCUMENT_KINDS:
        return False
    if head.startswith(_WIDE_MARKS):
        return True
    for encoding in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) & ~1].decode(encoding, "replace")
        ordinary = sum(1 for char in text if _ORDINARY.match(char))
        if "\x00" not in text and ordinary - text.count("\ufffd") >= 0.9 * len(text):
            return True
    return False


def check_archive(stream: IO[bytes], name: str, extension: str) -> None:
    """Refuse a packed document that unpacks to too much, leads elsewhere or is no document.

    .docx, .xlsx and .odt are archives; others pass. What the archive says of its sizes is believed
    here, because nobody unpacks it before a reader of ours does, which counts itself.
    """
    if extension not in _INSIDE:
        return
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        entries = []
    names = {each.filename for each in entries}
    packed = sum(each.compress_size for each in entries)
    unpacked = sum(each.file_size for each in entries)
    if (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED_BYTES
        or unpacked > MAX_RATIO * packed + MIB
        or any(_leads_out(each) for each in names)
    ):
        raise Refusal(
            "文件“%(name)s”解开后过大，或者内部结构不正常，没有收下。",
            params={"name": clean_name(name)},
            code="file-archive",
            way_out="请用原来的软件打开并另存，再重新上传。",
        )
    if not any(each.startswith(_INSIDE[extension]) for each in names):
        raise Refusal(
            "文件“%(name)s”的内容与扩展名不符，可能已损坏或改过名。",
            params={"name": clean_name(name)},
            code="file-content",
            way_out="请用原来的软件打开并另存，再重新上传。",
        )


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/")


def store(
    stream: IO[bytes],
    *,
    name: str,
    size: int,
    actor: Actor,
    at: datetime,
    kinds: Iterable[str] = EVIDENCE_KINDS,
    max_bytes: int = MAX_UPLOAD_BYTES,
) -> StoredFile:
    """Check and keep an upload; return its record. Raises Refusal for anything not allowed."""
    wanted = frozenset(kinds)
    stream.seek(0)
    head = stream.read(4096)
    content_type = check_upload(name, size, head, kinds=wanted, max_bytes=max_bytes)
    if not wanted - EVIDENCE_KINDS:  # others are read at once by a reader that looks for itself
        check_archive(stream, name, clean_name(name).rpartition(".")[2].lower())
    _count(actor, at, size)
    stream.seek(0)
    digest = hashlib.sha256()
    folder = Path(settings.FILES_ROOT)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    record = StoredFile(
        name=clean_name(name), content_type=content_type, user_id=actor.user_id, at=at, size=0
    )
    partial = folder / f"{record.id}.part"
    try:
        with partial.open("wb") as target:
            while chunk := stream.read(MIB):
                digest.update(chunk)
                record.size += len(chunk)
                target.write(chunk)
        record.sha256 = digest.hexdigest()
        final = path_of(record)
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with transaction.atomic():
            _hold(record.sha256)
            partial.replace(final)
            record.save(force_insert=True)
    finally:
        partial.unlink(missing_ok=True)
    return record


def discard(record: StoredFile) -> None:
    """Delete a file that nothing refers to any more; its bytes once that is certain.

    Equal files share their bytes, which stay while another record has them.
    """
    digest = record.sha256
    record.delete()
    transaction.on_commit(lambda: _drop(digest))


def _drop(digest: str) -> None:
    with transaction.atomic():
        _hold(digest)
        if not StoredFile.objects.filter(sha256=digest).exists():
            path_of(StoredFile(sha256=digest)).unlink(missing_ok=True)


def _hold(digest: str) -> None:
    """Let nobody keep or drop equal bytes until the transaction ends."""
    execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest])


def sweep(before: datetime) -> int:
    """Remove what was half written before a moment, by a process that was killed; return how many.

    A file that is still being written is younger.
    """
    folder, removed = Path(settings.FILES_ROOT), 0
    for each in folder.glob("*.part") if folder.exists() else ():
        with suppress(FileNotFoundError):
            if each.stat().st_mtime < before.timestamp():
                each.unlink()
                removed += 1
    return removed


def _count(actor: Actor, at: datetime, size: int) -> None:
    """Refuse a person more than a day's share of the disk, over all processes. In KiB."""
    if actor.user_id is None:
        return
    day = at.astimezone(clock.PLACE).date()
    ends = (at + timedelta(days=2)).timestamp()
    kept = shared.add_to(f"files {actor.user_id} {day}", -(-size // 1024), ends)
    if kept > settings.FILES_A_DAY_MIB * 1024:
        raise Refusal(
            "您今天存下的文件已经超过 %(limit)d MB，这一份没有收下。",
            params={"limit": settings.FILES_A_DAY_MIB},
            code="files-quota",
            way_out="请明天再传；确需更多的，请联系系统运维人员调整 FILES_A_DAY_MIB。",
        )


def path_of(record: StoredFile) -> Path:
    """Return where the bytes of a stored file lie: by digest, so equal files are kept once."""
    return Path(settings.FILES_ROOT) / record.sha256[:2] / record.sha256


def respond(record: StoredFile) -> HttpResponseBase:
    """Serve a file as a download that no browser interprets. The caller has checked who asks."""
    path = path_of(record)
    if not path.exists():
        raise Missing("文件“%(name)s”已不在存储中。", params={"name": record.name})
    response = FileResponse(path.open("rb"), content_type=record.content_type)
    _guard(response, record.name)
    response["Cache-Control"] = "private, no-store"
    return response


def hand_out(name: str, content_type: str, data: bytes) -> HttpResponse:
    """Serve what was just written as a download that no browser interprets."""
    response = HttpResponse(data, content_type=content_type)
    _guard(response, name)
    return response


def _guard(response: HttpResponseBase, name: str) -> None:
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
