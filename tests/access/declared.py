"""What the matrix says about each route, person and object, read from ``routes.txt``.

Nothing here asks the product: who stands where is written down, so that a slip in ``visible_to``
or in a guard cannot excuse itself.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tongzhou.kernel.access import Role

TABLE = Path(__file__).with_name("routes.txt")
#: Who stands for each role around Guangzhou; nobody is signed in for the public.
STAND: dict[str, Role] = {
    "": Role.PUBLIC,
    "leader": Role.LEADER,
    "office": Role.OFFICE,
    "officer": Role.OFFICER,
    "clerk": Role.CLERK,
    "enforcer": Role.ENFORCEMENT,
    "publicity": Role.PUBLICITY,
    "auditor": Role.AUDITOR,
    "supervisor": Role.SUPERVISOR,
    "industry": Role.INDUSTRY,
    "territory": Role.TERRITORY,
    "party-line": Role.PARTY_LINE,
    "secretary": Role.SECRETARIAT,
    "chair": Role.LEGAL_REP,
    "party": Role.PARTY_ORG,
    "board": Role.SUPERVISORY_BOARD,
    "treasurer": Role.FINANCE,
    "volunteers": Role.VOLUNTEER_LEAD,
    "member": Role.MEMBER,
    "operator": Role.OPERATOR,
    # The same roles elsewhere: above, below, beside.
    "province": Role.OFFICER,
    "district": Role.OFFICER,
    "shenzhen": Role.OFFICER,
    "stranger": Role.SECRETARIAT,
}
CITY = {"officer", "leader", "office", "clerk", "enforcer", "publicity", "auditor"}
CHAMBER = {"secretary", "chair", "party", "board", "treasurer", "volunteers", "member"}
READERS = {"supervisor", "industry", "territory", "party-line"}
#: Who may know of the chamber, registered by the city and located in a district of it.
NEAR = CITY | CHAMBER | READERS | {"province", "district"}
#: Who may know of the chamber of another city.
FAR = {"province", "shenzhen", "stranger"}
SEES: dict[str, tuple[set[str], set[str] | None]] = {
    "organisation": (NEAR, FAR),
    "report": (NEAR, FAR),
    "file": (NEAR, FAR),
    "compilation": (CITY, {"shenzhen"}),
    "import": (CITY, {"shenzhen"}),
    "progress": ({"officer"}, {"shenzhen"}),
    # A duty is the same everywhere; who owes it fills it in for itself.
    "task": (CHAMBER | {"stranger"}, None),
}

#: The text that is repealed is the nation's, so nobody here may.
#: Who, of those that carry a permission and know of the object, is the one to do it.
POWER = {
    "registry.organisation.change": ({"officer", "province"}, {"province", "shenzhen"}),
    "duties.report.accept": ({"officer"}, {"shenzhen"}),
    "duties.report.return": ({"officer"}, {"shenzhen"}),
    "duties.report.reopen": ({"officer"}, {"shenzhen"}),
    "duties.report.submit": ({"secretary", "chair", "stranger"}, {"stranger"}),
    "directives.expression.repeal": (set(), set()),
    # What is asked for and drafted is the part of the organ that files it.
    "duties.draft.save": ({"secretary", "chair", "stranger"}, {"stranger"}),
    "duties.exception.request": ({"secretary", "chair", "stranger"}, {"stranger"}),
}


class Answer(StrEnum):
    """What kind of answer somebody gets."""

    LET_IN = "let in"
    INVALID = "let in, input refused"
    SIGN_IN = "asked to sign in"
    REFUSED = "refused"
    MISSING = "missing"
    NO_METHOD = "no such method"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Route:
    """A line of the table; ``reads`` and ``writes`` are stems, empty where there is no such act.

    ``partial``: the address or the form names something else as well, which is not there.
    """

    path: str
    reads: str
    writes: str
    object: str
    partial: bool

    def stem(self, method: str) -> str:
        """Return the permission a method needs; one that does nothing is guarded all the same."""
        first, second = (self.reads, self.writes) if method == "get" else (self.writes, self.reads)
        return first or second

    def has(self, method: str) -> bool:
        """Tell whether the method does anything."""
        return bool(self.reads if method == "get" else self.writes)

    @property
    def has_elsewhere(self) -> bool:
        """Tell whether there is such an object that others own."""
        return self.object in SEES and SEES[self.object][1] is not None


#: Acts on what was ticked on a page.
CHOOSES = {"review/accept/"}


def routes() -> dict[str, Route]:
    """Return the declared routes by their path."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            path, *rest = (each.strip() for each in line.rsplit(" | ", 3))
            path = path.replace("(home)", "")
            reads, writes, named = (each.removeprefix("-") for each in rest)
            found[path] = Route(path, reads, writes, named.rstrip("?"), named.endswith("?"))
    return found


def expected(route: Route, method: str, name: str, carried: frozenset[str]) -> set[Answer]:
    """Return the answers that are right for one person at one route, about what is here."""
    stem = route.stem(method)
    unknown = set() if route.has(method) else {Answer.NO_METHOD}
    if stem != "public" and stem not in carried:
        return {Answer.REFUSED if name else Answer.SIGN_IN} | unknown
    if route.object in SEES and name not in SEES[route.object][0]:
        # A request of the wrong shape is refused before anybody looks for its object.
        nothing = set() if route.has(method) else {Answer.LET_IN}
        return {Answer.MISSING, Answer.INVALID} | unknown | nothing
    if stem in POWER and name not in POWER[stem][0]:
        # A page that only asks may be read by whoever sees the object; the act itself is refused.
        asking = Answer.LET_IN if method == "get" else Answer.INVALID
        right = {Answer.REFUSED, Answer.MISSING, asking}
        if route.path in CHOOSES:  # those that one may not do are left out, and told
            right.add(Answer.LET_IN)
    else:
        right = {Answer.LET_IN, Answer.INVALID}
    missing = {Answer.MISSING} if route.partial or not route.has(method) else set()
    return right | missing | unknown | (set() if route.has(method) else {Answer.LET_IN})
