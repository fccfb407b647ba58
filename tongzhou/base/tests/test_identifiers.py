"""Test credit codes and internal numbers against published codes and by properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.base import identifiers as ids
from tongzhou.base.identifiers import CodeFault, CodeReason

# Published codes of national bodies, and the example printed in GB 32100-2015 itself.
PUBLISHED = {
    "51100000500002862F": ids.SOCIAL_CLASSES,
    "51100000500009247D": ids.SOCIAL_CLASSES,
    "51100000500012681T": ids.SOCIAL_CLASSES,
    "11622700013944908W": ids.AUTHORITY_CLASSES,
    "91350100M000100Y43": {"91"},
}
COMPUTED = ["51440100500234567J", "524401007654321042", "53440000500123453J"]

regions = st.integers(110000, 659999).map(str)
serials = st.text(ids.ALPHABET, min_size=8, max_size=8)
classes = st.sampled_from(sorted(ids.SOCIAL_CLASSES))


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_pass(code: str) -> None:
    assert ids.check_credit_code(code, classes=PUBLISHED[code]) is None


@pytest.mark.parametrize("code", COMPUTED)
def test_computed_codes_pass(code: str) -> None:
    assert ids.check_credit_code(code) is None


def test_code_seen_in_a_repository_but_never_issued_fails() -> None:
    fault = ids.check_credit_code("51100000500000024G")
    assert fault is not None
    assert fault.reason in {CodeReason.INNER_CHECK, CodeReason.OUTER_CHECK}


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("", CodeFault(CodeReason.EMPTY)),
        ("5144010050023456", CodeFault(CodeReason.LENGTH, 0, "16", "18")),
        ("5144010050O234567J", CodeFault(CodeReason.ALPHABET, 11, "O", "0")),
        ("51440100I00234567J", CodeFault(CodeReason.ALPHABET, 9, "I", "1")),
        ("5144010050023456VJ", CodeFault(CodeReason.ALPHABET, 17, "V", "U")),
        ("51440100500234567Z", CodeFault(CodeReason.ALPHABET, 18, "Z", "2")),
        ("5144A100500234567J", CodeFault(CodeReason.ALPHABET, 5, "A", "")),
        ("51440V00500234567J", CodeFault(CodeReason.ALPHABET, 6, "V", "")),
        ("91350100M000100Y43", CodeFault(CodeReason.CLASS, 1, "91", "51/52/53")),
        ("51440100500234568J", CodeFault(CodeReason.INNER_CHECK, 17, "8", "7")),
        ("51440100500234567K", CodeFault(CodeReason.OUTER_CHECK, 18, "K", "J")),
    ],
)
def test_each_failure_says_where_and_what(code: str, fault: CodeFault) -> None:
    assert ids.check_credit_code(code) == fault


def test_region_digits_belong_to_the_registering_authority() -> None:
    code = "51440100500234567J"
    assert ids.check_credit_code(code, regions={"440100"}) is None
    assert ids.check_credit_code(code, regions={"440106"}) == CodeFault(
        CodeReason.REGION, 3, "440100", "440106"
    )


def test_parse_accepts_what_people_type() -> None:
    parsed = ids.parse_credit_code(" ５１４４０１００ 5002-34567j ")
    assert parsed == ids.CreditCode("51440100500234567J", "51", "440100", "500234567", "J")


def test_parse_raises_with_the_fault() -> None:
    with pytest.raises(ids.InvalidCode) as caught:
        ids.parse_credit_code("51440100500234567K")
    assert caught.value.fault.expected == "J"


@given(classes, regions, serials)
def test_made_codes_pass(class_code: str, region: str, serial: str) -> None:
    code = ids.make_credit_code(class_code, region, serial)
    assert ids.check_credit_code(code, regions={region}) is None


@given(classes, regions, serials, st.integers(0, 17), st.sampled_from(ids.ALPHABET + "IOZSVa广"))
def test_any_single_changed_character_is_found(
    class_code: str, region: str, serial: str, index: int, character: str
) -> None:
    code = ids.make_credit_code(class_code, region, serial)
    changed = code[:index] + character + code[index + 1 :]
    fault = ids.check_credit_code(changed, classes=[f"{n:02d}" for n in range(100)])
    assert (fault is None) == (changed == code)


@given(classes, regions, serials, st.integers(0, 16))
def test_any_swap_of_neighbours_is_found(
    class_code: str, region: str, serial: str, index: int
) -> None:
    code = ids.make_credit_code(class_code, region, serial)
    swapped = code[:index] + code[index + 1] + code[index] + code[index + 2 :]
    fault = ids.check_credit_code(swapped, classes=[f"{n:02d}" for n in range(100)])
    assert (fault is None) == (swapped == code)


@given(st.text(max_size=20))
def test_any_text_is_answered_without_an_exception(text: str) -> None:
    code = ids.compact_code(text)
    fault = ids.check_credit_code(code)
    number_fault = ids.check_internal_number(code)
    assert fault is None or fault.reason in CodeReason
    assert number_fault is None or number_fault.reason in CodeReason


@given(regions, st.integers(0, 999_999))
def test_internal_numbers_pass(region: str, serial: int) -> None:
    number = ids.make_internal_number(region, serial)
    assert ids.check_internal_number(number, regions={region}) is None


@given(regions, st.integers(0, 999_999), st.integers(0, 13), st.sampled_from(ids.ALPHABET))
def test_any_single_change_of_an_internal_number_is_found(
    region: str, serial: int, index: int, character: str
) -> None:
    number = ids.make_internal_number(region, serial)
    changed = number[:index] + character + number[index + 1 :]
    assert (ids.check_internal_number(changed) is None) == (changed == number)


def test_internal_number_never_passes_as_a_credit_code() -> None:
    fault = ids.check_credit_code(ids.make_internal_number("440106", 12))
    assert fault == CodeFault(CodeReason.LENGTH, 0, "14", "18")


@pytest.mark.parametrize(("county", "serial"), [("44010", 1), ("44010a", 1), ("440106", 10**6)])
def test_make_internal_number_refuses_wrong_parts(county: str, serial: int) -> None:
    with pytest.raises(ValueError, match="county"):
        ids.make_internal_number(county, serial)


def test_make_credit_code_refuses_wrong_parts() -> None:
    with pytest.raises(ValueError, match="serial"):
        ids.make_credit_code("51", "440100", "123")
