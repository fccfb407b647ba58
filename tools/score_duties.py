"""Score proposed duties against hand-made truth: ``python tools/score_duties.py FOLDER…``.

For every ``X.duties.json`` with its text beside it (``source``, or X.txt): precision, recall and
F1 of the duties; over the found ones the share with the right strength and bearers, strict (the
truth itself, all joint bearers) and lenient (its ``alt_…`` too); strength also as the average over
the five strengths. A proposal and a truth belong together when they share 60 % of the shorter.
Truths marked ``open``, headings and lead-ins (``neutral``) count neither way. ``--show`` prints
what differs. ``--cases FILE.yaml`` scores short documents of sentences instead.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import yaml

from tongzhou.modules.directives.contracts import ProposedDuty
from tongzhou.modules.directives.rules import read_text
from tongzhou.modules.directives.rules.proposals import propose

SHARE = 0.6
Truth = dict[str, Any]


def drop_source_line(text: str) -> str:
    """Return a text without its first line ``# source: …``."""
    return text.split("\n", 1)[1] if text.startswith("# source:") else text


def squeezed(text: str) -> list[int]:
    """Return for every offset of ``text`` the offset with white space removed."""
    places = [0]
    for char in text:
        places.append(places[-1] + (not char.isspace()))
    return places


def belong(one: tuple[int, int], other: tuple[int, int]) -> int:
    """Return how many characters two spans share, 0 when too few to belong together."""
    shared = min(one[1], other[1]) - max(one[0], other[0])
    shorter = min(one[1] - one[0], other[1] - other[0])
    return shared if shorter > 0 and shared >= SHARE * shorter else 0


