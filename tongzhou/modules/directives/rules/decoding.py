"""Turn the bytes of a text file into text, or say what to do about them."""

from pathlib import Path

from tongzhou.base.errors import Missing, Refusal

LARGEST_BYTES = 8 * 1024 * 1024
_SIGNATURES = (
    (
        b"%PDF",
        "这是 PDF 文件，不是文本文件。",
        "请打开后复制其中的文字，另存为文本文件（.txt）再试。",
    ),
    (
        b"PK\x03\x04",
        "这是 Word、WPS 或压缩文件，不是文本文件。",
        "请打开后另存为文本文件（.txt，编码 UTF-8）再试。",
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "这是旧版 Word 或 WPS 文件，不是文本文件。",
        "请打开后另存为文本文件（.txt，编码 UTF-8）再试。",
    ),
    (b"\x89PNG", "这是图片，里面没有文字。", "请先做文字识别（OCR），再提交识别出的文本。"),
    (b"\xff\xd8\xff", "这是图片，里面没有文字。", "请先做文字识别（OCR），再提交识别出的文本。"),
    (b"GIF8", "这是图片，里面没有文字。", "请先做文字识别（OCR），再提交识别出的文本。"),
)
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# The commonest characters of official prose, in both forms; a right decoding is full of them.
_COMMON = frozenset(
    "的一是在和有人了社会组织工作要为中国这我个上大不以及等第市民各单位通知年月日"
    "關於開會機構務應據辦實發與對進"
)


def read_text(path: str | Path) -> str:
    """Return the text of the file at ``path``; Refusal for what is no readable text file."""
    file = Path(path)
    if file.is_dir():
        raise Refusal(
            "%(path)s 是文件夹，不是文件。",
            params={"path": str(file)},
            code="document_not_text",
            field="file",
            way_out="请指定一个文本文件。",
        )
    if not file.exists():
        raise Missing(
            "找不到文件 %(path)s。",
            params={"path": str(file)},
            code="document_missing",
            field="file",
            way_out="请检查路径是否正确。",
        )
    try:
        with file.open("rb") as handle:
            data = handle.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Refusal(
            "读不了文件 %(path)s。",
            params={"path": str(file)},
            code="document_unreadable",
            field="file",
            way_out="请检查文件的读取权限。",
        ) from error
    return decode(data)


def decode(data: bytes) -> str:
    """Return ``data`` as text: UTF-8, UTF-16 or UTF-32 (with or without mark), GB18030 or Big5.

    Raises Refusal for empty, too large, binary and unreadable content.
    """
    if not data.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise Refusal(
            "文件是空的，没有可读的文字。",
            code="document_empty",
            field="file",
            way_out="请确认选对了文件，或把正文直接粘贴进来。",
        )
    if len(data) > LARGEST_BYTES:
        raise Refusal(
            "文件太大（%(size)s MB），最多 %(limit)s MB。",
            params={"size": len(data) // 1_048_576, "limit": LARGEST_BYTES // 1_048_576},
            code="document_too_large",
            field="file",
            way_out="一份公文很少超过 1 MB；请只保留公文正文和附件的文字再试。",
        )
    for start, message, way_out in _SIGNATURES:
        if data.startswith(start):
            raise Refusal(message, code="document_not_text", field="file", way_out=way_out)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data, encoding)
    wide = _utf_16_without_mark(data)
    if wide is not None:
        return wide
    if data.count(0) > 0:
        raise _binary()
    try:
        return _checked(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    return _legacy(data)


def _binary() -> Refusal:
    return Refusal(
        "文件不是文本，无法读取。",
        code="document_not_text",
        field="file",
        way_out="请另存为文本文件（.txt，编码 UTF-8），或把正文直接粘贴进来。",
    )


def _strict(data: bytes, encoding: str) -> str:
    try:
        return _checked(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise _binary() from error


def _checked(text: str) -> str:
    """Refuse text that is mostly control characters."""
    controls = sum(1 for char in text if char < " " and char not in "\t\n\r\f\v")
    if controls > 8 and controls * 20 > len(text):
        raise _binary()
    return text


def _utf_16_without_mark(data: bytes) -> str | None:
    """Recognise UTF-16 without a mark by its zero bytes on one side (line ends, digits, spaces)."""
    if len(data) % 2 or not data.count(0):
        return None
    best: tuple[float, str] | None = None
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        fit = _fit(text)
        if fit > 0.6 and (best is None or fit > best[0]):
            best = fit, text
    return best[1] if best else None


def _legacy(data: bytes) -> str:
    """Choose between GB18030 and Big5 by which gives more ordinary text."""
    best: tuple[float, str] | None = None
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        fit = _fit(text)
        if best is None or fit > best[0] + 0.02:
            best = fit, text
    if best is None:
        # a few broken bytes (a file cut in the middle of a character) cost those characters only
        for encoding in ("utf-8", "gb18030", "big5hkscs"):
            text = data.decode(encoding, errors="replace")
            if text.count("\ufffd") * 50 <= len(text) and _fit(text) > 0.5:
                return _checked(text)
        raise _binary()
    if best[0] < 0.3:
        raise _binary()
    return _checked(best[1])


def _fit(text: str) -> float:
    """Return how much of ``text`` is ordinary: Chinese, ASCII, punctuation; common ones extra."""
    sample = text[:20_000]
    if not sample:
        return 0.0
    good = 0.0
    for char in sample:
        if char in _COMMON:
            good += 1.5
        elif "\u4e00" <= char <= "\u9fff":
            good += 0.7
        elif " " <= char <= "~" or char in "\t\n\r，。、；：？！（）《》“”‘’〔〕　—…·〇":
            good += 1.0
        elif "\ue000" <= char <= "\uf8ff" or char < " ":
            good -= 1.0
    return good / len(sample)
