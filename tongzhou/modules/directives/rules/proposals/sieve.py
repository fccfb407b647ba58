"""Tell duties from what only looks like them: headings, lead-ins, background, definitions."""

import re

from tongzhou.modules.directives.rules.proposals.bearers import Setting, find_subject
from tongzhou.modules.directives.rules.proposals.lexicon import (
    MarkerKind,
    ends,
    markers,
    names,
    words,
)
from tongzhou.modules.directives.rules.proposals.names import BRACKET
from tongzhou.modules.directives.rules.proposals.parts import Sentence, spans
from tongzhou.modules.directives.rules.proposals.roles import skip_connectors
from tongzhou.modules.directives.rules.proposals.strength import (
    find_marker,
    governing_verb,
    has,
)

_ROSTER = re.compile(r"[一-龥()、]{1,14}：")
_CASE = re.compile("[^，、]{1,6}(?:后|(?<![及按准随同定实])时)(?!代|期|间|勤|续|刻|常|备|效)")
_LEAD = re.compile("如下[：。]?$|如下：")
_SLOGAN = re.compile("就是(?:命令|责任|战场)|重于泰山|人人有责")
_HEADING_ENDS = frozenset(("工作", "责任", "措施", "管理", "监管", "防控", "服务", "准备"))
_LONGEST_HEADING = 42
_SHORT_HEADING = 22
_ADDRESSED_HEADING = 30
_BARE_HEADING = 12
_GROUP = re.compile("第[一二三四五六七八九十0-9]{1,3}(?:小?组|专班)：")
_CONTACT = re.compile("(?:电话|邮箱|联系人|网址|传真|账号|地址)：")
_ONLY_TIME = re.compile(
    "[0-9一二三四五六七八九十○〇年月日号时分起止至到上中下旬午初底前后—~()、，.：-]+"
)
_STAGE = re.compile("[一-龥]{2,14}阶段[(][^()]*[)]")
_FAULTS = re.compile(
    "(?:查找|排查|查摆|治理|整治|清理|检查|查处|纠正|自查|摸排)[^。；]{0,20}(?:以下|下列)"
    "|(?:以下|下列)[^。；]{0,30}(?:问题|乱象|现象)"
)
_COLON_HEADING = 14
_GLUE_LIMIT = 90


def label_length(text: str) -> int:
    """Return how many characters a label before the duty takes: 具体职责：…."""
    found = words("label_words").at(text, 0)
    group = _GROUP.match(text)
    if found is not None and text.startswith("：", len(found[0])):
        length = len(found[0]) + 1
    elif group is not None:
        length = group.end()
    else:
        return 0
    return length if len(text) - length > 4 else 0


def is_heading(
    sentence: Sentence,
    setting: Setting,
    *,
    alone: bool,
    followed: bool,
    spoken: bool,
    addressed: bool = False,
) -> bool:
    """Say whether a sentence that opens a clause is its heading.

    ``alone`` the sentence has a line of its own without stop, ``followed`` text or clauses of the
    same clause come after it, ``spoken`` the clause is labelled 一是 and has no heading,
    ``addressed`` the sentence behind it tells somebody to act (坚定信心。各单位要…).
    """
    body = sentence.body
    if not followed or sentence.text.endswith("；"):
        return False
    if alone and not sentence.text.endswith("。"):
        named = find_subject(body, 0, setting) is not None  # 各社会组织要…, broken off by a line
        asks = sentence.text.endswith("：") or (named and has_modal(sentence.plain))
        return len(body) <= 80 and not asks
    if spoken or len(body) > _LONGEST_HEADING or sentence.plain.count("，") > 1:
        return False
    verb = words("heading_verbs").at(body, 0) is not None or body.startswith("对")
    verb = verb or (addressed and len(body) <= _ADDRESSED_HEADING)
    if not verb and (len(body) > _BARE_HEADING or "，" in sentence.plain):
        return False
    return _reads_as_heading(body, sentence.plain, setting)


def addresses_somebody(sentence: Sentence, setting: Setting) -> bool:
    """Say whether a sentence opens with a bearer and a modal."""
    for span in spans(sentence)[:2]:
        subject = find_subject(span.text, skip_connectors(span.text), setting)
        if subject is not None:
            marker = find_marker(span.plain, subject.end)
            return marker is not None and marker.strong
    return False


