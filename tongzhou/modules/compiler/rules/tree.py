"""The clause tree of a compilation as a whole: its order, its parents, its addresses.

A tree is a list of clauses in the order of the text. Spans are disjoint and not empty; the parent
of a clause is the clause before it or one above that; what stands outside the numbering (cover,
preamble, annex …) has no parent and ends the numbering before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tongzhou.modules.compiler.contracts import ClauseDraft
from tongzhou.modules.compiler.rules.labels import number_of

ITEM = "ITEM"
#: Kinds of passage outside the numbering and the letter of their address; the cover is “0”.
LETTERS = {
    "COVER": "",
    "PREAMBLE": "p",
    "NOTE": "n",
    "SIGNATURE": "s",
    "HEADING": "h",
    "ANNEX": "a",
    "FOOTER": "f",
}
KINDS = (ITEM, *LETTERS)
COVER = "0"
DEEPEST = 9


def settle(clauses: Iterable[ClauseDraft]) -> list[ClauseDraft]:
    """Return clauses in the order of the text, with parents that fit, positions and addresses.

    A parent that no longer stands above is replaced by the nearest clause above with a lower
    level.
    """
    ordered = sorted(clauses, key=lambda each: (each.start, each.end))
    settled: list[ClauseDraft] = []
    chain: list[ClauseDraft] = []
    for position, each in enumerate(ordered):
        parent = None
        if each.kind == ITEM:
            chain = _above(chain, each)
            parent = chain[-1].key if chain else None
        else:
            chain = []
        placed = replace(each, position=position, parent=parent)
        settled.append(placed)
        if each.kind == ITEM:
            chain = [*chain, placed]
    return number(settled)


def _above(chain: list[ClauseDraft], each: ClauseDraft) -> list[ClauseDraft]:
    """Return the part of the chain that stands above a clause."""
    if each.parent is None:
        return []
    for depth, candidate in enumerate(chain):
        if candidate.key == each.parent:
            return chain[: depth + 1]
    depth = len(chain)
    while depth and chain[depth - 1].level >= each.level:
        depth -= 1
    return chain[:depth]


def number(clauses: Sequence[ClauseDraft]) -> list[ClauseDraft]:
    """Return clauses with their addresses: the path of numbers, told apart where it comes again.

    The number is that of the label; a clause without one counts on from the one before it.
    """
    addresses: dict[int, str] = {}
    used: dict[str, int] = {}
    last: dict[int | None, int] = {}
    numbered: list[ClauseDraft] = []
    for each in clauses:
        if each.kind == ITEM:
            own = number_of(each.label)
            if own is None:
                own = last.get(each.parent, 0) + 1
            last[each.parent] = own
            above = f"{addresses[each.parent]}." if each.parent is not None else ""
            address = _unique(f"{above}{own}", used)
        elif each.kind == "COVER":
            address = _unique(COVER, used)
        else:
            letter = LETTERS[each.kind]
            used[letter] = used.get(letter, 0) + 1
            address = f"{letter}{used[letter]}"
        addresses[each.key] = address
        numbered.append(each if each.address == address else replace(each, address=address))
    return numbered


def _unique(address: str, used: dict[str, int]) -> str:
    """Return ``address``, or with -2, -3 … when the text uses the same numbers again."""
    count = used.get(address, 0) + 1
    used[address] = count
    return address if count == 1 else f"{address}-{count}"


def faults(clauses: Sequence[ClauseDraft], size: int) -> list[str]:
    """Return what is wrong with a tree, as codes; empty when it is whole.

    ``size`` is the length of the source: ``span`` (empty or outside it), ``overlap``, ``parent``
    (not above), ``address`` (twice), ``order`` (position or address not as they should be).
    """
    found: list[str] = []
    end = 0
    chain: list[int] = []
    for each in clauses:
        if not 0 <= each.start < each.end <= size:
            found.append("span")
        if each.start < end:
            found.append("overlap")
        end = max(end, each.end)
        if each.kind != ITEM:
            chain = []
            if each.parent is not None:
                found.append("parent")
            continue
        if each.parent is not None and each.parent not in chain:
            found.append("parent")
        while chain and chain[-1] != each.parent:
            chain.pop()
        chain.append(each.key)
    if len({each.address for each in clauses}) != len(clauses):
        found.append("address")
    if list(clauses) != settle(clauses):
        found.append("order")
    return sorted(set(found))


def clause_at(clauses: Sequence[ClauseDraft], offset: int) -> ClauseDraft | None:
    """Return the clause whose span holds an offset of the source, None where none does."""
    low, high = 0, len(clauses)
    while low < high:
        middle = (low + high) // 2
        if clauses[middle].end <= offset:
            low = middle + 1
        else:
            high = middle
    if low < len(clauses) and clauses[low].start <= offset:
        return clauses[low]
    return None


def children(clauses: Sequence[ClauseDraft], key: int | None) -> list[ClauseDraft]:
    """Return the clauses directly below one, or the top ones for None."""
    return [each for each in clauses if each.parent == key and each.kind == ITEM]


def below(clauses: Sequence[ClauseDraft], key: int) -> set[int]:
    """Return the keys of all clauses below one."""
    found: set[int] = set()
    for each in clauses:
        if each.parent == key or each.parent in found:
            found.add(each.key)
    return found
