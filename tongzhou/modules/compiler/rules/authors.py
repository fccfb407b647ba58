"""Whose hand is in what stands: read from the changes of a compilation, in their order. Pure.

Somebody's hand is gone when what they did was taken back, when the item went away again, or, for a
value that is replaced as a whole (a day, a number, a choice), when somebody else set another one.
A text that somebody else goes on editing still holds what was written before.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tongzhou.modules.compiler.rules.journal import NAMES


@dataclass(slots=True)
class _Field:
    """One value: who set it to what, each on top of what was there before."""

    stack: list[tuple[str, frozenset[int]]] = field(default_factory=list)
    known: dict[str, frozenset[int]] = field(default_factory=dict)
    is_text: bool = False

    def put(self, user: int | None, before: Any, after: Any) -> None:
        was, now = _key(before), _key(after)
        for place, (under, _hands) in enumerate(self.stack):
            if under == now:  # back to what it was before this one
                del self.stack[place:]
                return
        hands = frozenset() if user is None else frozenset({user})
        if _is_text(after):
            # Who brings words back that somebody else wrote is not their only author.
            self.known[now] = hands = hands | self.known.get(now, frozenset())
            self.is_text = True
        self.stack.append((was, hands))

    def hands(self) -> frozenset[int]:
        if not self.is_text:
            return self.stack[-1][1] if self.stack else frozenset()
        return frozenset().union(*(hands for _under, hands in self.stack))


@dataclass(slots=True)
class _Item:
    """A clause, a duty or the head."""

    fields: dict[str, _Field] = field(default_factory=dict)
    made_by: int | None = None
    is_new: bool = False
    is_gone: bool = False
    gone_by: int | None = None

    def hands(self) -> frozenset[int]:
        if self.is_gone:
            # Made and taken away again: nothing of it stands, and nothing is missing.
            return frozenset() if self.is_new or self.gone_by is None else frozenset({self.gone_by})
        made = frozenset() if self.made_by is None else frozenset({self.made_by})
        return made.union(*(each.hands() for each in self.fields.values()))


def standing(
    changes: Iterable[tuple[int | None, Mapping[str, Any], Mapping[str, Any]]],
) -> dict[int, set[str]]:
    """Return for each person the items that still hold something of theirs.

    ``changes``: who made each, and its ``before`` and ``after``, the first one first.
    """
    items: dict[str, _Item] = {}
    for user, before, after in changes:
        for name in after:
            if name != NAMES:
                _apply(items.setdefault(name, _Item()), user, before.get(name), after[name])
    found: dict[int, set[str]] = {}
    for name, item in items.items():
        for user in item.hands():
            found.setdefault(user, set()).add(name)
    return found


def _apply(item: _Item, user: int | None, before: Any, after: Any) -> None:
    if after is None:
        item.is_gone, item.gone_by = True, user
        return
    if before is None:
        if not item.is_gone:
            item.made_by, item.is_new = user, True
        item.is_gone, item.gone_by = False, None
        return
    old, new = _flat(before), _flat(after)
    for name in old.keys() | new.keys():
        if old.get(name) != new.get(name):
            item.fields.setdefault(name, _Field()).put(user, old.get(name), new.get(name))


def _flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an item, those of a declaration one by one."""
    flat: dict[str, Any] = {}
    for name, value in content.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": held for inner, held in value.items()}
        else:
            flat[name] = value
    return flat


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _is_text(value: Any) -> bool:
    """Tell whether a value can hold something of several people: words, lists, declarations."""
    if isinstance(value, str):
        return not value.isascii() or " " in value  # neither a code nor a day
    return isinstance(value, dict | list)
