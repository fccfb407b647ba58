"""Few nodes hold exactly a piece of ground; equal digests of bearers bind the same ones."""

from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.duties.contracts import Facts
from tongzhou.modules.duties.rules.applicability import applies, predicate_of
from tongzhou.modules.duties.rules.library import read_library, shipped_files
from tongzhou.modules.duties.rules.nodes import GRAINS, Regions, Width

CODES = [
    0,
    *(
        province * 10_000 + city * 100 + county
        for province in (11, 44, 65)
        for city in (0, 1, 3, 90)
        for county in (0, 3, 6, 7)
    ),
]
CODE = st.integers(0, 999_999) | st.sampled_from(CODES)


@given(
    st.sets(st.sampled_from(CODES), min_size=1),
    st.lists(st.tuples(CODE, CODE).map(lambda pair: (min(pair), max(pair))), max_size=4),
    st.sampled_from(Width),
    st.booleans(),
)
def test_nodes_hold_exactly_the_regions_of_the_ranges(
    ids: set[int], ranges: list[tuple[int, int]], widest: Width, split: bool
) -> None:
    regions = Regions(ids, {110100})
    found = regions.cover(ranges, widest, split=split)
    for region in ids:
        times = sum(sign for node, sign in found if node.span[0] <= region <= node.span[1])
        wanted = any(low <= region <= high for low, high in ranges)
        assert times == wanted, (region, found)
    assert all(node.width <= widest for node, _ in found)
    if split and widest is Width.CITY:
        assert all(node.width is Width.EXACT for node, _ in found if node.id // 100 == 1101)


def test_a_nation_but_for_two_counties_is_few_nodes() -> None:
    regions = Regions(CODES)
    ranges = [(0, 440102), (440104, 650300), (650304, 999_999)]
    found = {(node.width, node.id, sign) for node, sign in regions.cover(ranges, Width.NATION)}
    assert found == {
        (Width.NATION, 0, 1),
        (Width.EXACT, 440103, -1),
        (Width.EXACT, 650303, -1),
    }


def test_grains_have_numbers_of_their_own() -> None:
    assert len({grain.number for grain in GRAINS}) == len(GRAINS)
    assert min(grain.number for grain in GRAINS) == 0


FACTS = [
    Facts(form=form, attributes=frozenset(attributes), organs=frozenset(organs), level="")
    for form in ("ASSOCIATION", "INSTITUTION", "FOUNDATION", "GROUP")
    for attributes in (
        (),
        ("CHARITY",),
        ("HUB", "VOLUNTEER"),
        ("COMMUNITY",),
        ("PUBLIC_FUNDRAISING", "CHARITY"),
        ("TRADE_ASSOCIATION",),
    )
    for organs in ((), ("PARTY_ORG",), ("PARTY_ORG", "SUPERVISORY_BOARD"))
] + [
    Facts(form="AUTHORITY", attributes=frozenset(), organs=frozenset(), level=level)
    for level in ("MINISTRY", "PROVINCE", "CITY", "COUNTY")
]


def test_duties_with_one_digest_bind_the_same_bearers() -> None:
    libraries = [
        read_library(path.read_text(encoding="utf-8"), name=path.stem) for path in shipped_files()
    ]
    bound: dict[str, set[tuple[bool, ...]]] = {}
    count = 0
    for library in libraries:
        for duty in library.duties:
            count += 1
            binds = tuple(applies(duty, facts, library) for facts in FACTS)
            bound.setdefault(predicate_of(duty, library), set()).add(binds)
    assert all(len(each) == 1 for each in bound.values())
    assert len(bound) < count
    assert len({next(iter(each)) for each in bound.values()}) > 5
