"""Read the text layer of a PDF in the order of reading.

``worker`` takes the characters out in a process of its own, ``glyphs`` reads what it wrote,
``rows`` puts characters into rows, ``ruled`` finds tables by their lines, ``paragraphs`` leaves
out what runs at the edge of every page and joins lines to paragraphs.
"""

from tongzhou.modules.directives.rules.intake.pdf.reading import read_pdf

__all__ = ["read_pdf"]
