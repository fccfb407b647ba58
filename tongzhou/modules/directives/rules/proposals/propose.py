"""Go through a document passage by passage and propose its duties."""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace

from tongzhou.modules.directives.contracts import (
    Bearer,
    BlockKind,
    Ground,
    ParsedDocument,
    ProposedDuty,
    Strength,
)
from tongzhou.modules.directives.rules.cleaning import Stream, clean, fold
from tongzhou.modules.directives.rules.headings import spaced_heading
from tongzhou.modules.directives.rules.parser import parse
from tongzhou.modules.directives.rules.passages import Passage, passages
from tongzhou.modules.directives.rules.proposals.bearers import (
    Setting,
    Subject,
    heading_bearers,
)
from tongzhou.modules.directives.rules.proposals.binding import bound_by
from tongzhou.modules.directives.rules.proposals.lexicon import ends
from tongzhou.modules.directives.rules.proposals.parts import Sentence, sentences
from tongzhou.modules.directives.rules.proposals.roles import Part
from tongzhou.modules.directives.rules.proposals.settings import setting_of
from tongzhou.modules.directives.rules.proposals.sieve import (
    addresses_somebody,
    glued_heading,
    introduces_list,
    is_heading,
    is_lead_in,
    is_no_duty,
    is_paragraph_heading,
    is_press,
    is_thing,
    label_length,
    lists_cases,
    lists_things,
    only_states,
    tells_meaning,
)
from tongzhou.modules.directives.rules.proposals.strength import find_marker, has
from tongzhou.modules.directives.rules.proposals.units import (
    Unit,
    apart_in_time,
    build_units,
    read_parts,
)
from tongzhou.modules.directives.rules.proposals.writing import Writer
from tongzhou.modules.directives.rules.reading import Reader
from tongzhou.modules.directives.rules.unwrap import unwrap

_KINDS = frozenset(("ITEM", "COVER", "PREAMBLE", "ANNEX"))
_SPOKEN_LEVEL = 5
_HIGH_LEVEL = 2
_NUMBERED = re.compile(r"\d{1,2}[、.][^\d]")


@dataclass(frozen=True, slots=True)
class Scope:
    """What the clauses below a clause take over from it: whom, and how strictly."""

    subject: Subject | None
    mood: Strength | None = None
    duties: bool = False  # a list of duties (主要职责：), where a bare noun is one
    silent: bool = False  # a list of things or cases (下列信息：), which ask nothing
    listed: bool = False  # under a heading of things (年检内容), where a mere noun asks nothing
    labelled: bool = False  # … whose colon stands on the same line (检查范围：)


def propose(text: str, document: ParsedDocument | None = None) -> list[ProposedDuty]:
    """Return the duties a document proposes, in the order of the text; never raises.

    ``document`` is what ``parse`` made of the same text; it is read again when not given.
    """
    document = parse(text) if document is None else document
    if not document.clauses and not any(
        block.kind in (BlockKind.COVER, BlockKind.PREAMBLE, BlockKind.ANNEX)
        for block in document.blocks
    ):
        return []
    stream = clean(text)
    unwrap(stream)
    return _Reader(stream, document).read()


