"""What a name says of its bearer: single names, enumerations, and names in running text."""

import re
from dataclasses import dataclass

from tongzhou.modules.directives.contracts import Bearer, Ground
from tongzhou.modules.directives.rules.proposals.lexicon import (
    bearers,
    ends,
    names,
    words,
)

JOINTS = "、和及与或"
BRACKET = re.compile(r"\([^()]{1,30}\)")
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
        found = one_bearer(whole[general + 1 :], setting)
        if found:
            return found
    out: list[Bearer] = []
    for part in conjuncts(whole):
        shared = part + "组织" if whole.endswith("组织") else part  # 志愿服务和社工组织
        for bearer in one_bearer(part, setting) or one_bearer(shared, setting):
            if bearer not in out and not (bearer is Bearer.OTHER and _is_member(part, whole)):
                out.append(bearer)
    return tuple(without_forms(out, whole))


def without_forms(found: list[Bearer], name: str) -> list[Bearer]:
    """Return bearers without single legal forms where the name lists several of them.

    社会团体、民办非企业单位、基金会 are all social organisations there are.
    """
    if len(found) < 2 or sum(form in name for form in ends("form_names")) < 2:
        return found
    return [
        bearer for bearer in found if bearer not in (Bearer.SERVICE_INSTITUTION, Bearer.CHARITY)
    ]


def _is_member(part: str, whole: str) -> bool:
    """Say whether members stand beside social organisations (各会员单位和广大社会组织)."""
    return part.endswith(("会员单位", "会员")) and whole.endswith("社会组织")


def conjuncts(name: str) -> list[str]:
    """Cut an enumeration at its joints, but not inside names of the list (党委、政府)."""
    parts: list[str] = []
    begin = index = 0
    while index < len(name):
        found = names().at(name, index)
        if found is not None:
            index += len(found[0])
            continue
        if name[index] in JOINTS or name.startswith("以及", index):
            parts.append(name[begin:index])
            begin = index + (2 if name.startswith("以及", index) else 1)
            index = begin
            continue
        index += 1
    parts.append(name[begin:])
    return [part for part in parts if part]


def one_bearer(name: str, setting: Setting) -> tuple[Bearer, ...]:
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
        bare = BRACKET.sub("", name)
        found = bearers().ending(bare, len(bare)) if bare != name else None
        if found is None:
            return ()
        name = bare
    word, bearer = found
    before = name[: len(name) - len(word)]
    if bearer is Bearer.PARTY_ORG and "党员" in word and words("many_employers").inside(before):
        return (Bearer.OTHER,)
    if bearer is Bearer.PARTY_ORG:
        of_authority = words("authority_modifiers").ending(before, len(before)) is not None
        if of_authority or (
            "党员" in word and not before.endswith("组织") and Bearer.AUTHORITY in setting.default
        ):
            return (Bearer.AUTHORITY,)
        return (bearer,)
    if bearer is Bearer.LEGAL_REP:
        return (_leader_of(before, setting),)
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


def _leader_of(name: str, setting: Setting) -> Bearer:
    """Return for whom a leader answers: an authority's head acts for the authority."""
    if setting.inner:
        return Bearer.OTHER
    name = name.removesuffix("的").removesuffix("主要")
    found = names().ending(name, len(name))
    held = found[1] if found is not None else None
    if held is None and (not name or found is not None) and len(setting.default) == 1:
        held = setting.default[0]
    if held is None and name.endswith(ends("authority_endings")):
        held = Bearer.AUTHORITY
    if held in (Bearer.AUTHORITY, Bearer.OTHER):
        return held
    return Bearer.LEGAL_REP


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
