"""Join the parts of a sentence to duties: cut where strength, bearer or time changes."""

import re
from dataclasses import dataclass, field, replace

from tongzhou.modules.directives.contracts import Strength
from tongzhou.modules.directives.rules.proposals.bearers import Setting, Subject
from tongzhou.modules.directives.rules.proposals.lexicon import words
from tongzhou.modules.directives.rules.proposals.parts import Sentence, spans
from tongzhou.modules.directives.rules.proposals.roles import (
    Part,
    Role,
    is_aside,
    is_fact,
    is_imperative,
    join_topics,
    read_part,
)
from tongzhou.modules.directives.rules.proposals.strength import (
    Marker,
    governing_verb,
    has,
)
from tongzhou.modules.directives.rules.proposals.times import find_deadline, find_recurrence

_SHORT_ASIDE = 6
#: A character without which no part tells a time.
_TIME = re.compile("[每逐按旬日天周月季年时]|分钟|[0-9一二三四五六七八九十]个")
_CIRCUMSTANCES = frozenset((Role.ADJUNCT, Role.MEANS))


@dataclass(slots=True)
class Unit:
    """A duty in the making: its parts, strength, the words for it, its own subject."""

    parts: list[Part]
    strength: Strength
    marker: Marker | None = None
    marked_in: Part | None = None
    subject: Subject | None = None
    named_in: Part | None = None
    closed: bool = False  # the strength holds for the marked part only

    @property
    def start(self) -> int:
        """Return where the first part begins in the sentence."""
        return self.parts[0].span.start

    @property
    def end(self) -> int:
        """Return where the last part ends in the sentence."""
        return self.parts[-1].span.end


@dataclass(slots=True)
class _Pending:
    """Parts that wait for what they serve."""

    parts: list[Part] = field(default_factory=list)
    subject: Subject | None = None
    named_in: Part | None = None
    marker: Marker | None = None
    marked_in: Part | None = None

    def add(self, part: Part) -> None:
        self.parts.append(part)
        if part.subject is not None and not is_aside(part):
            self.subject, self.named_in = _both(self, part), part
        if part.marker is not None and (part.role is Role.MEANS or part.polite):
            self.marker, self.marked_in = part.marker, part


def _both(waiting: _Pending, part: Part) -> Subject | None:
    """Return the subject of a part, with the names of the part before when it is a mere name."""
    subject, before = part.subject, waiting.subject
    if subject is None or before is None or waiting.parts[-2:-1] != [waiting.named_in]:
        return subject
    if before.end != len(waiting.parts[-2].span.text) or subject.end != len(part.span.text):
        return subject
    more = tuple(bearer for bearer in before.bearers if bearer not in subject.bearers)
    return Subject((*more, *subject.bearers), subject.start, subject.end, subject.text)


def read_parts(sentence: Sentence, setting: Setting) -> list[Part]:
    """Return the parts of a sentence with their roles."""
    cut = spans(sentence)
    return join_topics(
        [
            read_part(span, setting, first=number == 0, last=number + 1 == len(cut))
            for number, span in enumerate(cut)
        ]
    )


def build_units(parts: list[Part], *, mood: Strength, imperatives: bool) -> list[Unit]:
    """Return the duties of a sentence.

    ``mood`` is the strength of an order without a modal; without ``imperatives`` such orders do
    not count (letters and lead-ins tell more than they ask).
    """
    units: list[Unit] = []
    current: Unit | None = None
    waiting = _Pending()
    asked_later = [False] * len(parts)
    for at in range(len(parts) - 2, -1, -1):
        later = parts[at + 1]
        asked_later[at] = asked_later[at + 1] or (later.has_modal and later.subject is not None)
    accused = False
    for part, later_asked in zip(parts, asked_later, strict=True):
        if accused and part.subject is None and part.marker is None:
            continue  # what they do besides
        accused = _accuses(part, current)
        if accused:
            waiting = _Pending()
            continue
        if part.role is Role.DEMANDED:
            return units
        if part.role is Role.REPORT:
            current, waiting = None, _Pending()
        elif part.role in (Role.ADJUNCT, Role.MEANS):
            waiting.add(part)
        elif part.role is Role.TAIL and current is not None and waiting.subject is None:
            current.parts += [*waiting.parts, part]
            waiting = _Pending()
        else:
            asks = part.has_modal or waiting.marker is not None or current is not None
            if not asks and not _ordered(part, imperatives=imperatives, told=later_asked):
                waiting = _Pending()
                continue
            current = _join(units, current, waiting, part, mood)
            waiting = _Pending()
    if waiting.parts:
        _leftover(units, current, waiting, mood, imperatives)
    return units


