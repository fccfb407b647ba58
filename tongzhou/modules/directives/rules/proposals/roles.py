"""What each part of a sentence does: sets circumstances, demands, reports, or says what for."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from tongzhou.modules.directives.contracts import Bearer
from tongzhou.modules.directives.rules.proposals.bearers import (
    Setting,
    Subject,
    find_owner,
    find_subject,
)
from tongzhou.modules.directives.rules.proposals.circumstances import (
    has_light_verb,
    is_adjunct,
    is_condition,
    is_means,
)
from tongzhou.modules.directives.rules.proposals.lexicon import ends, names, words
from tongzhou.modules.directives.rules.proposals.parts import Span
from tongzhou.modules.directives.rules.proposals.strength import (
    Marker,
    find_marker,
    governing_verb,
    has,
)

_LE = re.compile("[一-龥]了")
_DONE = re.compile(
    "已(?:于|经|通过|由|在|将|对|向|对外|全部|先后|成为|有)|(?:正处于|仍处于|处于关键|正值)"
)
#: The people of those just named (社会组织或社会组织成员).
_WITH_PEOPLE = re.compile("(?:或者?|以?及|[和与、])[一-龥]{0,8}(?:成员|会员|人员|个人|志愿者)$")


class Role(StrEnum):
    """What a part does in its sentence."""

    CORE = "core"
    ADJUNCT = "adjunct"
    MEANS = "means"
    TAIL = "tail"
    DEMANDED = "demanded"  # somebody else demanded: what follows is reported
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence with its role, its word of strength and its own subject."""

    span: Span
    head: int  # where its words begin behind connectors
    predicate: int  # where the predicate begins behind a subject
    role: Role
    marker: Marker | None
    subject: Subject | None
    polite: bool = False  # 请…于月底前，: asks though its verb comes later

    @property
    def has_modal(self) -> bool:
        """Say whether a word of its own decides the strength."""
        return self.marker is not None and (self.marker.strong or self.marker.effort)


def skip_connectors(text: str) -> int:
    """Return where a part begins behind 同时, 并, 特别是 and the like."""
    index = 0
    while index < 12:
        if words("connectors_not").at(text, index):
            break
        found = words("connectors").at(text, index)
        if found is None or index + len(found[0]) >= len(text):
            break
        index += len(found[0])
        while index < len(text) and text[index] in "，：、":
            index += 1
    if text.startswith("我们", index) and words("announcers").at(text, index + 2):
        index += 2
    return index


def read_part(span: Span, setting: Setting, *, first: bool, last: bool) -> Part:
    """Say what a part does; ``first`` and ``last`` tell where in the sentence it stands."""
    text, plain = span.text, span.plain
    head = skip_connectors(text)
    giver = words("subject_givers").at(text, head)
    named_from = head + len(giver[0]) if giver else head
    goes_on = text.startswith("以及")  # an enumeration that began in the part before
    subject = None if goes_on else find_subject(text, named_from, setting)
    predicate = subject.end if subject else head
    marker = find_marker(plain, predicate)
    if giver and (subject or giver[0].endswith(("请", "望"))):
        given = find_marker(plain, head)
        marker = marker or given
    if subject is None and not last:
        subject = _described(text, head, setting)
    if subject is not None and len(text) == subject.end:
        return Part(span, head, predicate, Role.ADJUNCT, None, subject)
    if (
        marker is not None
        and marker.end == len(text)
        and words("announcers").at(text, marker.start)
    ):
        return Part(span, head, predicate, Role.ADJUNCT, None, None)  # 市民政局倡议，…
    role = _role(text, plain, head, predicate, marker, subject, first=first, last=last)
    polite = giver is not None and giver[0].endswith(("请", "望"))
    if role is Role.ADJUNCT and marker is not None and not marker.strong and not polite:
        marker = None
    if role is Role.ADJUNCT and subject is None:
        subject = find_owner(text, head, setting)
    return Part(span, head, predicate, role, marker, subject, polite)


def _described(text: str, head: int, setting: Setting) -> Subject | None:
    """Return whom a part only names by what they have (有服务意向的社会组织，可以…)."""
    if not text.startswith(("有", "具备", "符合", "具有"), head):
        return None
    named = _WITH_PEOPLE.sub("", text)
    subject = find_subject(named, named.rfind("的") + 1, setting) if "的" in named else None
    if subject is None or subject.end != len(named):
        return None
    return replace(subject, end=len(text))


def is_aside(part: Part) -> bool:
    """Say whether a part gives an example of who was named (特别是…协会，)."""
    return part.role is Role.ADJUNCT and part.span.text.startswith(ends("appositions"))


