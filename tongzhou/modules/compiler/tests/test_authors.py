"""Whose hand is in what stands: a rule without a database."""

from typing import Any

import pytest

from tongzhou.modules.compiler.rules.authors import standing

A, B, C = 1, 2, 3
OLD, NEW = "各单位要加强值班值守工作", "各单位要安排专人值班值守"
LATER = "各单位要安排两名专人值班值守"


def text(user: int, before: str, after: str, item: str = "c1") -> tuple[int, Any, Any]:
    return user, {item: {"text": before}}, {item: {"text": after}, "names": {item: "一"}}


def state(user: int, before: str, after: str) -> tuple[int, Any, Any]:
    return user, {"d1": {"state": before}}, {"d1": {"state": after}}


def spec(user: int, before: dict[str, Any], after: dict[str, Any]) -> tuple[int, Any, Any]:
    return user, {"d1": {"spec": before}}, {"d1": {"spec": after}}


WHOLE = {"text": OLD, "label": "一"}
MADE = (B, {"c9": None}, {"c9": WHOLE})
LEFT = (B, {"c1": WHOLE}, {"c1": None})


@pytest.mark.parametrize(
    ("changes", "hands"),
    [
        ([], set()),
        ([text(B, OLD, NEW)], {B}),
        # A middle editor's words stand behind the last editor's.
        ([text(B, OLD, NEW), text(A, NEW, LATER)], {A, B}),
        ([text(B, OLD, NEW), text(A, "x" * 20, "y" * 20, "c2")], {A, B}),
        # Taken back, by whomever: nothing of it stands.
        ([text(B, OLD, NEW), text(B, NEW, OLD)], set()),
        ([text(B, OLD, NEW), text(A, NEW, OLD)], set()),
        ([text(A, OLD, NEW), text(B, NEW, LATER), text(B, LATER, NEW)], {A}),
        # Brought back by somebody else: the words are the first one's as well.
        ([text(B, OLD, NEW), text(A, NEW, OLD), text(A, OLD, NEW)], {A, B}),
        # Who takes somebody else's words back and puts them again did write nothing of their own,
        # but answers for them.
        ([text(A, OLD, NEW), text(B, NEW, OLD), text(B, OLD, NEW)], {A, B}),
        # A choice that somebody else made anew is theirs alone.
        ([state(B, "PROPOSED", "ACCEPTED"), state(A, "ACCEPTED", "REJECTED")], {A}),
        ([state(B, "PROPOSED", "ACCEPTED"), state(A, "ACCEPTED", "PROPOSED")], set()),
        (
            [
                state(B, "PROPOSED", "REJECTED"),
                state(B, "REJECTED", "PROPOSED"),
                state(A, "PROPOSED", "REJECTED"),
            ],
            {A},
        ),
        # Two values of one declaration are two people's.
        ([spec(B, {"days": 1, "n": 1}, {"days": 2, "n": 1}), spec(A, {"n": 1}, {"n": 5})], {A, B}),
        (
            [spec(B, {"days": 1, "n": 1}, {"days": 2, "n": 1}), spec(A, {"days": 2}, {"days": 3})],
            {A},
        ),
        # Items made and taken away.
        ([MADE], {B}),
        ([MADE, text(A, OLD, NEW, "c9")], {A, B}),
        ([MADE, (A, {"c9": WHOLE}, {"c9": None})], set()),
        ([LEFT], {B}),
        ([LEFT, (A, {"c1": None}, {"c1": WHOLE})], set()),
        ([text(B, OLD, NEW), (A, {"c1": WHOLE}, {"c1": None})], {A}),
        ([(None, {"c1": {"text": OLD}}, {"c1": {"text": NEW}})], set()),
    ],
)
def test_whose_hand_is_in_what_stands(changes: list[Any], hands: set[int]) -> None:
    assert set(standing(changes)) == hands


def test_it_tells_in_which_items() -> None:
    found = standing([text(B, OLD, NEW), state(B, "PROPOSED", "ACCEPTED"), text(A, NEW, LATER)])
    assert found == {B: {"c1", "d1"}, A: {"c1"}}