class _Reader:
    """Keeps whom the text is about while it goes through the passages."""

    def __init__(self, stream: Stream, document: ParsedDocument) -> None:
        self.stream = stream
        self.document = document
        self.reader = Reader(stream)
        self.setting = setting_of(document, document.title)
        self.writer = Writer(stream)
        self.scopes: dict[int, Scope] = {}
        self.duties: list[ProposedDuty] = []
        title = fold(document.title or "")
        self.appeal = title.endswith(ends("appeals"))
        self.without_clauses = not document.clauses
        self.introduced = False
        self.asked = False  # in an appeal: the passage has come to what somebody must do

    def read(self) -> list[ProposedDuty]:
        """Return the duties of all passages."""
        kept = passages(self.document)
        children = {each.parent for each in kept if each.parent is not None}
        for index, passage in enumerate(kept):
            if passage.kind == "HEADING":
                self.setting = setting_of(self.document, _annex_title(passage))
            elif passage.kind in _KINDS:
                self._passage(index, passage, has_children=index in children)
        return self.duties

    def _passage(self, index: int, passage: Passage, *, has_children: bool) -> None:
        self.asked = False
        start = bisect_left(self.stream.at, passage.start)
        end = bisect_left(self.stream.at, passage.end)
        start = self._behind_label(start, end, passage.label)
        if start >= end:
            return
        found = [
            _without_label(each)
            for each in sentences(self.stream, self.reader.paragraphs(start, end))
        ]
        above = self.scopes.get(passage.parent) if passage.parent is not None else None
        scope = above or Scope(None)
        is_item = passage.kind == "ITEM"
        if scope.silent:
            self.scopes[index] = scope
            found = _behind_list(found)
            if not found:
                return
            scope = replace(scope, silent=False)
        if not is_item and is_press(self.stream.fold[start:end]) and self.without_clauses:
            return
        heads, found = self._split_heading(found, passage, scope, has_children=has_children)
        for head in heads:
            named = heading_bearers(head.body, self._setting(scope))
            if named is not None:
                scope = replace(scope, subject=named)
            scope = replace(
                scope,
                duties=head.body.endswith(ends("duty_list_headings")),
                listed=scope.listed or lists_things(head),
                labelled=lists_things(head) and head.text.endswith("："),
            )
        below = self._sentences(found, passage, scope, is_item=is_item, has_children=has_children)
        self.scopes[index] = replace(below, labelled=False)

    def _behind_label(self, start: int, end: int, label: str) -> int:
        index = start
        if label and self.stream.chars.startswith(label, start):
            index = start + len(label)
            while index < end and self.stream.fold[index] in "、.，：)":
                index += 1
        return index

    def _split_heading(
        self, found: list[Sentence], passage: Passage, scope: Scope, *, has_children: bool
    ) -> tuple[list[Sentence], list[Sentence]]:
        """Part a clause's own heading from its sentences."""
        if passage.kind != "ITEM" or not found:
            return [], found
        first = found[0]
        setting = self._setting(scope)
        followed = len(found) > 1 or has_children
        alone = first.line and (len(found) > 1 or has_children)
        spoken = passage.level == _SPOKEN_LEVEL
        addressed = (
            0 < passage.level <= _HIGH_LEVEL
            and len(found) > 1
            and addresses_somebody(found[1], setting)
        )
        if is_heading(
            first, setting, alone=alone, followed=followed, spoken=spoken, addressed=addressed
        ):
            return [first], found[1:]
        cut = spaced_heading(self.stream, first.start, first.end) or glued_heading(first, setting)
        if cut:
            return [_part_of(first, 0, cut)], [_part_of(first, cut, len(first.text)), *found[1:]]
        return [], found

    def _setting(self, scope: Scope) -> Setting:
        """Return the setting in which names that only point mean the section's bearer."""
        if scope.subject is None:
            return self.setting
        return replace(self.setting, default=scope.subject.bearers)

    def _sentences(
        self,
        found: list[Sentence],
        passage: Passage,
        scope: Scope,
        *,
        is_item: bool,
        has_children: bool,
    ) -> Scope:
        """Propose the duties of a passage; return what the clauses below it take over."""
        carried = scope.subject
        mood = scope.mood
        below = scope
        for number, sentence in enumerate(found):
            setting = self._setting(replace(scope, subject=scope.subject))
            if any(lead in sentence.plain for lead in ends("appeal_leads")):
                self.appeal = True
            strict = not is_item and not (self.without_clauses and self.introduced)
            if is_lead_in(sentence):
                self.introduced = True
                if has_children and lists_cases(sentence):
                    below = replace(below, silent=True)
                    if not tells_meaning(sentence):
                        carried = self._propose(sentence, passage, carried, setting, mood, strict)
                    continue
                named, lead_mood, lists = self._lead_in(sentence, setting)
                carried = named or carried
                below = Scope(carried, lead_mood or mood, lists or scope.duties)
                if sentence.text.endswith("："):
                    mood = lead_mood or mood
                alone = not is_item or sentence.text.endswith("：")
                if alone and not _asks_beside(sentence):
                    continue
            if has_children and introduces_list(sentence):
                below = replace(below, silent=True)
            if is_no_duty(sentence, strict=strict):
                continue
            opening = passage.kind == "PREAMBLE" and not self.without_clauses
            if opening and only_states(sentence, setting):
                continue
            labelled = is_item and scope.labelled and number == 0
            if scope.listed and is_thing(sentence, setting, labelled=labelled):
                continue
            if self._heads_paragraph(passage, sentence, found[number + 1 :], setting):
                continue
            nouns = is_item and scope.duties and not has_children and len(found) <= 2
            carried = self._propose(sentence, passage, carried, setting, mood, strict, nouns=nouns)
            below = replace(below, subject=carried) if carried is not None else below
        return below

    def _propose(
        self,
        sentence: Sentence,
        passage: Passage,
        carried: Subject | None,
        setting: Setting,
        mood: Strength | None,
        strict: bool,
        *,
        nouns: bool = False,
    ) -> Subject | None:
        """Add the duties of one sentence; return the subject that the next may carry over."""
        parts = read_parts(sentence, setting)
        urged = Strength.MUST if self.asked else Strength.EXHORT
        mood = mood or (urged if self.appeal else Strength.MUST)
        units = apart_in_time(build_units(parts, mood=mood, imperatives=not strict))
        if not units and nouns and parts and not has(sentence.plain, "statements"):
            units = [Unit(parts, mood)]
        named = next((part.subject for part in parts if part.subject is not None), None)
        if not units and named is not None and Bearer.OTHER not in named.bearers:
            return replace(named, ground=Ground.CARRIED)
        self.asked = self.asked or any(_asks(unit) for unit in units)
        for unit in units:
            carried = self._write(unit, sentence, parts, passage, carried, setting)
        return carried

    def _heads_paragraph(
        self, passage: Passage, sentence: Sentence, rest: list[Sentence], setting: Setting
    ) -> bool:
        if passage.kind != "ITEM" or passage.level == _SPOKEN_LEVEL:
            return False
        followed = bool(rest) and not rest[0].opens
        return is_paragraph_heading(sentence, setting, followed=followed)

    def _lead_in(
        self, sentence: Sentence, setting: Setting
    ) -> tuple[Subject | None, Strength | None, bool]:
        """Return whom a lead-in names, how strictly it introduces, and whether it lists duties."""
        subject: Subject | None = None
        mood: Strength | None = None
        for part in read_parts(sentence, setting):
            subject = part.subject or subject
            marker = find_marker(part.span.plain, part.predicate)
            if marker is not None and marker.strong and not marker.weak:
                mood = marker.strength
        listed = "下列" in sentence.plain or "以下" in sentence.plain
        if "如下" in sentence.plain and not listed and mood is not Strength.MUST_NOT:
            mood = None
        lists = sentence.body.endswith(ends("duty_list_headings"))
        return subject, mood, lists

    def _write(
        self,
        unit: Unit,
        sentence: Sentence,
        parts: list[Part],
        passage: Passage,
        carried: Subject | None,
        setting: Setting,
    ) -> Subject | None:
        """Add a duty; return the subject that the next sentence may carry over."""
        base = carried or Subject(
            self.setting.default, 0, 0, self.setting.text, self.setting.ground
        )
        subject = bound_by(
            unit,
            sentence,
            base,
            setting,
            self.writer,
            law=passage.label.startswith("第"),
            appeal=self.appeal,
        )
        if self.without_clauses:  # a letter has come to what it asks
            self.introduced = True
        if _is_listing(sentence.text[unit.start : unit.end]):
            return carried
        duty = self.writer.write(unit, sentence, parts, passage.address, subject)
        self.duties.append(duty)
        if subject.ground in (Ground.WORDS, Ground.CARRIED):
            reason = next(each for each in duty.reasons if each.finding == "bearers")
            return replace(subject, ground=Ground.CARRIED, source=(reason.start, reason.end))
        return carried


