"""Find which clause and which duty of an upper directive a supplement speaks of.

A supplement says so itself (对《…》第二条第（三）项补充如下), or it is told from the matter. What
is found here is a proposal; an officer confirms it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tongzhou.base.strength import Strength
from tongzhou.modules.compiler.contracts import ClauseDraft
from tongzhou.modules.compiler.rules.alignment import Unit, normalise
from tongzhou.modules.compiler.rules.carrying import OldDuty
from tongzhou.modules.compiler.rules.matter import number_of
from tongzhou.modules.compiler.rules.sentences import likeness
from tongzhou.modules.compiler.rules.similarity import Index, Statement

#: From this likeness on a clause is taken to speak of an upper one that it does not name.
SAME_TOPIC = 0.45
#: The same for a duty, inside the clause that is refined, and anywhere else.
SAME_DUTY_THERE = 0.35
SAME_DUTY = 0.5
#: From this share of common letter pairs on two titles name the same.
SAME_TITLE = 0.6

_N = r"[零〇一二两三四五六七八九十百\d]+"
_PART = rf"(?:第?\(({_N})\)(?:款|条|项|点|目)?|第?({_N})(?:款|条|项|点|目))"
_CITED = re.compile(rf"第({_N})(?:条|部分|章|点){_PART}?{_PART}?")
_WHOM = frozenset({0})
#: What a supplement never takes over from the duty above, and what is said of reports alone.
_ITS_OWN = frozenset({"id", "clause", "quote", "title", "phase_words", "cites"})
_TIMED = frozenset({"recurrence", "deadline", "deadline_basis", "minutes"})


def cited_addresses(text: str, addresses: Collection[str]) -> list[str]:
    """Return the upper clauses that a text names by number, deepest reading first.

    A paragraph (款) is no address of its own where the upper text does not number it.

    >>> cited_addresses("对第二条第（三）项补充如下", {"2", "2.3"})
    ['2.3']
    """
    found: list[str] = []
    for hit in _CITED.finditer(normalise(text)):
        numbers = [number_of(each) for each in hit.groups() if each]
        path = [str(int(each)) for each in numbers if each is not None]
        for reading in _readings(path):
            if reading in addresses:
                if reading not in found:
                    found.append(reading)
                break
    return found


def _readings(path: Sequence[str]) -> list[str]:
    """Return the addresses that a path of numbers may mean, the whole path first."""
    found = [".".join(path)]
    if len(path) == 3:
        found.append(".".join((path[0], path[2])))
    found += [".".join(path[:depth]) for depth in range(len(path) - 1, 0, -1)]
    return found


def refined_clauses(upper: Sequence[Unit], clauses: Sequence[ClauseDraft]) -> dict[int, str]:
    """Return per clause (by key) the address of the upper clause that it refines.

    What a clause names goes first, then what the clause above it refines, then its matter.
    """
    addresses = {each.address for each in upper}
    index = Index([Statement(each.address, each.text, _WHOM) for each in upper])
    found: dict[int, str] = {}
    for clause in clauses:
        cited = cited_addresses(f"{clause.heading}{clause.text}", addresses)
        if cited:
            found[clause.key] = cited[0]
            continue
        if clause.kind != "ITEM":
            continue
        near = index.nearest(Statement("", clause.text, _WHOM), SAME_TOPIC)
        if near is not None:
            found[clause.key] = near[0]
        elif clause.parent in found:
            found[clause.key] = found[clause.parent]
    return found


def refined_duty(
    text: str,
    clause: str,
    duties: Sequence[OldDuty],
    whom: Mapping[str, str] | None = None,
    title: str = "",
) -> OldDuty | None:
    """Return the upper duty that a sentence refines, None when it adds one of its own.

    ``clause`` is the upper clause that its clause refines, empty for none. ``whom`` limits the
    search to duties with this kind of bearer and this organ. ``title`` says what is to be done
    without who does it: where many duties of a clause name the same bearers, it tells them apart.
    """
    wanted = [each for each in duties if _same_bearer(each, whom)]
    there = [each for each in wanted if clause and each.clause == clause]
    named = max(there, key=lambda each: likeness(title, each.title), default=None)
    if named is not None and likeness(title, named.title) >= SAME_TITLE:
        return named
    for held, floor in ((there, SAME_DUTY_THERE), (wanted, SAME_DUTY)):
        index = Index([Statement(str(n), each.quote, _WHOM) for n, each in enumerate(held)])
        near = index.nearest(Statement("", text, _WHOM), floor)
        if near is not None:
            return held[int(near[0])]
    return None


def _same_bearer(duty: OldDuty, whom: Mapping[str, str] | None) -> bool:
    bearer = duty.spec.get("bearer") or {}
    wanted = whom or {}
    kind, organ = wanted.get("kind"), wanted.get("organ")
    return (not kind or kind == bearer.get("kind")) and (
        not organ or not bearer.get("organ") or organ == bearer["organ"]
    )


def refined_spec(own: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declaration of a duty that tightens one: what it does not say is the upper's.

    The form that is in use stays, because nothing that it asks for may be left out. Whether the
    result loosens what is above is checked apart.
    """
    own = {name: value for name, value in own.items() if value not in (None, "", {}, [])}
    above = {name: value for name, value in upper.items() if name not in _ITS_OWN}
    made = {**above, **own, "bearer": _narrowed(above.get("bearer") or {}, own.get("bearer") or {})}
    if _reports(own) and _reports(above):
        made |= {name: above[name] for name in ("evidence", "minutes") if name in above}
    if not _reports(made):
        return {name: value for name, value in made.items() if name in own or name not in _TIMED}
    if made.get("strength") not in (Strength.MUST, Strength.MUST_NOT) and "deadline" not in own:
        made.pop("deadline", None)  # only what must be done can be late
    return made


def _reports(spec: Mapping[str, Any]) -> bool:
    return bool((spec.get("evidence") or {}).get("kind", "NONE") != "NONE")


def _narrowed(above: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return a bearer; whom a supplement does not name more closely, the upper text does."""
    if own.get("kind", above.get("kind")) != above.get("kind"):
        return dict(own)
    return {**above, **own}
