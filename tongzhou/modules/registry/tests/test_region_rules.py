"""Test the region tree that ships with the product, and the arithmetic on its ids."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.registry.contracts import Level, RegionRole
from tongzhou.modules.registry.rules import regions

SEEDS = {region.id: region for region in regions.seed_regions()}
ids = st.sampled_from(sorted(SEEDS))


def test_the_tree_is_whole() -> None:
    open_ones = [region for region in SEEDS.values() if region.valid_to is None]
    assert len(SEEDS) == len(regions.seed_regions())
    assert sum(region.level is Level.PROVINCE for region in open_ones) == 35  # 34 and the Corps
    assert sum(region.level is Level.COUNTY for region in open_ones) == 2_845
    for region in SEEDS.values():
        assert region.level is regions.level_of(region.id)
        assert region.parent_id == regions.parent_of(region.id)
        assert region.parent_id is None or region.parent_id in SEEDS
        assert re.fullmatch(r"[a-z]+( [a-z]+)*", region.pinyin), region


def test_closed_regions_have_successors_that_exist() -> None:
    closed = [region for region in SEEDS.values() if region.valid_to is not None]
    assert closed
    for region in closed:
        assert region.successors
        assert region.source
        for successor in region.successors:
            assert SEEDS[successor].valid_to is None


@pytest.mark.parametrize(
    ("region_id", "name", "short_name", "pinyin"),
    [
        (0, "全国", "全国", "quan guo"),
        (440106, "天河区", "天河", "tian he qu"),
        (500000, "重庆市", "重庆", "chong qing shi"),
        (140400, "长治市", "长治", "chang zhi shi"),
        (433100, "湘西土家族苗族自治州", "湘西", "xiang xi tu jia zu miao zu zi zhi zhou"),
        (654002, "伊宁市", "伊宁市", "yi ning shi"),
        (660000, "新疆生产建设兵团", "兵团", "xin jiang sheng chan jian she bing tuan"),
    ],
)
def test_names(region_id: int, name: str, short_name: str, pinyin: str) -> None:
    region = SEEDS[region_id]
    assert (region.name, region.short_name, region.pinyin) == (name, short_name, pinyin)


def test_open_siblings_differ_in_their_short_names() -> None:
    seen: set[tuple[int | None, str]] = set()
    for region in SEEDS.values():
        if region.valid_to is None:
            assert (region.parent_id, region.short_name) not in seen, region
            seen.add((region.parent_id, region.short_name))


@pytest.mark.parametrize(
    ("region_id", "span"),
    [
        (0, (0, 999_999)),
        (440000, (440000, 449999)),
        (440100, (440100, 440199)),
        (440106, (440106, 440106)),
        (429000, (429000, 429099)),
    ],
)
def test_span(region_id: int, span: tuple[int, int]) -> None:
    assert regions.span(region_id) == span


@given(ids, ids)
def test_a_subtree_is_exactly_its_span(outer: int, inner: int) -> None:
    inside = inner == outer or outer in regions.ancestors(inner)
    assert regions.contains(outer, inner) == inside


def test_municipal_districts_hang_under_a_code_that_does_not_govern() -> None:
    assert regions.ancestors(110101) == (0, 110000, 110100)
    assert SEEDS[110100].role is RegionRole.GROUPING
    assert SEEDS[440100].role is RegionRole.ORDINARY
    assert SEEDS[810000].role is RegionRole.OUTSIDE


@pytest.mark.parametrize(
    ("level", "region_id", "prov"),
    [(Level.NATION, 0, 10), (Level.PROVINCE, 440000, 44), (Level.COUNTY, 440106, 44)],
)
def test_prov_of(level: Level, region_id: int, prov: int) -> None:
    assert regions.prov_of(level, region_id) == prov


def test_codes_and_ids() -> None:
    assert regions.code_of(0) == "100000"
    assert regions.id_of("100000") == regions.id_of("000000") == 0
    assert regions.id_of("440106") == 440106
    for wrong in ("44010", "4401060", "44o106", "４４０１０６"):
        with pytest.raises(ValueError, match="not a region code"):
            regions.id_of(wrong)
