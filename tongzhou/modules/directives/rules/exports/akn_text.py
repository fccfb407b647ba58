"""Put words into Akoma Ntoso and take them out again, character for character.

A misprint stands as ``del`` with its reading in ``ins``; reading back leaves the reading out, so
that the words are those received. Characters no XML may hold become empty elements with their
code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from tongzhou.modules.directives.rules.exports.akn_names import akn, own

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHARACTER = "character"
_SKIPPED = frozenset({akn("ins"), akn("noteRef"), akn("authorialNote")})


@dataclass(frozen=True, slots=True)
class Correction:
    """Words ``start``-``end`` are a misprint for ``reading``; ``note`` is the note's reference."""

    start: int
    end: int
    reading: str
    note: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Words ``start``-``end`` name another document, to be found at ``href``."""

    start: int
    end: int
    href: str


Mark = Correction | Reference


def clean(text: str) -> str:
    """Return text without what no XML may hold, for names and notes."""
    return _NOT_XML.sub("", text)


def put_lines(parent: _Element, text: str, marks: list[Mark]) -> None:
    """Put every line of a text into a paragraph of its own; no text gives no paragraph."""
    if not text:
        return
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        inside = [each for each in marks if start <= each.start and each.end <= end]
        put_words(etree.SubElement(parent, akn("p")), line, inside, start)
        start = end + 1


def put_words(target: _Element, text: str, marks: list[Mark], offset: int = 0) -> None:
    """Put words into an element; ``marks`` count from ``offset`` and do not overlap."""
    at = 0
    for mark in sorted(marks, key=lambda each: each.start):
        start, end = mark.start - offset, mark.end - offset
        if start < at:
            continue
        _plain(target, text[at:start])
        if isinstance(mark, Reference):
            _plain(etree.SubElement(target, akn("ref"), href=mark.href), text[start:end])
        else:
            _plain(etree.SubElement(target, akn("del")), text[start:end])
            _plain(etree.SubElement(target, akn("ins")), mark.reading)
            etree.SubElement(target, akn("noteRef"), href=mark.note, marker="勘误")
        at = end
    _plain(target, text[at:])


def _plain(target: _Element, text: str) -> None:
    """Add words to the end of an element."""
    at = 0
    for found in _NOT_XML.finditer(text):
        _add(target, text[at : found.start()])
        code = etree.SubElement(target, akn("inline"), name=_CHARACTER)
        code.set(own("code"), f"{ord(found[0]):04X}")
        at = found.end()
    _add(target, text[at:])


def _add(target: _Element, text: str) -> None:
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text


def take_words(source: _Element) -> str:
    """Return the words of an element as received."""
    return "".join(_pieces(source))


def take_lines(parent: _Element | None) -> str:
    """Return the words of all paragraphs in an element, one line each."""
    if parent is None:
        return ""
    return "\n".join(take_words(each) for each in parent if each.tag in (akn("p"), akn("block")))


def _pieces(source: _Element) -> Iterator[str]:
    yield source.text or ""
    for child in source:
        if child.tag == akn("inline") and child.get("name") == _CHARACTER:
            yield _character(child.get(own("code"), ""))
        elif child.tag == akn("eol"):
            yield "\n"
        elif child.tag not in _SKIPPED:
            yield from _pieces(child)
        yield child.tail or ""


def _character(code: str) -> str:
    """Return the character that a code stands for, nothing for a code that is none."""
    if not re.fullmatch(r"[0-9A-F]{1,6}", code) or int(code, 16) > 0x10FFFF:
        return ""
    return chr(int(code, 16))
