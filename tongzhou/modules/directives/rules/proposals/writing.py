"""Write a duty out: its exact source, its details, the words for each, how sure it is."""

from tongzhou.modules.directives.contracts import (
    Bearer,
    Ground,
    ProposedDuty,
    Reason,
    Strength,
)
from tongzhou.modules.directives.rules.cleaning import Stream
from tongzhou.modules.directives.rules.proposals.bearers import (
    Setting,
    Subject,
    find_subject,
)
from tongzhou.modules.directives.rules.proposals.details import (
    find_cites,
    find_codes,
    find_phase,
    find_regions,
)
from tongzhou.modules.directives.rules.proposals.lexicon import params
from tongzhou.modules.directives.rules.proposals.parts import MASK, Sentence
from tongzhou.modules.directives.rules.proposals.roles import Part, Role
from tongzhou.modules.directives.rules.proposals.times import (
    Words,
    find_deadline,
    find_recurrence,
    lasting,
)
from tongzhou.modules.directives.rules.proposals.units import Unit

_SURE = {
    Ground.WORDS: 0.2,
    Ground.CARRIED: 0.14,
    Ground.HEADING: 0.16,
    Ground.ADDRESSEES: 0.06,
    Ground.TITLE: 0.02,
    Ground.ISSUER: 0.0,
    Ground.MOOD: 0.0,
}


