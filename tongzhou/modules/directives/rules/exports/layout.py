"""Lay a directive out as GB/T 9704-2012 does, part by part; .docx and PDF draw the same parts.

Which part follows which, what is a heading, which clause runs on in the paragraph of the one
before: all of that is decided here, nothing about points and millimetres.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from tongzhou.modules.directives.contracts import DocumentKind
from tongzhou.modules.directives.rules.dates import DATE
from tongzhou.modules.directives.rules.exports.document import BODY, ExportDocument, erratum_note
from tongzhou.modules.directives.rules.exports.tables import Table, split_tables
from tongzhou.modules.directives.rules.exports.titles import break_title
from tongzhou.modules.directives.rules.passages import Passage
from tongzhou.modules.directives.rules.typeset import typeset


class Face(StrEnum):
    """The faces of the standard."""

    FANG = "fang"  # 仿宋
    HEI = "hei"  # 黑体
    KAI = "kai"  # 楷体


@dataclass(frozen=True, slots=True)
class Run:
    """Words in one face; ``note`` tells what stood there as received where they were corrected."""

    text: str
    face: Face = Face.FANG
    note: str = ""


@dataclass(frozen=True, slots=True)
class RedHead:
    """版头: the issuer's mark in red, the document number, the red rule."""

    mark: str
    number: str


