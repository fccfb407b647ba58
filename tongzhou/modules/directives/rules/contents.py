"""Find tables of contents: headings that all come again. They are no clauses."""

import re
from bisect import bisect_left

from tongzhou.modules.directives.rules.cleaning import Stream
from tongzhou.modules.directives.rules.kinds import Candidate
from tongzhou.modules.directives.rules.labels import begins_label

_SENTENCE = re.compile("[。；！？]")
_LEADER = re.compile(r"[.…·]{2,}\d*\Z")
_LONGEST_ENTRY, _FEWEST_ENTRIES, _TITLE_LINES = 45, 5, 6
_LONGEST_LIST = 3000


def listed_headings(stream: Stream, start: int) -> list[tuple[int, int]]:
    """Return the stretches of lines that list headings.

    A run of headings counts when its first line comes again behind it, at once or after a title.
    """
    found: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    first, waiting, span = "", 0, (0, 0)
    for begin, end in stream.lines(start):
        words = stream.fold[begin : min(end, begin + _LONGEST_ENTRY + 1)]
        if len(run) >= _FEWEST_ENTRIES and words == first:
            found.append((run[0][0], begin))
            run, waiting = [], 0
        elif waiting and words == first:
            found.append(span)
            waiting = 0
        heading = len(words) <= _LONGEST_ENTRY and not _SENTENCE.search(words)
        if heading and begins_label(stream, begin):
            if not run:
                first, waiting = _LEADER.sub("", words), 0
            run.append((begin, end))
            continue
        if len(run) >= _FEWEST_ENTRIES:
            waiting, span = _TITLE_LINES, (run[0][0], run[-1][1])
        waiting = max(0, waiting - 1)
        run = []
    return found


def glued_headings(stream: Stream, found: list[Candidate]) -> list[tuple[int, int]]:
    """Return the stretches that list headings without line breaks: 1总则1.1目的…1总则1.1目的为了….

    The first heading comes again behind at least five others without a sentence between.
    """
    text = stream.fold
    starts = [candidate.start for candidate in found]
    stretches: list[tuple[int, int]] = []
    free = 0
    for index, candidate in enumerate(found[:-1]):
        begin, end = candidate.start, starts[index + 1]
        if candidate.number != 1 or begin < free or not 3 <= end - begin <= _LONGEST_ENTRY:
            continue
        again = text.find(text[begin:end], end, begin + _LONGEST_LIST)
        if again < 0 or bisect_left(starts, again) - index <= _FEWEST_ENTRIES:
            continue
        if not _SENTENCE.search(text, begin, again):
            stretches.append((begin, again))
            free = again
    return stretches
