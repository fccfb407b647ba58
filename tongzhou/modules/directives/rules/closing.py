"""Read what stands behind the body: attachment note, signature, attachments, footer."""

import re
from dataclasses import dataclass, field
from itertools import pairwise

from tongzhou.modules.directives.contracts import BlockKind, ParsedAttachment
from tongzhou.modules.directives.rules.cleaning import LINE, SPACE, Stream, fold
from tongzhou.modules.directives.rules.dates import DATE_PATTERN
from tongzhou.modules.directives.rules.head import Head
from tongzhou.modules.directives.rules.marks import (
    ANNEX,
    ANNEX_NO,
    CN_DIGIT,
    FIRST_LABEL,
    FOOTER,
)
from tongzhou.modules.directives.rules.names import joint_name
from tongzhou.modules.directives.rules.signature import Signature, find_signature
from tongzhou.modules.directives.rules.tables import Tables
from tongzhou.modules.directives.rules.titles import whole_title

_NOTE = re.compile(rf"附(?:件|表|录)?{ANNEX_NO}(?P<stop>[：.、])")
_ITEM = re.compile(rf"(?<!\d)(\d{{1,2}})[.、](?!\d)|\((\d{{1,2}})\)|(?<!{CN_DIGIT})({CN_DIGIT})、")
_REMARK = re.compile(
    r"[(\[【](?:此件|此文|本文|公开|主动公开|联系人|来源)[^()\[\]【】]{0,60}[)\]】]"
)
_NUMBERED = (("一、", "二、"), ("(一)", "(二)"), ("第一条", "第二条"), ("第一章", "第二章"))
_QUOTED = re.compile(r"《([^《》]{4,80})》")
_RECORD = re.compile(rf"(?:抄送|抄报|分送)：|[^。]{{2,60}}?(?:{DATE_PATTERN})印发\Z")  # 版记
_LONGEST_NOTE = 1500
_MOST_ANNEXES = 100


@dataclass(slots=True)
class Annex:
    """An attachment's own text: heading from ``start``, words from ``content`` to ``end``."""

    title: str
    start: int
    content: int
    end: int


@dataclass(slots=True)
class Closing:
    """What follows the body, which ends at ``body_end``."""

    body_end: int
    signature: Signature | None = None
    attachments: list[ParsedAttachment] = field(default_factory=list)
    annexes: list[Annex] = field(default_factory=list)
    parts: list[tuple[BlockKind, int, int]] = field(default_factory=list)


def read_closing(stream: Stream, head: Head, tables: Tables) -> Closing:
    """Return signature, attachments and footer of the document behind ``head``."""
    size = len(stream)
    signature = find_signature(stream, head, tables)
    body_end = signature.start if signature else size
    closing = Closing(body_end, signature)
    after = size
    if signature:
        closing.parts.append((BlockKind.SIGNATURE, signature.start, signature.end))
        after = signature.end
    note = _note(stream, head.body, body_end, bool(signature))
    if note:
        closing.body_end = note[0]
        note_end = _take_note(stream, closing, note[0], note[1], body_end)
        if note_end < body_end and not signature:
            after = note_end
    elif not signature:
        after = _first_annex_line(stream, head.body)
        closing.body_end = min(closing.body_end, after)
    if after < size:
        _read_rest(stream, head, closing, after)
    if not signature and not closing.annexes:
        closing.body_end = trim_footer(stream, head.body, closing.body_end)
    for annex in closing.annexes:
        _take_record(stream, closing, annex)
    return closing


def _boundary(stream: Stream, index: int) -> bool:
    """Say whether something may begin here: at a gap or behind a full stop."""
    if stream.gap_at(index) >= SPACE:
        return True
    return index > 0 and stream.fold[index - 1] in "。！？)”"


def _note(stream: Stream, start: int, end: int, signed: bool) -> tuple[int, int] | None:
    """Return begin and first title index of the attachment note (附件：…) under a body."""
    text = stream.fold
    found: tuple[int, int] | None = None
    for match in _NOTE.finditer(text, max(start, end - _LONGEST_NOTE if signed else start), end):
        if not _boundary(stream, match.start()) or (match["stop"] != "：" and not match["no"]):
            continue
        rest = text[match.end() : end]
        if signed:
            if rest.count("。") <= 1 + len(_ITEM.findall(rest)) and found is None:
                found = match.start(), match.end()
        elif stream.gap_at(match.start()) >= LINE or text[match.start() - 1] in "。":
            found = match.start(), match.end()
            break
    return found


