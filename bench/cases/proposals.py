"""Proposed duties against the shipped duty libraries, and how long proposing takes.

Both directives and both libraries come with the product; every duty of a library quotes its
clause. A library's duty is found when a proposal of its clause shares 60 % of the shorter of the
two with its quote. ``python -m bench.cases.proposals`` also writes every miss by clause to
bench/proposals.md.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.harness import Result, timed
from tongzhou.modules.directives.contracts import Bearer, ProposedDuty
from tongzhou.modules.directives.rules import parse, propose
from tongzhou.modules.directives.rules.passages import passages
from tongzhou.modules.duties.contracts import BearerKind, DutySpec
from tongzhou.modules.duties.rules.library import FOLDER, load_library, strip_space

NEEDS_DATABASE = False
MISSES = Path(__file__).resolve().parents[1] / "proposals.md"
TEXTS = Path(__file__).resolve().parents[2] / "tongzhou" / "modules" / "directives" / "data"
SHARE = 0.6
#: Narrower cuts of a group of the libraries, by the bearer that a proposal names.
CUTS = {
    "OUT_OF_TOWN": Bearer.ASSOCIATION,
    "LICENSED": Bearer.CHARITY,
    "CROWDED": Bearer.SERVICE_INSTITUTION,
}
LIMITS = {"found": 98.0, "right": 95.0, "strength": 95.0, "bearer": 90.0}


@dataclass
class Comparison:
    """One directive: how its proposals answer to its library; misses with their clauses."""

    name: str
    duties: int = 0
    found: int = 0
    strength: int = 0
    bearer: int = 0
    proposals: int = 0
    right: int = 0
    misses: list[str] = field(default_factory=list)


def bearers_of(duty: DutySpec) -> set[str]:
    """Return the bearers by which a proposal may name who owes a duty of a library."""
    if duty.bearer.kind is BearerKind.AUTHORITY:
        return {Bearer.AUTHORITY}
    if duty.bearer.organ:
        return {duty.bearer.organ}
    if duty.bearer.without:
        return {Bearer.OTHER_GROUP}
    if duty.bearer.groups:
        return {CUTS.get(code, code) for code in duty.bearer.groups}
    return {Bearer.ORGANISATION}


def spans(text: str, words: str) -> tuple[int, int] | None:
    """Return where words stand in a clause, both without white space; None when they do not."""
    start = text.find(words)
    return (start, start + len(words)) if start >= 0 else None


def shares(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Return how many characters two spans share, 0 when too few to belong together."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared if shared >= SHARE * min(one[1] - one[0], other[1] - other[0]) else 0


def compare(name: str) -> Comparison:
    """Compare the proposals of a shipped directive with its library."""
    source = (TEXTS / f"{name}.txt").read_text(encoding="utf-8")
    document = parse(source)
    clauses = {each.address: strip_space(each.text) for each in passages(document)}
    library = load_library(FOLDER / f"{name}.yaml")
    result = Comparison(name)
    placed: list[tuple[ProposedDuty, tuple[int, int]]] = []
    for duty in propose(source, document):
        place = spans(clauses[duty.clause], strip_space(duty.text).rstrip("。；"))
        if place is not None:
            placed.append((duty, place))
    answered: set[int] = set()
    for wanted in library.duties:
        result.duties += 1
        quote = spans(clauses[wanted.clause], wanted.quote)
        mates = [
            (shared, number)
            for number, (duty, place) in enumerate(placed)
            if quote and duty.clause == wanted.clause and (shared := shares(quote, place))
        ]
        if not mates:
            result.misses.append(f"{wanted.clause} {wanted.id}: no proposal for “{wanted.quote}”")
            continue
        answered |= {number for _, number in mates}
        best = placed[max(mates)[1]][0]
        result.found += 1
        for finding, right, words in (
            ("strength", best.strength.value == wanted.strength.value, best.strength.value),
            ("bearer", bool(bearers_of(wanted) & set(best.bearers)), "+".join(best.bearers)),
        ):
            if right:
                setattr(result, finding, getattr(result, finding) + 1)
            else:
                said = wanted.strength if finding == "strength" else "+".join(bearers_of(wanted))
                result.misses.append(
                    f"{wanted.clause} {wanted.id}: {finding} {words}, the library says {said}"
                )
    for number, (duty, _) in enumerate(placed):
        result.proposals += 1
        if number in answered:
            result.right += 1
        else:
            text = strip_space(duty.text)
            result.misses.append(f"{duty.clause} {duty.strength}: the library has no “{text}”")
    return result


class Proposing:
    """How long proposing from a text repeated to a size takes, parsing left out."""

    def __init__(self, text: str, size: int) -> None:
        self.text = (text * (size // len(text) + 1))[:size]
        self.document = parse(self.text)

    def __call__(self) -> None:
        propose(self.text, self.document)

    @property
    def seconds(self) -> float:
        """Return the shorter of two runs: what the code takes, not the machine."""
        return min(timed(self), timed(self))


def shares_of(found: Comparison) -> Iterator[Result]:
    """Yield the shares of one directive in percent."""
    for name, part, whole, limit in (
        ("recall: duties of the library proposed", found.found, found.duties, "found"),
        ("precision: proposals that the library has", found.right, found.proposals, "right"),
        ("… with the library's strength", found.strength, found.found, "strength"),
        ("… with the library's bearer", found.bearer, found.found, "bearer"),
    ):
        label = f"{found.name}: {name}, {part} of {whole}"
        yield Result(label, 100 * part / max(whole, 1), LIMITS[limit], "%", least=True)


def measure() -> Iterator[Result]:
    """Compare both directives with their libraries; then propose from longer and longer texts."""
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from shares_of(compare(path.stem))
    text = (TEXTS / "cn-mca-2020-5.txt").read_text(encoding="utf-8")
    ten, hundred, million = (Proposing(text, size).seconds for size in (10_000, 100_000, 1_000_000))
    yield Result("proposing from 10,000 characters", ten * 1000, 300, "ms")
    yield Result("proposing from 1,000,000 characters", million, 30, "s")
    yield Result("… times as long for ten times the text", million / hundred, 13, "ratio")


def main() -> int:
    """Print what differs from the libraries, by clause, and write it."""
    lines = [
        "# Proposals that differ from the shipped libraries",
        "",
        "`python -m bench.cases.proposals`. A library reads more than grammar says: an accepted",
        "reading, a clause whose subject is left out, attitudes that make no duty of their own.",
    ]
    for path in sorted(FOLDER.glob("*.yaml")):
        found = compare(path.stem)
        lines += ["", f"## {found.name}", "", *(f"- {each}" for each in found.misses)]
    MISSES.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(MISSES.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
