"""Kinds of label, how they nest, and what a possible label is."""

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """Kinds of label, in the order in which they usually nest."""

    PART = 0  # 第X编, 第X部分
    CHAPTER = 1  # 第X章
    SECTION = 2  # 第X节
    ARTICLE = 3  # 第X条
    CHINESE = 4  # 一、
    CHINESE_BRACKET = 5  # （一）
    ARABIC = 6  # 1. 1、
    DECIMAL = 7  # 1.1
    DECIMAL_DEEP = 8  # 1.1.1
    ARABIC_BRACKET = 9  # （1）
    ARABIC_PAREN = 10  # 1）
    CIRCLED = 11  # ①
    SPOKEN = 12  # 一是, 一要
    ORDINAL = 13  # 第一，
    FIRSTLY = 14  # 首先，
    ROMAN = 15  # Ⅰ、
    PARAGRAPH = 16  # 第X款
    LETTER = 17  # A. a)


LEVEL = {
    Kind.PART: 0,
    Kind.CHAPTER: 0,
    Kind.SECTION: 0,
    Kind.ARTICLE: 1,
    Kind.CHINESE: 1,
    Kind.CHINESE_BRACKET: 2,
    Kind.ARABIC: 3,
    Kind.DECIMAL: 4,
    Kind.DECIMAL_DEEP: 5,
    Kind.ARABIC_BRACKET: 4,
    Kind.ARABIC_PAREN: 4,
    Kind.CIRCLED: 5,
    Kind.SPOKEN: 5,
    Kind.ORDINAL: 5,
    Kind.FIRSTLY: 5,
    Kind.ROMAN: 1,
    Kind.PARAGRAPH: 2,
    Kind.LETTER: 5,
}
# Kinds of one rank close each other; a lower rank closes all higher ones.
RANK: dict[Kind, float] = {
    Kind.PART: 0,
    Kind.CHAPTER: 1,
    Kind.SECTION: 2,
    Kind.ARTICLE: 3,
    Kind.CHINESE: 4,
    Kind.CHINESE_BRACKET: 5,
    Kind.ARABIC: 6,
    Kind.DECIMAL: 7,
    Kind.DECIMAL_DEEP: 8,
    Kind.ARABIC_BRACKET: 9,
    Kind.ARABIC_PAREN: 9,
    Kind.CIRCLED: 10,
    Kind.SPOKEN: 11,
    Kind.ORDINAL: 11,
    Kind.FIRSTLY: 11,
    Kind.ROMAN: 3.5,
    Kind.PARAGRAPH: 4.5,
    Kind.LETTER: 10.5,
}
LAST = 99  # 最后 closes a list of any length


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible label: stream indexes ``start``-``end``, number, and what speaks for it.

    ``body`` is where the clause's words begin (（一）、 and 首先， carry a sign more than the
    label), ``over`` the number one level up in a decimal label (the 1 of 1.2), else 0, ``at_line``
    whether the label stands at a line start.
    """

    start: int
    end: int
    body: int
    kind: Kind
    number: int
    over: int
    score: float
    at_line: bool
