"""Tell a press report from a document: a report tells what others asked for and has no clauses.

What speaks for a document is its form: addressees, a signature, a number, 现通知如下. What speaks
for a report is how it tells: 记者获悉, 《通知》要求, 近日某局印发. Only the beginning and the end
of a text are looked at.
"""

import re

from tongzhou.modules.directives.rules.cleaning import Stream, fold
from tongzhou.modules.directives.rules.closing import Closing
from tongzhou.modules.directives.rules.headmatter import Head
from tongzhou.modules.directives.rules.kinds import Candidate, Kind
from tongzhou.modules.directives.rules.titles import TITLE_KIND_END
from tongzhou.modules.directives.rules.words import any_of, words

_TOLD = re.compile(any_of(fold(word) for word in words("press_words")))
_WIRE = re.compile(r"\d{1,2}月\d{1,2}日(?:电|讯|消息|晚间消息)(?![子话报视信器线力梯动])")
_REPORTED = re.compile(
    rf"(?:《[^《》]{{0,40}}(?:{any_of(words('reported_things'))})》|(?<![\u4e00-\u9fff])"
    rf"(?:{any_of((*words('reported_things'), *words('reported_meetings')))}))"
    rf"(?:{any_of(words('reporting_verbs'))})"
)
_LEAD = re.compile(
    rf"(?:{any_of(words('press_leads'))}|(?:(?:19|20)\d{{2}}年)?\d{{1,2}}月\d{{1,2}}日)[^。]{{0,40}}?"
    rf"(?:{any_of(words('press_deeds'))})"
)
_SOURCE = re.compile(r"(?:来源|作者|记者|通讯员|责任编辑|供稿)[：)]")
_FOLLOWS = re.compile(
    r"(?:通知|公告|通告|决定|意见|方案|预案|倡议|函复|函告|批复|答复|要求|命令)如下|特此"
)
_SPOKEN = (Kind.SPOKEN, Kind.ORDINAL, Kind.FIRSTLY)
_BEGINNING = 3000
_END = 300
_HEAD = 200


def without_reported(
    stream: Stream, head: Head, closing: Closing, labels: list[Candidate]
) -> list[Candidate]:
    """Drop the labels of a press report; a document's stay."""
    if not labels:
        return labels
    told, form = _told(stream, head), _form(stream, head, closing)
    if _outweighs(told, form):
        return []
    if told and not form:
        return [label for label in labels if label.kind not in _SPOKEN]
    return labels


def is_report(stream: Stream, head: Head, closing: Closing) -> bool:
    """Say whether a text reports on a document instead of being one."""
    told, form = _told(stream, head), _form(stream, head, closing)
    return _outweighs(told, form) or (told > 0 and form == 0)


def _outweighs(told: int, form: int) -> bool:
    return told >= 2 and told > form and form <= 1


def _told(stream: Stream, head: Head) -> int:
    """Return how many signs of a press report a text shows."""
    text = stream.fold
    body = text[head.body : head.body + _BEGINNING]
    signs = int(bool(_TOLD.search(body) or _TOLD.search(text, max(head.body, len(text) - _END))))
    signs += bool(_WIRE.search(body)) + bool(_REPORTED.search(body))
    signs += bool(_LEAD.match(body[:120]))
    return signs + bool(_SOURCE.search(text, 0, max(head.body, _HEAD)))


def _form(stream: Stream, head: Head, closing: Closing) -> int:
    """Return how many signs of a document's form a text shows."""
    signature = closing.signature
    signs = 2 * bool(head.recipients) + bool(head.number)
    if signature is not None and signature.issuer is not None:
        signs += 1 + (signature.date is not None)
    if head.title_span is not None:
        signs += TITLE_KIND_END.search(stream.fold, *head.title_span) is not None
    signs += bool(_FOLLOWS.search(stream.fold, head.body, head.body + _BEGINNING))
    return signs + bool(closing.annexes)
