"""Whom a duty binds whose sentence names nobody to act: carried over, urged, acted upon, fined."""

from dataclasses import replace

from tongzhou.modules.directives.contracts import Bearer, Ground, Strength
from tongzhou.modules.directives.rules.proposals.bearers import Setting, Subject
from tongzhou.modules.directives.rules.proposals.lexicon import words
from tongzhou.modules.directives.rules.proposals.parts import Sentence
from tongzhou.modules.directives.rules.proposals.roles import Role, topic_bearer
from tongzhou.modules.directives.rules.proposals.strength import ends_like
from tongzhou.modules.directives.rules.proposals.units import Unit
from tongzhou.modules.directives.rules.proposals.writing import Writer

Found = tuple[int, str]


def bound_by(
    unit: Unit,
    sentence: Sentence,
    base: Subject,
    setting: Setting,
    writer: Writer,
    *,
    law: bool,
    appeal: bool,
) -> Subject:
    """Return whom a duty binds; ``base`` is who is carried over, or the setting's default.

    ``law`` the duty stands in an article (第X条), ``appeal`` the document only urges.
    """
    said = sentence.text[unit.start : unit.end]
    own = unit.subject
    if own is not None:
        if _is_fined(unit) and not setting.inner and (word := find_sanction(said)) is not None:
            return writer.pointed((Bearer.AUTHORITY,), word, sentence, unit)
        if not (unit.strength is Strength.EXHORT and Bearer.AUTHORITY in own.bearers):
            return own
        if not _announces(unit, sentence):
            return own
        base = Subject(setting.default, 0, 0, setting.text, setting.ground)
        return writer.urged(unit, setting) or base
    if not setting.inner and (word := find_sanction(said)) is not None:
        return writer.pointed((Bearer.AUTHORITY,), word, sentence, unit)
    topic = topic_bearer(unit.parts)
    done = "".join(part.span.text for part in unit.parts if part.role is Role.CORE)
    upon = words("acting_upon").inside(done)
    if topic is not None and topic in base.bearers and upon:
        return Subject((Bearer.AUTHORITY,), 0, 0, "", Ground.ISSUER)
    if topic is Bearer.ORGANISATION and not upon:
        return Subject((Bearer.ORGANISATION,), 0, 0, "", Ground.HEADING)
    if Bearer.AUTHORITY in base.bearers:
        found = next((item for item in words("organisation_only").all(said)), None)
        if found is not None:
            subject = writer.pointed((Bearer.ORGANISATION,), found[:2], sentence, unit)
            return replace(subject, ground=Ground.WORDS)
    if unit.strength is Strength.EXHORT and (law or appeal):
        urged = writer.urged(unit, setting)
        if urged is not None:
            return urged
        if not appeal:
            return Subject((Bearer.AUTHORITY,), 0, 0, "", Ground.ISSUER)
    return base


def find_sanction(text: str) -> Found | None:
    """Return the words of a sanction, which only an authority imposes (依法追究责任)."""
    found = next(words("sanctions").all(text), None)
    return found[:2] if found is not None else None


def _is_fined(unit: Unit) -> bool:
    """Say whether the named are those a sanction is for: 凡未整改的社会组织，给予警告."""
    part = unit.named_in
    if part is None or part.role is not Role.ADJUNCT or unit.marker is not None:
        return False
    return ends_like(part.span.text, "case_endings") or "的" in part.span.text


def _announces(unit: Unit, sentence: Sentence) -> bool:
    """Say whether an authority appeals to others (县民政局倡议全县各社会组织…)."""
    part, marker = unit.marked_in, unit.marker
    if part is None or marker is None:
        return False
    first = part.span.start + marker.start
    word = sentence.text[first : first + marker.end - marker.start]
    return words("announcers").at(word, 0) is not None
