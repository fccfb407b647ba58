"""Make a stretch of a source readable: wrapped lines joined, real paragraphs kept."""

import re

from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, TERMINAL, WIDE, Stream

_LONG_LINE = 60
_GAPS = re.compile(rb"[\x01-\x04]")


class Reader:
    """Turns index spans of one stream into text; knows where its lines begin."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        lines = stream.lines()
        self.line_start: dict[int, int] = {}
        for start, end in lines:
            self.line_start[end] = start

    def is_paragraph(self, index: int) -> bool:
        """Say whether the line break before ``index`` ends a paragraph."""
        gap = self.stream.gap_at(index)
        if gap < LINE:
            return False
        if self.stream.fold[index - 1] in TERMINAL:
            return True
        return index - self.line_start.get(index, index) <= _LONG_LINE

    def text(self, start: int, end: int) -> str:
        """Return the words between two indexes, paragraphs parted by line feeds."""
        stream = self.stream
        out: list[str] = []
        begin, since = start, start
        for found in _GAPS.finditer(stream.gap, start + 1, max(start + 1, end)):
            index = found.start()
            gap = stream.gap[index]
            joiner = self._joiner(index, gap, index - since)
            if joiner:
                out += (stream.chars[begin:index], joiner)
                begin = since = index
            elif gap >= WIDE:
                since = index
        out.append(stream.chars[begin:end])
        return "".join(out)

    def _joiner(self, index: int, gap: int, since: int) -> str:
        stream = self.stream
        if gap >= LINE and self.is_paragraph(index):
            return "\n"
        before, after = stream.chars[index - 1], stream.chars[index]
        if before.isascii() and after.isascii() and before.isalnum() and after.isalnum():
            return " "
        if gap == WIDE and since >= 2 and gap >= SPACE:
            return " "
        return ""

    def paragraphs(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the paragraphs between two indexes."""
        found: list[tuple[int, int]] = []
        begin = start
        for _, index in self.stream.lines(start, end)[:-1]:
            if self.is_paragraph(index):
                found.append((begin, index))
                begin = index
        if begin < end:
            found.append((begin, end))
        return found
