"""The parser of official documents: ordinary and hostile text, how time and memory grow."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

from bench.harness import Result, median_ms, timed
from tongzhou.modules.directives import rules

NEEDS_DATABASE = False
_DATA = Path(rules.__file__).parent.parent / "data"
_HOSTILE = {
    "一、 without end": "一、",
    "brackets that never close": "（",
    "digits": "1",
    "第一条 without end": "第一条",
    "circled numbers": "①",
    "一是二是 without end": "一是二是",
    "《 without end": "《",
    "blank lines": "\n",
    "a line of one million characters": "各社会组织要加强管理，做到早发现，",
    "clauses of one character": "一、甲\n二、乙\n",
}
_LIMIT_10K_MS = 300
_LIMIT_GROWTH = 13  # ten times the text; caches and the collector cost something on top


def measure() -> Iterator[Result]:
    """Parse a directive repeated to 10,000, 100,000 and 1,000,000 characters, then hostile text."""
    text = rules.read_text(_DATA / "cn-mca-2020-5.txt")
    small, medium, large = (_of(text, size) for size in (10_000, 100_000, 1_000_000))
    yield Result("10,000 characters", median_ms(lambda: rules.parse(small)), _LIMIT_10K_MS, "ms")
    tenth, whole = _best(medium), _best(large)
    yield Result("100,000 characters", tenth * 1000, 10 * _LIMIT_10K_MS, "ms")
    yield Result("1,000,000 characters", whole, _LIMIT_10K_MS / 10, "s")
    yield Result("… times as long for ten times the text", whole / tenth, _LIMIT_GROWTH, "ratio")
    growth = _peak(medium) / _peak(small)
    yield Result("… times as much memory for ten times the text", growth, _LIMIT_GROWTH, "ratio")
    for name, piece in _HOSTILE.items():
        tenth, whole = (_best(_of(piece, size)) for size in (100_000, 1_000_000))
        yield Result(f"1,000,000 characters of {name}", whole, _LIMIT_10K_MS / 10, "s")
        yield Result("… times as long as a tenth of it", whole / tenth, _LIMIT_GROWTH, "ratio")


def _of(piece: str, size: int) -> str:
    return (piece * (size // len(piece) + 1))[:size]


def _best(text: str) -> float:
    """Return the shortest of three runs in seconds: what the code takes, not the machine."""
    return min(timed(lambda: rules.parse(text)) for _ in range(3))


def _peak(text: str) -> float:
    """Return the most memory that was held while parsing, in bytes."""
    tracemalloc.start()
    rules.parse(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
