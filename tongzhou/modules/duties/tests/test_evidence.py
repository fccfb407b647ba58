"""What was filled in against what was asked."""

from __future__ import annotations

import json
from datetime import date
from string import ascii_letters

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.modules.duties.contracts import (
    EVIDENCE_MESSAGES,
    Choice,
    Condition,
    EvidenceKind,
    EvidenceSpec,
    FieldSpec,
    FieldType,
    Message,
    Text,
)
from tongzhou.modules.duties.rules.evidence import asked_fields, check_evidence
from tongzhou.modules.duties.rules.library import load_library, shipped_files

LABEL = Text("项", "item")
ZERO = next(
    duty for path in shipped_files() for duty in load_library(path).duties if duty.id == "d8-cases"
).evidence


def form(*fields: FieldSpec, files: tuple[int, int] = (0, 0)) -> EvidenceSpec:
    return EvidenceSpec(EvidenceKind.REPORT, fields, *files)


def one(kind: FieldType, value: object, **rules: object) -> tuple[object, str]:
    """Check a form of one field; return its clean value and the code of its fault."""
    spec = form(FieldSpec("a", kind, LABEL, **rules))  # type: ignore[arg-type]  # test shorthand
    clean, faults = check_evidence(spec, {"a": value}, 0)
    return clean.get("a"), faults["a"].code if "a" in faults else ""


def test_zero_is_an_answer() -> None:
    assert check_evidence(ZERO, {"suspected": "0"}, 0) == ({"suspected": 0}, {})


@pytest.mark.parametrize("data", [{}, {"suspected": ""}, {"suspected": "  "}, {"suspected": None}])
def test_silence_is_not_zero(data: dict[str, object]) -> None:
    clean, faults = check_evidence(ZERO, data, 0)
    assert clean == {}
    assert faults == {"suspected": Message("not_zero")}
    assert "不填不等于零报告" in faults["suspected"].of("zh-hans")


def test_a_case_raises_the_questions_that_follow() -> None:
    _, faults = check_evidence(ZERO, {"suspected": "2"}, 0)
    assert set(faults) == {"reported_to", "isolated"}
    clean, faults = check_evidence(
        ZERO, {"suspected": "2", "reported_to": "CDC", "isolated": "1"}, 0
    )
    assert faults == {}
    assert clean == {"suspected": 2, "reported_to": "CDC", "isolated": 1}


def test_an_answer_to_a_question_that_is_not_asked_is_not_kept() -> None:
    clean, faults = check_evidence(ZERO, {"suspected": 0, "isolated": 3, "note": "张三"}, 0)
    assert (clean, faults) == ({"suspected": 0}, {})
    assert [field.name for field in asked_fields(ZERO, clean)] == ["suspected"]


@pytest.mark.parametrize(
    ("value", "clean", "fault"),
    [
        (" 12 ", 12, ""),
        ("１２", 12, ""),
        ("1,200", 1200, ""),
        (7, 7, ""),
        ("-1", None, "too_small"),
        ("1201", None, "too_large"),
        ("1.5", None, "not_number"),
        ("十二", None, "not_number"),
        ("²", None, "not_number"),
        ("1e3", None, "not_number"),
        ("--1", None, "not_number"),
        ("9" * 5000, None, "not_number"),
        (True, None, "not_number"),
        (1.0, None, "not_number"),
        ([1], None, "not_number"),
    ],
)
def test_number(value: object, clean: int | None, fault: str) -> None:
    assert one(FieldType.NUMBER, value, min=0, max=1200) == (clean, fault)


@pytest.mark.parametrize(
    ("value", "clean", "fault"),
    [
        ("  已部署 ", "已部署", ""),
        ("一\n二", "一 二", ""),
        ("字" * 10, "字" * 10, ""),
        ("字" * 11, None, "too_long"),
        ("a\x00b", None, "control"),
        ("a\ud800b", None, "control"),
        (12, None, "not_text"),
        ({"a": 1}, None, "not_text"),
    ],
)
def test_text(value: object, clean: str | None, fault: str) -> None:
    assert one(FieldType.TEXT, value, max=10) == (clean, fault)


def test_a_long_text_keeps_its_lines() -> None:
    assert one(FieldType.LONGTEXT, "一\r\n\r\n二\r", max=10) == ("一\n\n二", "")


