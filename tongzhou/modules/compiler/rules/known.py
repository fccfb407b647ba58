"""Find what a form asks although somebody holds the answer: the register, or another report.

“数据只报一次” is the complaint of 2020 turned round: what is known is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tongzhou.modules.compiler.rules.alignment import normalise
from tongzhou.modules.compiler.rules.sentences import likeness

_PATH = Path(__file__).resolve().parent.parent / "params" / "known_facts.yaml"
_TAIL = re.compile(r"(?:\([^()]*\))+$|[:?*]+$")
#: From this likeness on two labels ask for the same.
SAME_LABEL = 0.86
#: Answers of these types can stand for each other.
_TEXTUAL = frozenset({"text", "longtext"})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the register holds of every organisation."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of a form, as it is compared: of which duty, its name, type and Chinese label."""

    duty: str
    name: str
    type: str
    label: str


@dataclass(frozen=True, slots=True)
class _Lexicon:
    facts: tuple[tuple[Fact, frozenset[str], re.Pattern[str]], ...]
    periods: re.Pattern[str]


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    held: dict[str, Any] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    facts = []
    for row in held["facts"]:
        labels = "|".join(row["labels"])
        for place in ("own", "mine"):
            labels = labels.replace(f"{{{place}}}", held[place])
        facts.append(
            (
                Fact(row["code"], row["zh"], row["en"]),
                frozenset(row["names"]),
                re.compile(f"(?:{labels})"),
            )
        )
    listed = sorted(held["periods"], key=len, reverse=True)
    return _Lexicon(tuple(facts), re.compile("|".join(map(re.escape, listed))))


def held_by_register(field: Mapping[str, Any]) -> Fact | None:
    """Return the fact of the register that a field asks an organisation for, None if there is none.

    ``field`` is a field of a duty's evidence as a library declares it.
    """
    label = _bare(_label(field))
    for fact, names, pattern in _lexicon().facts:
        if pattern.fullmatch(label) or (field.get("name") in names and not label):
            return fact
    return None


def asked_already(field: Asked, others: Sequence[Asked]) -> Asked | None:
    """Return the field of another form that asks for the same, None if there is none."""
    label = _thing(field.label)
    best: tuple[float, Asked] | None = None
    for other in others:
        if not _comparable(field.type, other.type):
            continue
        theirs = _thing(other.label)
        share = 1.0 if label == theirs else likeness(label, theirs)
        if share >= SAME_LABEL and len(label) > 1 and (best is None or share > best[0]):
            best = share, other
    return best[1] if best else None


def fields_of(duty: str, spec: Mapping[str, Any]) -> list[Asked]:
    """Return the fields that a declaration asks for."""
    evidence = spec.get("evidence") or {}
    return [
        Asked(duty, str(field.get("name", "")), str(field.get("type", "")), _label(field))
        for field in evidence.get("fields") or ()
    ]


def _label(field: Mapping[str, Any]) -> str:
    label = field.get("label")
    return str(label.get("zh", "")) if isinstance(label, Mapping) else str(label or "")


def _bare(label: str) -> str:
    """Return a label without what stands in brackets behind it."""
    plain = normalise(label)
    while (shorter := _TAIL.sub("", plain)) != plain:
        plain = shorter
    return plain


def _thing(label: str) -> str:
    """Return what a label asks for, whatever the period."""
    return _lexicon().periods.sub("", _bare(label))


def _comparable(one: str, other: str) -> bool:
    return one == other or (one in _TEXTUAL and other in _TEXTUAL)
