"""What to say about a file that cannot be read, and what to do about it."""

from tongzhou.base.errors import Refusal

LARGEST_FILE = 20 * 1024 * 1024  # bytes
LARGEST_TEXT = 1_200_000  # characters
MOST_PAGES = 500
LARGEST_UNPACKED = 100 * 1024 * 1024  # bytes
MOST_TAGS = 1_000_000  # of one piece of markup, opening and closing ones
MOST_LINES = 200_000


def empty() -> Refusal:
    """Say that there is nothing to read."""
    return Refusal(
        "文件是空的，没有可读的文字。",
        code="document_empty",
        field="file",
        way_out="请确认选对了文件，或把正文直接粘贴进来。",
    )


def too_large(size: int) -> Refusal:
    """Say that a file of ``size`` bytes is over the limit."""
    return Refusal(
        "文件太大（%(size)s MB），最多 %(limit)s MB。",
        params={"size": f"{size / 1_048_576:.1f}", "limit": LARGEST_FILE // 1_048_576},
        code="document_too_large",
        field="file",
        way_out="请压缩或删去图片后另存再试；一份公文的文字很少超过 1 MB。",
    )


def too_long() -> Refusal:
    """Say that the text is over the limit."""
    return Refusal(
        "文件里的文字太多，最多 %(limit)s 万字。",
        params={"limit": LARGEST_TEXT // 10_000},
        code="document_too_large",
        field="file",
        way_out="请只保留公文正文和附件的文字，或拆成几份再试。",
    )


def too_many_pages(pages: int) -> Refusal:
    """Say that a PDF has too many pages."""
    return Refusal(
        "文件有 %(pages)s 页，最多 %(limit)s 页。",
        params={"pages": pages, "limit": MOST_PAGES},
        code="document_too_large",
        field="file",
        way_out="请只保留公文正文和附件的文字，或拆成几份再试。",
    )


def bomb() -> Refusal:
    """Say that an archive unpacks to more than any document needs."""
    return Refusal(
        "文件解压后超过 %(limit)s MB，不像是正常的文档。",
        params={"limit": LARGEST_UNPACKED // 1_048_576},
        code="document_too_large",
        field="file",
        way_out="请用 Word 或 WPS 打开，删去图片后另存为新文件再试。",
    )


def broken() -> Refusal:
    """Say that a file is damaged."""
    return Refusal(
        "文件已损坏或不完整，读不出来。",
        code="document_broken",
        field="file",
        way_out="请用原来的软件打开并另存，或重新下载后再试；打不开的，请向发文单位另要一份。",
    )


def too_tangled() -> Refusal:
    """Say that a file is nested deeper than any document."""
    return Refusal(
        "文件的表格或文本框嵌套过深，读不出来。",
        code="document_broken",
        field="file",
        way_out="请把正文复制到新的空白文档，另存后再试。",
    )


def too_much_markup() -> Refusal:
    """Say that a file holds more markup than its words can need."""
    return Refusal(
        "文件的格式标记过多，不像是正常的文档。",
        code="document_too_large",
        field="file",
        way_out="请把正文复制到新的空白文档，另存后再试。",
    )


def encrypted() -> Refusal:
    """Say that a file needs a password."""
    return Refusal(
        "文件设了打开密码，读不出来。",
        code="document_encrypted",
        field="file",
        way_out="请先用密码打开，取消密码后另存，再提交；系统不接收密码。",
    )


def scanned() -> Refusal:
    """Say that a PDF holds pictures of pages only."""
    return Refusal(
        "这份 PDF 是扫描件，里面只有图片，没有文字。",
        code="document_scanned",
        field="file",
        way_out="请先做文字识别（OCR），再提交识别出的文本；或向发文单位要电子版。",
    )


def picture() -> Refusal:
    """Say that the file is a picture."""
    return Refusal(
        "这是图片，里面没有文字。",
        code="document_not_text",
        field="file",
        way_out="请先做文字识别（OCR），再提交识别出的文本。",
    )


def garbled() -> Refusal:
    """Say that a PDF's characters carry no meaning."""
    return Refusal(
        "这份 PDF 的文字编码有缺损，读出来是乱码。",
        code="document_garbled",
        field="file",
        way_out="请先做文字识别（OCR），或向发文单位要 Word 版；也可以把正文直接粘贴进来。",
    )


def too_slow() -> Refusal:
    """Say that reading took longer than it may."""
    return Refusal(
        "读取这份文件用时过长，已停止。",
        code="document_too_slow",
        field="file",
        way_out="文件可能过于复杂或已损坏；请另存为 .docx 或文本文件（.txt）再试。",
    )


def busy() -> Refusal:
    """Say that the converter is at work for others."""
    return Refusal(
        "正在转换别的文件，暂时排不上。",
        code="document_converter_busy",
        field="file",
        way_out="请稍候再试，或先另存为 .docx 再提交。",
    )


def no_converter() -> Refusal:
    """Say that old formats need a converter that is not installed."""
    return Refusal(
        "这是旧版 Word、WPS、RTF 或 ODT 文件，本系统没有安装转换程序，读不了。",
        code="document_needs_converter",
        field="file",
        way_out="请用 Word 或 WPS 打开，另存为 .docx 再提交；"
        "也可以请系统管理员安装 LibreOffice Writer。",
    )


def not_converted() -> Refusal:
    """Say that the converter could not make anything of a file."""
    return Refusal(
        "这份文件转换不了，可能已损坏、设了密码，或不是 Word、WPS 文字文档。",
        code="document_broken",
        field="file",
        way_out="请用 Word 或 WPS 打开，另存为 .docx 再提交。",
    )


def wrong_kind(message: str, way_out: str) -> Refusal:
    """Say that a file is of a kind that holds no document; both words are message ids."""
    return Refusal(message, code="document_not_text", field="file", way_out=way_out)
