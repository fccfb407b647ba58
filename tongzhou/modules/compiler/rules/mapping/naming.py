"""Name a duty by words of its sentence: short, whole words, nothing invented."""

import re
from collections.abc import Iterator

import rjieba

from tongzhou.modules.compiler.rules.mapping.source import Proposal, fold, parts_of, words

LONGEST_TITLE = 30
_SHORTEST = 4
_GOOD = 8
_STOPS = "，。；：、,.;: "
_PAIRS = (("（", "）"), ("“", "”"), ("《", "》"), ("(", ")"))
_NOT_BEFORE_MODAL = "重主需必首简次概纲摘只显供响反相适回照"
_LOOSE_ENDS = "的地得了和与及或将把为在对向至等被由其各"
_NOT_AFTER_MODAL = "求点素件害领急对"
_ADDRESS = re.compile(r"[^a-z0-9.]")


def duty_id(clause: str, number: int) -> str:
    """Return a stable id for the duty with a running number from 0 in its clause.

    >>> duty_id("3.8", 0), duty_id("0", 27), duty_id("p1", 1)
    ('d3-8-a', 'd0-ab', 'dp1-b')
    """
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    address = _ADDRESS.sub("", clause.lower()).replace(".", "-").strip("-") or "0"
    return f"d{address}-{letters}"


def title_of(proposal: Proposal) -> str:
    """Return a title of at most thirty characters made of the words of a duty's sentence.

    The subject, a plain modal and what only sets circumstances are left out; what forbids,
    permits or urges stays. It ends at the border of a part or of a word.
    """
    modal = proposal.reason("strength") if proposal.strength != "MUST" else ""
    subject = proposal.reason("bearers") if proposal.grounded("bearers", "words") else ""
    must = proposal.reason("strength") if proposal.strength == "MUST" else ""
    whole = parts_of(proposal.quote)
    named = next((at for at, part in enumerate(whole) if subject and subject in part), 0)
    parts = [
        (part, _at_time(_behind_modal(_bare(part, subject, modal), must), proposal))
        for part in whole[named:]  # what stands before the subject only sets the case
    ]
    core = [
        each
        for number, each in enumerate(parts)
        if each[1] and not _is_circumstance(each[1], proposal, modal, last=number + 1 == len(parts))
    ]
    core = core or [each for each in parts if each[1]] or [(proposal.quote, proposal.quote)]
    if modal:  # the title has to show what is forbidden or permitted
        shown = next((at for at, (part, _) in enumerate(core) if modal in part), 0)
        core = core[shown:]
    kept = ""
    for number, (_, cut) in enumerate(core):
        if kept and (cut.startswith(words("aims")) or len(kept) >= _GOOD):
            break
        joined = f"{kept}，{cut}" if kept else cut
        if len(joined) <= LONGEST_TITLE:
            kept = joined
        elif kept:
            break
        elif not (cut.startswith(("将", "把")) and number + 1 < len(core)):
            kept = shorten(cut, modal)
            break
    return _balanced(kept) or _balanced(shorten(proposal.quote, modal))


def shorten(text: str, modal: str = "") -> str:
    """Return the beginning of a text up to a border of its words, or its end behind one.

    The end, where only that holds the word of strength: …等活动尽量取消.

    >>> shorten("落实国家联防联控机制和省、市部署安排以及上级有关部门提出的各项工作要求")
    '落实国家联防联控机制'
    """
    text = text.strip(_STOPS)
    if len(text) <= LONGEST_TITLE:
        return text
    if modal and modal in text and text.find(modal) + len(modal) > LONGEST_TITLE:
        return _tail(text, text.find(modal))
    for place in _borders(text):
        if _closed(text[:place]):
            return text[:place].strip(_STOPS)
    length = 0
    for word in rjieba.cut(text):
        if length + len(word) > LONGEST_TITLE:
            break
        length += len(word)
    cut = text[:length].rstrip(_STOPS + _LOOSE_ENDS)
    return cut if len(cut) >= _SHORTEST else text[:LONGEST_TITLE].strip(_STOPS)


