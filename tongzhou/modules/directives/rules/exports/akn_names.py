"""Names that writing and reading Akoma Ntoso share: elements by level, addresses, namespaces."""

import re
from collections.abc import Mapping

from tongzhou.modules.directives.contracts import DocumentKind

AKN = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
#: Our own attributes and elements, where the standard has no place: spans, levels, duties.
OURS = "urn:tongzhou:directives:1"

#: Hierarchical elements in the order of our levels, and what their eId is abbreviated to.
_BY_LEVEL = ("division", "section", "subsection", "paragraph", "subparagraph", "point")
_BY_LABEL = (
    (re.compile(r"第.+[编部]"), 0, "part"),
    (re.compile(r"第.+章"), 0, "chapter"),
    (re.compile(r"第.+节"), 0, "subchapter"),
    (re.compile(r"第.+条"), 1, "article"),
)
DEEPER = "indent"
LEVELS: Mapping[str, int] = {
    **{name: level for level, name in enumerate(_BY_LEVEL)},
    **{name: level for _, level, name in _BY_LABEL},
    DEEPER: len(_BY_LEVEL),
    "book": 0,
    "title": 0,
    "tome": 0,
    "subpart": 0,
    "rule": 1,
    "clause": 1,
    "subclause": 2,
    "subrule": 2,
    "list": 4,
    "alinea": 4,
}
ABBREVIATIONS: Mapping[str, str] = {
    "part": "part",
    "chapter": "chp",
    "subchapter": "subchp",
    "division": "dvs",
    "article": "art",
    "section": "sec",
    "subsection": "subsec",
    "paragraph": "para",
    "subparagraph": "subpara",
    "point": "point",
    "indent": "indent",
    "hcontainer": "hcontainer",
    "container": "container",
}
#: Passages outside the numbering: the name of the container they stand in.
CONTAINERS: Mapping[str, str] = {
    "COVER": "cover",
    "PREAMBLE": "preamble",
    "ANNEX": "annex",
    "NOTE": "attachmentNote",
    "SIGNATURE": "signature",
    "FOOTER": "footer",
    "HEADING": "heading",
}
_ACTS = frozenset({DocumentKind.MEASURES})


def element_of(label: str, level: int) -> str:
    """Return the hierarchical element for a clause."""
    for pattern, fitting, name in _BY_LABEL:
        if level == fitting and pattern.match(label):
            return name
    return _BY_LEVEL[level] if 0 <= level < len(_BY_LEVEL) else DEEPER


def document_type(kind: DocumentKind) -> str:
    """Return the document type: 办法 and 规定 are acts, everything else is a plain document."""
    return "act" if kind in _ACTS else "doc"


def work_iri(work: str, kind: DocumentKind) -> str:
    """Return the IRI of a work: cn/mca/2020/5 → /akn/cn/doc/mca/2020/5."""
    country, _, rest = work.partition("/")
    return f"/akn/{country}/{document_type(kind)}/{rest}"


def expression_iri(urn: str, kind: DocumentKind) -> str:
    """Return the IRI of an expression: …@2020-01-29 → …/zho@2020-01-29."""
    work, _, day = urn.partition("@")
    return f"{work_iri(work, kind)}/zho@{day}"


def own(name: str) -> str:
    """Return the qualified name of an attribute or element of our own."""
    return f"{{{OURS}}}{name}"


def akn(name: str) -> str:
    """Return the qualified name of an element of the standard."""
    return f"{{{AKN}}}{name}"
