"""Who has to act: the subject of a part by grammar, and whom a heading or a list names."""

import re
from functools import lru_cache

from tongzhou.modules.directives.contracts import Bearer, Ground, Strength
from tongzhou.modules.directives.rules.proposals.lexicon import (
    MarkerKind,
    bearers,
    ends,
    markers,
    names,
    predicate_at,
    words,
)
from tongzhou.modules.directives.rules.proposals.names import (
    BRACKET,
    JOINTS,
    Setting,
    Subject,
    conjuncts,
    name_bearers,
    name_in,
    one_bearer,
)

__all__ = [
    "Setting",
    "Subject",
    "find_owner",
    "find_subject",
    "heading_bearers",
    "name_bearers",
    "name_in",
]

_LONGEST_NAME = 110
_RELATIVE = re.compile("的[^的，]{0,24}$")


@lru_cache(maxsize=1)
def _blocked() -> tuple[str, ...]:
    lists = ("no_subject", "causatives", "tail_openers", "means_openers", "predicates")
    return tuple(word for name in lists for word in ends(name))


def find_subject(text: str, start: int, setting: Setting) -> Subject | None:
    """Return the subject of the part whose words begin at ``start``, None when it has none."""
    limit = min(len(text), start + _LONGEST_NAME)
    opens = _opens_name(text, start) or text.startswith(("以下", "以上"), start)
    if text.startswith(ends("prepositions"), start) and not opens:
        return None
    blocked = not opens and _is_blocked(text, start)
    index = start
    while index < limit:
        found = names().at(text, index)
        if found is not None and found[0] == "者" and text[index - 1 : index] in ("或", "再", "后"):
            found = None
        if index > start and _stops_name(text, start, index):
            break
        if found is None:
            if text[index] in "，；：。" or (not opens and text[index] in "对向将把被让给"):
                break
            index += 1
            continue
        end = index + len(found[0])
        end = _with_bracket(text, end)
        if names().at(text, end) is not None:
            index = end
            continue
        if text.startswith("等", end) and not text.startswith("等待", end):
            after = end + 1
            if _begins_predicate(text, after):
                end = after
        if (
            _begins_predicate(text, end)
            and (not blocked or _is_relative(text, start, index, end))
            and not text.startswith("的", end)
            and not _is_object(text, start, index, found[0])
        ):
            named = name_bearers(text[start:end], setting)
            if named:
                return Subject(named, start, end, text[start:end])
        index += 1
    return None if blocked else _unlisted(text, start, setting)


def find_owner(text: str, start: int, setting: Setting) -> Subject | None:
    """Return whose affairs set a case: 慈善组织的资格注销后，不得… binds the organisation."""
    if not text.endswith(("后", "时", "的", "期间")):
        return None
    begin = start
    while (opener := words("name_openers").at(text, begin)) is not None:
        begin += len(opener[0])
    found = names().at(text, begin)
    if found is None:
        return None
    end = begin + len(found[0])
    while (more := names().at(text, end)) is not None:
        end += len(more[0])
    if not text.startswith("的", end) or end + 1 >= len(text):
        return None
    named = name_bearers(text[start:end], setting)
    return Subject(named, start, end, text[start:end]) if named else None


def _is_object(text: str, start: int, index: int, noun: str) -> bool:
    """Say whether a verb or preposition governs the name at ``index`` (配合社区做好…)."""
    if noun in ends("generic_nouns"):
        return False
    begin = index
    while begin > start:
        opener = words("name_openers").ending(text, begin, start)
        before = names().ending(text, begin, start)
        if opener is None and before is None:
            if text[begin - 1] not in "、和及":
                break
            begin -= 1
            continue
        begin -= max(len(opener[0]) if opener else 0, len(before[0]) if before else 0)
    if begin <= start:
        return False
    if text[begin - 1] in "与向同跟给对":
        return begin - 1 > start and names().ending(text, begin - 1, start) is None
    return words("object_verbs").ending(text, begin, start) is not None


def _opens_name(text: str, start: int) -> bool:
    """Say whether a name stands at ``start``, an enumeration of fields too (公安、财政部门)."""
    if names().at(text, start) is not None or words("name_openers").at(text, start) is not None:
        return True
    verb = next((word for word in _blocked() if text.startswith(word, start)), None)
    return verb is not None and len(verb) > 1 and text.startswith("、", start + len(verb))


def _stops_name(text: str, start: int, index: int) -> bool:
    """Say whether a modal ends the place for a subject; one inside a …的 only describes it.

    Behind an agent the modal is the part's own: 遗嘱人可以与慈善组织签订….
    """
    marker = markers().at(text, index)
    if marker is None or marker[1] is None or marker[1][1] != MarkerKind.STRONG:
        return False
    agent = text[start:index].endswith(ends("sure_agents"))
    return agent or "的" not in text[index : index + 30]


