"""Read the file of a document, whatever it was written with, into the text that is parsed.

``sniff`` tells what a file is by its content. ``word`` reads .docx, ``pdf`` the text layer of a
PDF, ``web`` pages and Word's HTML, ``plain`` text and Markdown, ``tagged`` Akoma Ntoso; ``office``
has older formats converted by LibreOffice where it is installed. ``flow`` lays all of them out by
the same rules. The text is made from the bytes alone: the same file always gives the same text.
"""

from dataclasses import replace

from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules.intake import notes, refusals
from tongzhou.modules.directives.rules.intake.flow import is_blank
from tongzhou.modules.directives.rules.intake.notes import say
from tongzhou.modules.directives.rules.intake.refusals import LARGEST_FILE, LARGEST_TEXT

__all__ = ["LARGEST_FILE", "LARGEST_TEXT", "read_document", "say"]


def read_document(data: bytes, name: str = "") -> Received:
    """Return the text of a file and what could not be taken over from it.

    ``name`` only tells Markdown from plain text; everything else is seen from the content. Raises
    Refusal, and nothing else, for what is empty, too large, encrypted, damaged or no document.
    """
    if len(data) > LARGEST_FILE:
        raise refusals.too_large(len(data))
    if not data:
        raise refusals.empty()
    received = _read(data, name)
    if is_blank(received.text):
        raise refusals.empty()
    if len(received.text) > LARGEST_TEXT:
        raise refusals.too_long()
    return received


def _read(data: bytes, name: str) -> Received:
    """Hand the file to its reader; each is loaded only when a file needs it."""
    from tongzhou.modules.directives.rules.intake.sniff import Form, recognise

    match recognise(data):
        case Form.WORD:
            from tongzhou.modules.directives.rules.intake.word import read_word

            return read_word(data)
        case Form.FLAT_WORD:
            from tongzhou.modules.directives.rules.intake.word import read_flat_word

            return read_flat_word(data)
        case Form.PDF:
            from tongzhou.modules.directives.rules.intake.pdf import read_pdf

            return read_pdf(data)
        case Form.HTML | Form.MHTML as form:
            from tongzhou.modules.directives.rules.intake.web import read_web

            return read_web(data, archived=form is Form.MHTML)
        case Form.TAGGED:
            from tongzhou.modules.directives.rules.intake.tagged import read_tagged

            return read_tagged(data)
        case Form.TEXT:
            from tongzhou.modules.directives.rules.intake.plain import read_plain

            return read_plain(data, name)
        case form:
            from tongzhou.modules.directives.rules.intake.office import convert
            from tongzhou.modules.directives.rules.intake.word import read_word

            converted = read_word(convert(data, form))
            return replace(converted, format="doc", notes=(*converted.notes, notes.CONVERTED))
