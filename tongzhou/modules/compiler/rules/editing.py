"""What an officer can do to a clause tree. Every operation returns the whole tree anew, settled.

Nothing is lost: an operation moves borders between clauses, labels and levels; the source and the
words of a clause stay those of its span. ``read`` gives the words of a span as the parser reads
them.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from tongzhou.base.errors import Missing, Refusal
from tongzhou.modules.compiler.contracts import ClauseDraft
from tongzhou.modules.compiler.rules.labels import level_of, split_label, without_label
from tongzhou.modules.compiler.rules.tree import (
    DEEPEST,
    ITEM,
    KINDS,
    below,
    clause_at,
    settle,
)

Read = Callable[[int, int], str]
Tree = Sequence[ClauseDraft]
LONGEST_LABEL = 20
LONGEST_HEADING = 300


def find_clause(tree: Tree, key: int) -> ClauseDraft:
    """Return a clause by its key; Missing when somebody took it away."""
    for each in tree:
        if each.key == key:
            return each
    raise Missing(
        "这一条已经不在了，可能刚被合并或撤销。",
        code="clause-gone",
        way_out="请刷新页面，看看现在的条款。",
    )


def change_clause(
    tree: Tree, key: int, read: Read, *, label: str, heading: str, kind: str, level: int
) -> list[ClauseDraft]:
    """Give a clause another label, heading, kind or level; those below it move along.

    The heading must be the words that the clause begins with. Raises Refusal otherwise.
    """
    each = find_clause(tree, key)
    label, heading = " ".join(label.split()), heading.strip()
    if kind not in KINDS:
        raise Refusal("没有这种段落。", code="clause-kind", field="kind")
    if len(label) > LONGEST_LABEL:
        raise Refusal(
            "编号最多 %(limit)d 个字。",
            params={"limit": LONGEST_LABEL},
            code="clause-label",
            field="label",
        )
    if not 0 <= level <= DEEPEST:
        raise Refusal("层级应在 0 到 9 之间。", code="clause-level", field="level")
    if kind != ITEM:
        label, heading, level = "", "", 0
    text = each.text
    if label != each.label or kind != each.kind:
        words = read(each.start, each.end)
        text = without_label(words, label) if label else words
    if heading and not text.startswith(heading):
        raise Refusal(
            "小标题应是这一条开头的文字，一字不差。",
            code="clause-heading",
            field="heading",
            way_out="请照抄这一条开头的文字；不需要小标题的留空。",
        )
    if len(heading) > LONGEST_HEADING:
        raise Refusal("小标题太长。", code="clause-heading", field="heading")
    changed = replace(each, label=label, heading=heading, kind=kind, level=level, text=text)
    if kind != ITEM:
        changed = replace(changed, parent=None)
    elif each.kind != ITEM:
        changed = replace(changed, parent=_parent_for(tree, each.start, level))
    moved = below(tree, key) if kind == ITEM else set()
    return settle(
        changed
        if other.key == key
        else _shifted(other, level - each.level)
        if other.key in moved
        else other
        for other in tree
    )


def indent(tree: Tree, key: int) -> list[ClauseDraft]:
    """Put a clause, with all below it, under the one before it on its own level."""
    each = _item(tree, key)
    before = [
        other
        for other in tree
        if other.kind == ITEM and other.parent == each.parent and other.start < each.start
    ]
    if not before or not _in_reach(tree, before[-1], each):
        raise Refusal(
            "前面没有同级的条款，不能再降一级。", code="clause-indent", way_out="请先调整前一条。"
        )
    return _moved(tree, each, before[-1].key, min(DEEPEST, before[-1].level + 1))


def outdent(tree: Tree, key: int) -> list[ClauseDraft]:
    """Put a clause, with all below it, beside the one above it; those behind it go under it."""
    each = _item(tree, key)
    if each.parent is None:
        raise Refusal("已经是最上一级。", code="clause-outdent")
    above = find_clause(tree, each.parent)
    return _moved(tree, each, above.parent, above.level)


def _item(tree: Tree, key: int) -> ClauseDraft:
    each = find_clause(tree, key)
    if each.kind != ITEM:
        raise Refusal(
            "编号之外的段落没有层级。", code="clause-kind", way_out="请先把它的类别改为条款。"
        )
    return each


def _in_reach(tree: Tree, first: ClauseDraft, second: ClauseDraft) -> bool:
    """Tell whether nothing outside the numbering stands between two clauses."""
    return all(each.kind == ITEM for each in tree if first.start < each.start < second.start)


def _moved(tree: Tree, each: ClauseDraft, parent: int | None, level: int) -> list[ClauseDraft]:
    moved = below(tree, each.key)
    return settle(
        replace(other, parent=parent, level=level)
        if other.key == each.key
        else _shifted(other, level - each.level)
        if other.key in moved
        else other
        for other in tree
    )


def _shifted(each: ClauseDraft, by: int) -> ClauseDraft:
    return replace(each, level=max(0, min(DEEPEST, each.level + by))) if by else each


def _parent_for(tree: Tree, start: int, level: int) -> int | None:
    """Return the clause above a new one that begins at ``start``: the nearest of lower level."""
    keys = {each.key: each for each in tree}
    at: ClauseDraft | None = None
    for each in tree:
        if each.start >= start:
            break
        at = each if each.kind == ITEM else None
    while at is not None and at.level >= level:
        at = keys[at.parent] if at.parent is not None else None
    return at.key if at is not None else None


def split_clause(tree: Tree, key: int, at: int, new_key: int, read: Read) -> list[ClauseDraft]:
    """Cut a clause in two at an offset of the source; the second part is a clause of its own.

    It takes the label it begins with and the level of that label; without one it stands beside
    the first part, or below it where the first part has clauses below it.
    """
    each = find_clause(tree, key)
    if not each.start < at < each.end or not read(each.start, at) or not read(at, each.end):
        raise Refusal(
            "不能在这里拆分：两边都要有文字。",
            code="clause-split",
            field="at",
            way_out="请在这一条的文字中间选一处。",
        )
    first = _respanned(each, each.start, at, read)
    second = _made(tree, each, new_key, at, each.end, read)
    return settle([other for other in tree if other.key != key] + [first, second])


def _made(
    tree: Tree, beside: ClauseDraft, key: int, start: int, end: int, read: Read
) -> ClauseDraft:
    """Return a clause cut out of another one."""
    words = read(start, end)
    label, text = split_label(words) if beside.kind == ITEM else ("", words)
    if not text:
        label, text = "", words
    level, parent = beside.level, beside.parent
    own = level_of(label) if label else None
    if own is not None and own != level:
        level = own
        parent = _parent_for([*tree], beside.start + 1, own)
    elif not label and any(each.parent == beside.key for each in tree):
        level, parent = min(DEEPEST, level + 1), beside.key
    return ClauseDraft(
        key=key,
        position=0,
        address="",
        label=label,
        level=level if beside.kind == ITEM else 0,
        kind=beside.kind,
        parent=parent if beside.kind == ITEM else None,
        heading="",
        text=text,
        start=start,
        end=end,
    )


def _respanned(each: ClauseDraft, start: int, end: int, read: Read) -> ClauseDraft:
    """Return a clause over another span, with its words read anew."""
    text = without_label(read(start, end), each.label)
    heading = each.heading if text.startswith(each.heading) else ""
    return replace(each, start=start, end=end, text=text, heading=heading)


def merge_clause(tree: Tree, key: int, read: Read) -> list[ClauseDraft]:
    """Make a clause part of the text of the one before it: it was no clause of its own.

    What stood below it goes below that one. The first of all has none before it and becomes a
    preamble.
    """
    each = find_clause(tree, key)
    index = [other.key for other in tree].index(key)
    if index == 0:
        if each.kind == "PREAMBLE":
            raise Refusal("前面没有可以并入的段落。", code="clause-first")
        return change_clause(tree, key, read, label="", heading="", kind="PREAMBLE", level=0)
    before = tree[index - 1]
    joined = _respanned(before, before.start, each.end, read)
    return settle(
        joined
        if other.key == before.key
        else replace(other, parent=before.key)
        if other.parent == key
        else other
        for other in tree
        if other.key != key
    )


def add_clause(
    tree: Tree, start: int, end: int, new_keys: tuple[int, int], read: Read
) -> list[ClauseDraft]:
    """Make a clause of selected words: between clauses, or cut out of the one that holds them.

    What is left of that one behind the words becomes a clause of its own (the second new key).
    """
    if end <= start or not read(start, end):
        raise Refusal("请先选中原文里的文字。", code="clause-words", field="words")
    first, last = clause_at(tree, start), clause_at(tree, end - 1)
    if first is not None and last is not None and first.key == last.key:
        return _cut_out(tree, first, start, end, new_keys, read)
    if first is not None or last is not None or any(start <= c.start < end for c in tree):
        raise Refusal(
            "选中的文字跨了几条。",
            code="clause-across",
            field="words",
            way_out="请只选一条之内的文字；要把几条并成一条，请用“并入上一条”。",
        )
    words = read(start, end)
    label, text = split_label(words)
    if not text:
        label, text = "", words
    before = [each for each in tree if each.start < start]
    level = level_of(label) if label else None
    if level is None:
        level = before[-1].level if before and before[-1].kind == ITEM else 1
    made = ClauseDraft(
        key=new_keys[0],
        position=0,
        address="",
        label=label,
        level=level,
        kind=ITEM,
        parent=_parent_for(tree, start, level),
        heading="",
        text=text,
        start=start,
        end=end,
    )
    return settle([*tree, made])


def _cut_out(
    tree: Tree, each: ClauseDraft, start: int, end: int, keys: tuple[int, int], read: Read
) -> list[ClauseDraft]:
    ahead = start > each.start and bool(without_label(read(each.start, start), each.label))
    behind = end < each.end and bool(read(end, each.end))
    if not ahead and not behind:
        raise Refusal("这些文字已经是一条。", code="clause-same", field="words")
    if not ahead:
        return split_clause(tree, each.key, end, keys[0], read)
    made = split_clause(tree, each.key, start, keys[0], read)
    return split_clause(made, keys[0], end, keys[1], read) if behind else made