@pytest.mark.parametrize(
    ("value", "clean", "fault"),
    [
        ("2020-02-29", "2020-02-29", ""),
        (date(2020, 2, 3), "2020-02-03", ""),
        ("2021-02-29", None, "not_date"),
        ("20200203", None, "not_date"),
        ("2020-2-3", None, "not_date"),
        (20200203, None, "not_date"),
    ],
)
def test_date(value: object, clean: str | None, fault: str) -> None:
    assert one(FieldType.DATE, value) == (clean, fault)


@pytest.mark.parametrize(
    ("value", "clean", "fault"),
    [
        ("yes", True, ""),
        ("是", True, ""),
        (False, False, ""),
        ("No", False, ""),
        ("maybe", None, "not_yesno"),
        (2, None, "not_yesno"),
    ],
)
def test_yesno(value: object, clean: bool | None, fault: str) -> None:
    assert one(FieldType.YESNO, value) == (clean, fault)


def test_choice() -> None:
    choices = (Choice("A", LABEL), Choice("B", LABEL))
    assert one(FieldType.CHOICE, "B", choices=choices) == ("B", "")
    assert one(FieldType.CHOICE, "b", choices=choices) == (None, "not_choice")
    assert one(FieldType.CHOICE, ["A"], choices=choices) == (None, "not_choice")


def test_a_blank_optional_field_is_left_out() -> None:
    assert one(FieldType.TEXT, " ") == (None, "")
    assert one(FieldType.TEXT, " ", required=True) == (None, "required")


def test_an_unknown_field_is_named() -> None:
    _, faults = check_evidence(ZERO, {"suspected": 0, "suspect": 1}, 0)
    assert faults == {"suspect": Message("unknown")}


@pytest.mark.parametrize(
    ("count", "fault"), [(0, "too_few_files"), (1, ""), (3, ""), (4, "too_many_files")]
)
def test_number_of_files(count: int, fault: str) -> None:
    _, faults = check_evidence(form(files=(1, 3)), {}, count)
    assert (faults["files"].code if faults else "") == fault


def test_a_duty_that_wants_no_evidence_takes_none() -> None:
    assert check_evidence(EvidenceSpec(EvidenceKind.NONE), {}, 0) == (
        {},
        {"files": Message("no_evidence")},
    )


def test_conditions_follow_each_other() -> None:
    spec = form(
        FieldSpec("any", FieldType.YESNO, LABEL, required=True),
        FieldSpec(
            "finding",
            FieldType.CHOICE,
            LABEL,
            required=True,
            choices=(Choice("GOOD", LABEL), Choice("BAD", LABEL)),
            when=Condition("any", equals=True),
        ),
        FieldSpec("what", FieldType.TEXT, LABEL, True, when=Condition("finding", equals="BAD")),
    )
    assert check_evidence(spec, {"any": "no", "finding": "BAD"}, 0) == ({"any": False}, {})
    assert set(check_evidence(spec, {"any": "yes"}, 0)[1]) == {"finding"}
    assert set(check_evidence(spec, {"any": "yes", "finding": "BAD"}, 0)[1]) == {"what"}


@pytest.mark.parametrize("code", EVIDENCE_MESSAGES)
def test_messages_say_the_same_in_both_languages(code: str) -> None:
    params = {"min": 1, "max": 2, "found": 3}
    message = Message(code, params)
    for language in ("zh-hans", "en"):
        assert "%" not in message.of(language)
    shown = [part for part in ("1", "2", "3") if part in message.of("en")]
    assert all(part in message.of("zh-hans") for part in shown)


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.text(ascii_letters, max_size=5),
    st.lists(st.integers(), max_size=2),
)
SPECS = [
    duty.evidence
    for path in shipped_files()
    for duty in load_library(path).duties
    if duty.evidence.fields
]


@given(st.data(), st.sampled_from(SPECS))
def test_whatever_is_sent_the_answer_is_clean_or_a_fault(
    data: st.DataObject, spec: EvidenceSpec
) -> None:
    sent = {field.name: data.draw(values) for field in spec.fields}
    clean, faults = check_evidence(spec, sent, spec.files_min)
    assert not clean.keys() & faults.keys()
    asked = asked_fields(spec, clean)
    assert clean.keys() <= {field.name for field in asked}
    for field in asked:
        assert not field.required or field.name in clean or field.name in faults
    json.dumps(clean, ensure_ascii=False).encode()
    if not faults:
        assert check_evidence(spec, clean, spec.files_min) == (clean, {})
