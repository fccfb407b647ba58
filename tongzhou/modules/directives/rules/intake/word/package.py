"""Open a .docx: a zip archive of XML parts that may have been made to do harm.

Every part is read with a limit on its real size; entities are never resolved, nothing is fetched
from outside, and a part with a document type of its own is refused.
"""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lxml import etree

from tongzhou.modules.directives.rules.intake import refusals

Element = etree._Element

_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_PREFIXES = {
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/picture": "pic",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "urn:schemas-microsoft-com:vml": "v",
    **dict.fromkeys(_WORD, "w"),
}
_FLAT = "http://schemas.microsoft.com/office/2006/xmlPackage"
_MOST_PARTS = 10_000
_LARGEST_PART = 48 * 1024 * 1024  # bytes of one part's XML
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError)

_names: dict[str, str] = {}


def name_of(element: Element) -> str:
    """Return a short name such as ``w:p``, whichever edition of the standard is used."""
    tag = element.tag
    known = _names.get(tag)
    if known is None:
        uri, _, local = tag[1:].rpartition("}") if tag[:1] == "{" else ("", "", tag)
        prefix = _PREFIXES.get(uri, "")
        known = f"{prefix}:{local}" if prefix else local
        if len(_names) < 5_000:
            _names[tag] = known
    return known


def value(element: Element | None, attribute: str = "val") -> str | None:
    """Return a w: attribute of ``element``, or None."""
    if element is None:
        return None
    for uri in _WORD:
        found = element.get(f"{{{uri}}}{attribute}")
        if found is not None:
            return found
    return None


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child called ``name`` (short), or None."""
    if element is not None:
        for each in element:
            if name_of(each) == name:
                return each
    return None


def number(text: str | None) -> int | None:
    """Return a whole number of sensible size, or None."""
    try:
        found = int(float(text)) if text else None
    except (ValueError, OverflowError):
        return None
    return found if found is not None and abs(found) < 1_000_000 else None


def is_on(element: Element | None) -> bool | None:
    """Return whether a switch such as w:vanish is on; None where it is not given."""
    if element is None:
        return None
    return value(element) not in ("0", "false", "off", "none")


def _forbid_document_type(element: Element) -> None:
    """Refuse a part that declares entities: no program writes such a .docx."""
    facts: Any = element.getroottree().docinfo
    if facts.doctype:
        raise refusals.broken()


def packed(data: bytes) -> bytes:
    """Return a .docx that was saved as one XML file (flat OPC) as the archive it stands for."""
    if data.count(b"<") > refusals.MOST_TAGS:
        raise refusals.too_much_markup()
    try:
        root = etree.fromstring(data, etree.XMLParser(**_SAFE))
        _forbid_document_type(root)
        target = BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for part in root:
                held = next((each for each in part if name_of(each).endswith("xmlData")), None)
                if held is not None and len(held):
                    name = (part.get(f"{{{_FLAT}}}name") or "").lstrip("/")
                    archive.writestr(name, etree.tostring(held[0], encoding="utf-8"))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refusals.broken() from error
    return target.getvalue()


class Package:
    """The parts of a .docx."""

    def __init__(self, data: bytes) -> None:
        try:
            self.archive = zipfile.ZipFile(BytesIO(data))
            entries = self.archive.infolist()
        except _BROKEN as error:
            raise refusals.broken() from error
        if len(entries) > _MOST_PARTS:
            raise refusals.bomb()
        if sum(entry.file_size for entry in entries) > refusals.LARGEST_UNPACKED:
            raise refusals.bomb()
        if any(entry.flag_bits & 1 for entry in entries):
            raise refusals.encrypted()
        self.left = refusals.LARGEST_UNPACKED
        self.parts = {entry.filename.lstrip("/"): entry for entry in entries}
        self.main = self._main()
        self.related = self._related()

    def read(self, part: str) -> bytes | None:
        """Return the bytes of a part, None when there is no such part."""
        entry = self.parts.get(part)
        if entry is None:
            return None
        limit = min(self.left, _LARGEST_PART)
        try:
            with self.archive.open(entry) as handle:
                data = handle.read(limit + 1)
        except _BROKEN as error:
            raise refusals.broken() from error
        if len(data) > limit:
            raise refusals.bomb()
        if data.count(b"<") > refusals.MOST_TAGS:
            raise refusals.too_much_markup()
        self.left -= len(data)
        return data

    def tree(self, part: str | None) -> Element | None:
        """Return the root of an XML part, None when there is no such part."""
        data = self.read(part) if part else None
        if data is None:
            return None
        try:
            root = etree.fromstring(data, etree.XMLParser(**_SAFE))
        except (etree.XMLSyntaxError, ValueError) as error:
            raise refusals.broken() from error
        _forbid_document_type(root)
        return root

    def first(self, kind: str) -> Element | None:
        """Return the root of the first part of a kind that the document names."""
        parts = self.related.get(kind)
        return self.tree(parts[0]) if parts else None

    def body(self) -> Iterator[Element]:
        """Yield what stands in the body one after another, without keeping the whole of it."""
        data = self.read(self.main) or b""
        tags = [
            f"{{{uri}}}{local}"
            for uri in _WORD
            for local in ("p", "tbl", "sdt", "customXml", "altChunk", "ins", "moveTo", "moveFrom")
        ] + ["{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"]
        found = False
        try:
            for _, element in etree.iterparse(BytesIO(data), events=("end",), tag=tags, **_SAFE):
                parent = element.getparent()
                if parent is None or name_of(parent) != "w:body":
                    continue
                if not found:
                    _forbid_document_type(element)
                found = True
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del parent[0]
        except (etree.XMLSyntaxError, ValueError) as error:
            raise refusals.broken() from error

    def _main(self) -> str:
        root = self.tree("_rels/.rels")
        for relation in () if root is None else root.iter(_RELATION):
            if relation.get("Type", "").endswith("/officeDocument"):
                target = posixpath.normpath(relation.get("Target", "").lstrip("/"))
                if target in self.parts:
                    return target
        if "word/document.xml" in self.parts:
            return "word/document.xml"
        raise refusals.broken()

    def _related(self) -> dict[str, list[str]]:
        """Return the parts the document names, by the last word of their kind."""
        folder, name = posixpath.split(self.main)
        root = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, list[str]] = {}
        for relation in () if root is None else root.iter(_RELATION):
            if relation.get("TargetMode") == "External":
                continue
            target = relation.get("Target", "")
            path = target.lstrip("/") if target[:1] == "/" else posixpath.join(folder, target)
            kind = relation.get("Type", "").rpartition("/")[2]
            found.setdefault(kind, []).append(posixpath.normpath(path))
        return found
