"""Turn a parsed document into the passages that are kept: clauses, and the text around them.

Numbered clauses keep their addresses. The covering letter is one passage with the address ``0``;
other text outside the numbering gets a letter and a running number, in the order of the text.
"""

from dataclasses import dataclass

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.contracts import Block, BlockKind, ParsedDocument

COVER = "0"
#: Kinds of block that are kept, their stored kind and the letter of their address.
_OUTSIDE = {
    BlockKind.PREAMBLE: ("PREAMBLE", "p"),
    BlockKind.ATTACHMENT_NOTE: ("NOTE", "n"),
    BlockKind.SIGNATURE: ("SIGNATURE", "s"),
    BlockKind.ANNEX_HEADING: ("HEADING", "h"),
    BlockKind.ANNEX: ("ANNEX", "a"),
    BlockKind.FOOTER: ("FOOTER", "f"),
}
_BODY = frozenset({"COVER", "PREAMBLE", "ANNEX", "ITEM"})


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document as it is kept; ``parent`` is an index into the same list."""

    address: str
    label: str
    level: int
    kind: str
    parent: int | None
    text: str
    start: int
    end: int
    heading: str = ""
    refines: str = ""


def passages(document: ParsedDocument) -> list[Passage]:
    """Return the passages of a document in the order of the text.

    Raises Refusal when the text holds neither clauses nor paragraphs.
    """
    found: list[Passage] = []
    at: dict[int, int] = {}
    counts: dict[str, int] = {}
    open_kind: BlockKind | None = None
    for block in document.blocks:
        if block.kind is BlockKind.CLAUSE and block.clause is not None:
            clause = document.clauses[block.clause]
            at[block.clause] = len(found)
            found.append(
                Passage(
                    address=clause.address,
                    label=clause.label,
                    level=clause.level,
                    kind="ITEM",
                    parent=at.get(clause.parent) if clause.parent is not None else None,
                    text=clause.text,
                    start=clause.start,
                    end=clause.end,
                    heading=clause.heading,
                )
            )
        elif block.kind is BlockKind.COVER or block.kind in _OUTSIDE:
            if not block.text.strip():
                continue
            cover = next((i for i, each in enumerate(found) if each.kind == "COVER"), None)
            if block.kind is BlockKind.COVER and cover is not None:
                found[cover] = _longer(found[cover], block)
            elif block.kind is open_kind and block.kind is not BlockKind.ANNEX_HEADING:
                found[-1] = _longer(found[-1], block)
            else:
                found.append(_outside(block, counts))
        else:
            continue
        open_kind = block.kind
    if not any(each.kind in _BODY for each in found):
        raise Refusal(
            "没有从这段文字里认出公文的条款或段落。",
            code="directive-no-text",
            field="file",
            way_out="请确认粘贴的是公文正文；扫描件要先做文字识别。",
        )
    return found


def _longer(held: Passage, block: Block) -> Passage:
    return Passage(
        address=held.address,
        label=held.label,
        level=held.level,
        kind=held.kind,
        parent=None,
        text=f"{held.text}\n{block.text}",
        start=held.start,
        end=block.end,
    )


def _outside(block: Block, counts: dict[str, int]) -> Passage:
    if block.kind is BlockKind.COVER:
        kind, address = "COVER", COVER
    else:
        kind, letter = _OUTSIDE[block.kind]
        counts[letter] = counts.get(letter, 0) + 1
        address = f"{letter}{counts[letter]}"
    return Passage(
        address=address,
        label="",
        level=0,
        kind=kind,
        parent=None,
        text=block.text,
        start=block.start,
        end=block.end,
    )
