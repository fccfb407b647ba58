"""Text files: kept exactly as decoded; tables drawn in Markdown are found."""

import re

from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules.decoding import decode

_RULE = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*\Z")
_MARKDOWN = (".md", ".markdown", ".mkd", ".mdown")


def read_plain(data: bytes, name: str) -> Received:
    """Return a text file as it is; Refusal when its bytes are no text."""
    text = decode(data)
    form = "md" if name.lower().endswith(_MARKDOWN) else "txt"
    return Received(text, form, drawn_tables(text))


def drawn_tables(text: str) -> tuple[tuple[int, int], ...]:
    """Return the stretches of ``text`` that are tables with bars and a ruled second line."""
    found: list[tuple[int, int]] = []
    position = 0
    before: tuple[int, str] | None = None
    begin = -1
    for line in text.splitlines(keepends=True):
        barred = line.count("|") >= 2 or (begin >= 0 and "|" in line)
        if begin < 0 and before and "|" in line and "-" in line and _RULE.match(line.rstrip()):
            begin = before[0]
        elif begin >= 0 and not barred:
            found.append((begin, position))
            begin = -1
        before = (position, line) if "|" in line else None
        position += len(line)
    if begin >= 0:
        found.append((begin, position))
    return tuple(found)
