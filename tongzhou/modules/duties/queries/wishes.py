"""Read what somebody looks for from the parameters of a request."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tongzhou.base.strength import Strength
from tongzhou.modules.directives.public import STATUSES, DocumentFilter, DocumentKind, seeking
from tongzhou.modules.duties.contracts import FORMS, ORGANS, PHASES, BearerKind
from tongzhou.modules.duties.queries.duty_search import DutyFilter
from tongzhou.modules.duties.queries.search import ORDERS, What, Wish

LONGEST_WORDS = 2 * seeking.LONGEST_INPUT
_YES = frozenset({"1", "on", "true", "yes"})
_NO = frozenset({"", "0", "off", "false", "no"})


def read_wish(given: Mapping[str, str]) -> tuple[Wish, list[str]]:
    """Return what the parameters ask for, and the names of those that make no sense.

    What makes no sense is left out of the wish. Words are cleaned and cut to length.
    """
    wrong: list[str] = []

    def one(name: str, allowed: Collection[str]) -> str:
        value = given.get(name, "").strip()
        if value and value not in allowed:
            wrong.append(name)
            return ""
        return value

    def text(name: str, longest: int) -> str:
        return seeking.clean(given.get(name, "")).strip()[:longest]

    def number(name: str, fits: Callable[[int], bool]) -> int | None:
        value = given.get(name, "").strip()
        if value.isascii() and value.isdigit() and len(value) < 7 and fits(int(value)):
            return int(value)
        if value:
            wrong.append(name)
        return None

    def flag(name: str) -> bool:
        value = given.get(name, "").strip().lower()
        if value not in _YES | _NO:
            wrong.append(name)
        return value in _YES

    wish = Wish(
        words=text("q", LONGEST_WORDS),
        what=What(one("what", [each.value for each in What])),
        documents=DocumentFilter(
            kind=one("kind", [each.value for each in DocumentKind]),
            issuer=text("issuer", 200),
            year=number("year", lambda year: 1900 <= year <= 2200),
            status=one("status", STATUSES),
        ),
        duties=DutyFilter(
            strength=one("strength", [each.value for each in Strength]),
            bearer=one("bearer", [*(each.value for each in BearerKind), *ORGANS]),
            group=text("group", 40),
            form=one("form", FORMS),
            phase=one("phase", PHASES),
            timed=flag("timed"),
        ),
        place=number("place", lambda place: 0 <= place <= 999_999),
        mine=flag("mine"),
        order=one("sort", ORDERS) or ORDERS[0],
    )
    return wish, wrong


def conditions(wish: Wish) -> dict[str, Any]:
    """Return the conditions of a wish by parameter, those in force only."""
    found = {
        "what": wish.what.value,
        "status": wish.documents.status,
        "kind": wish.documents.kind,
        "issuer": wish.documents.issuer,
        "year": wish.documents.year,
        "place": wish.place,
        "strength": wish.duties.strength,
        "bearer": wish.duties.bearer,
        "group": wish.duties.group,
        "form": wish.duties.form,
        "phase": wish.duties.phase,
        "timed": wish.duties.timed,
        "mine": wish.mine,
    }
    return {
        name: value
        for name, value in found.items()
        if value is not False and value not in {None, ""}
    }