class Writer:
    """Turns units of a sentence into proposals with offsets of the source."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def write(
        self, unit: Unit, sentence: Sentence, parts: list[Part], clause: str, subject: Subject
    ) -> ProposedDuty:
        """Return the proposal for ``unit``, bound by ``subject``."""
        start, end = sentence.start + unit.start, sentence.start + unit.end
        stops = "。！？"
        if unit.end + 1 >= len(sentence.body) or unit.parts[-1] is parts[-1]:
            limit = sentence.end
            while end < limit and self.stream.fold[end] in stops:
                end += 1
        text = sentence.text[unit.start : unit.end]
        plain = sentence.plain[unit.start : unit.end]
        phase = self._phase(unit, sentence, parts)
        recurrence = find_recurrence(text)
        deadline = find_deadline(text)
        span = lasting(plain, deadline, recurrence) if deadline is not None else None
        if span is not None:
            deadline, phase = None, phase or _shifted(span, unit.start)
        if deadline is not None and phase is not None and _overlap(deadline, unit.start, phase):
            phase = None
        cites = find_cites(text)
        evidence, proofs = find_codes(_behind_subject(unit, plain), "evidence")
        named = subject.text if subject.ground is not Ground.ADDRESSEES else ""
        attributes, _ = find_codes(named, "attributes")
        reasons = [
            self._strength_reason(unit, sentence),
            self._bearer_reason(unit, sentence, subject),
        ]
        for name, words in (
            ("recurrence", recurrence),
            ("deadline", deadline),
            ("cites", cites),
            *(("evidence", proof) for proof in proofs),
            *(("region", place) for place in find_regions(plain)),
        ):
            if words is not None:
                reasons.append(self._reason(name, words, sentence.start + unit.start))
        if phase is not None:
            reasons.append(self._reason("phase", phase, sentence.start))
        first, last = self.stream.at[start], self.stream.until[end - 1]
        return ProposedDuty(
            clause=clause,
            text=self.stream.source[first:last],
            start=first,
            end=last,
            strength=unit.strength,
            bearers=subject.bearers,
            recurrence=recurrence.value if recurrence else None,
            deadline=self._as_received(deadline, sentence.start + unit.start),
            phase=self._as_received(phase, sentence.start),
            cites=cites.value if cites else None,
            confidence=_confidence(unit, subject, clause),
            attributes=attributes,
            evidence=evidence,
            reasons=tuple(reasons),
        )

    def pointed(
        self,
        bearers: tuple[Bearer, ...],
        found: tuple[int, str],
        sentence: Sentence,
        unit: Unit,
    ) -> Subject:
        """Return a bearer to whom words of the unit point that do not name it."""
        place, word = found
        first = sentence.start + unit.start + place
        source = (self.stream.at[first], self.stream.until[first + len(word) - 1])
        return Subject(bearers, place, place + len(word), word, Ground.MOOD, source)

    def urged(self, unit: Unit, setting: Setting) -> Subject | None:
        """Return whom an encouragement names behind its verb (鼓励志愿者参与…)."""
        part, marker = unit.marked_in, unit.marker
        if part is None or marker is None:
            return None
        return find_subject(part.span.text, marker.end, setting)

    def _phase(self, unit: Unit, sentence: Sentence, parts: list[Part]) -> Words | None:
        """Return the phase of the unit; one that opens the sentence holds for all of it."""
        for part in unit.parts:
            found = find_phase(part.span.plain, part.predicate)
            if found is not None:
                return _shifted(found, part.span.start)
        for part in parts:
            if part.span.start >= unit.start or part.role is not Role.ADJUNCT:
                break
            found = find_phase(part.span.plain)
            if found is not None:
                return _shifted(found, part.span.start)
        return None

    def _as_received(self, words: Words | None, base: int) -> str | None:
        if words is None:
            return None
        return self.stream.chars[base + words.start : base + words.end]

    def _reason(self, name: str, words: Words, base: int, ground: Ground = Ground.WORDS) -> Reason:
        first, last = base + words.start, base + words.end
        if first >= last or last > len(self.stream.chars):
            return Reason(name, ground, words.text, 0, 0)
        return Reason(
            name,
            ground,
            self.stream.chars[first:last],
            self.stream.at[first],
            self.stream.until[last - 1],
        )

    def _strength_reason(self, unit: Unit, sentence: Sentence) -> Reason:
        if unit.marker is None or unit.marked_in is None:
            return Reason("strength", Ground.MOOD, "", 0, 0)
        base = sentence.start + unit.marked_in.span.start
        marked = Words("", "", unit.marker.start, unit.marker.end)
        return self._reason("strength", marked, base)

    def _bearer_reason(self, unit: Unit, sentence: Sentence, subject: Subject) -> Reason:
        if subject.ground is Ground.WORDS and unit.named_in is not None and unit.subject is subject:
            base = sentence.start + unit.named_in.span.start
            return self._reason("bearers", Words("", "", subject.start, subject.end), base)
        first, last = subject.source
        text = self.stream.source[first:last] if last else subject.text
        return Reason("bearers", subject.ground, text, first, last)


def _overlap(deadline: Words, base: int, phase: Words) -> bool:
    return deadline.start + base < phase.end and phase.start < deadline.end + base


def _behind_subject(unit: Unit, plain: str) -> str:
    """Return the text with its subject masked: 登记管理机关 proves no registration."""
    if unit.subject is None or unit.named_in is None:
        return plain
    base = unit.named_in.span.start - unit.start
    first, last = base + unit.subject.start, base + unit.subject.end
    if not 0 <= first < last <= len(plain):
        return plain
    return plain[:first] + MASK * (last - first) + plain[last:]


def _shifted(words: Words, by: int) -> Words:
    return Words(words.value, words.text, words.start + by, words.end + by)


def _confidence(unit: Unit, subject: Subject, clause: str) -> float:
    """Return how often proposals like this one are right, as measured.

    The mark comes from modal words and a subject of its own, which count most.
    """
    sure = 0.5 + _SURE[subject.ground]
    if unit.marker is not None:
        sure += 0.2 if unit.marker.strong else 0.1
        if unit.marker.effort or unit.marker.weak:
            sure -= 0.15
    if unit.strength is Strength.EXHORT:
        sure -= 0.05
    if not clause[:1].isdigit() or clause == "0":
        sure -= 0.1
    if len(subject.bearers) > 1:
        sure -= 0.05
    mark = round(max(0.0, sure), 2)
    return max(float(share) for least, share in params()["measured"] if least <= mark)
