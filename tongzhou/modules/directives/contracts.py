"""What the parser of official documents hands out: plain values, no Django.

Offsets (``start``, ``end``) count characters of the text exactly as received. ``blocks`` tile
that text: they are in order, do not overlap, leave nothing out, and joined they give the source
back. A clause's own block runs from its label to the next clause; the stretch of a clause with
everything below it runs from its ``start`` to ``ParsedDocument.extent(index)``.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class BlockKind(StrEnum):
    """What a stretch of the source is."""

    TITLE = "title"
    NUMBER = "number"
    RECIPIENTS = "recipients"
    FURNITURE = "furniture"  # page heads, counters, web navigation, blank space
    COVER = "cover"  # paragraphs of a letter that sends an attachment
    PREAMBLE = "preamble"  # lead-in paragraphs before the first clause
    CLAUSE = "clause"
    ATTACHMENT_NOTE = "attachment_note"  # “附件：…” under the body
    SIGNATURE = "signature"  # issuer and date under the body
    ANNEX_HEADING = "annex_heading"  # “附件1” and the attachment's own title
    ANNEX = "annex"  # attached text or table without clauses
    FOOTER = "footer"  # copies, source notes, contacts under the signature


@dataclass(frozen=True, slots=True)
class Block:
    """One stretch of the source; ``clause`` is the index of the clause it holds, if any."""

    kind: BlockKind
    start: int
    end: int
    text: str
    clause: int | None = None


@dataclass(frozen=True, slots=True)
class ParsedAttachment:
    """An attachment; ``declared`` says whether the document announces it (“附件：…”)."""

    title: str
    declared: bool


@dataclass(frozen=True, slots=True)
class ParsedClause:
    """One numbered clause.

    ``level`` follows from the kind of label (一、 1 · （一） 2 · 1. 3 · （1） 4 · ① and 一是 5 ·
    第X条 1 · 第X章 and the like 0), ``parent`` is the index of the clause above, ``address`` the
    numbering path, unique in the document. ``text`` is the clause's own text after the label,
    cleaned for reading; ``start`` is where the label begins.
    """

    label: str
    level: int
    parent: int | None
    address: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as read; whatever the text does not say is None or empty."""

    title: str | None
    doc_number: str | None
    issuer: str | None
    date: str | None
    recipients: list[str] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    clauses: list[ParsedClause] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    @property
    def cover(self) -> list[Block]:
        """Return the paragraphs of the covering letter, addressed together as clause “0”."""
        return [block for block in self.blocks if block.kind is BlockKind.COVER]

    @property
    def preamble(self) -> list[Block]:
        """Return the lead-in paragraphs that stand before the first clause."""
        return [block for block in self.blocks if block.kind is BlockKind.PREAMBLE]

    def extent(self, index: int) -> int:
        """Return the offset where clause ``index`` ends, the clauses below it included."""
        end = self.clauses[index].end
        inside = {index}
        for at in range(index + 1, len(self.clauses)):
            if self.clauses[at].parent not in inside:
                break
            inside.add(at)
            end = self.clauses[at].end
        return end
