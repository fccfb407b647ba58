"""Write a directive as .docx in the layout of GB/T 9704-2012, with styles a clerk can go on with.

The faces are named as the standard names them; machines that lack them find the usual substitutes
in the font table. The grid is of lines only, and every line has an exact height: a grid of
characters makes some programs double every cell.
"""

import io
import re
from collections.abc import Callable
from typing import Any, cast

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.text.paragraph import CT_P
from docx.shared import Mm, Pt, Twips
from docx.text.paragraph import Paragraph as Line

from tongzhou.modules.directives.rules.exports.document import ExportDocument, provenance
from tongzhou.modules.directives.rules.exports.layout import (
    Annex,
    Note,
    Paragraph,
    Recipients,
    Record,
    RedHead,
    Signed,
    Title,
    lay_out,
)
from tongzhou.modules.directives.rules.exports.tables import Table
from tongzhou.modules.directives.rules.exports.titles import width
from tongzhou.modules.directives.rules.exports.word_styles import (
    CELL,
    FONTS,
    RED,
    STYLES,
    at_foot,
    border_below,
    drop_thumbnail,
    exact,
    make_styles,
    number_pages,
    set_font,
    set_font_table,
    set_page,
    style_id,
)

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT_WIDTH = 156  # mm
_EDGE = 8.6  # points: one character of 14 pt off the rules, with the margin of the cell
_MARK_TOP = 1984  # 35 mm in twentieths of a point
_MARK_HEIGHT = 22  # of the mark's size, so that its top is the top of its line
_MARK_WIDEST = 430.0  # points
_LONGEST_PROPERTY = 255
_CORRECTED = "勘误"


def write_docx(document: ExportDocument) -> bytes:
    """Return a directive as a Word document."""
    writer = _Writer(document)
    for part in lay_out(document):
        writer.put(part)
    return writer.finish()


