"""Characters of symbol fonts, and those that only look like others."""

import unicodedata

# Code points of Wingdings and its kin, with the character that looks like them.
_WINGDINGS = {
    0x21: "✏", 0x28: "☎", 0x2A: "✉", 0x4A: "☺", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x6C: "●",
    0x6E: "■", 0x6F: "□", 0x71: "□", 0x72: "□", 0x76: "❖", 0x78: "☒", 0x9F: "•", 0xA7: "▪",
    0xA8: "□", 0xB7: "•", 0xD8: "➢", 0xFB: "✗", 0xFC: "√", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
UNKNOWN = "□"
# Radicals that are characters as well; Unicode gives no twin for most of these.
_RADICALS = dict(
    zip(
        "⺁⺋⺟⺠⺬⺼⻁⻄⻅⻆⻉⻋⻌⻏⻑⻓⻔⻖⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻳",
        "厂卩母民示肉虎西见角贝车辶阝長长门阝青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
        strict=True,
    )
)


def symbol(code: int) -> str:
    """Return what a code point of a symbol font looks like, an empty box when not known."""
    return _WINGDINGS.get(code & 0xFF, UNKNOWN)


def plain(code: int) -> str:
    """Return the ordinary form of a radical, a compatibility ideograph or a ligature.

    PDF files often name the glyph of 民 by its twin among the radicals.
    """
    char = chr(code)
    if 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF or 0xFB00 <= code <= 0xFB06:
        return _RADICALS.get(char) or unicodedata.normalize("NFKC", char)
    return char