def apart_in_time(units: list[Unit]) -> list[Unit]:
    """Cut duties whose parts are due at different times: 每月自查，每季度研究，每年演练.

    What is due at one time alone, or at none, stays whole.
    """
    out: list[Unit] = []
    for unit in units:
        if len(unit.parts) < 2 or len(_TIME.findall("".join(p.span.text for p in unit.parts))) < 2:
            out.append(unit)
            continue
        times = _times_of(unit.parts)
        if len(set(times) - {None}) < 2:
            out.append(unit)
            continue
        begin, held = 0, None
        for index, time in enumerate(times):
            if time is None or time == held:
                continue
            first = _behind_circumstances(unit.parts, begin, index)
            if first > begin:
                out.append(_piece(unit, begin, first))
                begin = first
            held = time
        out.append(_piece(unit, begin, len(unit.parts)))
    return out


def _times_of(parts: list[Part]) -> list[str | None]:
    """Return for each part that acts when it is due: by its words or circumstances before it."""
    found: list[str | None] = []
    waiting: str | None = None
    for part in parts:
        own = _time_in(part)
        if part.role is Role.CORE:
            found.append(own or waiting)
            waiting = None
        else:
            found.append(None)
            waiting = own or waiting if part.role in _CIRCUMSTANCES else None
    return found


def _time_in(part: Part) -> str | None:
    text = part.span.text
    if not _TIME.search(text) or "首次" in text:  # 首次报送时间为7月5日，以后每周一报 goes together
        return None
    again = find_recurrence(part.span.text)
    if again is not None:
        return again.value
    due = find_deadline(part.span.plain)
    return due.value if due is not None else None


def _behind_circumstances(parts: list[Part], begin: int, index: int) -> int:
    """Return where the circumstances of the part at ``index`` begin; ``begin`` when all are."""
    first = index
    while first > begin and parts[first - 1].role in _CIRCUMSTANCES:
        first -= 1
    return first


def _piece(unit: Unit, begin: int, stop: int) -> Unit:
    parts = unit.parts[begin:stop]
    subject = unit.subject if begin == 0 or unit.named_in in parts else None
    named_in = unit.named_in if subject is not None else None
    return replace(unit, parts=parts, subject=subject, named_in=named_in)


def _accuses(part: Part, current: Unit | None) -> bool:
    """Say whether a part tells what wrong somebody does (非法组织打着…旗号招摇撞骗)."""
    if current is not None or part.marker is not None or part.role is not Role.CORE:
        return False
    told = part.subject is not None or not is_imperative(part)
    return told and has(part.span.plain, "wrongs")


def _ordered(part: Part, *, imperatives: bool, told: bool) -> bool:
    """Say whether a part without modal orders: 请…, 暂停…, or an imperative where they count."""
    if part.marker is not None:
        return True
    if has(part.span.plain, "statements"):
        return False
    aside = told and len(part.span.text) <= _SHORT_ASIDE  # 疫情危急，各社会组织应…
    return imperatives and (is_imperative(part) or not (aside or is_fact(part)))


