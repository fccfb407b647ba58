"""Build clauses from chosen labels: parents, addresses, and the blocks that tile a source."""

from dataclasses import dataclass

from tongzhou.modules.directives.contracts import Block, BlockKind, ParsedClause
from tongzhou.modules.directives.rules.cleaning import Stream
from tongzhou.modules.directives.rules.headings import heading_of, spaced_heading
from tongzhou.modules.directives.rules.kinds import LAST, LEVEL, RANK, Candidate, Kind
from tongzhou.modules.directives.rules.reading import Reader
from tongzhou.modules.directives.rules.tables import Tables

_SPOKEN = (Kind.SPOKEN, Kind.ORDINAL, Kind.FIRSTLY)


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch that may hold clauses: indexes, its chosen labels, what its lead-in is."""

    start: int
    end: int
    labels: list[Candidate]
    lead: BlockKind


def ranks(labels: list[Candidate]) -> dict[Kind, float]:
    """Return the nesting order of this text: 第X条 goes under 一、 where 一、 comes first."""
    order: dict[Kind, float] = {kind: float(rank) for kind, rank in RANK.items()}
    first: dict[Kind, int] = {}
    for position, label in enumerate(labels):
        first.setdefault(label.kind, position)
    article, chinese = first.get(Kind.ARTICLE), first.get(Kind.CHINESE)
    if article is not None and chinese is not None and chinese < article:
        order[Kind.ARTICLE] = RANK[Kind.CHINESE] + 0.5
    return order


def without_lonely(labels: list[Candidate]) -> list[Candidate]:
    """Drop lists of spoken labels (一是, 第一, 首先) that have one item only."""
    order = ranks(labels)
    after = _neighbours(labels, order, range(len(labels) - 1, -1, -1))
    before = _neighbours(labels, order, range(len(labels)))
    return [
        label
        for index, label in enumerate(labels)
        if label.kind not in _SPOKEN
        or after[index] > label.number
        or 0 < before[index] < label.number
    ]


def _neighbours(labels: list[Candidate], order: dict[Kind, float], way: range) -> list[int]:
    """Return for every label the number of the next spoken one in its list, 0 without one.

    ``way`` says in which direction; a label of a higher rank ends a list.
    """
    numbers = [0] * len(labels)
    near: dict[Kind, int] = dict.fromkeys(_SPOKEN, 0)  # what a label of each kind would see
    for index in way:
        label = labels[index]
        if label.kind in _SPOKEN:
            numbers[index] = near[label.kind]
            for kind in _SPOKEN:
                near[kind] = label.number if order[label.kind] >= order[kind] else 0
        else:
            for kind in _SPOKEN:
                if order[label.kind] < order[kind]:
                    near[kind] = 0
    return numbers


def without_contents(stream: Stream, labels: list[Candidate]) -> list[Candidate]:
    """Drop the labels of a table of contents (目录), whose headings all come again."""
    if not labels or not stream.fold.endswith("目录", 0, labels[0].start):
        return labels
    first = labels[0]
    for restart in range(1, len(labels)):
        again = labels[restart]
        if (again.kind, again.number) == (first.kind, first.number):
            heading = stream.fold[first.body : labels[1].start][:4]
            if stream.fold.startswith(heading, again.body):
                return labels[restart:]
    return labels


def build_clauses(stream: Stream, reader: Reader, zones: list[Zone]) -> list[ParsedClause]:
    """Return the clauses of all zones in order; addresses are unique over the document."""
    clauses: list[ParsedClause] = []
    used: dict[str, int] = {}
    for zone in zones:
        order = ranks(zone.labels)
        chain: list[tuple[float, int, int]] = []  # rank, index of the clause, of its label
        for position, label in enumerate(zone.labels):
            while chain and chain[-1][0] >= order[label.kind]:
                chain.pop()
            parent = chain[-1][1] if chain else None
            stop = zone.labels[position + 1].start if position + 1 < len(zone.labels) else zone.end
            above = clauses[parent].address + "." if parent is not None else ""
            number = label.number
            if number == LAST and label.kind is Kind.FIRSTLY:
                number = _count_on(zone.labels, position)
            if label.over and (parent is None or zone.labels[chain[-1][2]].number != label.over):
                above += f"{label.over}."  # 2.1 without its 2
            address = _unique(f"{above}{number}", used)
            text = reader.text(label.body, stop)
            following = zone.labels[position + 1 : position + 2]
            has_below = bool(following) and order[following[0].kind] > order[label.kind]
            clauses.append(
                ParsedClause(
                    label=stream.chars[label.start : label.end],
                    level=LEVEL[label.kind],
                    parent=parent,
                    address=address,
                    text=text,
                    start=stream.at[label.start],
                    end=stream.until[max(stop, label.end) - 1],
                    heading=heading_of(text, label.kind, has_below)
                    or text[: spaced_heading(stream, label.body, stop)],
                )
            )
            chain.append((order[label.kind], len(clauses) - 1, position))
    return clauses


def _count_on(labels: list[Candidate], position: int) -> int:
    """Return the number of a closing 最后: one more than the item before it."""
    for earlier in reversed(labels[:position]):
        if earlier.kind is Kind.FIRSTLY and earlier.number != LAST:
            return earlier.number + 1
    return 1


def _unique(address: str, used: dict[str, int]) -> str:
    """Return ``address``, or with -2, -3 … when the text uses the same numbers again."""
    count = used.get(address, 0) + 1
    used[address] = count
    return address if count == 1 else f"{address}-{count}"


def build_blocks(
    stream: Stream,
    reader: Reader,
    parts: list[tuple[BlockKind, int, int]],
    zones: list[Zone],
    tables: Tables,
) -> list[Block]:
    """Return the blocks that tile the source: known parts, lead-ins, clauses, and the rest.

    A table outside all clauses is a block of attached text.
    """
    pieces = [(start, end, kind, None) for kind, start, end in parts if start < end]
    spans: list[tuple[int, int, BlockKind, int | None]] = list(pieces)
    counter = 0
    for zone in zones:
        first = zone.labels[0].start if zone.labels else zone.end
        for begin, stop, is_table in tables.parts(zone.start, first):
            if is_table:
                spans.append((begin, stop, BlockKind.ANNEX, None))
                continue
            for start, end in reader.paragraphs(begin, stop):
                spans.append((start, end, zone.lead, None))
        for position, label in enumerate(zone.labels):
            last = position + 1 == len(zone.labels)
            stop = zone.end if last else zone.labels[position + 1].start
            spans.append((label.start, stop, BlockKind.CLAUSE, counter))
            counter += 1
    spans.sort(key=lambda span: (span[0], span[1]))
    filled: list[tuple[int, int, BlockKind, int | None]] = []
    position = 0
    for start, end, kind, clause in spans:
        if start < position:
            continue
        if start > position:
            filled.append((position, start, BlockKind.FURNITURE, None))
        filled.append((start, end, kind, clause))
        position = end
    if position < len(stream):
        filled.append((position, len(stream), BlockKind.FURNITURE, None))
    return _tile(stream, reader, filled)


def _tile(
    stream: Stream, reader: Reader, filled: list[tuple[int, int, BlockKind, int | None]]
) -> list[Block]:
    size = len(stream.source)
    if not filled:
        return [Block(BlockKind.FURNITURE, 0, size, "")] if size else []
    blocks: list[Block] = []
    for number, (start, end, kind, clause) in enumerate(filled):
        begin = 0 if number == 0 else stream.source_start(start)
        stop = size if number + 1 == len(filled) else stream.source_start(end)
        blocks.append(Block(kind, begin, stop, reader.text(start, end), clause))
    return blocks
