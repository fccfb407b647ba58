"""Who has to act: the subject of a part by grammar, and whom a heading or a list names."""

import re
from dataclasses import dataclass
from functools import lru_cache

from tongzhou.modules.directives.contracts import Bearer, Ground, Strength
from tongzhou.modules.directives.rules.proposals.lexicon import (
    MarkerKind,
    bearers,
    ends,
    markers,
    predicate_at,
    words,
)

_LONGEST_NAME = 110
_JOINTS = "、和及与或"
_RELATIVE = re.compile("的[^的，]{0,24}$")
_BRACKET = re.compile(r"\([^()]{1,30}\)")
_HOUSE = frozenset(
    ("部门", "各部门", "领导小组", "指挥部", "专班", "各级", "机关", "相关部门", "有关部门")
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Bearers with the words that name them; offsets count from the start of the part."""

    bearers: tuple[Bearer, ...]
    start: int
    end: int
    text: str
    ground: Ground = Ground.WORDS
    source: tuple[int, int] = (0, 0)  # where the words stand in the source, once carried


@dataclass(frozen=True, slots=True)
class Setting:
    """Whom a stretch of a document is about, for names that only point (各单位, 工作人员)."""

    default: tuple[Bearer, ...]
    ground: Ground
    text: str
    inner: bool = False  # issued by a school or an enterprise for its own house


def name_bearers(name: str, setting: Setting) -> tuple[Bearer, ...]:
    """Return the bearers that a name or an enumeration of names speaks of, in its order.

    >>> setting = Setting((Bearer.ORGANISATION,), Ground.TITLE, "")
    >>> name_bearers("慈善组织和志愿服务组织", setting)
    (<Bearer.CHARITY: 'CHARITY'>, <Bearer.VOLUNTEER_ORG: 'VOLUNTEER_ORG'>)
    """
    for sign in ("之外的", "以外的"):
        name = name.rpartition(sign)[2]
    whole = name.removesuffix("等")
    general = whole.rfind("等")
    if general > 0 and whole[general + 1 :]:
        found = _one(whole[general + 1 :], setting)
        if found:
            return found
    out: list[Bearer] = []
    for part in _conjuncts(whole):
        for bearer in _one(part, setting):
            if bearer not in out and not (bearer is Bearer.OTHER and _is_member(part, whole)):
                out.append(bearer)
    return tuple(out)


def _is_member(part: str, whole: str) -> bool:
    """Say whether members stand beside social organisations (各会员单位和广大社会组织)."""
    return part.endswith(("会员单位", "会员")) and whole.endswith("社会组织")


def _conjuncts(name: str) -> list[str]:
    """Cut an enumeration at its joints, but not inside names of the list (党委、政府)."""
    parts: list[str] = []
    begin = index = 0
    while index < len(name):
        found = bearers().at(name, index)
        if found is not None:
            index += len(found[0])
            continue
        if name[index] in _JOINTS or name.startswith("以及", index):
            parts.append(name[begin:index])
            begin = index + (2 if name.startswith("以及", index) else 1)
            index = begin
            continue
        index += 1
    parts.append(name[begin:])
    return [part for part in parts if part]


def _one(name: str, setting: Setting) -> tuple[Bearer, ...]:
    """Return the bearers of a single name, which its last noun decides."""
    name = name.removesuffix("等").removesuffix("们")
    if name in ends("deictic"):
        return setting.default
    if words("lacking").at(name, 0) and name.endswith(("组织", "机构", "个人", "单位")):
        return (Bearer.OTHER_GROUP,)
    found = bearers().ending(name, len(name))
    if found is None and name.endswith(ends("authority_endings")) and not setting.inner:
        return (Bearer.AUTHORITY,)
    if found is None:
        bare = _BRACKET.sub("", name)
        found = bearers().ending(bare, len(bare)) if bare != name else None
        if found is None:
            return ()
        name = bare
    word, bearer = found
    before = name[: len(name) - len(word)]
    if bearer is Bearer.PARTY_ORG:
        of_authority = words("authority_modifiers").ending(before, len(before)) is not None
        if of_authority or (
            "党员" in word and not before.endswith("组织") and Bearer.AUTHORITY in setting.default
        ):
            return (Bearer.AUTHORITY,)
        return (bearer,)
    staff = words("staff").ending(name, len(name))
    if staff is not None:
        before = name[: len(name) - len(staff[0])]
        inner = [value for _, each, value in bearers().all(before) if each not in ("人员",)]
        if inner:
            return (inner[-1],)
        return setting.default if len(setting.default) == 1 or setting.inner else (Bearer.OTHER,)
    if setting.inner and bearer in (Bearer.LEGAL_REP, Bearer.SERVICE_INSTITUTION, Bearer.AUTHORITY):
        if bearer is Bearer.AUTHORITY and word not in _HOUSE and not word.endswith("窗口"):
            return (bearer,)
        return (Bearer.OTHER,)
    return (bearer,)


def name_in(text: str, setting: Setting) -> Subject | None:
    """Return the first name in running text that is not merely a person (for titles)."""
    for index, word, bearer in bearers().all(text):
        if bearer is Bearer.OTHER:
            continue
        end = index + len(word)
        while (more := bearers().at(text, end)) is not None:
            end += len(more[0])
        name = text[index:end]
        return Subject(name_bearers(name, setting) or (bearer,), index, end, name)
    return None


@lru_cache(maxsize=1)
def _blocked() -> tuple[str, ...]:
    lists = ("no_subject", "causatives", "tail_openers", "means_openers", "predicates")
    return tuple(word for name in lists for word in ends(name))


def find_subject(text: str, start: int, setting: Setting) -> Subject | None:
    """Return the subject of the part whose words begin at ``start``, None when it has none."""
    limit = min(len(text), start + _LONGEST_NAME)
    opens = _opens_name(text, start)
    if text.startswith(ends("prepositions"), start) and not opens:
        return None
    blocked = not opens and _is_blocked(text, start)
    index = start
    while index < limit:
        found = bearers().at(text, index)
        if found is not None and found[0] == "者" and text[index - 1 : index] in ("或", "再", "后"):
            found = None
        if index > start and _stops_name(text, index):
            break
        if found is None:
            if text[index] in "，；：。" or (not opens and text[index] in "对向将把被让给"):
                break
            index += 1
            continue
        end = index + len(found[0])
        end = _with_bracket(text, end)
        if bearers().at(text, end) is not None:
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
        ):
            named = name_bearers(text[start:end], setting)
            if named:
                return Subject(named, start, end, text[start:end])
        index += 1
    return None if blocked else _unlisted(text, start, setting)


def _opens_name(text: str, start: int) -> bool:
    """Say whether a name stands at ``start``, an enumeration of fields too (公安、财政部门)."""
    if bearers().at(text, start) is not None or words("name_openers").at(text, start) is not None:
        return True
    verb = next((word for word in _blocked() if text.startswith(word, start)), None)
    return verb is not None and len(verb) > 1 and text.startswith("、", start + len(verb))


def _stops_name(text: str, index: int) -> bool:
    """Say whether a modal ends the place for a subject; one inside a …的 only describes it."""
    marker = markers().at(text, index)
    if marker is None or marker[1] is None or marker[1][1] != MarkerKind.STRONG:
        return False
    return "的" not in text[index : index + 30]


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
    if index >= len(text):
        return True
    if text[index] in _JOINTS or text.startswith(("以及", "的", "等", "中", "内")):
        return text.startswith(("和谐", "及时", "及早"), index)
    return predicate_at(text, index)


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
        if name in ends("deictic"):
            return Subject(setting.default, start, end, name)
        if name.endswith(ends("authority_endings")) and not setting.inner:
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
    parts = _conjuncts(_BRACKET.sub("", text) or text)
    named = [_one(part, setting) for part in parts]
    if not named or not all(named) or any(len(part) > 24 for part in parts):
        return ()
    return name_bearers(text, setting)
