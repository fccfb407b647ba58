"""A part of a name is found by pairs of characters exactly as a comparison of every name does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongzhou.kernel.access import SYSTEM, Actor
from tongzhou.kernel.database import rows
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.models import Organisation, name_holds
from tongzhou.modules.registry.queries.organisations import Filters, filter_organisations
from tongzhou.modules.registry.tests.conftest import AT
from tongzhou.modules.registry.tests.test_writing import FACTS

pytestmark = pytest.mark.django_db

# Few characters, so that parts are found; those that mean something to a query are among them.
_LETTERS = "天河协会aAbé’'\"\\&|!:*()% _-<>\t　１ß🀄"
_NAMES = st.lists(st.text(_LETTERS, max_size=12), min_size=1, max_size=40)
_PARTS = st.text(_LETTERS, min_size=1, max_size=5)

_SQL = f"""
SELECT array_agg({name_holds("name", "%(part)s")} ORDER BY place),
       array_agg(upper(name) LIKE upper(%(like)s) ORDER BY place),
       array_agg(registry_pairs(name) @@ registry_sought(%(part)s) ORDER BY place)
FROM unnest(%(names)s::text[]) WITH ORDINALITY AS n(name, place)
"""


@settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(names=_NAMES, part=_PARTS, cut=st.integers(0, 11))
def test_parts_are_found_as_a_comparison_finds_them(
    db: None, names: list[str], part: str, cut: int
) -> None:
    wanted = [part, *([names[0][cut:]] if names[0][cut:] else [])]
    for each in wanted:
        like = each.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        ((found, compared, paired),) = rows(
            _SQL, {"names": names, "part": each, "like": f"%{like}%"}
        )
        assert found == compared
        if len(each) <= 2:
            assert paired == compared  # the index alone decides


def test_the_register_finds_a_part_of_a_name(city_officer: Actor) -> None:
    commands.register_organisation(actor=city_officer, at=AT, facts=FACTS)
    name = "广州市示例行业协会"
    for part in (name, name[1:3], name[-1], name[:1]):
        assert Organisation.objects.filter(name__holds=part).exists(), part
        for actor in (SYSTEM, city_officer):
            assert filter_organisations(actor, Filters(q=part)).exists(), part
    assert not Organisation.objects.filter(name__holds=name + "二").exists()
    assert not Organisation.objects.filter(name__holds=name[1] + name[0]).exists()
    assert Organisation.objects.filter(name__holds="").exists()
