"""Who owes a duty: bearers of a proposal as kind, groups, organ and levels of a library."""

from collections.abc import Iterable, Mapping
from typing import Any

from tongzhou.modules.compiler.contracts import Question
from tongzhou.modules.compiler.rules.mapping.source import Proposal, holds, params, words

ORGANS = ("PARTY_ORG", "SECRETARIAT", "SUPERVISORY_BOARD", "LEGAL_REP")


def default_groups(codes: Iterable[str], named: str = "") -> dict[str, dict[str, Any]]:
    """Return the groups of a library for codes of groups, as the shipped libraries map them.

    Bearers that are no groups are left out; ``named`` are the words of the source that name them.
    The clause of a group is not known here.
    """
    shipped, narrower, wider = params()["groups"], params()["narrower"], params()["wider"]
    found: dict[str, dict[str, Any]] = {}
    for code in codes:
        if code in narrower:
            body = {k: v for k, v in narrower[code].items() if k not in ("of", "words")}
            found[code] = {**body, "named": False}
        elif code in wider and holds(named, wider[code]["words"]):
            found[code] = {k: v for k, v in wider[code].items() if k != "words"}
        elif code in shipped:
            found[code] = dict(shipped[code])
    return found


def bear(proposal: Proposal) -> tuple[dict[str, Any] | None, list[Question]]:
    """Return the bearer of a declaration, None for somebody the register does not hold."""
    named = proposal.reason("bearers")
    inside = [code for code in proposal.bearers if code != "OTHER"]
    if not inside:
        return None, [
            Question(
                "bearer-outside",
                "bearer",
                "原文的承担者不是社会组织，也不是登记管理机关；不采纳，或者改由谁承担？",
                named,
            )
        ]
    asked: list[Question] = []
    if len(inside) < len(proposal.bearers):
        asked.append(
            Question(
                "bearer-partly-outside",
                "bearer",
                "原文的承担者中有登记管理之外的单位或个人，这里只写社会组织一方，对吗？",
                named,
            )
        )
    groups = [code for code in inside if code in params()["groups"]]
    others = [code for code in inside if code not in groups]
    if len(others) > 1 or (others and groups):
        asked.append(
            Question(
                "bearers-several",
                "bearer",
                "原文有几个承担者；是先由第一个承担，还是拆成几项任务？",
                named,
            )
        )
    first = inside[0]
    if first == "AUTHORITY":
        return _authority(proposal, named, asked)
    if first in ORGANS:
        return {"kind": "ORGANISATION", "organ": first}, asked
    if first == "ORGANISATION":
        return {"kind": "ORGANISATION"}, asked + _unsure(proposal, named)
    return _grouped(groups, named, asked)


def apart(bearers: Iterable[str]) -> list[list[str]]:
    """Return bearers as those who can owe one duty each: groups together, every other alone.

    >>> apart(["AUTHORITY", "CHARITY", "ASSOCIATION", "OTHER"])
    [['AUTHORITY'], ['CHARITY', 'ASSOCIATION']]
    """
    found: list[list[str]] = []
    together: list[str] = []
    for code in bearers:
        if code == "OTHER":
            continue
        if code not in params()["groups"]:
            found.append([code])
            continue
        if not together:
            found.append(together)
        together.append(code)
    return found


def _authority(
    proposal: Proposal, named: str, asked: list[Question]
) -> tuple[dict[str, Any], list[Question]]:
    """Return an authority of the levels that its name speaks of."""
    bearer: dict[str, Any] = {"kind": "AUTHORITY"}
    if proposal.grounded("bearers", "issuer"):
        named = ""
    if not holds(named, words("all_levels")):
        plain = named.replace("民政部门", "")
        levels = [
            level
            for level, signs in params()["levels"].items()
            if holds(plain, tuple(map(str, signs)))
        ]
        if levels:
            bearer["levels"] = levels
    foreign = holds(named, words("not_registration"))
    if foreign and "登记管理" not in named and "民政" not in named:
        asked.append(
            Question(
                "bearer-authority",
                "bearer",
                "“%(words)s”不是登记管理机关，系统不能向它派发；不采纳，或者改由谁承担？",
                named,
                {"words": named},
            )
        )
    return bearer, asked


def _grouped(
    groups: list[str], named: str, asked: list[Question]
) -> tuple[dict[str, Any], list[Question]]:
    """Return the groups that a name speaks of, each as narrow as the words say."""
    bearer: dict[str, Any] = {"kind": "ORGANISATION"}
    lacking = next((each for each in params()["lacking"] if holds(named, each["words"])), None)
    if lacking is not None and groups == ["OTHER_GROUP"]:
        return {**bearer, "without": [lacking["without"]]}, asked
    chosen: list[str] = []
    for code in groups:
        chosen += _narrowed(code, named)
    bearer["groups"] = list(dict.fromkeys(chosen))
    odd = holds(named, words("unknown_groups"))
    if "OTHER_GROUP" in bearer["groups"] and odd:
        asked.append(
            Question(
                "bearer-group",
                "bearer",
                "登记库里没有“%(words)s”这一类，先写作“其他社会组织”；应由谁承担？",
                named,
                {"words": odd},
            )
        )
    return bearer, asked


def _narrowed(code: str, named: str) -> list[str]:
    """Return the narrower cuts of a group that its name lists, else the group itself."""
    cuts: list[str] = []
    rest = named
    narrower: Mapping[str, Mapping[str, Any]] = params()["narrower"]
    for cut, body in narrower.items():
        if body["of"] != code:
            continue
        for word in sorted(body["words"], key=len, reverse=True):
            if word in rest:
                rest = rest.replace(word, "")
                cuts.append(cut)
                break
    if "CROWDED" in cuts:
        return ["CROWDED"]
    general = holds(rest, tuple(map(str, params()["whole"].get(code, ()))))
    return [code] if general or not cuts else cuts


def _unsure(proposal: Proposal, named: str) -> list[Question]:
    """Ask when nothing but the title or the issuer says that social organisations are meant."""
    weak = proposal.grounded("bearers", "title") or proposal.grounded("bearers", "issuer")
    if (weak and "社会组织" not in named) or named in (
        "有关单位",
        "各有关单位",
        "相关单位",
        "各相关单位",
    ):
        return [
            Question(
                "bearer-unsure",
                "bearer",
                "原文没有写明由谁承担，按全部社会组织理解，对吗？",
                named,
            )
        ]
    return []