def _is_blocked(text: str, start: int) -> bool:
    """Say whether a part opens with a verb, an adverb or a modal, so that it has no subject."""
    if text.startswith(_blocked(), start) or words("effort_adverbs").at(text, start):
        return True
    marker = markers().at(text, start)
    if marker is not None:
        return marker[1] is not None
    return words("adverbs").at(text, start) is not None


def _with_bracket(text: str, end: int) -> int:
    if text.startswith("(", end):
        close = text.find(")", end, end + 30)
        if close > 0:
            return close + 1
    return end


def _is_relative(text: str, start: int, index: int, end: int) -> bool:
    """Say whether a verb phrase before a name only describes it (开展募捐的慈善组织应…)."""
    if _RELATIVE.search(text[max(start, index - 26) : index]) is None:
        return False
    marker = markers().at(text, end)
    modal = marker is not None and marker[1] is not None and marker[1][1] == MarkerKind.STRONG
    if text.startswith(ends("case_openers"), start):
        return False  # 发现…的群众要引导其就医: they are led, not bound
    if end == len(text) and (
        words("adverbs").at(text, start) or words("causatives").at(text, start)
    ):
        return False
    return modal or end == len(text) or text.startswith(("按照", "根据", "依法", "将", "在"), end)


def _begins_predicate(text: str, index: int) -> bool:
    """Say whether a predicate may begin at ``index``, or the part ends there."""
    if index >= len(text) or _did(text, index):
        return True
    if text[index] in JOINTS or text.startswith(("以及", "的", "等", "中", "内"), index):
        return text.startswith(("和谐", "及时", "及早"), index)
    return predicate_at(text, index)


def _did(text: str, index: int) -> bool:
    """Say whether a verb of two characters with 了 stands at ``index`` (集聚了大量人才)."""
    return text.startswith("了", index + 2) and not text.startswith("了解", index + 2)


def _unlisted(text: str, start: int, setting: Setting) -> Subject | None:
    """Return an agent no list knows, before a modal (档口承包人要佩戴口罩)."""
    for index, word, value in markers().all(text, start, min(len(text), start + 60)):
        if value is None or value[1] != MarkerKind.STRONG:
            continue
        if value[0] not in (Strength.MUST, Strength.MUST_NOT, Strength.MAY):
            return None
        end = index
        while end > start and (adverb := words("adverbs").ending(text, end, start)) is not None:
            end -= len(adverb[0])
        name = text[start:end]
        if word == "负责" and not name:
            return None
        if not 2 <= len(name) <= 24 or any(sign in name for sign in "，。；：▢"):
            return None
        office = name.startswith(ends("house_openers")) and name.endswith(ends("house_endings"))
        if (office or name.endswith(ends("authority_endings"))) and not setting.inner:
            return Subject((Bearer.AUTHORITY,), start, end, name)
        if name.endswith(ends("agent_endings")):
            return Subject((Bearer.OTHER,), start, end, name)
        return None
    return None


def heading_bearers(text: str, setting: Setting) -> Subject | None:
    """Return whom a heading names: 秘书处, 社会服务机构, 对养老机构的要求, 监事会职责."""
    bare = text.strip("。；：，、 ")
    if not bare or len(bare) > 60:
        return None
    for suffix in ends("duty_list_headings"):
        if bare.endswith(suffix) and len(bare) > len(suffix):
            cut = bare.removesuffix(suffix).removesuffix("工作").removesuffix("主要")
            cut = (
                cut.removesuffix("的").removeprefix("对").removesuffix("主体").removesuffix("防控")
            )
            if cut and cut != bare and (found := _pure_name(cut, setting)):
                return Subject(found, 0, len(bare), bare, Ground.HEADING)
    if found := _pure_name(bare, setting):
        return Subject(found, 0, len(bare), bare, Ground.HEADING)
    for verb in ("充分发挥", "发挥", "压实", "强化", "落实"):
        if bare.startswith(verb) and bare.endswith(("作用", "责任", "优势", "主体责任")):
            named = name_in(bare, setting)
            if named is not None and named.start == len(verb):
                return Subject(named.bearers, 0, len(bare), bare, Ground.HEADING)
    return None


def _pure_name(text: str, setting: Setting) -> tuple[Bearer, ...]:
    """Return the bearers of a text that is nothing but names."""
    if text.startswith(_blocked()) and bearers().at(text, 0) is None:
        return ()
    parts = conjuncts(BRACKET.sub("", text) or text)
    named = [one_bearer(part, setting) for part in parts]
    if not named or not all(named) or any(len(part) > 24 for part in parts):
        return ()
    return name_bearers(text, setting)
