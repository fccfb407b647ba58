"""How strictly a part of a sentence binds, and by which of its words."""

from dataclasses import dataclass

from tongzhou.modules.directives.contracts import Strength
from tongzhou.modules.directives.rules.proposals.lexicon import (
    MarkerKind,
    WordMap,
    bearers,
    ends,
    markers,
    words,
)

_FIRM = (Strength.MUST_NOT, Strength.BEST_EFFORT, Strength.EXHORT)
_NO_FURTHER = 60  # adverbs before a verb do not run longer


@dataclass(frozen=True, slots=True)
class Marker:
    """A word of strength; offsets count from the start of the part."""

    strength: Strength
    start: int
    end: int
    strong: bool
    effort: bool = False  # 积极: binds only as the first verb of a duty
    weak: bool = False  # a bare 不: may belong to somebody else's doings


def governing_verb(plain: str, start: int) -> int:
    """Return where the governing verb begins: behind adverbs and modals from ``start`` on."""
    adverbs = words("adverbs")
    efforts = words("effort_adverbs")
    index = start
    while index - start < _NO_FURTHER:
        found = markers().at(plain, index)
        if found is not None and found[1] is None:
            break
        adverb = adverbs.at(plain, index) or efforts.at(plain, index)
        if adverb is not None and _makes_others_act(plain, index) < len(adverb[0]):
            index += len(adverb[0])
        elif found is not None and found[1] is not None and found[1][1] == MarkerKind.STRONG:
            index += len(found[0])
        elif plain[index : index + 1] in ("、", "地", "和"):
            index += 1
        else:
            break
    return index


def _makes_others_act(plain: str, index: int) -> int:
    """Return the length of the causative verb at ``index``, 0 when there is none."""
    found = words("causatives").at(plain, index)
    return len(found[0]) if found else 0


def find_marker(plain: str, start: int) -> Marker | None:
    """Return the word that decides the strength of a part whose predicate begins at ``start``.

    Prohibition, best effort and encouragement go before a plain 要 (要尽量避免). What follows a
    verb that makes others act (引导师生不得…) is theirs and does not count.
    """
    start = _behind_companion(plain, start)
    verb = governing_verb(plain, start)
    causes = _makes_others_act(plain, verb) > 0
    plainest: Marker | None = None
    firm: Marker | None = None
    order: Marker | None = None
    for index, word, value in markers().all(plain, start):
        if value is None:
            continue
        if causes and index > verb and not words("attitudes").at(word, 0):
            continue
        strength, kind = value
        marker = Marker(strength, index, index + len(word), strong=kind == MarkerKind.STRONG)
        if kind == MarkerKind.ORDER:
            if order is None and index <= verb:
                order = marker
        elif strength in _FIRM:
            if strength is Strength.EXHORT and index > verb and not causes:
                continue
            firm = firm or marker
        else:
            plainest = plainest or marker
    if firm is not None and not _is_case(plain, firm, plainest):
        return firm
    negation = _weak_negation(plain, start, verb)
    if negation is not None and _is_case(plain, negation, plainest):
        negation = None
    if negation is not None and (plainest is None or plainest.strength is Strength.MUST):
        return negation
    if plainest is not None and plainest.strength is not Strength.MUST:
        return plainest
    effort = _effort(plain, start, verb, plainest)
    return effort or plainest or order


def _is_case(plain: str, first: Marker, second: Marker | None) -> bool:
    """Say whether the first word only sets a case for the second (不能按时报送的应当说明)."""
    if second is None or second.start <= first.end or second.strength is not Strength.MUST:
        return False
    return plain[second.start - 1] in "的时者后前"


def _behind_companion(plain: str, start: int) -> int:
    """Return where the predicate goes on behind 会同 and a name (会同党建工作机构积极推动…)."""
    found = words("companions").at(plain, start)
    if found is None:
        return start
    for index, word, _ in bearers().all(plain, start, min(len(plain), start + 40)):
        end = index + len(word)
        if words("predicates").at(plain, end) or words("effort_adverbs").at(plain, end):
            return end
    return start


def _weak_negation(plain: str, start: int, verb: int) -> Marker | None:
    if words("weak_not_positive").at(plain, verb) or markers_blocked(plain, verb):
        return None
    rare = plain.find("不", verb, verb + 10) if plain.startswith("非", verb) else -1
    if rare > 0:  # 非紧急情况不外出
        return Marker(Strength.MUST_NOT, verb, rare + 1, strong=True)
    found = words("weak_not").at(plain, verb)
    if found is None or (found[0] == "无"):
        return None
    introduced = words("weak_not_introducers").inside(plain[start:verb])
    return Marker(
        Strength.MUST_NOT, verb, verb + len(found[0]), strong=introduced, weak=not introduced
    )


def markers_blocked(plain: str, index: int) -> bool:
    """Say whether a look-alike of a marker begins at ``index``."""
    found = markers().at(plain, index)
    return found is not None and found[1] is None


def _effort(plain: str, start: int, verb: int, modal: Marker | None) -> Marker | None:
    for index, word, _ in words("effort_adverbs").all(plain, start, verb):
        if words("effort_not").at(plain, index) is None:
            strong = modal is not None and modal.start < index
            return Marker(
                Strength.BEST_EFFORT, index, index + len(word), strong=strong, effort=True
            )
    return None


def ends_like(text: str, name: str) -> bool:
    """Say whether ``text`` ends with a word of the list ``name``."""
    return text.endswith(ends(name))


def has(text: str, name: str) -> bool:
    """Say whether a word of the list ``name`` occurs in ``text``."""
    listed: WordMap[bool] = words(name)
    return listed.inside(text)