def topic_bearer(parts: list[Part]) -> Bearer | None:
    """Return to whom leading circumstances say something is done (对弄虚作假的社会组织，)."""
    opened = False
    for part in parts:
        if part.role is not Role.ADJUNCT:
            return None
        text = part.span.text
        opened = opened or text.startswith(("对", "针对"), part.head)
        found = names().ending(text, len(text))
        if opened and found is not None:
            return found[1]
    return None


def join_topics(parts: list[Part]) -> list[Part]:
    """Read parts that together only name a topic as circumstances.

    对于不按时报告，甚至弄虚作假的社会组织，要依法查办: the organisation is not the one to act.
    """
    joined = list(parts)
    for at in range(len(parts)):
        if last := _case_end(parts, at) or _topic_end(parts, at):
            joined[at : last + 1] = [
                replace(each, role=Role.ADJUNCT, marker=None, subject=None)
                for each in parts[at : last + 1]
            ]
    return joined


def _case_end(parts: list[Part], at: int) -> int:
    """Return the last part of a case over several parts (凡不服从管理，不听劝阻的，), or 0."""
    if not parts[at].span.text.startswith(("凡", "如有", "若有"), parts[at].head):
        return 0
    for later in range(at + 1, min(at + 4, len(parts) - 1)):
        if parts[later].span.text.endswith("的"):
            return later
        if parts[later].subject is not None:
            return 0
    return 0


def _topic_end(parts: list[Part], at: int) -> int:
    """Return the last part of a topic that names who is dealt with, or 0."""
    if not parts[at].span.text.startswith(("对", "针对"), parts[at].head):
        return 0
    for later in range(at + 1, min(at + 4, len(parts) - 1)):
        subject = parts[later].subject
        if subject is not None and subject.end == len(parts[later].span.text):
            return later if "的" in subject.text else 0
    return 0


def _role(
    text: str,
    plain: str,
    head: int,
    predicate: int,
    marker: Marker | None,
    subject: Subject | None,
    *,
    first: bool,
    last: bool,
) -> Role:
    modal = marker is not None and (marker.strong or marker.effort)
    behind = plain[marker.end :] if marker is not None else ""
    topic = not last and text.startswith(("对", "针对", "凡", "除"), head)
    if topic and "的" in behind and not has_light_verb(behind):
        return Role.ADJUNCT
    if _demanded(text, head, modal):
        return Role.DEMANDED
    if not modal and _reports(plain):
        return Role.REPORT
    if not last and is_condition(text, modal):
        return Role.ADJUNCT
    begin = governing_verb(plain, predicate)
    opener = words("means_openers").at(text, begin) or words("means_openers").at(text, predicate)
    if opener and not last and is_means(text, begin):
        return Role.MEANS
    if modal:
        return Role.CORE
    if subject is None and not last and is_adjunct(text, plain, head):
        return Role.ADJUNCT
    if subject is not None and not last and is_adjunct(text, plain, predicate):
        return Role.ADJUNCT
    if not first and subject is None and _says_what_for(text, head):
        return Role.TAIL
    return Role.CORE


def _says_what_for(text: str, head: int) -> bool:
    if words("tail_openers").at(text, head):
        return True
    return text.startswith("为", head) and text.endswith(ends("contributions"))


def _demanded(text: str, head: int, modal: bool) -> bool:
    """Say whether a part tells what somebody else demanded (会议强调，; 要求把…)."""
    if text.startswith(ends("demand_openers"), head):
        return not text.startswith(ends("demand_openers_not"), head)
    if text.endswith(ends("demand_endings")):
        return not modal or text.endswith("要求")
    if modal or not text.endswith(("要求", "提出", "明确")):
        return False
    if words("predicates").at(text, head) or words("adjunct_openers").at(text, head):
        return False
    return not has(text, "complies") and has(text, "speakers")


def _reports(plain: str) -> bool:
    if _DONE.search(plain):
        return True
    for match in _LE.finditer(plain):
        start = match.start()
        if not any(word in plain[max(0, start - 1) : start + 4] for word in ends("le_words")):
            return True
    return has(plain, "reported")


def is_imperative(part: Part) -> bool:
    """Say whether an unmarked part reads as an order: it opens with a verb or names its agent."""
    text = part.span.text
    verb = governing_verb(part.span.plain, part.predicate)
    if text.startswith("是", verb) and not has(text, "stated_duties"):
        return False
    if part.subject is not None:
        return True
    if verb > part.predicate or words("heading_verbs").at(text, verb):
        return True
    if words("predicates").at(text, verb) or text.startswith(("将", "把", "对", "向"), part.head):
        return True
    return words("causatives").at(text, verb) is not None


def is_fact(part: Part) -> bool:
    """Say whether an unmarked part without a listed verb states how things are."""
    states = part.span.text.startswith(("是", "关系", "事关"), part.predicate)
    return states or has(part.span.plain, "facts")
