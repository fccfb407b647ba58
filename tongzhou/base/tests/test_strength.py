"""The five strengths of a duty."""

from tongzhou.base.strength import Strength


def test_only_must_and_must_not_can_be_overdue() -> None:
    assert [strength for strength in Strength if strength.can_be_overdue] == [
        Strength.MUST,
        Strength.MUST_NOT,
    ]


def test_every_strength_has_a_label_of_its_own() -> None:
    assert len({strength.label for strength in Strength}) == len(Strength)
