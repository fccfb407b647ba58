"""Score the directive parser against hand-made truth: ``python tools/score_parser.py FOLDER…``.

For every ``X.gold.json`` with ``X.txt`` beside it: precision, recall and F1 of the clauses, share
of the found clauses with the right parent and level, and whether title, number, issuer, date,
addressees and attachments are right. Of a text without a gold file the number of clauses found is
printed. ``--show`` prints what differs.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tongzhou.modules.directives.contracts import ParsedDocument
from tongzhou.modules.directives.rules import parse, read_text

_TAG = re.compile(r"<[^<>]{0,200}>")
_PAGE = re.compile(r"(?<=\s)[-—–]\s{0,2}\d{1,3}\s{0,2}[-—–](?=\s)")
_BULLET = re.compile(r"(?m)^\s*[-•·]\s+")
_FOLD = str.maketrans("（）", "()")
START_CHARS = 15
_HEAD = ("title", "doc_number", "issuer", "date")


def plain(text: str) -> str:
    """Return ``text`` without white space, bold and heading marks, bullets, page numbers, tags."""
    text = _TAG.sub("", _PAGE.sub("", _BULLET.sub("", text)))
    return re.sub(r"\s", "", text.replace("**", "").replace("#", ""))


@dataclass(frozen=True)
class Found:
    """One parsed clause in the terms of a gold file."""

    label: str
    level: int
    parent: int | None
    text_start: str


def drop_source_line(text: str) -> str:
    """Return a corpus text without its first line ``# source: …``."""
    return text.split("\n", 1)[1] if text.startswith("# source:") else text


def found_clauses(text: str, document: ParsedDocument) -> list[Found]:
    """Return the parsed clauses with the words that follow each label in the source."""
    out = []
    for clause in document.clauses:
        label = plain(clause.label).translate(_FOLD)
        rest = plain(text[clause.start : clause.start + 400])
        rest = rest[len(label) :].lstrip("、.") if label[-1:] == ")" else rest[len(label) :]
        out.append(Found(label, clause.level, clause.parent, rest[:START_CHARS]))
    return out


def _key(label: str, text_start: str) -> tuple[str, str]:
    return label, text_start.translate(_FOLD)


@dataclass
class Score:
    """Counts of one file; add them up for totals."""

    name: str
    gold: int = 0
    found: int = 0
    right: int = 0
    parents: int = 0
    levels: int = 0
    head: dict[str, bool] | None = None
    differences: list[str] | None = None

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall; 1.0 when nothing was to be found."""
        if not self.gold and not self.found:
            return 1.0
        return 2 * self.right / (self.gold + self.found)


def score(name: str, text: str, gold: dict[str, Any]) -> Score:
    """Compare the parse of ``text`` with ``gold``."""
    document = parse(text)
    found = found_clauses(text, document)
    result = Score(name, gold=len(gold["clauses"]), found=len(found), differences=[])
    notes = result.differences = []
    unmatched: dict[tuple[str, str], list[int]] = {}
    for index, item in enumerate(found):
        unmatched.setdefault(_key(item.label, item.text_start), []).append(index)
    partner: dict[int, int] = {}
    for index, item in enumerate(gold["clauses"]):
        label = plain(item["label"]).translate(_FOLD)
        waiting = unmatched.get(_key(label, plain(item["text_start"])))
        if waiting:
            partner[index] = waiting.pop(0)
        else:
            notes.append(f"missing {index} {item['label']} {item['text_start']}")
    for left in unmatched.values():
        notes += [f"invented {found[i].label} {found[i].text_start}" for i in left]
    result.right = len(partner)
    for index, mate in partner.items():
        item = gold["clauses"][index]
        result.levels += item["level"] == found[mate].level
        expected = None if item["parent"] is None else partner.get(item["parent"], -1)
        same = expected == found[mate].parent
        result.parents += same
        if not same:
            notes.append(f"parent of {index} {item['label']} {item['text_start']}")
    result.head = {}
    for field in _HEAD:
        want, have = gold.get(field), getattr(document, field)
        result.head[field] = plain(want or "") == plain(have or "")
        if not result.head[field]:
            notes.append(f"{field}: want {want!r}, have {have!r}")
    if "recipients" in gold:
        have_names = [plain(name) for name in document.recipients]
        result.head["recipients"] = have_names == [plain(name) for name in gold["recipients"]]
        if not result.head["recipients"]:
            notes.append(f"recipients: want {gold['recipients']}, have {document.recipients}")
    if "attachments" in gold:
        have_items = [(plain(item.title), item.declared) for item in document.attachments]
        want_items = [(plain(item["title"]), item["declared"]) for item in gold["attachments"]]
        result.head["attachments"] = have_items == want_items
        if not result.head["attachments"]:
            notes.append(f"attachments: want {want_items}, have {have_items}")
    return result


def gold_files(folders: list[Path]) -> list[tuple[str, Path, Path | None]]:
    """Return (name, text, gold or None) of every text in the folders."""
    out: list[tuple[str, Path, Path | None]] = []
    for folder in folders:
        for text in sorted(folder.glob("*.txt")):
            gold = text.with_name(text.stem + ".gold.json")
            out.append((text.stem, text, gold if gold.exists() else None))
    return out


def _line(result: Score) -> str:
    precision = result.right / result.found if result.found else 1.0
    recall = result.right / result.gold if result.gold else 1.0
    share = max(result.right, 1)
    head = " ".join(
        f"{field[:6]}{'+' if good else '-'}" for field, good in (result.head or {}).items()
    )
    return (
        f"{result.name:38.38} n={result.gold:4d} P={precision:.3f} R={recall:.3f} "
        f"F1={result.f1:.3f} parent={result.parents / share:.3f} "
        f"level={result.levels / share:.3f}  {head}"
    )


def main() -> int:
    """Print a line per file and the totals."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", nargs="+", type=Path)
    options.add_argument("--show", action="store_true", help="print what differs")
    arguments = options.parse_args()
    total = Score("total")
    heads: dict[str, list[bool]] = {}
    for name, path, gold_path in gold_files(arguments.folders):
        text = drop_source_line(read_text(path))
        if gold_path is None:
            count = len(parse(text).clauses)
            print(f"{name:38.38} no gold, {count} clauses")
            continue
        result = score(name, text, json.loads(gold_path.read_text(encoding="utf-8")))
        print(_line(result))
        if arguments.show:
            for note in result.differences or []:
                print("    ", note)
        for field in ("gold", "found", "right", "parents", "levels"):
            setattr(total, field, getattr(total, field) + getattr(result, field))
        for field, good in (result.head or {}).items():
            heads.setdefault(field, []).append(good)
    print(_line(total))
    print("  ".join(f"{field} {sum(seen)}/{len(seen)}" for field, seen in heads.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