def is_paragraph_heading(sentence: Sentence, setting: Setting, *, followed: bool) -> bool:
    """Say whether the first sentence of a paragraph inside a clause heads the paragraph."""
    body = sentence.body
    return (
        sentence.opens
        and followed
        and not sentence.text.endswith("；")
        and len(body) <= _SHORT_HEADING
        and "，" not in sentence.plain
        and words("heading_verbs").at(body, 0) is not None
        and _reads_as_heading(body, sentence.plain, setting)
    )


def _reads_as_heading(body: str, plain: str, setting: Setting) -> bool:
    if has(plain, "recurrence_words") or find_subject(body, 0, setting) is not None:
        return False
    marker = find_marker(plain, 0)
    if marker is not None and marker.strong:
        return False
    if _CASE.match(body) or body.startswith(("将", "把", "对", "向")):
        return body.endswith(("管理", "工作", "防控", "服务", "监管", "要求"))
    return True


def is_lead_in(sentence: Sentence) -> bool:
    """Say whether a sentence only introduces what follows it (…如下：, 做好下列工作：)."""
    return sentence.text.endswith("：") or _LEAD.search(sentence.text) is not None


def introduces_list(sentence: Sentence) -> bool:
    """Say whether a line without colon introduces a list (以下人员必须佩戴口罩)."""
    named = any(sentence.plain.startswith(word) for word in ("以下", "下列", "凡属以下"))
    return named and sentence.line and has_modal(sentence.plain)


def lists_things(sentence: Sentence) -> bool:
    """Say whether a heading is of things to hand in or to look at (年检内容, 提交的材料)."""
    return sentence.body.endswith(ends("thing_lists")) and not sentence.body.endswith(
        ends("thing_lists_not")
    )


def is_thing(sentence: Sentence, setting: Setting, *, labelled: bool = False) -> bool:
    """Say whether an item of such a list only names a thing.

    ``labelled`` it stands behind the heading's colon on its line (检查范围：养老机构…).
    """
    body = BRACKET.sub("", sentence.body)
    if labelled and not has_modal(sentence.plain) and not has(sentence.plain, "handing_in"):
        return True
    thing = body.startswith("《") or body.endswith(ends("thing_ends"))
    if thing and not has_modal(sentence.plain) and not has(sentence.plain, "handing_in"):
        return True
    return not has_modal(sentence.plain) and find_subject(body, 0, setting) is None


def tells_meaning(sentence: Sentence) -> bool:
    """Say whether a lead-in asks nothing and its items say what a word means (…主要指：)."""
    return has(sentence.text, "meanings") and not has_modal(sentence.plain)


def lists_cases(sentence: Sentence) -> bool:
    """Say whether a lead-in lists cases or things, which ask nothing by themselves."""
    named = "情形" in sentence.plain and ("下列" in sentence.plain or "以下" in sentence.plain)
    named = (
        named or tells_meaning(sentence) or _FAULTS.search(sentence.plain) is not None
    )  # 重点查找以下问题：
    return named or sentence.body.endswith(ends("noun_lists"))


def is_no_duty(sentence: Sentence, *, strict: bool) -> bool:
    """Say whether a sentence is none by its kind; ``strict`` for letters and preambles."""
    body, plain = sentence.body, sentence.plain
    if len(body) < 3 or sentence.text.endswith("？"):
        return True
    start = skip_connectors(body)
    if body in ends("rosters") or body in ends("heading_nouns"):
        return True
    if _ONLY_TIME.fullmatch(body) or _STAGE.fullmatch(body):  # 二、时间安排 2025年4月—6月。
        return True
    if body.endswith("的") and not has_modal(plain):  # an item of a list of cases
        return True
    if has(plain, "inclusions") and not has_modal(plain):
        return True
    if _CONTACT.search(plain) or _CONTACT.search(_bracketed(sentence.text)):
        return True
    if _ROSTER.match(body) and body.startswith(ends("rosters")):
        return True
    if body.startswith(ends("closing"), start) or has(plain, "definitions"):
        return True
    first = words("first_person").at(body, start)
    if first is not None and not _turns_to_others(plain) and not appeals_to_somebody(plain):
        return True
    if _SLOGAN.search(plain):
        return True
    if words("background").at(body, start) and not has_modal(plain):
        return True
    return strict and not (has_modal(plain) or _orders(plain) or appeals_to_somebody(plain))


