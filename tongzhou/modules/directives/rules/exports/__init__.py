"""Write a directive out of the house: GB/T 9704 .docx and PDF, Akoma Ntoso, OSCAL, JSON.

``document`` is what an export is made from. ``layout`` (with ``titles`` and ``tables``) sets it as
the standard asks, ``word`` and ``pdf`` draw that. ``akn`` writes Akoma Ntoso and ``akn_reader``
reads it back; ``oscal`` and ``plain`` write JSON.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tongzhou.modules.directives.rules.exports.document import ExportDocument

_LONGEST_NAME = 80
_UNWANTED = re.compile(r'[\\/:*?"<>|\s]+')


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format that a directive is handed out in."""

    code: str
    label: str
    content_type: str
    extension: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A written file: its name, its type and its bytes."""

    name: str
    content_type: str
    data: bytes


FORMATS: Mapping[str, ExportFormat] = {
    each.code: each
    for each in (
        ExportFormat(
            "docx",
            "Word",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "docx",
        ),
        ExportFormat("pdf", "PDF", "application/pdf", "pdf"),
        ExportFormat("akn", "Akoma Ntoso", "application/akn+xml", "akn.xml"),
        ExportFormat("oscal", "OSCAL", "application/oscal+json", "oscal.json"),
        ExportFormat("json", "JSON", "application/json", "json"),
        ExportFormat("source", "TXT", "text/plain; charset=utf-8", "txt"),
    )
}


def export(document: ExportDocument, code: str, *, fonts: Sequence[Path] = ()) -> Exported:
    """Write a directive in the format ``code``; KeyError if there is no such format.

    ``fonts`` are folders with a site's own fonts for the PDF.
    """
    kind = FORMATS[code]
    return Exported(
        name=f"{file_name(document)}.{kind.extension}",
        content_type=kind.content_type,
        data=_writer(code, fonts)(document),
    )


def _writer(code: str, fonts: Sequence[Path]) -> Callable[[ExportDocument], bytes]:
    """Return what writes a format; typesetters and their fonts are loaded when they are needed."""
    match code:
        case "docx":
            from tongzhou.modules.directives.rules.exports.word import write_docx

            return write_docx
        case "pdf":
            from tongzhou.modules.directives.rules.exports.pdf import write_pdf

            return lambda document: write_pdf(document, fonts=fonts)
        case "akn":
            from tongzhou.modules.directives.rules.exports.akn import write_akn

            return write_akn
        case "oscal":
            from tongzhou.modules.directives.rules.exports.oscal import write_oscal

            return write_oscal
        case "json":
            from tongzhou.modules.directives.rules.exports.plain import write_json

            return write_json
        case _:
            return lambda document: document.source.encode("utf-8", "surrogatepass")


def file_name(document: ExportDocument) -> str:
    """Return the name of a file without extension: the title, and the day of the wording.

    >>> _UNWANTED.sub("", 'a/b "c"')
    'abc'
    """
    title = _UNWANTED.sub("", document.title)
    kept = "".join(char for char in title if unicodedata.category(char)[0] not in "CZ")
    day = document.urn.partition("@")[2]
    return "_".join(each for each in (kept.strip(".")[:_LONGEST_NAME], day) if each) or "directive"


__all__ = ["FORMATS", "ExportDocument", "ExportFormat", "Exported", "export", "file_name"]
