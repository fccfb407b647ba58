"""What would stop if a text were repealed: which duties, for whom, and what hangs on them."""

from dataclasses import dataclass
from datetime import datetime

from tongzhou.kernel.access import Actor
from tongzhou.modules.duties.contracts import Relation
from tongzhou.modules.duties.queries import figures
from tongzhou.modules.duties.queries.burdens import Reach, count_bound
from tongzhou.modules.duties.queries.figures import Figure, Selection
from tongzhou.modules.duties.queries.force import DutyRow, Ground, duties_of, library_of


@dataclass(frozen=True, slots=True)
class Resting:
    """A supplement that refines duties of the text, and how many it has of its own.

    What it refines rests when the upper text ends; what it added goes on.
    """

    expression: str
    refined: int
    own: int


@dataclass(frozen=True, slots=True)
class Ending:
    """What the repeal of a text would stop now."""

    duties: tuple[DutyRow, ...]
    refined: tuple[DutyRow, ...]
    reach: Reach
    figure: Figure
    resting: tuple[Resting, ...]


def get_ending(actor: Actor, expression: str, at: datetime) -> Ending:
    """Return what would stop if an expression were repealed at this moment.

    ``refined`` are upper duties that go back to what the text above asks.
    """
    ground = Ground(at)
    libraries = [each.library_id for each in ground.forces if each.expression == expression]
    held = [duty for number in libraries for duty in duties_of(number)]
    own = [each for each in held if each.relation is not Relation.REFINES]
    reach = Reach(0, 0)
    figure = Figure()
    for number in libraries:
        found = count_bound(library_of(number), library_of(number).duties)
        reach = Reach(
            reach.organisations + found.organisations, reach.authorities + found.authorities
        )
        for bearers in ("ORGANISATION", "AUTHORITY"):
            selection = Selection(at=at, library_id=number, bearers=bearers)
            figure += figures.total(figures.figures(actor, selection))
    return Ending(
        duties=tuple(own),
        refined=tuple(each for each in held if each.relation is Relation.REFINES),
        reach=reach,
        figure=figure,
        resting=tuple(_resting(ground, {each.id for each in own})),
    )


def _resting(ground: Ground, ending: set[int]) -> list[Resting]:
    found = []
    for force in ground.forces:
        duties = duties_of(force.library_id)
        refined = [
            each for each in duties if each.relation is Relation.REFINES and each.id in ending
        ]
        if refined:
            own = sum(each.relation is not Relation.REFINES for each in duties)
            found.append(Resting(force.expression, len(refined), own))
    return found
