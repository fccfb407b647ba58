"""Aligning two wordings: made by hand, and held to its laws with any text."""

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from tongzhou.modules.compiler.rules.alignment import MIRRORED, Fate, Match, Unit, align, normalise
from tongzhou.modules.compiler.rules.comparing import compare

WORDS = "加强组织领导压实责任暂停举办人群聚集活动每日报送情况做好物资储备值班值守,。12 \n"


def units(*texts: str) -> list[Unit]:
    """Return clauses numbered from 1."""
    return [Unit(str(number), text) for number, text in enumerate(texts, start=1)]


def fates(old: list[Unit], new: list[Unit]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Return what became of each clause, by address."""
    return [
        (
            each.fate.value,
            tuple(old[i].address for i in each.old),
            tuple(new[j].address for j in each.new),
        )
        for each in align(old, new)
    ]


A = "各社会组织要加强组织领导，压实工作责任。"
B = "暂停举办各类人群聚集性活动。"
C = "每日16:00前向登记管理机关报送疫情情况。"
D = "做好防疫物资储备，统一调配口罩、消毒液等用品。"
E = "严格执行24小时值班值守和领导带班制度。"


def test_same_text_is_unchanged() -> None:
    """A text against itself changes nothing."""
    assert fates(units(A, B, C), units(A, B, C)) == [
        ("UNCHANGED", ("1",), ("1",)),
        ("UNCHANGED", ("2",), ("2",)),
        ("UNCHANGED", ("3",), ("3",)),
    ]


def test_space_and_width_of_punctuation_are_no_change() -> None:
    """A converter's line breaks and half-width commas are not an amendment."""
    assert fates(units("一方面,要\n抓好 落实;"), units("一方面，要抓好落实；")) == [
        ("UNCHANGED", ("1",), ("1",))
    ]


def test_inserted_clause_moves_those_behind() -> None:
    """A new clause in front leaves the others the same, at another address."""
    assert fates(units(A, B), units(E, A, B)) == [
        ("ADDED", (), ("1",)),
        ("MOVED", ("1",), ("2",)),
        ("MOVED", ("2",), ("3",)),
    ]


def test_removed_clause_stands_where_it_was() -> None:
    """A clause that went is listed behind the one it followed."""
    assert fates(units(A, B, C), units(A, C)) == [
        ("UNCHANGED", ("1",), ("1",)),
        ("REMOVED", ("2",), ()),
        ("MOVED", ("3",), ("2",)),
    ]


def test_changed_hour_is_a_change() -> None:
    """Another hour changes the clause, wherever it stands now."""
    later = C.replace("16:00", "17:00")
    assert fates(units(A, C, D), units(C.replace("16", "17"), A, D)) == [
        ("CHANGED", ("2",), ("1",)),
        ("MOVED", ("1",), ("2",)),
        ("UNCHANGED", ("3",), ("3",)),
    ]
    assert fates(units(C), units(later)) == [("CHANGED", ("1",), ("1",))]


def test_rewritten_clause_goes_and_comes() -> None:
    """Two texts that share nothing are not one clause, although they share an address."""
    assert sorted(fates(units(A, B), units(A, D))) == [
        ("ADDED", (), ("2",)),
        ("REMOVED", ("2",), ()),
        ("UNCHANGED", ("1",), ("1",)),
    ]


def test_swapped_clauses_moved() -> None:
    """Clauses that changed places kept their text."""
    assert fates(units(A, B), units(B, A)) == [("MOVED", ("2",), ("1",)), ("MOVED", ("1",), ("2",))]


def test_equal_texts_keep_their_place() -> None:
    """Of equal texts those at the same address belong together, then the order decides."""
    assert fates(units("其他。", A, "其他。"), units("其他。", "其他。", A)) == [
        ("UNCHANGED", ("1",), ("1",)),
        ("MOVED", ("3",), ("2",)),
        ("MOVED", ("2",), ("3",)),
    ]


def test_longer_clause_is_the_same_clause() -> None:
    """A clause to which much was added is found again."""
    assert fates(units(A, B), units(A, B + D + E + "并于每周五前汇总上报。")) == [
        ("UNCHANGED", ("1",), ("1",)),
        ("CHANGED", ("2",), ("2",)),
    ]


def test_split_and_merged() -> None:
    """One clause became two; read backwards, two became one."""
    whole, first, second = units(B + D, E), units(B, D, E), [Unit("1", B), Unit("2", D)]
    assert fates(whole, first) == [
        ("SPLIT", ("1",), ("1", "2")),
        ("MOVED", ("2",), ("3",)),
    ]
    assert fates(first, whole)[0] == ("MERGED", ("1", "2"), ("1",))
    assert fates(second, units(B + D)) == [("MERGED", ("1", "2"), ("1",))]


def test_split_in_three_with_changes() -> None:
    """Parts are found although their words were touched."""
    old = units(A, B + C + D)
    new = units(A, B, C.replace("16:00", "17:00"), D)
    assert fates(old, new) == [
        ("UNCHANGED", ("1",), ("1",)),
        ("SPLIT", ("2",), ("2", "3", "4")),
    ]


def test_short_headings_are_no_parts() -> None:
    """A heading of a few letters is not taken for a piece split off another clause."""
    found = fates(units(A + "总体要求"), units(A, "总体要求"))
    assert ("ADDED", (), ("2",)) in found


def test_words_are_marked_not_letters() -> None:
    """A number is one word, and a single equal letter between changes is marked with them."""
    left, right = compare(C, "每日17:00前向登记管理机关报送有关情况。")
    assert [each.text for each in left if each.changed] == ["16:00", "疫情"]
    assert [each.text for each in right if each.changed] == ["17:00", "有关"]
    left, right = compare("要停止举办", "应暂停组织")
    assert [each.changed for each in left] == [True]


def test_amended_document_aligns_fast() -> None:
    """Two thousand changed clauses take seconds, not minutes; repetitive ones too."""
    chance = random.Random(5)
    old = [
        Unit(str(n), "".join(chance.choice(WORDS[:36]) for _ in range(60))) for n in range(2_000)
    ]
    new = [Unit(str(n + 1), each.text[:30] + "改动" + each.text[30:]) for n, each in enumerate(old)]
    before = time.process_time()
    assert {each.fate for each in align(old, new)} == {Fate.CHANGED}
    same = [Unit(str(n), "报送情况") for n in range(2_000)]
    assert len(align(same, same[:1_500])) == 2_000
    compare("啊不才的" * 1_000, "不啊的才" * 1_000)
    assert time.process_time() - before < 20


texts = st.text(alphabet=WORDS, max_size=30)
sides = st.lists(texts, max_size=9).map(lambda held: units(*held))


@st.composite
def amended(draw: st.DrawFn) -> tuple[list[Unit], list[Unit]]:
    """Return a document and another made from it by the changes that amendments make."""
    old = draw(st.lists(texts, max_size=7))
    new = list(old)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, max(0, len(new) - 1)))
        match draw(st.sampled_from(["add", "drop", "swap", "split", "merge", "edit"])):
            case "add":
                new.insert(at, draw(texts))
            case "drop" if new:
                del new[at]
            case "swap" if len(new) > 1:
                new[at - 1], new[at] = new[at], new[at - 1]
            case "split" if new:
                half = len(new[at]) // 2
                new[at : at + 1] = [new[at][:half], new[at][half:]]
            case "merge" if at:
                new[at - 1 : at + 1] = [new[at - 1] + new[at]]
            case "edit" if new:
                new[at] = new[at][: len(new[at]) // 2] + draw(texts)
    return units(*old), units(*new)


def check(old: list[Unit], new: list[Unit], found: list[Match]) -> None:
    """Hold one result to what the fates promise."""
    assert sorted(i for each in found for i in each.old) == list(range(len(old)))
    assert sorted(j for each in found for j in each.new) == list(range(len(new)))
    for each in found:
        sizes = len(each.old), len(each.new)
        match each.fate:
            case Fate.UNCHANGED | Fate.MOVED:
                before, after = old[each.old[0]], new[each.new[0]]
                assert sizes == (1, 1)
                assert normalise(before.text) == normalise(after.text)
                assert (before.address == after.address) == (each.fate is Fate.UNCHANGED)
            case Fate.ADDED:
                assert sizes == (0, 1)
            case Fate.REMOVED:
                assert sizes == (1, 0)
            case Fate.SPLIT:
                assert sizes[0] == 1 < sizes[1]
            case Fate.MERGED:
                assert sizes[1] == 1 < sizes[0]
            case Fate.CHANGED:
                assert min(sizes) >= 1


@given(sides, sides)
@settings(max_examples=150, deadline=None)
def test_every_clause_exactly_once(old: list[Unit], new: list[Unit]) -> None:
    """No clause is lost or told twice."""
    check(old, new, align(old, new))


@given(amended())
@settings(max_examples=300, deadline=None)
def test_reversal_mirrors(both: tuple[list[Unit], list[Unit]]) -> None:
    """Read the other way round, the same clauses belong together and the fates are mirrored."""
    old, new = both
    there, back = align(old, new), align(new, old)
    check(old, new, there)
    assert {(MIRRORED[each.fate], each.new, each.old) for each in there} == {
        (each.fate, each.old, each.new) for each in back
    }


@given(sides)
@settings(max_examples=100, deadline=None)
def test_identity(side: list[Unit]) -> None:
    """A text against itself is unchanged, clause by clause."""
    assert [(each.fate, each.old, each.new) for each in align(side, side)] == [
        (Fate.UNCHANGED, (at,), (at,)) for at in range(len(side))
    ]


@given(st.text(alphabet=WORDS, max_size=60), st.text(alphabet=WORDS, max_size=60))
@settings(max_examples=200, deadline=None)
def test_comparison_keeps_both_texts(before: str, after: str) -> None:
    """The stretches give both texts back, and what is unmarked is the same on both sides."""
    left, right = compare(before, after)
    assert "".join(each.text for each in left) == before
    assert "".join(each.text for each in right) == after
    assert "".join(each.text for each in left if not each.changed) == "".join(
        each.text for each in right if not each.changed
    )
    if before == after:
        assert not any(each.changed for each in left)
