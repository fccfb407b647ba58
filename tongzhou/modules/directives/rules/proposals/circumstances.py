"""Tell parts that only set circumstances (按照…要求，疫情解除后，) from those that demand."""

from tongzhou.modules.directives.rules.proposals.lexicon import ends, names, words
from tongzhou.modules.directives.rules.proposals.strength import ends_like


def is_condition(text: str, modal: bool) -> bool:
    """Say whether a part names a case by its end: …的，…时，…者，疫情解除后."""
    if text.endswith("者") and (named := names().ending(text, len(text))) and len(named[0]) > 1:
        return False  # 志愿者, 社会工作者 are somebody, 体温异常者 is a case
    if ends_like(text, "case_endings"):
        return not ends_like(text, "case_endings_not") or text.endswith("的同时")
    return not modal and ends_like(text, "time_endings") and not ends_like(text, "time_endings_not")


def is_means(text: str, begin: int) -> bool:
    """Say whether a part only names means or measure: 发挥…优势，按照…要求，在…指导下."""
    rest = text[begin:]
    if rest.startswith(("在", "以")):
        return ends_like(rest, "frame_endings")
    if "发挥" in rest[:4]:
        return ends_like(rest, "strength_endings")
    if rest.startswith("通过"):
        return ends_like(rest, "way_endings")
    if rest.startswith(ends("focus_openers")):
        return not any(verb in rest for verb in ends("focus_verbs"))
    return ends_like(rest, "measure_endings")


def is_adjunct(text: str, plain: str, head: int) -> bool:
    """Say whether a part without modal sets circumstances by the word it opens with."""
    opener = words("adjunct_openers").at(text, head)
    if opener is None:
        return False
    word = opener[0]
    rest = text[head + len(word) :]
    plain_rest = plain[head + len(word) :]
    if word in ends("topic_openers"):
        return not has_light_verb(plain_rest)
    if word == "为了":
        return True
    if word == "为":
        return _is_purpose(rest)
    if word in ends("measure_openers"):
        return is_means(text, head) or not has_light_verb(plain_rest)
    if word in ("通过", "以"):
        return is_means(text, head)
    if word == "在":
        return ends_like(rest, "place_endings")
    if word in ends("condition_openers"):
        return not any(act in plain_rest for act in ends("acts_now"))
    return ends_like(text, "adjunct_endings")


def _is_purpose(rest: str) -> bool:
    """Say whether 为… states a purpose (为落实…), not whom something is done for (为其配备…)."""
    if ends_like(rest, "contributions") or rest.startswith(("其", "他们")):
        return False
    verb = words("predicates").at(rest, 0) or words("causatives").at(rest, 0)
    return verb is not None or rest.startswith(ends("purpose_openers"))


def has_light_verb(plain: str) -> bool:
    """Say whether a verb still governs the part behind its last 的."""
    tail = plain[plain.rfind("的") + 1 :]
    return any(verb in tail for verb in ends("light_verbs"))
