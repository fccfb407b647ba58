"""Set Chinese text with Chinese punctuation, character for character.

Texts that went through a converter often carry ASCII commas and brackets. Readers get full-width
ones; nothing is added or taken away, so offsets and quotes stay where they are. The stored text is
not touched.
"""

_WIDE = {",": "，", ":": "：", ";": "；", "!": "！", "?": "？", "(": "（", ")": "）"}
_NARROW = {wide: narrow for narrow, wide in _WIDE.items()} | {"“": '"', "”": '"'}


def _is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff" or char in "》〉」』】〕”》《“〔，。：；！？（）、"


def typeset(text: str) -> str:
    """Return ``text`` with full-width punctuation wherever it touches Chinese; same length."""
    made = list(text)
    opening = True
    for index, char in enumerate(text):
        if char == '"':
            made[index] = "“" if opening else "”"
            opening = not opening
        elif char in _WIDE:
            before = made[index - 1] if index else ""
            after = text[index + 1] if index + 1 < len(text) else ""
            if (before and _is_chinese(before)) or (after and _is_chinese(after)):
                made[index] = _WIDE[char]
        elif char == "\n":
            opening = True
    return "".join(made)


def narrow(text: str) -> str:
    """Return ``text`` with ASCII punctuation, to compare words however they were set."""
    return "".join(_NARROW.get(char, char) for char in text)