def _take_note(stream: Stream, closing: Closing, start: int, first: int, end: int) -> int:
    """Read the titles of an attachment note; return where it ends."""
    text = stream.fold
    stop = end
    if closing.signature is None:
        for begin, line_end in stream.lines(first, end):
            if begin > first and not _ITEM.match(text, begin):
                stop = begin
                break
            if "。" in text[begin : line_end - 1]:
                stop = begin if begin > first else line_end
                break
    numbered = _NOTE.match(text, start)
    if numbered is not None and numbered["no"]:
        marks = [m for m in _NOTE.finditer(text, start, stop) if m["no"]]
        spans = [(m.end(), n.start()) for m, n in pairwise(marks)]
        spans.append((marks[-1].end(), stop))
    else:
        spans = _items(text, first, stop)
    for begin, finish in spans:
        title = _attachment_title(stream, begin, finish)
        if title:
            closing.attachments.append(ParsedAttachment(title, True))
    closing.parts.append((BlockKind.ATTACHMENT_NOTE, start, stop))
    return stop


def _items(text: str, first: int, stop: int) -> list[tuple[int, int]]:
    """Split a note at 1. 2. 3. where the numbers count on; otherwise it is one title."""
    marks: list[re.Match[str]] = []
    for match in _ITEM.finditer(text, first, stop):
        value = match[1] or match[2]
        number = int(value) if value else "一二三四五六七八九十".index(match[3]) + 1
        if number == len(marks) + 1 and (marks or match.start() == first):
            marks.append(match)
    if not marks:
        return [(first, stop)]
    spans = [(m.end(), n.start()) for m, n in pairwise(marks)]
    return [*spans, (marks[-1].end(), stop)]


def _attachment_title(stream: Stream, begin: int, finish: int) -> str:
    return stream.chars[begin:finish].strip("。；;，,、《》")


def _first_annex_line(stream: Stream, start: int) -> int:
    """Return where a line 附件 or 附件1 begins an attachment, the text's end if none does."""
    for begin, end in stream.lines(start):
        if begin == start:
            continue
        match = ANNEX.match(stream.fold, begin, end)
        if match is not None and match["word"] != "附" and (match.end() == end or match["no"]):
            return begin
    return len(stream)


def _read_rest(stream: Stream, head: Head, closing: Closing, start: int) -> None:
    """Read attachments and footer behind the signature."""
    text = stream.fold
    size = len(text)
    first = _skip_footer(stream, start)
    starts = _annex_starts(stream, first) or _sent_starts(stream, head, closing, first)
    if not starts:
        if not _undeclared(stream, first):
            closing.parts.append((BlockKind.FOOTER, start, size))
            return
        starts = [first]
    if starts[0] > start:
        closing.parts.append((BlockKind.FOOTER, start, starts[0]))
    if len(starts) == 1 and _only_titles(stream, closing, starts[0], size):
        return
    for begin, end in zip(starts, [*starts[1:], size], strict=True):
        closing.annexes.append(_annex(stream, head, closing, begin, end))


def _annex_starts(stream: Stream, start: int) -> list[int]:
    """Return where attachments begin: 附件 at a line start, or glued to the signature."""
    found: list[int] = []
    text = stream.fold
    for match in ANNEX.finditer(text, start):
        at = match.start()
        at_line = stream.gap_at(at) >= LINE
        if at != start and not at_line and not (match["no"] and _boundary(stream, at)):
            continue
        if match["word"] == "附" and not match["stop"]:
            continue
        line_alone = stream.gap_at(match.end()) >= LINE
        if at == start or line_alone or match["no"] or match["stop"]:
            found.append(at)
        if len(found) >= _MOST_ANNEXES:
            break
    return found


def _only_titles(stream: Stream, closing: Closing, start: int, end: int) -> bool:
    """Take a note that stands behind the signature and announces titles without their text."""
    text = stream.fold
    note = _NOTE.match(text, start)
    if note is None or end - start > 400 or closing.attachments:
        return False
    if "。" in text[start : end - 1]:
        return False
    lines = stream.lines(note.end(), end)
    if any(not _ITEM.match(text, begin) for begin, _ in lines[1:]):
        return False
    _take_note(stream, closing, start, note.end(), end)
    return True


