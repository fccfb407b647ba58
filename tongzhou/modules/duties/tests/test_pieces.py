"""The pieces of a ground count each bearer of it once and nobody else, whatever its shape."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.duties.queries.selection import Breakdown, Selection, Tree
from tongzhou.modules.duties.queries.sums import Cutter
from tongzhou.modules.duties.rules.nodes import GRAINS, Box, Regions

CODES = (
    0,
    *(province * 10_000 for province in (11, 44, 65)),
    *(
        province * 10_000 + city * 100 + county
        for province in (11, 44, 65)
        for city in (1, 3)
        for county in (0, 3, 6)
    ),
)
EDGES = st.sets(st.sampled_from(sorted({*CODES[1:], *(code + 1 for code in CODES)})), max_size=4)
GRAIN = {each.number: each for each in GRAINS}


def _spans(edges: set[int]) -> list[tuple[int, int]]:
    return [(low, after - 1) for low, after in pairwise([0, *sorted(edges - {0}), 1_000_000])]


@st.composite
def grounds(draw: st.DrawFn) -> set[Box]:
    """Return boxes that do not overlap."""
    places, regions = _spans(draw(EDGES)), _spans(draw(EDGES))
    boxes = [(*place, *region) for place in places for region in regions]
    return draw(st.sets(st.sampled_from(boxes), min_size=1))


def _holds(piece: tuple[int, ...], kind: str, place: int, registered: int) -> bool:
    _ground, grain, node, registry, low, high, _key = piece
    if kind == "coarse":
        wide, across = GRAIN[grain].place.unit, GRAIN[grain].registered.unit
        return place // wide * wide == node and registered // across * across == registry
    if kind == "near":
        return place == node and low <= registered <= high
    return registered == registry and low <= place <= high


@given(
    grounds(),
    st.sampled_from([Breakdown.NONE, Breakdown.REGION, Breakdown.AUTHORITY]),
    st.sampled_from(Tree),
    st.sampled_from([0, 440000, 440100]),
)
def test_pieces_hold_each_pair_of_a_ground_once(
    ground: set[Box], by: Breakdown, tree: Tree, node: int
) -> None:
    selection = Selection(at=datetime(2020, 2, 1, tzinfo=UTC), tree=tree, node=node)
    cutter = Cutter(Regions(CODES), selection, by)
    cutter.cut(0, ground)
    pieces = [
        (kind, piece, sign)
        for kind, held in cutter.pieces.items()
        for piece, sign in held.signs.items()
    ]
    for place in CODES:
        for registered in CODES:
            times = sum(
                sign for kind, piece, sign in pieces if _holds(piece, kind, place, registered)
            )
            inside = any(
                box[0] <= place <= box[1] and box[2] <= registered <= box[3] for box in ground
            )
            assert times == inside, (place, registered, pieces)
