"""Sentences of a clause, and where quoted words stand among them."""

from __future__ import annotations

import re
from collections import Counter

from tongzhou.modules.compiler.rules.alignment import normalise

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
