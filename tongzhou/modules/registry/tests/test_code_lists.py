"""Test attributes, forms and organs as bitmasks, and the keys made of names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.registry.contracts import (
    AuthorityKind,
    Form,
    Level,
    OrganKind,
    RegionRole,
    Status,
)
from tongzhou.modules.registry.rules import attributes as kinds
from tongzhou.modules.registry.rules.names import initials_key, pinyin_key

CODES = list(kinds.attribute_kinds())


def test_bits_never_change() -> None:
    assert {code: kind.bit for code, kind in kinds.attribute_kinds().items()} == {
        "TRADE_ASSOCIATION": 0,
        "OUT_OF_TOWN_CHAMBER": 1,
        "CHARITY": 2,
        "PUBLIC_FUNDRAISING": 3,
        "PUBLIC_BENEFIT": 4,
        "VOLUNTEER": 5,
        "HUB": 6,
        "COMMUNITY": 7,
        "ONLINE": 8,
        "ACADEMIC": 9,
        "SCIENCE_TECH": 10,
        "PROFESSIONAL": 11,
        "MEDICAL": 12,
        "ELDERLY_CARE": 13,
        "EDUCATION": 14,
        "SOCIAL_WORK": 15,
        "RESCUE": 16,
        "CHILDCARE": 17,
        "TRAINING": 18,
        "DECOUPLED": 19,
        "DIRECT": 20,
    }
    assert kinds.ORGAN_BITS == {
        OrganKind.PARTY_ORG: 0,
        OrganKind.SECRETARIAT: 1,
        OrganKind.SUPERVISORY_BOARD: 2,
        OrganKind.LEGAL_REP: 3,
    }


@given(st.sets(st.sampled_from(CODES)))
def test_attribute_sets_survive_the_mask(codes: set[str]) -> None:
    assert kinds.attributes_of(kinds.attribute_mask(codes)) == codes


@given(st.sets(st.sampled_from(OrganKind)))
def test_organ_sets_survive_the_mask(organs: set[OrganKind]) -> None:
    assert kinds.organs_of(kinds.organ_mask(organs)) == organs


def test_unknown_attributes_are_an_error() -> None:
    with pytest.raises(KeyError):
        kinds.attribute_mask(["FIVE_A"])


def test_credit_classes() -> None:
    assert {form: kind.credit_class for form, kind in kinds.form_kinds().items()} == {
        Form.ASSOCIATION: "51",
        Form.INSTITUTION: "52",
        Form.FOUNDATION: "53",
        Form.GROUP: "",
        Form.AUTHORITY: "11",
    }


@pytest.mark.parametrize(
    ("form", "codes", "answer"),
    [
        (Form.ASSOCIATION, ["TRADE_ASSOCIATION"], None),
        (Form.INSTITUTION, ["TRADE_ASSOCIATION"], ("TRADE_ASSOCIATION", "")),
        (Form.FOUNDATION, ["PUBLIC_FUNDRAISING"], ("PUBLIC_FUNDRAISING", "CHARITY")),
        (Form.FOUNDATION, ["PUBLIC_FUNDRAISING", "CHARITY"], None),
        (Form.GROUP, ["CHARITY"], ("CHARITY", "")),
    ],
)
def test_misfit(form: Form, codes: list[str], answer: tuple[str, str] | None) -> None:
    assert kinds.misfit(form, codes) == answer


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_code_has_a_label(language: str) -> None:
    for name, codes in {
        "form": Form,
        "level": Level,
        "organ": OrganKind,
        "authority_kind": AuthorityKind,
        "status": Status,
        "region_role": RegionRole,
    }.items():
        found = kinds.labels(name, language)
        assert set(found) == {str(code) for code in codes}
        assert all(found.values())
    assert set(kinds.labels("attribute", language)) == set(CODES)


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("广州市长者服务中心", "guang zhou shi zhang zhe fu wu zhong xin", "gzszzfwzx"),
        ("长安音乐（IT）协会", "chang an yin yue it xie hui", "cayyixh"),
        ("番禺区会计学会", "pan yu qu kuai ji xue hui", "pyqkjxh"),
        ("", "", ""),
    ],
)
def test_pinyin(name: str, pinyin: str, initials: str) -> None:
    assert pinyin_key(name) == pinyin
    assert initials_key(name) == initials