def _borders(text: str) -> Iterator[int]:
    """Yield where a long part may end, the best places first."""
    for word in words("inner"):
        place = text.find(word, _GOOD, LONGEST_TITLE + 1)
        if place > 0:
            yield place
    joints = [
        place
        for place in range(_GOOD, LONGEST_TITLE + 1)
        if text.startswith(words("joints"), place) and text[place - 1] not in _LOOSE_ENDS
    ]
    # 将政策、要求、措施纳入各领域、各环节: what is done with them comes last.
    if text.startswith(("将", "把", "采取")) or "通过" in text[:_GOOD]:
        yield from reversed(joints)
    else:
        yield from (place for place in joints if not {"将", "把"} & set(text[place:]))


def _tail(text: str, modal_at: int) -> str:
    """Return the end of a text from the first border of a word that leaves a title."""
    place = 0
    for word in rjieba.cut(text):
        if len(text) - place <= LONGEST_TITLE or place >= modal_at:
            break
        place += len(word)
    tail = text[place:].lstrip(_STOPS + "的和与及或等")
    return tail if len(tail) <= LONGEST_TITLE else shorten(tail)


def _balanced(text: str) -> str:
    """Return a title without a bracket or quotation mark that lacks its fellow."""
    for opening, closing in _PAIRS:
        place = text.rfind(opening)
        if place >= 0 and closing not in text[place:]:
            text = text[:place] if place >= _SHORTEST else text[place + 1 :]
        place = text.find(closing)
        if place >= 0 and opening not in text[:place]:
            text = text[place + 1 :] if place < len(text) - _SHORTEST else text[:place]
    return text.strip(_STOPS)


def _closed(text: str) -> bool:
    return all(text.count(a) == text.count(b) for a, b in _PAIRS) and text.count('"') % 2 == 0


def _is_circumstance(text: str, proposal: Proposal, modal: str, *, last: bool) -> bool:
    """Say whether a part only sets when, how or in which case."""
    if modal and modal in text:
        return False
    plain = fold(text)
    if proposal.phase and plain.endswith(fold(proposal.phase)):
        return True
    if not last and plain.endswith(words("circumstance_ends")):
        return True
    return plain.startswith(words("circumstances"))


def _bare(part: str, subject: str, modal: str) -> str:
    """Return a part without connectors, subject and plain modal before its verb."""
    text = part.strip(_STOPS)
    for _ in range(2):
        text = _without_openers(text, modal)
        if subject and fold(text).startswith(fold(subject)):
            rest = text[len(subject) :].lstrip(_STOPS)
            if rest.startswith("是"):
                return text
            text = rest
    return text


def _behind_modal(text: str, must: str) -> str:
    """Return what a circumstance with a modal in it demands (发现隐患要及时整改)."""
    if not must or not fold(text).startswith(words("circumstances")):
        return text
    place = text.find(must, 1)
    rest = text[place + len(must) :].lstrip(_STOPS)
    fits = place > 0 and text[place - 1] not in _NOT_BEFORE_MODAL and len(rest) >= _SHORTEST
    return rest if fits and rest[0] not in _NOT_AFTER_MODAL else text


def _at_time(text: str, proposal: Proposal) -> str:
    """Return a part that begins with its day without the preposition (于每月5日前报送情况)."""
    day = proposal.deadline or ""
    begins = day[:1] in ("于", "在") and fold(text).startswith(fold(day))
    return text[1:] if begins and text[:1] in ("于", "在") else text


def _without_openers(text: str, modal: str) -> str:
    changed = True
    while changed:
        changed = False
        for word in words("openers"):
            kept = modal.startswith(word) or text.startswith(words("openers_not"))
            if text.startswith(word) and not (modal and kept):
                rest = text[len(word) :].lstrip(_STOPS)
                if len(rest) >= _SHORTEST and not text.startswith(words("openers_not")):
                    text, changed = rest, True
                    break
    return text
