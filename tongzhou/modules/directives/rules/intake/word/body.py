"""The paragraphs and tables of a .docx, in the order of reading."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules.intake import notes
from tongzhou.modules.directives.rules.intake.flow import Block, Grid, Line, cell_text, lay_out
from tongzhou.modules.directives.rules.intake.process import Deadline
from tongzhou.modules.directives.rules.intake.refusals import (
    LARGEST_TEXT,
    MOST_LINES,
    too_long,
    too_much_markup,
)
from tongzhou.modules.directives.rules.intake.word.inline import Inline, alternative
from tongzhou.modules.directives.rules.intake.word.numbering import Numbering
from tongzhou.modules.directives.rules.intake.word.package import (
    Element,
    Package,
    child,
    is_on,
    name_of,
    packed,
    value,
)
from tongzhou.modules.directives.rules.intake.word.styles import (
    Styles,
    indent_of,
    numbering_of,
)

_THROUGH = frozenset(("w:sdt", "w:sdtContent", "w:customXml", "w:smartTag", "w:ins", "w:moveTo"))
_COUNTER = re.compile(r"[\d\s第页共/\-—–－·.]*")
_NO_LINE = frozenset(("nil", "none"))


def read_word(data: bytes) -> Received:
    """Return the text of a .docx; Refusal when it cannot be read."""
    return _Reader(Package(data)).read()


def read_flat_word(data: bytes) -> Received:
    """Return the text of a .docx that was saved as one XML file."""
    return _Reader(Package(packed(data))).read()


class _Reader:
    def __init__(self, package: Package) -> None:
        self.package = package
        self.styles = Styles(package.first("styles"))
        self.numbering = Numbering(package.first("numbering"), self.styles)
        self.inline = Inline(self.styles)
        self.asides: dict[tuple[str, str], Element] = {}
        self.carried = ""  # of a paragraph whose end was deleted: it goes on in the next
        self.length = self.lines = 0
        self.deadline = Deadline()
        for part in ("footnotes", "endnotes"):
            root = package.first(part)
            for each in () if root is None else root:
                number = value(each, "id")
                if number and value(each, "type") in (None, "normal"):
                    self.asides[part, number] = each
                    self.inline.known_asides.setdefault(part, set()).add(number)

    def read(self) -> Received:
        """Return the whole document."""
        blocks: list[Block] = []
        self._blocks(self.package.body(), blocks)
        self._blocks_of_asides(blocks)
        text, tables = lay_out(blocks)
        found = self.inline.notes
        if self._has_running_text():
            found.add(notes.RUNNING)
        said = [message for message in notes.MESSAGES if message in found]
        if self.inline.pictures:
            said.append(notes.note(notes.PICTURES, count=self.inline.pictures))
        return Received(text, "docx", tables, tuple(said))

    @contextmanager
    def _story(self, name: str) -> Iterator[None]:
        """Count paragraphs apart from the body for a while."""
        before, self.numbering.story = self.numbering.story, name
        try:
            yield
        finally:
            self.numbering.story = before

    def _blocks_of_asides(self, blocks: list[Block]) -> None:
        for key, place in list(self.inline.asides.items()):
            if place == 1:
                blocks.append(Line(""))
                self.inline.notes.add(notes.FOOTNOTES)
            held: list[Block] = []
            with self._story(key[0]):
                self._blocks(self.asides[key], held)
            blocks.append(Line(f"[{place}] {cell_text(held)}"))

    def _has_running_text(self) -> bool:
        parts = [*self.package.related.get("header", ()), *self.package.related.get("footer", ())]
        for part in parts[:20]:
            root = self.package.tree(part)
            if root is None:
                continue
            text = "".join(each.text or "" for each in root.iter() if name_of(each) == "w:t")
            if not _COUNTER.fullmatch(text):
                return True
        return False

    def _blocks(self, parent: Iterable[Element], out: list[Block]) -> None:
        for each in parent:
            name = name_of(each)
            if name == "w:p":
                self.deadline.check()
                self._paragraph(each, out)
            elif name == "w:tbl":
                self._flush(out)
                out.append(self._grid(each))
            elif name in _THROUGH:
                self._blocks(each, out)
            elif name == "mc:AlternateContent":
                self._blocks(alternative(each), out)
            elif name == "w:altChunk":
                self.inline.notes.add(notes.OBJECTS)
            elif name == "w:moveFrom":
                self.inline.notes.add(notes.CHANGES)
        self._flush(out)

    def _flush(self, out: list[Block]) -> None:
        if self.carried:
            carried, self.carried = self.carried, ""
            out.extend(map(Line, carried.split("\n")))

    def _paragraph(self, paragraph: Element, out: list[Block]) -> None:
        properties = child(paragraph, "w:pPr")
        style = self.styles.of(value(child(properties, "w:pStyle")))
        mark = child(properties, "w:rPr")
        text = self.inline.read(paragraph, hidden=bool(style.hidden))
        boxes = self.inline.boxes
        self.length += len(text)
        self.lines += 1
        if self.length > LARGEST_TEXT:
            raise too_long()
        if self.lines > MOST_LINES:
            raise too_much_markup()
        box_blocks: list[Block] = []
        for box in boxes:
            carried, self.carried = self.carried, ""
            with self._story("box"):
                self._blocks(box, box_blocks)
            self.carried = carried
        if any(isinstance(each, Grid) or each.text.strip() for each in box_blocks):
            self.inline.notes.add(notes.BOXES)
        else:
            box_blocks = []
        if child(mark, "w:del") is not None or child(mark, "w:moveFrom") is not None:
            self.inline.notes.add(notes.CHANGES)
            self.carried += text
            out.extend(box_blocks)
            return
        hidden = is_on(child(mark, "w:vanish"))
        if not text and (style.hidden if hidden is None else hidden):
            out.extend(box_blocks)
            return
        label, indented = self._number(properties, style.num_id)
        if value(child(properties, "w:jc")) or style.aligned:
            aligned = value(child(properties, "w:jc")) or style.aligned
            indented = indented and aligned not in ("center", "right", "end")
        whole = label + self.carried + text
        self.carried = ""
        lines = whole.split("\n")
        made = [Line(line, indented and not place) for place, line in enumerate(lines)]
        if box_blocks and not any(isinstance(each, Grid) or each.text.strip() for each in out):
            out.extend([*box_blocks, *made])  # a letterhead
        else:
            out.extend([*made, *box_blocks])

    def _number(self, properties: Element | None, inherited: str | None) -> tuple[str, bool]:
        """Return the number of a paragraph, counted on, and whether its first line is indented."""
        name = value(child(properties, "w:pStyle"))
        style = self.styles.of(name)
        num_id, level = numbering_of(properties)
        if num_id is None:
            num_id = inherited
            if level is None:
                level = style.level
            if num_id and level is None:
                level = self.numbering.level_for_style(num_id, style.numbered_by)
        elif level is None:
            level = style.level
        indented = indent_of(properties)
        label = ""
        if num_id and num_id != "0":
            label = self.numbering.count(num_id, level or 0)
            if indented is None:
                indented = self.numbering.indented(num_id, level or 0)
        if indented is None:
            indented = style.indented
        return label, bool(indented)

    def _grid(self, table: Element) -> Grid:
        grid = Grid()
        framed = False
        for row in self._rows(table):
            cells: list[list[Block]] = []
            for cell in self._cells(row):
                properties = child(cell, "w:tcPr")
                framed = framed or _has_lines(child(properties, "w:tcBorders"))
                held: list[Block] = []
                self._blocks(cell, held)
                merged = child(properties, "w:vMerge")
                goes_on = merged is not None and value(merged) in (None, "continue")
                cells.append([] if goes_on else held)
            if cells:
                grid.rows.append(cells)
        grid.framed = framed or self._is_framed(child(table, "w:tblPr"))
        return grid

    def _is_framed(self, properties: Element | None) -> bool:
        own = child(properties, "w:tblBorders")
        if own is not None:
            return _has_lines(own)
        name = value(child(properties, "w:tblStyle")) or ""
        for _ in range(20):
            style = self.styles.styles.get(name)
            if style is None:
                return False
            borders = child(child(style, "w:tblPr"), "w:tblBorders")
            if borders is not None:
                return _has_lines(borders)
            name = value(child(style, "w:basedOn")) or ""
        return False

    def _rows(self, table: Element) -> Iterator[Element]:
        for each in table:
            name = name_of(each)
            if name == "w:tr":
                properties = child(each, "w:trPr")
                if child(properties, "w:del") is not None:
                    self.inline.notes.add(notes.CHANGES)
                elif is_on(child(properties, "w:hidden")):
                    self.inline.notes.add(notes.HIDDEN)
                else:
                    yield each
            elif name in _THROUGH:
                yield from self._rows(each)

    def _cells(self, row: Element) -> Iterator[Element]:
        for each in row:
            name = name_of(each)
            if name == "w:tc":
                yield each
            elif name in _THROUGH:
                yield from self._cells(each)


def _has_lines(borders: Element | None) -> bool:
    return borders is not None and any(value(each) not in (None, *_NO_LINE) for each in borders)
