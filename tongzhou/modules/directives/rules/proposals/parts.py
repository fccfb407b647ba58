"""Cut a stretch of a document into sentences, and a sentence into its parts at the commas."""

from dataclasses import dataclass
from itertools import pairwise

from tongzhou.modules.directives.rules.cleaning import Stream

STOPS = frozenset("。；！？")
_CLOSERS = frozenset("”)》】\"'")
_PAIRS = {"”": "“", "》": "《", ")": "(", "】": "【"}
_LONGEST_PAIR = 240
MASK = "▢"


@dataclass(frozen=True, slots=True)
class Sentence:
    """Stream indexes of a sentence with its stop, folded text, and the same text masked.

    ``plain`` has a mask in place of every character in brackets and quotation marks.
    ``opens`` says that the sentence begins a paragraph, ``line`` that it is one by itself.
    """

    start: int
    end: int
    text: str
    plain: str
    opens: bool
    line: bool

    @property
    def body(self) -> str:
        """Return the folded text without its stop."""
        return self.text.rstrip("。；！？：，")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a sentence between commas; offsets count from the start of the sentence."""

    start: int
    end: int
    text: str
    plain: str


def pair_depth(text: str) -> bytearray:
    """Return for each character whether it stands inside closed brackets or quotation marks."""
    depth = bytearray(len(text))
    waiting: list[tuple[str, int]] = []
    straight = -1
    for index, char in enumerate(text):
        if char in "“《(【":
            waiting.append((char, index))
            if len(waiting) > 16:
                del waiting[0]
        elif char in _PAIRS:
            while waiting and waiting[-1][0] != _PAIRS[char]:
                waiting.pop()
            if waiting:
                _, start = waiting.pop()
                if index - start <= _LONGEST_PAIR:
                    depth[start + 1 : index] = b"\x01" * (index - start - 1)
        elif char == '"':
            if straight >= 0 and index - straight <= 60:
                depth[straight + 1 : index] = b"\x01" * (index - straight - 1)
                straight = -1
            else:
                straight = index
    return depth


def sentences(stream: Stream, paragraphs: list[tuple[int, int]]) -> list[Sentence]:
    """Return the sentences of some paragraphs, cut behind 。；！？ outside brackets."""
    found: list[Sentence] = []
    for begin, stop in paragraphs:
        text = stream.fold[begin:stop]
        depth = pair_depth(text)
        plain = "".join(MASK if hidden else char for char, hidden in zip(text, depth, strict=True))
        cuts = [0]
        for index, char in enumerate(plain):
            if char in STOPS:
                end = index + 1
                while end < len(plain) and plain[end] in _CLOSERS | STOPS:
                    end += 1
                if end > cuts[-1]:
                    cuts.append(end)
        if cuts[-1] < len(plain):
            cuts.append(len(plain))
        whole = len(cuts) == 2
        for first, last in pairwise(cuts):
            found.append(
                Sentence(
                    begin + first,
                    begin + last,
                    text[first:last],
                    plain[first:last],
                    opens=first == 0,
                    line=whole,
                )
            )
    return found


def spans(sentence: Sentence) -> list[Span]:
    """Return the parts of a sentence, without commas and without its stop."""
    limit = len(sentence.text)
    while limit and sentence.text[limit - 1] in "。；！？":
        limit -= 1
    found: list[Span] = []
    begin = 0
    for index in range(limit + 1):
        if index == limit or sentence.plain[index] == "，":
            if index > begin:
                found.append(
                    Span(begin, index, sentence.text[begin:index], sentence.plain[begin:index])
                )
            begin = index + 1
    return found