def appeals_to_somebody(plain: str) -> bool:
    """Say whether an issuer turns to others: 县民政局倡议全县各社会组织…, 我们号召…."""
    for index, word, _ in words("announcers").all(plain):
        by = plain[:index].endswith("我们") or names().ending(plain, index) is not None
        end = index + len(word)
        if by and (words("name_openers").at(plain, end) or names().at(plain, end)):
            return True
    return False


def _bracketed(text: str) -> str:
    """Return a sentence that stands in brackets as a whole, an empty text otherwise."""
    return text if text.startswith("(") and text.rstrip("。；").endswith(")") else ""


def only_states(sentence: Sentence, setting: Setting) -> bool:
    """Say whether every modal of a sentence has a thing for its subject (工作决不能放松)."""
    if _orders(sentence.plain) or appeals_to_somebody(sentence.plain):
        return False
    for span in spans(sentence):
        head = skip_connectors(span.text)
        marker = find_marker(span.plain, head)
        if marker is None or not marker.strong:
            continue
        before = marker.start
        while (adverb := words("adverbs").ending(span.text, before, head)) is not None:
            before -= len(adverb[0])
        if before <= head or find_subject(span.text, head, setting) is not None:
            return False
        if span.text[before - 1] in "时后前中内间下":  # 返回时要提前报备
            return False
    return True


def _turns_to_others(plain: str) -> bool:
    return any(f"，{word}" in plain for word in ("请", "望", "要", "各"))


def _orders(plain: str) -> bool:
    return plain.startswith(("请", "望")) or "，请" in plain or "，望" in plain


def has_modal(plain: str) -> bool:
    """Say whether any part of a sentence holds a strong word of strength."""
    for part in plain.split("，"):
        marker = find_marker(part, 0)
        if marker is not None and marker.strong:
            return True
    return False


def is_press(text: str) -> bool:
    """Say whether a text without clauses reports what a paper demands (《通知》要求，…)."""
    return sum(text.count(word) for word in ends("press")) >= 2


def glued_heading(sentence: Sentence, setting: Setting) -> int:
    """Return the length of a heading that runs into its text without any sign, 0 if none does.

    二、加强领导…紧迫感各级机关要把…; 三、分类要求按照…; （二）到京人员的服务管理到京人员应当….
    """
    text, plain = sentence.text[:_GLUE_LIMIT], sentence.plain[:_GLUE_LIMIT]
    noun = words("heading_nouns").at(text, 0)
    if noun is not None:
        rest = len(noun[0])
        if (
            words("adjunct_openers").at(text, rest)
            or words("name_openers").at(text, rest)
            or words("heading_verbs").at(text, rest)
            or text.startswith(("(一)", "(1)", "1、"), rest)
        ):
            return rest
    colon = plain.find("：", 0, _COLON_HEADING)
    named = plain[: max(colon, 0)]
    if (
        len(named) >= 2
        and not any(char.isdigit() or char == "，" for char in named)
        and (len(sentence.body) - colon > 6 and not has_modal(named))
    ):
        return colon + 1
    for first in (0, 1):
        key = text[first : first + 5]
        if first and text[0] != "对":
            break
        if len(key) == 5 and "，" not in key:
            again = text.find(key, first + 5)
            begins = again > 0 and text[again - 1] not in "等的、和及与各在对，（("
            if begins and find_subject(sentence.text, again, setting) is not None:
                return again
    begin = governing_verb(plain, 0)
    if words("heading_verbs").at(text, 0) is None and begin == 0 and text[0] != "对":
        return 0
    for index, _, value in markers().all(plain):
        if value is not None and value[1] == MarkerKind.STRONG:
            if 6 <= index <= 40 and text[index - 2 : index] in _HEADING_ENDS:
                return index
            break
    for index, _, _ in words("glue_openers").all(plain):
        if (
            index < 6
            or text[index - 1] in "，、：和及与的对向使让由请在为是于各大"
            or plain[:index].count("，") > 2
        ):
            continue
        before = plain[:index].rsplit("，", 1)[-1]
        if any(before.endswith(word) for word in (*ends("causatives"), *ends("no_subject"))):
            continue
        marker = find_marker(plain[:index], 0)
        if marker is not None and marker.strong:
            return 0
        subject = find_subject(sentence.text, index, setting)
        if subject is not None and subject.start == index:
            stop = sentence.plain.find("，", index)
            after = find_marker(sentence.plain[: stop if stop > 0 else None], subject.end)
            if (after is not None and after.strong) or before.endswith(tuple(_HEADING_ENDS)):
                return index
    return 0
