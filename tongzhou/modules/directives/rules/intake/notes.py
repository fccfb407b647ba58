"""What a reader of files could not take over, said in finished sentences.

A note is kept as the Chinese sentence. ``say`` finds the message it was made from, so that it can
still be translated after it was stored.
"""

import re
from collections.abc import Callable
from functools import cache

PICTURES = "文件里有 %(count)s 张图片，图片中的文字没有读入。"
PICTURED = "有 %(count)s 页带有图片，图片中的文字没有读入。"
CHANGES = "文件带有修订痕迹：标为删除的文字没有读入，插入的文字按已接受读入。"
HIDDEN = "文件里有隐藏文字，没有读入。"
COMMENTS = "文件里有批注，没有读入。"
RUNNING = "页眉和页脚没有读入。"
BOXES = "文本框里的文字读在它所在的段落旁边，请核对位置。"
FOOTNOTES = "脚注和尾注读在全文之后。"
OBJECTS = "文件里有图表或嵌入的对象，没有读入。"
SCANNED = "第 %(pages)s 页是扫描图片，没有读入；请做文字识别（OCR）后重新提交。"
SLANTED = "斜排的文字（例如水印）没有读入。"
UNKNOWN = "有 %(count)s 个字认不出来，读作“□”，请核对。"
SITE = "网页上与正文无关的栏目、导航和链接没有读入。"
CONVERTED = "文件由 LibreOffice 转换后读入，请核对编号和表格。"

MESSAGES = (
    PICTURES, PICTURED, CHANGES, HIDDEN, COMMENTS, RUNNING, BOXES, FOOTNOTES, OBJECTS, SCANNED,
    SLANTED, UNKNOWN, SITE, CONVERTED,
)  # fmt: skip
_PLACE = re.compile(r"%\((\w+)\)s")


def note(message: str, **places: object) -> str:
    """Return the finished sentence of ``message``."""
    return message % places if places else message


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    made = []
    for message in MESSAGES:
        parts = _PLACE.split(message)
        pattern = "".join(
            f"(?P<{part}>[^，。；]+)" if index % 2 else re.escape(part)
            for index, part in enumerate(parts)
        )
        made.append((message, re.compile(pattern)))
    return tuple(made)


def say(sentence: str, translate: Callable[[str], str]) -> str:
    """Return a note in the reader's language; a sentence that is no note comes back as it is."""
    for message, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            places = found.groupdict()
            return translate(message) % places if places else translate(message)
    return sentence
