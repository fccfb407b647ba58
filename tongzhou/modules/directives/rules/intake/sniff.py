"""Tell what a file is by its content; names lie, and phones and chats rename files."""

import re
import zipfile
import zlib
from enum import StrEnum
from io import BytesIO

from tongzhou.modules.directives.rules.intake import refusals


class Form(StrEnum):
    """What has to read a file."""

    WORD = "docx"
    PDF = "pdf"
    HTML = "html"
    MHTML = "mht"
    RTF = "rtf"
    OLD_WORD = "doc"  # also .wps
    ODT = "odt"
    WORD_XML = "xml"  # of 2003
    FLAT_WORD = "flat"  # a .docx as one XML file, as programs make from templates
    TAGGED = "akn"  # Akoma Ntoso
    TEXT = "txt"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_PICTURES = (
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"\x00\x00\x00\x0cjP", b"\x97JB2",
)  # fmt: skip
_PROGRAMS = (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_MARKUP = re.compile(
    rb"(?:<\?xml[^>]{0,200}\?>|<!--.{0,4000}?-->|<!\[if[^>]{0,80}>|\s)*"
    rb"<(?:!doctype\s+html|html|head|body|meta|title|div|p|table|tbody|ol|ul|dl|pre|span|center|font|style|h[1-6]"
    rb"|article|section|link|script)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_TAGGED = re.compile(
    rb"(?:<\?xml[^>]{0,200}\?>|<!--.{0,4000}?-->|\s)*<(?:\w{1,20}:)?akomaNtoso[\s>]", re.DOTALL
)
_MHTML = re.compile(rb"\s*(?:[\w-]+:[^\n]*\n[ \t\S]*?)*?MIME-Version:", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def recognise(data: bytes) -> Form:
    """Return what ``data`` is; Refusal for what holds no document that can be read."""
    head = data[:8192]
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"%PDF-" in head[:1024]:
        return Form.PDF
    if head.startswith(_ZIP):
        return _archive(data)
    if head.startswith(OLE):
        return _compound(data)
    if start.startswith(b"{\\rtf"):
        return Form.RTF
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        raise refusals.picture()
    if head.startswith(_ARCHIVES):
        raise _packed()
    if head.startswith(_PROGRAMS) and head.count(0) > 4:
        raise refusals.wrong_kind("这不是文档，无法读取。", "请选择公文的原文件再试。")
    return _text(head)


def _text(head: bytes) -> Form:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            head = head[len(mark) :].decode(encoding, "ignore").encode("utf-8", "ignore")
            break
    else:
        if head[1:2] == b"\x00" and head[:1] in b"<{":
            head = head.decode("utf-16-le", "ignore").encode("utf-8", "ignore")
    start = head.lstrip()
    if start.startswith((b"<?xml", b"<pkg:package", b"<w:wordDocument")):
        if b"pkg:package" in head:
            return Form.FLAT_WORD
        if b"wordDocument" in head:
            return Form.WORD_XML
    if _TAGGED.match(start):
        return Form.TAGGED
    if _MARKUP.match(start):
        return Form.HTML
    if start[:4_000].lower().startswith((b"mime-version:", b"from:", b"subject:", b"date:")):
        lowered = start.lower()
        if b"mime-version:" in lowered and b"multipart/" in lowered:
            return Form.MHTML
    return Form.TEXT


def _archive(data: bytes) -> Form:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = {name.lstrip("/").lower() for name in archive.namelist()}
            kind = b""
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = archive.read("mimetype")
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, EOFError, NotImplementedError,
            RuntimeError, zlib.error) as error:  # fmt: skip
        raise refusals.broken() from error
    if b"opendocument.text" in kind:
        return Form.ODT
    if "word/document.xml" in names or (
        "[content_types].xml" in names and any(name.startswith("word/") for name in names)
    ):
        return Form.WORD
    if "ofd.xml" in names:
        raise refusals.wrong_kind(
            "这是 OFD 版式文件，系统还不能直接读取。",
            "请用 OFD 阅读器打开，另存为 PDF，或复制正文直接粘贴进来。",
        )
    if any(name.startswith("xl/") for name in names) or b"spreadsheet" in kind:
        raise _spreadsheet()
    if any(name.startswith("ppt/") for name in names) or b"presentation" in kind:
        raise _slides()
    if "[content_types].xml" in names:
        return Form.WORD
    raise _packed()


def _compound(data: bytes) -> Form:
    """Tell what an OLE file holds by the names in its directory."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        raise refusals.encrypted()
    if holds("WordDocument"):
        found = data.find(b"\xec\xa5", 512)
        if (
            found % 512 == 0
            and found >= 0
            and data[found + 11 : found + 12]
            and data[found + 11] & 1
        ):
            raise refusals.encrypted()
        return Form.OLD_WORD
    if holds("Workbook") or holds("ETWorkBook"):
        raise _spreadsheet()
    if holds("PowerPoint Document"):
        raise _slides()
    return Form.OLD_WORD


def _packed() -> Exception:
    return refusals.wrong_kind("这是压缩文件，不是文档。", "请先解压，再提交里面的公文。")


def _spreadsheet() -> Exception:
    return refusals.wrong_kind(
        "这是电子表格，不是公文。", "请提交公文正文的 Word、PDF 或文本文件；附表可以另行上传。"
    )


def _slides() -> Exception:
    return refusals.wrong_kind(
        "这是演示文稿，不是公文。", "请提交公文正文的 Word、PDF 或文本文件。"
    )
