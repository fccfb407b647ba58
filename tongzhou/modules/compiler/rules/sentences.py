"""Sentences of a clause, and where quoted words stand among them."""

from __future__ import annotations

import re
from collections import Counter

from tongzhou.modules.compiler.rules.alignment import normalise

_PART = re.compile(r"[^,]*,?")
_SENTENCE = re.compile(r"[^。;!?]*[。;!?]*")


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text in the form in which clauses are compared.

    >>> sentences_of("一是报送。 二是公开；")
    ['一是报送。', '二是公开;']
    """
    return [each for each in _SENTENCE.findall(normalise(text)) if each]


def sentence_with(text: str, quote: str) -> str:
    """Return the sentences of a text that a quote touches, empty when it is not there.

    Of several places the first counts.
    """
    plain, wanted = normalise(text), normalise(quote)
    start = plain.find(wanted) if wanted else -1
    if start < 0:
        return ""
    end = start + len(wanted)
    held, at = [], 0
    for each in sentences_of(text):
        if at < end and start < at + len(each):
            held.append(each)
        at += len(each)
    return "".join(held)


def pairs_of(text: str) -> Counter[str]:
    """Return the letter pairs of a text."""
    plain = normalise(text)
    return Counter(plain[at : at + 2] for at in range(len(plain) - 1))


def likeness(one: str, other: str) -> float:
    """Return the share of letter pairs that two sentences have in common, from 0 to 1."""
    a, b = pairs_of(one), pairs_of(other)
    size = a.total() + b.total()
    return 2 * (a & b).total() / size if size else 0.0


def counterpart(sentence: str, words: str) -> str:
    """Return the parts of a sentence that are most like words of its older form.

    >>> counterpart("要建好台账,每月自查两次,每季度研究一次。", "每月自查一次")
    '每月自查两次'
    """
    parts = [each for each in _PART.findall(normalise(sentence).rstrip("。;!?")) if each]
    size = normalise(words).count(",") + 1
    best, share = "", 0.0
    for first in range(len(parts)):
        for last in range(first + 1, min(len(parts), first + size + 1) + 1):
            held = "".join(parts[first:last]).strip(",")
            alike = likeness(held, words)
            if alike > share:
                best, share = held, alike
    return best
