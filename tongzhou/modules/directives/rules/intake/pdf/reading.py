"""From the pages of a PDF to its text."""

from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules.intake import notes, refusals
from tongzhou.modules.directives.rules.intake.flow import lay_out
from tongzhou.modules.directives.rules.intake.pdf.glyphs import Sheet, sheets
from tongzhou.modules.directives.rules.intake.pdf.paragraphs import (
    Leaf,
    blocks_of,
    without_edges,
    without_site,
)
from tongzhou.modules.directives.rules.intake.pdf.rows import in_reading_order, rows_of
from tongzhou.modules.directives.rules.intake.pdf.ruled import take_tables
from tongzhou.modules.directives.rules.intake.process import Deadline

_FEW = 12  # characters: a page number and a stamp, no text
_PICTURE = 0.3  # of the page
_MANY_PATHS = 200  # a page whose characters were turned into outlines
_MOST_UNKNOWN = 0.3
_MOST_NAMED = 20


def read_pdf(data: bytes) -> Received:
    """Return the text of a PDF; Refusal when it has none, is encrypted, damaged or too large."""
    leaves: list[Leaf] = []
    empty: list[int] = []
    visible = unknown = slanted = pictures = 0
    deadline = Deadline()
    for number, sheet in enumerate(sheets(data), 1):
        deadline.check()
        visible += sheet.visible
        unknown += sheet.unknown
        slanted += sheet.slanted
        if _is_scanned(sheet):
            empty.append(number)
        elif sheet.pictures > 0.01:
            pictures += 1
        leaves.append(_leaf(sheet, deadline))
    if visible > refusals.LARGEST_TEXT:
        raise refusals.too_long()
    if unknown > _MOST_UNKNOWN * max(visible, 1):
        raise refusals.garbled()
    if len(empty) == len(leaves) or (empty and visible < _FEW * len(leaves)):
        raise refusals.scanned()
    running, site = without_edges(leaves), without_site(leaves)
    text, tables = lay_out(blocks_of(leaves))
    said = [notes.RUNNING] if running else []
    said += [notes.SITE] if site else []
    said += [notes.SLANTED] if slanted else []
    if empty:
        named = "、".join(map(str, empty[:_MOST_NAMED]))
        named += "……" if len(empty) > _MOST_NAMED else ""
        said.append(notes.note(notes.SCANNED, pages=named))
    if pictures:
        said.append(notes.note(notes.PICTURED, count=pictures))
    if unknown:
        said.append(notes.note(notes.UNKNOWN, count=unknown))
    return Received(text, "pdf", tables, tuple(said))


def _is_scanned(sheet: Sheet) -> bool:
    if sheet.visible >= _FEW:
        return False
    return sheet.pictures >= _PICTURE or sheet.paths >= _MANY_PATHS


def _leaf(sheet: Sheet, deadline: Deadline) -> Leaf:
    tables, glyphs = take_tables(sheet.glyphs, sheet.rules, deadline)
    return Leaf(sheet.width, sheet.height, in_reading_order(rows_of(glyphs)), tables)