class _Writer:
    """A Word document under way."""

    def __init__(self, document: ExportDocument) -> None:
        self.document = document
        self.file: Document = docx.Document()
        self.breaks = False
        self.setters: dict[type, Callable[[Any], None]] = {
            RedHead: self._red_head,
            Title: self._title,
            Recipients: lambda part: self._ignore(self._line("recipients", part.text)),
            Paragraph: self._paragraph,
            Note: self._note,
            Signed: self._signed,
            Annex: self._annex,
            Table: self._table,
            Record: self._record,
        }
        make_styles(self.file)
        set_page(self.file)
        number_pages(self.file)
        set_font_table(self.file)
        drop_thumbnail(self.file)
        self.end = self.file.sections[0]._sectPr
        self._tell()

    def put(self, part: object) -> None:
        """Set one part."""
        self.setters[type(part)](part)

    def finish(self) -> bytes:
        """Return the file."""
        target = io.BytesIO()
        self.file.save(target)
        return target.getvalue()

    def _line(self, style: str, text: str = "") -> Line:
        # Put before the section's end by hand: to look for it anew each time takes too long.
        element = cast("CT_P", OxmlElement("w:p"))
        self.end.addprevious(element)
        made = Line(element, self.file._body)
        _give_style(made, style)
        if text:
            made.add_run(_clean(text))
        if self.breaks:
            made.paragraph_format.page_break_before = True
            self.breaks = False
        return made

    @staticmethod
    def _ignore(_: Line) -> None:
        """Take a line that needs nothing more."""

    def _blank(self, count: int) -> list[Line]:
        return [self._line("body") for _ in range(count)]

    def _red_head(self, part: RedHead) -> None:
        mark = self._line("mark")
        mark.paragraph_format.space_before = Twips(_MARK_TOP)
        fit = min(STYLES["mark"].size, _MARK_WIDEST / max(1.0, width(part.mark)))
        mark.add_run(_clean(part.mark)).font.size = Pt(int(fit))
        exact(mark, int(fit * _MARK_HEIGHT))
        self._blank(2)
        border_below(self._line("number", part.number), RED)
        self._blank(2)

    def _title(self, part: Title) -> None:
        if part.lines:
            made = self._line("title")
            for index, line in enumerate(part.lines):
                if index:
                    made.add_run().add_break()
                made.add_run(_clean(line))
        for line in part.subtitle:
            self._line("subtitle", line)
        if part.lines or part.subtitle:
            self._blank(1)

    def _paragraph(self, part: Paragraph) -> None:
        style = {None: "body", 0: "chapter", 1: "level1", 2: "level2"}.get(part.level, "level3")
        made = self._line(style)
        for run in part.runs:
            added = made.add_run(_clean(run.text))
            if run.face != STYLES[style].font:
                set_font(added._r.get_or_add_rPr(), FONTS[run.face])
            if run.note:
                self.file.add_comment(
                    added, text=_clean(run.note), author=_CORRECTED, initials="勘"
                )

    def _note(self, part: Note) -> None:
        self._blank(1)
        alone = len(part.titles) == 1
        for index, title in enumerate(part.titles):
            # Titles run on below their own first character, numbers stand below each other.
            hang = CELL * (1.5 if index else 3 if alone else 4.5)
            made = self._line("note")
            made.paragraph_format.left_indent = Pt(CELL * (5 if alone else 6.5))
            made.paragraph_format.first_line_indent = Pt(-hang)
            number = "" if alone else f"{index + 1}. "
            made.add_run(_clean(("" if index else "附件：") + number + title))

    def _signed(self, part: Signed) -> None:
        lines = [*self._ending(), *self._blank(2)]
        axis = 4 + width(part.day) / 2 if part.day else 8.0
        for issuer in part.issuers:
            lines.append(self._line("signed", issuer))
            indent = CELL * max(0.0, axis - width(issuer) / 2)
            lines[-1].paragraph_format.right_indent = Pt(indent)
        if part.day:
            lines.append(self._line("signed", part.day))
            lines[-1].paragraph_format.right_indent = Pt(CELL * 4)
        lines += [self._line("body", remark) for remark in part.remarks]
        for line in lines[:-1]:
            # What goes to a new page takes the end of the text with it.
            line.paragraph_format.keep_with_next = True

    def _ending(self) -> list[Line]:
        """Return the last paragraph, and a note on attachments below it with its blank line."""
        found: list[Line] = []
        element = self.end.getprevious()
        while isinstance(element, CT_P):
            found.append(Line(element, self.file._body))
            if found[-1].text and element.style != style_id("note"):
                break
            element = element.getprevious()
        return found

    def _annex(self, part: Annex) -> None:
        self.breaks = True
        if part.mark:
            self._line("annex", part.mark)
        if part.mark or not part.title.lines:
            self._blank(1)
        self._title(part.title)

    def _table(self, part: Table) -> None:
        made = self.file.add_table(rows=0, cols=len(part.rows[0]), style="Table Grid")
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        weights = part.weights()
        widths = [Mm(_TEXT_WIDTH * each / sum(weights)) for each in weights]
        for column, wide in zip(made.columns, widths, strict=True):
            column.width = wide
        for index, row in enumerate(part.rows):
            for cell, text, wide in zip(made.add_row().cells, row, widths, strict=True):
                cell.width = wide
                line = cell.paragraphs[0]
                _give_style(line, "cell")
                added = line.add_run(_clean(text))
                if index == 0:
                    set_font(added._r.get_or_add_rPr(), FONTS["hei"])
                    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        made.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))

    def _record(self, part: Record) -> None:
        rows = [(line, "") for line in part.copies]
        if part.printer or part.printed_on:
            rows.append((part.printer, part.printed_on))
        exact(self._line("record"), 20)  # or it would become part of a table before it
        made = self.file.add_table(rows=len(rows), cols=2)
        at_foot(made)
        for row, (left, right) in zip(made.rows, rows, strict=True):
            cells = list(row.cells) if right else [row.cells[0].merge(row.cells[1])]
            for text, cell in zip((left, right), cells, strict=False):
                line = cell.paragraphs[0]
                _give_style(line, "record")
                line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(_EDGE)
                line.add_run(_clean(text))
            if right:
                cells[1].paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
        exact(self._line("record"), 20)  # a table cannot end a document

    def _tell(self) -> None:
        """Say in the file's properties what it is and where it comes from."""
        document, told = self.document, self.file.core_properties
        told.title = _clean(" ".join(document.title.split()))[:_LONGEST_PROPERTY]
        told.author = _clean(document.issuer)[:_LONGEST_PROPERTY]
        told.subject = _clean(document.doc_number)[:_LONGEST_PROPERTY]
        told.keywords = document.urn[:_LONGEST_PROPERTY]
        stated = "\n".join(f"{name}: {text}" for name, text in provenance(document))
        told.comments = _clean(stated)[:_LONGEST_PROPERTY]
        told.language = "zh-CN"
        told.version = document.urn.partition("@")[2]
        told.created = told.modified = document.exported_at
        told.last_modified_by = ""


def _give_style(line: Line, key: str) -> None:
    line._p.get_or_add_pPr().style = style_id(key)


def _clean(text: str) -> str:
    """Return text without what no XML may hold."""
    return _NOT_XML.sub("", text)
