"""Operations on a clause tree keep it whole, whatever their order, and lose no word."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongzhou.base.errors import Missing, Refusal
from tongzhou.modules.compiler.contracts import ClauseDraft
from tongzhou.modules.compiler.rules import editing, journal
from tongzhou.modules.compiler.rules.labels import level_of, number_of, split_label, without_label
from tongzhou.modules.compiler.rules.tree import (
    KINDS,
    below,
    children,
    clause_at,
    faults,
    settle,
)
from tongzhou.modules.compiler.tests.drafts import NOTICE, at, stretches, tree

READ = stretches().words
Tree = list[ClauseDraft]


def addresses(clauses: Tree) -> list[str]:
    return [each.address for each in clauses]


def test_what_the_parser_reads_is_settled_already() -> None:
    read = tree()
    assert settle(read) == read
    assert faults(read, len(NOTICE)) == []
    assert addresses(read) == [
        "p1", "1", "1.1", "1.2", "1.2.1", "1.2.2", "2", "3", "3.1", "3.2", "n1", "s1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("label", "number", "level"),
    [
        ("一、", 1, 1),
        ("（十二）", 12, 2),
        ("3.", 3, 3),
        ("（4）", 4, 4),
        ("５）", 5, 4),
        ("⑥", 6, 5),
        ("⒎", 7, 5),
        ("㈧", 8, 5),
        ("一百零九、", 109, 1),
        ("第二十条", 20, 1),
        ("第三章", 3, 0),
        ("第2部分", 2, 0),
        ("二是", 2, 5),
        ("其三", 3, 5),
        ("第四", 4, 5),
        ("其次", 2, 5),
        ("最后", None, 5),
        ("1.12", 12, 4),
        ("1.2.3", 3, 5),
        ("", None, None),
        ("要点", None, None),
    ],
)
def test_a_label_says_its_number_and_level(
    label: str, number: int | None, level: int | None
) -> None:
    assert number_of(label) == number
    assert level_of(label) == level


def test_a_label_is_parted_from_the_words_behind_it() -> None:
    assert split_label("（一）、加强值守。") == ("（一）", "加强值守。")
    assert split_label("加强值守。") == ("", "加强值守。")
    assert without_label("1. 加强值守", "1.") == "加强值守"
    assert without_label("（二）加强值守", "（三）") == "加强值守"
    assert without_label("加强值守", "") == "加强值守"


def test_splitting_cuts_the_words_and_takes_up_the_label() -> None:
    clause = at("2")
    place = NOTICE.index("鼓励志愿")
    cut = editing.split_clause(tree(), clause.key, place, 99, READ)
    assert at("2", cut).text.endswith("报告。")
    # The first part has nothing below it, so the second stands beside it and counts on.
    second = next(each for each in cut if each.key == 99)
    assert (second.address, second.label, second.text) == ("3", "", "鼓励志愿服务组织参与值守。")
    assert [each.address for each in cut if each.label == "三、"] == ["3-2"]
    labelled = editing.merge_clause(tree(), at("1.2.2").key, READ)
    again = editing.split_clause(labelled, at("1.2.1").key, NOTICE.index("（2）未经"), 98, READ)
    assert addresses(again) == addresses(tree())
    assert at("1.2.2", again).label == "（2）"


def test_a_part_without_a_label_goes_below_a_clause_that_has_others_below() -> None:
    clause = at("1.2")
    cut = editing.split_clause(tree(), clause.key, NOTICE.index("不得擅自"), 99, READ)
    second = next(each for each in cut if each.key == 99)
    assert (second.parent, second.address, second.level) == (clause.key, "1.2.1", 4)
    assert faults(cut, len(NOTICE)) == []


@pytest.mark.parametrize("place", [0, 10_000])
def test_splitting_needs_words_on_both_sides(place: int) -> None:
    with pytest.raises(Refusal, match="两边都要有文字"):
        editing.split_clause(tree(), at("2").key, place, 99, READ)


def test_merging_keeps_every_word_and_what_stood_below() -> None:
    merged = editing.merge_clause(tree(), at("1.2").key, READ)
    assert "2.值班人员不得擅自离岗。" in at("1.1", merged).text
    assert [each.label for each in children(merged, at("1.1").key)] == ["（1）", "（2）"]


def test_the_first_of_all_becomes_a_preamble_or_is_refused() -> None:
    with pytest.raises(Refusal, match="没有可以并入"):
        editing.merge_clause(tree(), at("p1").key, READ)
    alone = [each for each in tree() if each.kind == "ITEM"]
    made = editing.merge_clause(settle(alone), at("1").key, READ)
    assert (made[0].kind, made[0].address, made[0].label) == ("PREAMBLE", "p1", "")
    assert made[0].text == "一、加强值守"
    assert faults(made, len(NOTICE)) == []


def test_a_level_in_and_out_again_is_where_it_was() -> None:
    inner = editing.indent(tree(), at("3").key)
    assert at("2.3", inner).label == "三、"
    assert at("2.3.1", inner).level == 3
    assert editing.outdent(inner, at("3").key) == tree()
    with pytest.raises(Refusal, match="没有同级"):
        editing.indent(tree(), at("1").key)
    with pytest.raises(Refusal, match="最上一级"):
        editing.outdent(tree(), at("1").key)
    with pytest.raises(Refusal, match="没有层级"):
        editing.indent(tree(), at("p1").key)


def test_moving_out_takes_those_behind_along() -> None:
    out = editing.outdent(tree(), at("1.1").key)
    assert at("1-2", out).label == "1."
    assert at("1-2", out).parent is None
    assert at("1.2").key in below(out, at("1.1").key)


def test_a_clause_changes_label_heading_kind_and_level() -> None:
    clause = at("1")
    wish: dict[str, Any] = {"label": "一、", "heading": "加强", "kind": "ITEM", "level": 1}
    assert at("1", editing.change_clause(tree(), clause.key, READ, **wish)).heading == "加强"
    with pytest.raises(Refusal, match="一字不差"):
        editing.change_clause(tree(), clause.key, READ, **{**wish, "heading": "值守"})
    for field, value in (("label", "一" * 21), ("kind", "POEM"), ("level", 10)):
        with pytest.raises(Refusal) as refusal:
            editing.change_clause(tree(), clause.key, READ, **{**wish, field: value})
        assert refusal.value.field == field
    outside = editing.change_clause(tree(), clause.key, READ, **{**wish, "kind": "ANNEX"})
    assert outside[1].address == "a1"
    assert outside[1].text == "一、加强值守"
    back = editing.change_clause(outside, clause.key, READ, **wish)
    assert at("1", back).text == "加强值守"
    with pytest.raises(Missing):
        editing.change_clause(tree(), 77, READ, **wish)


def test_a_clause_is_made_of_words_between_others_or_inside_one() -> None:
    start = NOTICE.index("两小时内报告")
    inside = editing.add_clause(tree(), start, start + 6, (98, 99), READ)
    assert [each.text for each in inside if each.key in (98, 99)] == [
        "两小时内报告", "。鼓励志愿服务组织参与值守。",
    ]  # fmt: skip
    title = NOTICE.index("关于做好")
    outside = editing.add_clause(tree(), title, title + 13, (98, 99), READ)
    assert outside[0].text == "关于做好假期安全工作的通知"
    assert faults(outside, len(NOTICE)) == []
    with pytest.raises(Refusal, match="跨了几条"):
        editing.add_clause(tree(), at("1.1").start, at("1.2").end, (98, 99), READ)
    with pytest.raises(Refusal, match="已经是一条"):
        editing.add_clause(tree(), at("1.1").start, at("1.1").end, (98, 99), READ)
    with pytest.raises(Refusal, match="选中"):
        editing.add_clause(tree(), 5, 5, (98, 99), READ)


def test_the_clause_of_a_place_is_found() -> None:
    read = tree()
    for each in read:
        assert clause_at(read, each.start) == each
        assert clause_at(read, each.end - 1) == each
    assert clause_at(read, 0) is None
    assert clause_at([], 0) is None


OPERATIONS = st.lists(
    st.tuples(
        st.sampled_from(["split", "merge", "in", "out", "add", "change"]),
        st.integers(0, 30),
        st.integers(0, len(NOTICE)),
        st.integers(1, 60),
        st.sampled_from(["一、", "（三）", "9.", "", "最后", "①"]),
        st.sampled_from(KINDS),
        st.integers(0, 9),
    ),
    max_size=12,
)


def apply(clauses: Tree, operation: tuple, new: int) -> Tree:  # type: ignore[type-arg]
    name, which, place, length, label, kind, level = operation
    if not clauses:
        return clauses
    key = clauses[which % len(clauses)].key
    doings: dict[str, Callable[[], Tree]] = {
        "split": lambda: editing.split_clause(clauses, key, place, new, READ),
        "merge": lambda: editing.merge_clause(clauses, key, READ),
        "in": lambda: editing.indent(clauses, key),
        "out": lambda: editing.outdent(clauses, key),
        "add": lambda: editing.add_clause(clauses, place, place + length, (new, new + 1), READ),
        "change": lambda: editing.change_clause(
            clauses, key, READ, label=label, heading="", kind=kind, level=level
        ),
    }
    try:
        return doings[name]()
    except Refusal:
        return clauses


@given(OPERATIONS)
@settings(max_examples=300, deadline=None)
def test_no_sequence_of_operations_breaks_a_tree(operations: list[tuple]) -> None:  # type: ignore[type-arg]
    clauses = tree()
    words = "".join(READ(each.start, each.end) for each in clauses)
    history: list[tuple[Tree, Tree]] = []
    for number, operation in enumerate(operations):
        changed = apply(clauses, operation, 100 + 2 * number)
        assert faults(changed, len(NOTICE)) == []
        history.append((clauses, changed))
        clauses = changed
    covered = "".join(READ(each.start, each.end) for each in clauses)
    assert len("".join(covered.split())) >= len("".join(words.split()))
    # Undo of everything, field by field as the journal keeps it, restores the start.
    for before, after in reversed(history):
        clauses = undone(before, after, clauses)
    assert clauses == tree()


def undone(before: Tree, after: Tree, now: Tree) -> Tree:
    """Take one change back by what the journal holds of it."""
    held = {each.key: each for each in now}
    old = {each.key: journal.clause_content(each) for each in before}
    new = {each.key: journal.clause_content(each) for each in after}
    for key in old.keys() | new.keys():
        found = journal.difference(old.get(key), new.get(key))
        if found is None:
            continue
        was, left = found
        current = journal.clause_content(held[key]) if key in held else None
        assert journal.is_as_left(current, left, whole=was is None)
        content = journal.restored(current, was)
        if content is None:
            del held[key]
        else:
            held[key] = journal.clause_from(key, content, 1)
    return settle(held.values())