@dataclass
class Score:
    """Counts of one document, to be added up."""

    name: str
    gold: int = 0
    found: int = 0
    proposed: int = 0
    right: int = 0
    strength: int = 0
    strength_lenient: int = 0
    bearer: int = 0
    bearer_lenient: int = 0
    details: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    by_strength: dict[str, list[int]] = field(
        default_factory=lambda: defaultdict(lambda: [0, 0, 0])
    )
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Add the counts of ``other``."""
        for name in ("gold", "found", "proposed", "right", "strength", "strength_lenient"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.bearer += other.bearer
        self.bearer_lenient += other.bearer_lenient
        for key, counts in other.by_strength.items():
            self.by_strength[key] = [
                a + b for a, b in zip(self.by_strength[key], counts, strict=True)
            ]
        for key, counts in other.details.items():
            self.details[key] = [a + b for a, b in zip(self.details[key], counts, strict=True)]

    @property
    def precision(self) -> float:
        """Return the share of the proposals that are duties; 1.0 when nothing was proposed."""
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        """Return the share of the duties that were proposed; 1.0 when there are none."""
        return self.found / self.gold if self.gold else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def macro(self, lenient: bool) -> float:
        """Return the mean over the strengths of the share with the right strength."""
        shares = [
            counts[2 if lenient else 1] / counts[0]
            for counts in self.by_strength.values()
            if counts[0]
        ]
        return sum(shares) / len(shares) if shares else 1.0

    def line(self) -> str:
        """Return the figures in one line."""
        found = max(self.found, 1)
        return (
            f"{self.name:34.34} n={self.gold:4d} P={self.precision:.3f} R={self.recall:.3f} "
            f"F1={self.f1:.3f} | strength {self.strength / found:.3f} "
            f"lenient {self.strength_lenient / found:.3f} "
            f"macro {self.macro(False):.3f}/{self.macro(True):.3f} | "
            f"bearer {self.bearer / found:.3f} lenient {self.bearer_lenient / found:.3f}"
        )


def _names(duty: ProposedDuty) -> set[str]:
    return {bearer.value for bearer in duty.bearers}


def score(name: str, text: str, truth: dict[str, Any], duties: Iterable[ProposedDuty]) -> Score:
    """Compare proposals with the truth of one document."""
    places = squeezed(text)
    proposals = [(places[duty.start], places[duty.end], duty) for duty in duties]
    result = Score(name)
    judged: list[Truth] = [item for item in truth["duties"] if not item.get("open")]
    aside = [item for item in truth["duties"] if item.get("open")] + truth.get("neutral", [])
    result.gold = len(judged)
    for start, end, duty in proposals:
        if any(belong((start, end), (item["start"], item["end"])) for item in judged):
            result.right += 1
            result.proposed += 1
        elif not any(belong((start, end), (item["start"], item["end"])) for item in aside):
            result.proposed += 1
            result.notes.append(f"extra    {duty.clause:8} {duty.text[:70]!r}")
    for item in judged:
        mates = [
            (shared, -number, duty)
            for number, (start, end, duty) in enumerate(proposals)
            if (shared := belong((start, end), (item["start"], item["end"])))
        ]
        if not mates:
            result.notes.append(f"missing  {item['text'][:70]!r}")
            continue
        _judge(result, item, max(mates, key=lambda mate: mate[:2])[2])
    return result


def _judge(result: Score, item: Truth, duty: ProposedDuty) -> None:
    result.found += 1
    strengths = [item["strength"], *item.get("alt_strength", [])]
    strict = duty.strength == item["strength"]
    lenient = duty.strength in strengths
    result.strength += strict
    result.strength_lenient += lenient
    counts = result.by_strength[item["strength"]]
    counts[0] += 1
    counts[1] += strict
    counts[2] += lenient
    if not strict:
        grade = "strength" if not lenient else "(strength)"
        result.notes.append(f"{grade} {duty.strength} not {strengths} {item['text'][:60]!r}")
    bearers = set(item.get("joint_bearers") or [item["bearer"]])
    allowed = bearers | {item["bearer"]} | set(item.get("alt_bearer", []))
    strict = _names(duty) == bearers
    lenient = bool(_names(duty) & allowed)
    result.bearer += strict
    result.bearer_lenient += lenient
    if not strict:
        grade = "bearer" if not lenient else "(bearer)"
        names = sorted(_names(duty))
        result.notes.append(f"{grade} {names} not {sorted(allowed)} {item['text'][:60]!r}")
    for name in ("recurrence", "deadline", "phase", "cites"):
        wanted = [item.get(name), *item.get(f"alt_{name}", [])]
        have = getattr(duty, name)
        known = [None if want is None else want.strip("《》") for want in wanted]
        right = (have.strip("《》") if have else None) in known
        result.details[name][0] += 1
        result.details[name][1] += right
        if not right:
            result.notes.append(f"{name} {have!r} not {wanted} {item['text'][:50]!r}")


def score_case(case: dict[str, Any]) -> Score:
    """Compare the proposals of a short document with the sentences expected of it.

    ``duties`` lists ``[sentence, strength, bearers…]``; whatever else is proposed is extra.
    """
    text = str(case["text"])
    places = squeezed(text)
    plain = "".join(text.split())
    truth: dict[str, Any] = {"duties": [], "neutral": []}
    begin = 0
    for sentence, strength, *bearers in case.get("duties") or []:
        wanted = "".join(str(sentence).split())
        start = plain.find(wanted, begin)
        if start < 0:
            raise ValueError(f"{case['name']}: “{wanted}” is not in the text, or out of order")
        begin = start + len(wanted)
        item = {"text": wanted, "strength": strength, "start": start, "end": begin}
        truth["duties"].append({**item, "bearer": bearers[0], "joint_bearers": bearers})
    assert len(places) == len(text) + 1
    for item, extra in zip(truth["duties"], case.get("details") or [], strict=False):
        item.update(extra or {})
    return score(str(case["name"]), text, truth, propose(text))


def _documents(folders: list[Path]) -> Iterable[tuple[str, str, dict[str, Any]]]:
    for folder in folders:
        for path in sorted(folder.glob("*.duties.json")):
            truth = json.loads(path.read_text(encoding="utf-8"))
            beside = path.with_name(truth.get("source") or "")
            if not beside.is_file():
                beside = path.with_name(path.name.replace(".duties.json", ".txt"))
            if beside.is_file():
                text = drop_source_line(read_text(beside))
                yield path.name.removesuffix(".duties.json"), text, truth


def main() -> int:
    """Print a line per document and the total."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", nargs="*", type=Path)
    options.add_argument("--cases", type=Path, help="a YAML list of short documents")
    options.add_argument("--show", action="store_true", help="print what differs")
    arguments = options.parse_args()
    scores = [
        score(name, text, truth, propose(text))
        for name, text, truth in _documents(arguments.folders)
    ]
    if arguments.cases:
        cases = yaml.safe_load(arguments.cases.read_text(encoding="utf-8"))
        scores += [score_case(case) for case in cases]
    total = Score("total")
    for each in scores:
        if not arguments.cases or each.notes:
            print(each.line())
        if arguments.show:
            for note in each.notes:
                print("     ", note)
        total.add(each)
    print(total.line())
    for key, counts in sorted(total.by_strength.items()):
        print(f"   {key:12} {counts[1]}/{counts[0]} strict, {counts[2]}/{counts[0]} lenient")
    print("   " + "  ".join(f"{key} {got}/{of}" for key, (of, got) in total.details.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