def _join(
    units: list[Unit], current: Unit | None, waiting: _Pending, part: Part, mood: Strength
) -> Unit:
    subject = part.subject or waiting.subject
    named_in = part if part.subject is not None else waiting.named_in
    if part.subject is None and part.has_modal and waiting.parts and is_aside(waiting.parts[-1]):
        named_in = waiting.parts[-1]  # 特别是…协会，要…: the example acts after all
        subject = named_in.subject
    strength, marker, marked_in, closed = _strength(current, waiting, part, subject, mood)
    if strength is Strength.EXHORT and marked_in is not part and subject is None:
        asked = next((unit for unit in units if unit.strength is Strength.MUST), None)
        if asked is not None and _makes_act(part):  # 要…，鼓励…，大力推动…: asked again
            strength, marker, marked_in = Strength.MUST, asked.marker, asked.marked_in
    held = waiting.marker
    if strength is Strength.EXHORT and held is not None and held.strength is Strength.MUST:
        current = Unit(  # 要发挥…作用，弘扬…: the first is asked, the second only urged
            waiting.parts, held.strength, held, waiting.marked_in, subject, named_in
        )
        units.append(current)
        waiting = _Pending()
    fresh = subject is not None and (
        current is None or current.subject is None or subject.text != current.subject.text
    )
    if current is not None and strength is current.strength and not fresh:
        current.parts += [*waiting.parts, part]
        current.closed = closed
        return current
    unit = Unit([*waiting.parts, part], strength, marker, marked_in, subject, named_in, closed)
    units.append(unit)
    return unit


def _makes_act(part: Part) -> bool:
    verb = governing_verb(part.span.plain, part.predicate)
    return verb > part.predicate and words("causatives").at(part.span.plain, verb) is not None


def _strength(
    current: Unit | None,
    waiting: _Pending,
    part: Part,
    subject: Subject | None,
    mood: Strength,
) -> tuple[Strength, Marker | None, Part | None, bool]:
    """Return strength, the word for it, where it stands, and whether it ends with the part."""
    marker = part.marker
    if marker is not None and marker.effort:
        governs = waiting.marker is None and (
            current is None or current.closed or subject is not None
        )
        if not governs:
            marker = None
    if marker is not None and marker.weak and current is not None and _others_act(current):
        marker = None
    if mood is Strength.EXHORT and marker is not None and _is_mere_order(part, marker):
        marker = None  # 取消, 暂停 in an appeal
    if marker is not None:
        local = not marker.effort and marker.strength in (
            Strength.BEST_EFFORT,
            Strength.MUST_NOT,
        )
        return marker.strength, marker, part, local
    held = waiting.marker
    if held is not None and held.effort and current is not None and not current.closed:
        held = None if subject is None else held  # 积极 counts on the first verb alone
    if held is not None:
        return held.strength, held, waiting.marked_in, False
    if current is None or subject is not None:
        return mood, None, None, False
    if current.closed and not part.span.text.endswith("等") and not _barred(current, part):
        return mood, None, None, False
    return current.strength, current.marker, current.marked_in, current.closed


def _barred(current: Unit, part: Part) -> bool:
    """Say whether a part goes on with what is forbidden (不得突击花钱，滥发钱物)."""
    wrong = words("wrong_acts").at(part.span.text, part.predicate) is not None
    return wrong and current.strength is Strength.MUST_NOT


def _is_mere_order(part: Part, marker: Marker) -> bool:
    firm = marker.strong or marker.effort or marker.weak
    return not firm and part.span.text[marker.start] not in "请望"


def _others_act(unit: Unit) -> bool:
    """Say whether the unit's last verb makes others act, so that a bare 不 is theirs."""
    for part in reversed(unit.parts):
        if part.role in (Role.CORE, Role.TAIL):
            verb = governing_verb(part.span.plain, part.predicate)
            if words("causatives").at(part.span.plain, verb) is not None:
                return True
            if part.marker is None or not part.marker.weak:
                return False
    return False


def _leftover(
    units: list[Unit],
    current: Unit | None,
    waiting: _Pending,
    mood: Strength,
    imperatives: bool,
) -> None:
    """Deal with circumstances that end a sentence: they go with what is before them."""
    if current is not None:
        current.parts += waiting.parts
        return
    modal = next((part for part in waiting.parts if part.has_modal), None)
    if modal is not None and modal.marker is not None:
        subject = waiting.subject
        units.append(
            Unit(
                waiting.parts, modal.marker.strength, modal.marker, modal, subject, waiting.named_in
            )
        )
    elif imperatives and any(part.role is Role.MEANS for part in waiting.parts):
        units.append(Unit(waiting.parts, mood, subject=waiting.subject, named_in=waiting.named_in))