def _skip_footer(stream: Stream, start: int) -> int:
    """Return where lines such as （此件公开发布） behind a signature end."""
    position = start
    remark = _REMARK.match(stream.fold, start)
    if remark is not None:
        position = remark.end()
    while position < len(stream):
        begin, end = position, stream.line_end(position)
        text = stream.fold[begin : min(end, begin + 120)]
        whole = text.startswith("(") and text.endswith(")") and len(text) <= 40
        if not (whole or (FOOTER.match(text) and len(text) <= 80)):
            break
        position = end
    return position


def _sent_starts(stream: Stream, head: Head, closing: Closing, start: int) -> list[int]:
    """Return where texts begin that the title or the letter says are sent (《…》)."""
    found: list[int] = []
    for title in _sent_titles(stream, head, closing):
        at = stream.fold.find(title, start)
        if at < 0:
            continue
        alone = stream.gap_at(at) >= LINE and stream.gap_at(at + len(title)) >= LINE
        behind_stop = at > 0 and stream.fold[at - 1] == "。"
        if (at == start or alone or behind_stop) and at not in found:
            found.append(at)
    return sorted(found)


def _undeclared(stream: Stream, start: int) -> bool:
    """Say whether an attachment with a title follows a signature without any heading."""
    text = stream.fold
    if len(text) - start < 40 or FOOTER.match(text, start):
        return False
    rest = text[start:]
    if any(first in rest and second in rest for first, second in _NUMBERED):
        return True
    line_end = stream.line_end(start)
    return bool(whole_title(stream, start, line_end))


def _sent_titles(stream: Stream, head: Head, closing: Closing) -> list[str]:
    """Return, folded, what title and letter say is sent: 关于印发《…》的通知."""
    found = _QUOTED.findall(fold(head.title or ""))
    letter = stream.fold[head.body : min(closing.body_end, head.body + 3000)]
    return [*found, *(title for title in _QUOTED.findall(letter) if title not in found)]


def _annex(stream: Stream, head: Head, closing: Closing, start: int, end: int) -> Annex:
    """Read one attachment's heading and title, and record titles that were not declared."""
    text = stream.fold
    match = ANNEX.match(text, start)
    position = match.end() if match is not None else start
    declared = [item.title for item in closing.attachments]
    sent = _sent_titles(stream, head, closing)
    for title in sorted([*declared, *sent], key=len, reverse=True):
        if title and text.startswith(fold(title), position):
            stop = position + len(title)
            if title not in declared:
                shown = stream.chars[position:stop]
                closing.attachments.append(ParsedAttachment(shown, match is not None))
            closing.parts.append((BlockKind.ANNEX_HEADING, start, stop))
            return Annex(stream.chars[position:stop], start, stop, end)
    line_end = stream.line_end(position, end) if position < end else end
    if match is None and FIRST_LABEL.match(text, position):
        return Annex("", start, position, end)
    stop = whole_title(stream, position, line_end)
    if not stop and line_end - position <= 60 and not re.search("[。；]", text[position:line_end]):
        stop = line_end
    title = stream.chars[position:stop] if stop else ""
    if title and not declared:
        closing.attachments.append(ParsedAttachment(title, match is not None))
    stop = stop or position
    if start < stop:
        closing.parts.append((BlockKind.ANNEX_HEADING, start, stop))
    return Annex(title, start, stop, end)


def trim_footer(stream: Stream, start: int, end: int) -> int:
    """Return where the footer lines at the end of ``start``-``end`` begin."""
    stop = end
    for begin, finish in reversed(stream.lines(start, end)[1:]):
        is_footer = finish - begin <= 120 and FOOTER.match(stream.fold, begin, finish)
        if is_footer or _RECORD.match(stream.fold, begin, finish):
            stop = begin
        else:
            break
    return stop


def _take_record(stream: Stream, closing: Closing, annex: Annex) -> None:
    """Keep the record of copies and printing (版记) at the end of an attachment."""
    for begin, finish in stream.lines(trim_footer(stream, annex.content, annex.end), annex.end):
        if _RECORD.match(stream.fold, begin, finish):
            closing.parts.append((BlockKind.FOOTER, begin, annex.end))
            return


def issuer_of(stream: Stream, head: Head, closing: Closing) -> str | None:
    """Return the issuer: who signed, else whom the title or a head field names."""
    signature = closing.signature
    if signature is not None and signature.issuer is not None:
        return joint_name(stream, *signature.issuer)
    return head.issuer or head.issuer_field
