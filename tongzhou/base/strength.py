"""How strongly a directive binds: the five deontic strengths of a duty."""

from __future__ import annotations

from enum import StrEnum


class Strength(StrEnum):
    """Name the strength of a duty, strongest first.

    Only :attr:`MUST` and :attr:`MUST_NOT` can be late or lead to a finding. A permission or an
    effort is shown and counted as a contribution, never as a fault.
    """

    MUST = "MUST"
    MUST_NOT = "MUST_NOT"
    MAY = "MAY"
    BEST_EFFORT = "BEST_EFFORT"
    EXHORT = "EXHORT"

    @property
    def label(self) -> str:
        """Return the Chinese label, which is also the message id for translation."""
        return _LABELS[self]

    @property
    def can_be_overdue(self) -> bool:
        """Tell whether silence after the due time is a fault."""
        return self in _BINDING


_LABELS = {
    Strength.MUST: "必须",
    Strength.MUST_NOT: "不得",
    Strength.MAY: "可以",
    Strength.BEST_EFFORT: "尽力",
    Strength.EXHORT: "倡导",
}

_BINDING = frozenset({Strength.MUST, Strength.MUST_NOT})
