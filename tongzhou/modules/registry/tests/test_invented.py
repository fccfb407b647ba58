"""Test that the demonstration's organisations are whole, invented and always the same."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache

from tongzhou.modules.registry.contracts import (
    AuthorityKind,
    AuthorityReference,
    Form,
    ImportedOrganisation,
    ImportReferences,
    Level,
    OrganKind,
    RegionReference,
)
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules import imports
from tongzhou.modules.registry.rules.attributes import attributes_of, organs_of
from tongzhou.modules.registry.rules.regions import seed_regions
from tongzhou.modules.registry.seed import invented


@cache
def rows() -> list[dict[str, str]]:
    return list(invented.invented_organisations(20221207, groups=50))


def references() -> ImportReferences:
    places = [region for region in seed_regions() if region.id // 100 == 4401]
    registrars = {
        invented.registrar_name(f"{region.id}"): AuthorityReference(
            region.id, region.name, region.level, region.id, 44
        )
        for region in places
        if region.valid_to is None
    }
    principals = {
        kind: {p.name: 1 for p in invented.invented_principals() if p.kind is kind}
        for kind in AuthorityKind
    }
    return ImportReferences(
        today=date(2022, 12, 7),
        registrars=registrars,
        regions={
            str(region.id): RegionReference(region.id, region.name, region.level is Level.COUNTY)
            for region in places
        },
        supervisors=principals[AuthorityKind.SUPERVISOR],
        industry=principals[AuthorityKind.INDUSTRY],
        code_regions={region.id: {str(region.id)} for region in places},
    )


@cache
def imported() -> list[ImportedOrganisation]:
    refs = references()
    found = []
    for number, row in enumerate(rows(), 2):
        verdict = imports.check_row(number, row, refs)
        assert isinstance(verdict, ImportedOrganisation), [fault.text() for fault in verdict]
        found.append(verdict)
    return found


def test_the_same_seed_gives_the_same_organisations() -> None:
    again = invented.invented_organisations(20221207, groups=50)
    assert all(one == other for one, other in zip(rows(), again, strict=True))
    assert rows()[0] != next(invented.invented_organisations(1))


def test_every_row_passes_the_import_and_the_forms_have_guangzhous_counts() -> None:
    assert Counter(row.form for row in imported()) == {
        Form.ASSOCIATION: 3_467,
        Form.INSTITUTION: 4_440,
        Form.FOUNDATION: 123,
        Form.GROUP: 50,
    }


def test_names_and_codes_are_unique_and_no_code_can_be_a_real_one() -> None:
    assert len({row.name for row in imported()}) == len(rows())
    codes = [row.code for row in imported() if row.code]
    assert len(set(codes)) == len(codes) == 8_030
    assert all(code[8] == "D" for code in codes)


def test_the_shares_are_realistic() -> None:
    registered = [row for row in imported() if row.form is not Form.GROUP]
    held = Counter(code for row in registered for code in attributes_of(row.attributes))
    party = sum(OrganKind.PARTY_ORG in organs_of(row.organs) for row in registered)
    assert 0.22 <= party / len(registered) <= 0.30
    assert 0.02 <= held["CHARITY"] / len(registered) <= 0.05
    assert held["DECOUPLED"] == 453
    assert 0 < held["PUBLIC_FUNDRAISING"] < held["CHARITY"]
    assert {row.located_in for row in registered} == {
        region.id
        for region in seed_regions()
        if region.id // 100 == 4401 and region.level is Level.COUNTY and region.valid_to is None
    }
    everyone = [row for row in registered if row.form is Form.FOUNDATION]
    assert all(OrganKind.SUPERVISORY_BOARD in organs_of(row.organs) for row in everyone)


def test_rows_have_the_columns_of_the_template() -> None:
    assert all(tuple(row) == c.NAMES for row in rows())