@dataclass(frozen=True, slots=True)
class Title:
    """A title over lines; ``subtitle`` is a line in brackets below it."""

    lines: tuple[str, ...]
    subtitle: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipients:
    """主送机关, the full-width colon included."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``level`` is None for text that is no heading.

    A heading stays with what follows it; a chapter (level 0) stands in the middle.
    """

    runs: tuple[Run, ...]
    level: int | None = None

    @property
    def text(self) -> str:
        """Return the words of all runs."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Note:
    """附件说明: the titles of the attachments."""

    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """署名 and 成文日期, either may be empty; ``remarks`` stand below (附注)."""

    issuers: tuple[str, ...]
    day: str
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Annex:
    """The beginning of an attachment on a page of its own; ``mark`` is 附件 with its number."""

    mark: str
    title: Title


@dataclass(frozen=True, slots=True)
class Record:
    """版记: who gets copies, who printed it and when."""

    copies: tuple[str, ...]
    printer: str = ""
    printed_on: str = ""


Part = RedHead | Title | Recipients | Paragraph | Note | Signed | Annex | Record | Table

_MARK = re.compile(
    r"(?:附[件表录]\s?(?:[一二三四五六七八九十]{1,2}|\d{1,2})|附[件表录]?(?=[：:\s]|\Z))[：:]?"
)
_RUN_IN = re.compile(
    r"[一二三四五六七八九十][是要]|首先|其次|再次|最后|第[一二三四五六七八九十]{1,2}[，,]?\Z"
    r"|[\u2460-\u2487]|[（(]?\d{1,2}[）)]"
)
_COPIES = re.compile(r"(?:抄\s?送|抄\s?报|主\s?送|分\s?送)[：:]")
_PRINTED = re.compile(rf"(?P<who>\S.{{1,60}}?)\s*(?P<day>{DATE.pattern})\s?印发\Z")
_REMARK = re.compile(r"[（(]?(?:此件|此文|联系人|联系电话|联系方式|咨询电话)")
_BEHIND = frozenset({"HEADING", "ANNEX", "FOOTER"})
_ENDS = "。！？；：…”）"
_LONGEST_HEADING = 60
_KNOWN_BY, _LONGEST_PARTING = 6, 2
_ITEM_MARK = re.compile(r"\s*\d{1,2}\s?[.．、]\s?")


def lay_out(document: ExportDocument) -> list[Part]:
    """Return the parts of a directive in the order in which they are set."""
    parts: list[Part] = []
    title = _title(document.title.split("\n"))
    if "〔" not in document.doc_number:
        # 第3号 of an order or an announcement stands below its title.
        title = Title(title.lines, (*title.subtitle, *filter(None, [document.doc_number])))
    elif document.issuer:
        parts.append(RedHead(f"{_issuers(document.issuer)[0]}文件", document.doc_number))
    parts.append(title)
    if document.recipients:
        parts.append(Recipients("，".join(map(typeset, document.recipients)) + "："))
    parts += _Body(document).parts()
    return parts


class _Body:
    """What follows the addressees, laid out passage by passage."""

    def __init__(self, document: ExportDocument) -> None:
        self.document = document
        self.made: list[Part] = []
        self.copies: list[str] = []
        self.printed: tuple[str, str] = ("", "")
        self.parents = {each.parent for each in document.passages if each.parent is not None}
        self.signed = any(each.kind == "SIGNATURE" for each in document.passages)
        self.begun = self.closed = self.annexed = False

    def parts(self) -> list[Part]:
        """Return the parts of the body, the attachments and the record at the end."""
        for index, passage in enumerate(self.document.passages):
            if passage.kind in _BEHIND and not self.signed:
                self._sign()
            if passage.kind in BODY:
                if self.closed and self.begun and not self.annexed:
                    self.annexed = True
                    self.made.append(Annex("", Title(())))
                self.begun = True
            match passage.kind:
                case "ITEM":
                    self._noted(passage, self._clause(index, passage))
                case "NOTE":
                    self.made.append(Note(self._note(passage)))
                case "SIGNATURE":
                    self.made.append(self._signature(passage))
                    self.closed = True
                case "HEADING":
                    self.annexed = True
                    self.made.append(_annex(self.document.reading(passage)))
                case "FOOTER":
                    self._footer(passage)
                case _:
                    first = len(self.made)
                    self._running(self.document.reading(passage), passage)
                    self._noted(passage, first)
        if not self.signed:
            self._sign()
        if self.copies or self.printed[0]:
            self.made.append(Record(tuple(self.copies), *self.printed))
        return self.made

    def _sign(self) -> None:
        """Sign a text that came without signature with what its head tells."""
        self.signed = self.closed = True
        day = self.document.issued_on
        written = f"{day.year}年{day.month}月{day.day}日" if day else ""
        # A press report is nobody's act; its text ends where it ends.
        is_directive = self.document.kind is not DocumentKind.REPORT and any(
            each.kind == "ITEM" for each in self.document.passages
        )
        if is_directive and (self.document.issuer or written):
            self.made.append(Signed(tuple(_issuers(self.document.issuer)), written))

    def _note(self, passage: Passage) -> tuple[str, ...]:
        declared = [each.title for each in self.document.attachments if each.declared]
        if not declared:
            declared = [_MARK.sub("", self.document.reading(passage), count=1)]
        return tuple(_ITEM_MARK.sub("", typeset(each), count=1) for each in declared)

    def _signature(self, passage: Passage) -> Signed:
        text = self.document.reading(passage)
        day = DATE.search(text)
        who = (text[: day.start()] if day else text).strip().rstrip("，、(（")
        known = _issuers(self.document.issuer)
        if _squeezed(who) == _squeezed("".join(known)):
            return Signed(tuple(known), day.group() if day else "")
        return Signed(tuple(re.split(r"\s+", who)) if who else (), day.group() if day else "")

    def _footer(self, passage: Passage) -> None:
        for line in self.document.reading(passage).split("\n"):
            printed = _PRINTED.search(line)
            if _COPIES.match(line):
                self.copies.append(line if line.endswith("。") else f"{line}。")
            elif printed is not None:
                self.printed = printed["who"], f"{printed['day']}印发"
            elif _REMARK.match(line):
                self._remark(f"（{line.strip('（）()')}）")

    def _remark(self, text: str) -> None:
        """Put a remark below the signature, or where it stands when there is none."""
        for index in range(len(self.made) - 1, -1, -1):
            part = self.made[index]
            if isinstance(part, Signed):
                self.made[index] = Signed(part.issuers, part.day, (*part.remarks, text))
                return
        self.made.append(Paragraph((Run(text),)))

    def _running(self, text: str, passage: Passage) -> None:
        """Set running text: its paragraphs, and its tables as tables."""
        source = self.document.source[passage.start : passage.end]
        for piece in split_tables(text, source):
            if isinstance(piece, Table):
                self.made.append(piece)
            else:
                self.made += [
                    Paragraph((Run(line.strip()),)) for line in piece.split("\n") if line.strip()
                ]

    def _noted(self, passage: Passage, first: int) -> None:
        """Put the notes on the corrected words of a passage, whose parts begin at ``first``."""
        text = self.document.reading(passage)
        for start, end, erratum in self.document.corrected(passage):
            for at in range(max(first, 0), len(self.made)):
                part = self.made[at]
                if isinstance(part, Paragraph):
                    runs = _annotated(part.runs, text, start, end, erratum_note(erratum))
                    if runs is not None:
                        self.made[at] = Paragraph(runs, part.level)
                        break

    def _clause(self, index: int, passage: Passage) -> int:
        """Set one clause; return the index of the part in which it begins."""
        first = len(self.made)
        text = self.document.reading(passage)
        label = self._label(passage)
        heading = self.document.heading(passage) or self._whole(index, passage, text)
        if heading and text[len(heading) : len(heading) + 1] in tuple(_ENDS):
            heading = text[: len(heading) + 1]
        rest = text[len(heading) :].lstrip()
        face = {1: Face.HEI, 2: Face.KAI, 0: Face.HEI}.get(passage.level, Face.FANG)
        if not heading and not label.endswith("\u3000"):
            face = Face.FANG
        runs = [Run(label + heading, face)]
        if heading and not heading.endswith(tuple(_ENDS)):
            self.made.append(Paragraph(tuple(runs), passage.level))
            if rest:
                self._running(rest, passage)
            return first
        lines = rest.split("\n", 1)
        runs += [Run(lines[0])] if lines[0] else []
        if self._runs_on(passage):
            before = self.made[-1]
            assert isinstance(before, Paragraph)
            first -= 1
            self.made[-1] = Paragraph((*before.runs, *runs))
        else:
            self.made.append(Paragraph(tuple(runs), passage.level if not rest else None))
        if len(lines) > 1:
            self._running(lines[1], passage)
        return first

    def _label(self, passage: Passage) -> str:
        """Return a label with the sign or space that parts it from the words."""
        label = typeset(passage.label)
        if passage.level == 0 or re.match(r"第.+[章节条编]\Z", label):
            return label + "\u3000"
        if re.search(r"[\d一二三四五六七八九十]\Z", label):
            return label + self._parting(passage)
        return label

    def _parting(self, passage: Passage) -> str:
        """Return what parts a label without a stop from the words (第一，坚定信心 · 1 总则)."""
        source = self.document.source[passage.start : passage.end][:_LONGEST_HEADING]
        wanted = _squeezed(passage.label)
        for index, char in enumerate(source):
            if not wanted:
                behind = _squeezed(source[index:])
                at = behind.find(_squeezed(passage.text)[:_KNOWN_BY])
                if 0 < at <= _LONGEST_PARTING:
                    return typeset(f"{behind[:at]}的")[:-1]
                return " " if char.isspace() else ""
            wanted = wanted.removeprefix(char)
        return ""

    def _whole(self, index: int, passage: Passage, text: str) -> str:
        """Return the first line of a clause where it only names what follows."""
        first, _, more = text.partition("\n")
        is_short = len(first) <= _LONGEST_HEADING and not re.search("[。；]|：\\Z", first)
        leads = bool(more) or index in self.parents or passage.level == 0
        if re.match(r"第.+条\Z", passage.label):
            return ""  # an article has its label set apart, and no heading
        return first if leads and is_short and passage.level <= 3 else ""

    def _runs_on(self, passage: Passage) -> bool:
        """Say whether a clause (一是, ①) stands in the paragraph of the clause before it."""
        before = self.made[-1] if self.made else None
        if not isinstance(before, Paragraph):
            return False
        if before.level is not None and not before.text.endswith(tuple(_ENDS)):
            return False  # a heading on a line of its own
        if not _RUN_IN.match(passage.label):
            return False
        source = self.document.source
        line = source[source.rfind("\n", 0, passage.start) + 1 : passage.start]
        return bool(line.strip(" \t\u3000*-#>"))


def _title(lines: list[str]) -> Title:
    """Return a title; a last line in brackets, such as （试行稿）, is its subtitle."""
    kept = [line.strip() for line in lines if line.strip()]
    subtitle: list[str] = []
    while len(kept) > 1 and re.match(r"[（(].*[）)]\Z", kept[-1]):
        subtitle.insert(0, typeset(kept.pop()))
    joined = typeset("".join(kept))
    return Title(break_title(joined), tuple(subtitle))


def _annex(text: str) -> Annex:
    mark = _MARK.match(text)
    label = re.sub(r"[\s：:]", "", mark.group()) if mark else ""
    return Annex(label, _title(text[mark.end() if mark else 0 :].split("\n")))


def _issuers(issuer: str) -> list[str]:
    return [each for each in re.split(r"[、 \u3000]", issuer) if each]


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _annotated(
    runs: tuple[Run, ...], text: str, start: int, end: int, note: str
) -> tuple[Run, ...] | None:
    """Return runs with a note on the words ``start``-``end`` of ``text``, None where they are not.

    The words are known again by what stands around them.
    """
    for index in range(len(runs) - 1, -1, -1):
        run = runs[index]
        for reach in (12, 6, 2, 0):
            before, words = text[max(0, start - reach) : start], text[start:end]
            before = before.rpartition("\n")[2]
            at = run.text.rfind(before + words)
            if at < 0:
                continue
            at += len(before)
            parted = (
                Run(run.text[:at], run.face),
                Run(words, run.face, note),
                Run(run.text[at + len(words) :], run.face),
            )
            return (*runs[:index], *(each for each in parted if each.text), *runs[index + 1 :])
    return None
