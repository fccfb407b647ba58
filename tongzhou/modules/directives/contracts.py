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


class DocumentKind(StrEnum):
    """The kind of an official document, by the last word of its title (文种)."""

    NOTICE = "NOTICE"  # 通知
    OPINION = "OPINION"  # 意见
    PLAN = "PLAN"  # 方案、预案、计划
    GUIDE = "GUIDE"  # 指引、指南
    ANNOUNCEMENT = "ANNOUNCEMENT"  # 公告、通告
    LETTER = "LETTER"  # 函、复函
    MEASURES = "MEASURES"  # 办法、规定、细则、条例
    DECISION = "DECISION"  # 决定、决议、命令
    INITIATIVE = "INITIATIVE"  # 倡议书、公开信
    REPORT = "REPORT"  # 报告、通报、纪要
    OTHER = "OTHER"


class CitationKind(StrEnum):
    """What a document says about another one."""

    CITES = "CITES"
    BASED_ON = "BASED_ON"  # 根据、依照、按照
    REPLACES = "REPLACES"  # 同时废止、自…起停止执行
    FORWARDS = "FORWARDS"  # 现将…印发给你们


@dataclass(frozen=True, slots=True)
class ParsedCitation:
    """Another document named in the text; offsets count the source.

    ``title`` is what stands between 《 and 》, ``doc_number`` the number beside it; one of the two
    may be empty.
    """

    kind: CitationKind
    title: str
    doc_number: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Received:
    """The text of a file as the product reads it, and what it was taken from.

    ``format``: txt, md, html, docx, pdf, doc, akn or paste. ``tables`` are stretches of ``text``
    that stood in a table of the original; they yield no clauses. ``notes`` say what could not be
    taken over (pictures, text boxes), as msgids.
    """

    text: str
    format: str
    tables: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


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
    cleaned for reading; ``start`` is where the label begins. ``heading`` are the leading words of
    ``text`` that only name what follows, empty when there are none.
    """

    label: str
    level: int
    parent: int | None
    address: str
    text: str
    start: int
    end: int
    heading: str = ""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document as read; whatever the text does not say is None or empty.

    ``date``, ``effective_on`` and ``expires_on`` are ISO days. ``tables`` are stretches of the
    source that hold a table.
    """

    title: str | None
    doc_number: str | None
    issuer: str | None
    date: str | None
    recipients: list[str] = field(default_factory=list)
    attachments: list[ParsedAttachment] = field(default_factory=list)
    clauses: list[ParsedClause] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    kind: DocumentKind = DocumentKind.OTHER
    effective_on: str | None = None
    expires_on: str | None = None
    citations: list[ParsedCitation] = field(default_factory=list)
    tables: list[tuple[int, int]] = field(default_factory=list)

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


class Strength(StrEnum):
    """How strictly a sentence binds; only MUST and MUST_NOT can be late or be a fault."""

    MUST = "MUST"
    MUST_NOT = "MUST_NOT"
    MAY = "MAY"
    BEST_EFFORT = "BEST_EFFORT"
    EXHORT = "EXHORT"


class Bearer(StrEnum):
    """Who has to act, as far as the words of a document say."""

    AUTHORITY = "AUTHORITY"
    ORGANISATION = "ORGANISATION"  # every social organisation
    PARTY_ORG = "PARTY_ORG"
    SECRETARIAT = "SECRETARIAT"
    SUPERVISORY_BOARD = "SUPERVISORY_BOARD"
    LEGAL_REP = "LEGAL_REP"
    ASSOCIATION = "ASSOCIATION"
    CHARITY = "CHARITY"
    VOLUNTEER_ORG = "VOLUNTEER_ORG"
    COMMUNITY_ORG = "COMMUNITY_ORG"
    ONLINE_ORG = "ONLINE_ORG"
    SERVICE_INSTITUTION = "SERVICE_INSTITUTION"
    HUB = "HUB"
    ACADEMIC = "ACADEMIC"
    OTHER_GROUP = "OTHER_GROUP"  # a group of social organisations that has no name above
    OTHER = "OTHER"  # no social organisation: schools, enterprises, residents …


class Ground(StrEnum):
    """Where a finding comes from, the surest first."""

    WORDS = "words"  # words of the sentence itself
    MOOD = "mood"  # an imperative without a modal word
    CARRIED = "carried"  # the subject of a sentence before
    HEADING = "heading"
    ADDRESSEES = "addressees"
    TITLE = "title"
    ISSUER = "issuer"


@dataclass(frozen=True, slots=True)
class Reason:
    """Which words led to a finding; offsets count the source, both 0 where no words did."""

    finding: str  # strength, bearers, recurrence, deadline, phase, cites, evidence
    ground: Ground
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ProposedDuty:
    """A sentence, or part of one, that obliges, forbids, permits or urges somebody.

    ``text`` is the source from ``start`` to ``end`` exactly as received. ``clause`` is the address
    of the passage it stands in. ``recurrence`` is ``daily``, ``weekly``, ``monthly``, ``every N
    days`` or None; ``deadline``, ``phase`` and ``cites`` are words of the source. ``attributes``
    are registry attributes the bearer's name speaks of, ``evidence`` codes of what would prove it
    done. ``confidence`` goes from 0 to 1.
    """

    clause: str
    text: str
    start: int
    end: int
    strength: Strength
    bearers: tuple[Bearer, ...]
    recurrence: str | None
    deadline: str | None
    phase: str | None
    cites: str | None
    confidence: float
    attributes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