def _asks(unit: Unit) -> bool:
    """Say whether a duty of an appeal binds for once: 应停止聚集, 不得外出, but not a mere 要."""
    part, marker = unit.marked_in, unit.marker
    if part is None or marker is None or not marker.strong:
        return False
    mere = part.span.text[marker.start : marker.end] == "要"
    return not mere and unit.strength in (Strength.MUST, Strength.MUST_NOT)


def _asks_beside(sentence: Sentence) -> bool:
    """Say whether a lead-in also orders something itself (请…务必…，现公告如下：)."""
    return "请" in sentence.plain and "如下" in sentence.plain and "，现" in sentence.plain


def _behind_list(found: list[Sentence]) -> list[Sentence]:
    """Return the sentences behind the first of a list's item: they are no part of the list."""
    for number, each in enumerate(found):
        if number and each.opens:
            return found[number:]
    return []


def _is_listing(text: str) -> bool:
    """Say whether a stretch is a table or list run together (序号 1、… 2、… 3、…)."""
    return len(text) > 120 and len(_NUMBERED.findall(text)) >= 4


def _annex_title(passage: Passage) -> str:
    lines = [line for line in passage.text.split("\n") if line.strip()]
    return lines[-1].strip() if lines else passage.text


def _without_label(sentence: Sentence) -> Sentence:
    length = label_length(sentence.text)
    if not length:
        return sentence
    return replace(_part_of(sentence, length, len(sentence.text)), opens=False)


def _part_of(sentence: Sentence, start: int, end: int) -> Sentence:
    return Sentence(
        sentence.start + start,
        sentence.start + end,
        sentence.text[start:end],
        sentence.plain[start:end],
        opens=sentence.opens,
        line=False,
    )
