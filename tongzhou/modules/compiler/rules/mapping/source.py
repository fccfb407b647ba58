"""A proposal as the mapping reads it, and the word lists of ``params/mapping.yaml``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_PATH = Path(__file__).resolve().parents[2] / "params" / "mapping.yaml"
_FOLDED = str.maketrans({",": "，", ";": "；", ":": "：", "(": "（", ")": "）"})


@lru_cache(maxsize=1)
def params() -> dict[str, Any]:
    """Return the whole file."""
    loaded = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise TypeError(f"{_PATH.name} must hold a mapping")
    return loaded


@lru_cache(maxsize=32)
def words(name: str) -> tuple[str, ...]:
    """Return the list ``name``, the longest words first."""
    return tuple(sorted(map(str, params()[name]), key=lambda word: (-len(word), word)))


def fold(text: str) -> str:
    """Return a text with half-width punctuation made full-width; its length stays.

    >>> fold("每日16:00前,报送")
    '每日16：00前，报送'
    """
    return text.translate(_FOLDED)


def holds(text: str, listed: Sequence[str]) -> str:
    """Return the first of the words that occurs in a text, an empty text when none does."""
    return next((word for word in listed if word in text), "")


def parts_of(text: str) -> list[str]:
    """Return the parts of a sentence between commas that stand outside brackets and quotes.

    >>> parts_of("按照要求，落实“防疫，消毒”措施。")
    ['按照要求', '落实“防疫，消毒”措施']
    """
    found: list[str] = []
    depth, begin = 0, 0
    folded = fold(text).rstrip("。；！？")
    for index, char in enumerate(folded):
        if char in "（“《":
            depth += 1
        elif char in "）”》":
            depth = max(0, depth - 1)
        elif char in "，；" and not depth:
            found.append(text[begin:index])
            begin = index + 1
    found.append(text[begin : len(folded)])
    return [part for part in found if part]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the parser proposed for one stretch of a text, with the words that led to it."""

    quote: str
    strength: str = ""
    bearers: tuple[str, ...] = ()
    recurrence: str | None = None
    deadline: str = ""
    phase: str = ""
    cites: str = ""
    attributes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    reasons: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, values: Mapping[str, Any], quote: str) -> "Proposal":
        """Read a proposal from plain data; whatever is missing is empty."""

        def listed(name: str) -> tuple[str, ...]:
            return tuple(map(str, values.get(name) or ()))

        def text(name: str) -> str:
            return "".join(str(values.get(name) or "").split())

        return cls(
            quote="".join(quote.split()),
            strength=str(values.get("strength") or ""),
            bearers=listed("bearers"),
            recurrence=values.get("recurrence") or None,
            deadline=text("deadline"),
            phase=text("phase"),
            cites=text("cites"),
            attributes=listed("attributes"),
            evidence=listed("evidence"),
            reasons=tuple(values.get("reasons") or ()),
        )

    def reason(self, finding: str) -> str:
        """Return the words that led to a finding, without white space; empty when none did."""
        for each in self.reasons:
            if each.get("finding") == finding:
                return "".join(str(each.get("text") or "").split())
        return ""

    def words_for(self, finding: str) -> list[str]:
        """Return all words that led to a finding."""
        said = (
            "".join(str(each.get("text") or "").split())
            for each in self.reasons
            if each.get("finding") == finding
        )
        return [each for each in said if each]

    def grounded(self, finding: str, ground: str) -> bool:
        """Say whether a finding rests on the ground, such as ``words`` of the sentence itself."""
        return any(
            each.get("finding") == finding and each.get("ground") == ground for each in self.reasons
        )
