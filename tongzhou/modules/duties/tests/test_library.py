"""The shipped libraries against the directives and the hand-made truth; and every refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.public import parse, read_text
from tongzhou.modules.duties.contracts import (
    ATTRIBUTES,
    PHASES,
    BearerKind,
    DutyLibrary,
    DutySpec,
    EvidenceKind,
    Facts,
    Recurrence,
    Strength,
)
from tongzhou.modules.duties.rules.applicability import duties_owed, why
from tongzhou.modules.duties.rules.burden import burden_of
from tongzhou.modules.duties.rules.library import (
    check_quotes,
    load_library,
    parse_library,
    read_library,
    shipped_files,
    strip_space,
)
from tongzhou.modules.response.public import Phase

DATA = Path(__file__).parent / "data"
MODULES = Path(__file__).resolve().parents[2]
TEXTS = MODULES / "directives" / "data"
LIBRARIES = {path.stem: load_library(path) for path in shipped_files()}

#: Groups that only narrow one of the directive's, as the truth names it.
NARROWER = {"CROWDED": "SERVICE_INSTITUTION", "OUT_OF_TOWN": "ASSOCIATION", "LICENSED": "CHARITY"}

each_library = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES.keys())


def clauses_of(name: str) -> dict[str, str]:
    document = parse(read_text(TEXTS / f"{name}.txt"))
    found = {clause.address: clause.text for clause in document.clauses}
    found["0"] = "".join(block.text for block in document.cover)
    return found


def truth_of(name: str) -> list[dict[str, Any]]:
    path = DATA / f"{name}.duties.json"
    duties: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["duties"]
    return duties


def matches(duty: DutySpec, truth: dict[str, Any]) -> bool:
    """Tell whether a quote lies in a true span, or contains at least 60 % of it."""
    return duty.quote in truth["text"] or (
        truth["text"] in duty.quote and len(truth["text"]) >= 0.6 * len(duty.quote)
    )


def bearers_of(duty: DutySpec) -> set[str]:
    if duty.bearer.kind is BearerKind.AUTHORITY:
        return {"AUTHORITY"}
    if duty.bearer.organ:
        return {duty.bearer.organ}
    return {NARROWER.get(group, group) for group in duty.bearer.groups} or {"ORGANISATION"}


def accepted(truth: dict[str, Any], field: str) -> set[Any]:
    found = {truth[field], *truth.get(f"alt_{field}", [])}
    if field == "bearer":
        found |= set(truth.get("joint_bearers", []))
    return found


def test_both_directives_have_a_library() -> None:
    assert {library.expression for library in LIBRARIES.values()} == {
        "cn/mca/2020/5@2020-01-29",
        "cn/gd-gz/2022/1207@2022-12-07",
    }


@each_library
def test_every_quote_is_found_once_in_its_clause(library: DutyLibrary) -> None:
    check_quotes(library, clauses_of(library.name))


@each_library
def test_every_clause_that_carries_words_of_duty_has_a_duty(library: DutyLibrary) -> None:
    clauses = clauses_of(library.name)
    drawn = {duty.clause for duty in library.duties}
    parents = {address.rpartition(".")[0] for address in clauses}
    leaves = {address for address, text in clauses.items() if address not in parents and text}
    assert leaves <= drawn
    assert {group.clause for group in library.groups.values()} <= set(clauses)


@each_library
def test_every_true_duty_is_covered_with_its_strength_and_bearer(library: DutyLibrary) -> None:
    missing = []
    for truth in truth_of(library.name):
        if truth.get("open"):
            continue
        if not any(
            matches(duty, truth)
            and duty.strength in accepted(truth, "strength")
            and bearers_of(duty) <= accepted(truth, "bearer")
            for duty in library.duties
        ):
            missing.append(truth["text"])
    assert missing == []


@each_library
def test_no_duty_is_invented_or_misread(library: DutyLibrary) -> None:
    truths = truth_of(library.name)
    for duty in library.duties:
        spans = [truth for truth in truths if matches(duty, truth)]
        assert spans, duty.id
        for truth in spans:
            assert duty.strength in accepted(truth, "strength"), duty.id
            assert bearers_of(duty) <= accepted(truth, "bearer"), duty.id


@each_library
def test_words_that_limit_the_phase_or_cite_a_document_are_kept(library: DutyLibrary) -> None:
    for truth in truth_of(library.name):
        for duty in (duty for duty in library.duties if matches(duty, truth)):
            assert (duty.phase_words or None) in accepted(truth, "phase"), duty.id
            assert (duty.cites or None) in accepted(truth, "cites"), duty.id


@each_library
def test_only_binding_duties_have_a_deadline(library: DutyLibrary) -> None:
    timed = [duty for duty in library.duties if duty.deadline is not None]
    assert timed
    assert all(duty.strength.can_be_overdue for duty in timed)


@each_library
def test_titles_and_guides_are_our_own_words(library: DutyLibrary) -> None:
    """A title may use the directive's terms; a guide that copies a sentence explains nothing."""
    source = strip_space(read_text(TEXTS / f"{library.name}.txt"))
    for duty in library.duties:
        guide = strip_space(duty.guide.zh).replace("，", ",")
        copied = [guide[at : at + 25] for at in range(len(guide) - 24)]
        assert not any(piece in source for piece in copied), duty.id


def test_suspected_cases_are_a_daily_zero_report_of_everybody_by_16_00() -> None:
    duty = LIBRARIES["cn-mca-2020-5"].duty("d8-cases")
    assert duty.evidence.kind is EvidenceKind.ZERO_REPORT
    assert duty.recurrence is Recurrence.DAILY
    assert duty.deadline is not None
    assert str(duty.deadline.time) == "16:00:00"
    assert duty.bearer.groups == ()
    assert duty.bearer.organ is None


def test_no_form_asks_for_names_or_identity_numbers() -> None:
    for library in LIBRARIES.values():
        for duty in library.duties:
            if duty.bearer.kind is BearerKind.ORGANISATION:
                for field in duty.evidence.fields:
                    assert field.name not in {"name", "person", "id_number", "phone"}, duty.id


ORGANS = frozenset({"PARTY_ORG", "SUPERVISORY_BOARD"})
KINDS = {
    "普通社团": Facts("ASSOCIATION", organs=ORGANS),
    "异地商会": Facts(
        "ASSOCIATION", frozenset({"TRADE_ASSOCIATION", "OUT_OF_TOWN_CHAMBER"}), ORGANS
    ),
    "学会": Facts("ASSOCIATION", frozenset({"ACADEMIC"}), ORGANS),
    "养老机构": Facts("INSTITUTION", frozenset({"ELDERLY_CARE"}), ORGANS),
    "公募基金会": Facts("FOUNDATION", frozenset({"CHARITY", "PUBLIC_FUNDRAISING"}), ORGANS),
    "志愿服务组织": Facts("ASSOCIATION", frozenset({"VOLUNTEER"}), ORGANS),
    "备案组织": Facts("GROUP"),
    "省级机关": Facts("AUTHORITY", level="PROVINCE"),
    "县级机关": Facts("AUTHORITY", level="COUNTY"),
}


@pytest.mark.parametrize("facts", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("phase", PHASES)
def test_the_burden_stays_bearable(facts: Facts, phase: str) -> None:
    """At most 14 forms and 30 minutes a week for one kind of bearer under both directives."""
    duties = [duty for library in LIBRARIES.values() for duty in duties_owed(facts, library)]
    burden = burden_of(duties, phase)
    assert burden.forms <= 14
    assert burden.weekly <= 30
    assert burden.once <= 60


def test_codes_are_those_of_the_registry_and_the_response() -> None:
    path = MODULES / "registry" / "params" / "attributes.yaml"
    registered = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert list(ATTRIBUTES) == [attribute["code"] for attribute in registered]
    assert list(PHASES) == [phase.value for phase in Phase if phase != "INHERIT"]


# --------------------------------------------------------------------------- refusals

SMALL: dict[str, Any] = {
    "expression": "cn/test/1@2020-01-29",
    "version": 1,
    "scope": {"region": 0, "by": "REGISTRATION"},
    "groups": {
        "CHARITY": {"label": {"zh": "慈善", "en": "Charity"}, "clause": "1", "any_of": ["CHARITY"]},
        "REST": {"label": {"zh": "其他", "en": "Other"}, "clause": "1", "residual": True},
    },
    "duties": [
        {
            "id": "d1",
            "clause": "1",
            "quote": "要每日报告",
            "title": {"zh": "每日报告", "en": "Report daily"},
            "guide": {"zh": "每天报一次", "en": "Report once a day"},
            "strength": "MUST",
            "bearer": {"kind": "ORGANISATION", "groups": ["CHARITY"]},
            "phases": ["LEVEL_2", "LEVEL_1"],
            "recurrence": "DAILY",
            "deadline": {"time": "16:00"},
            "deadline_basis": "clause",
            "evidence": {
                "kind": "ZERO_REPORT",
                "fields": [
                    {
                        "name": "cases",
                        "type": "number",
                        "label": {"zh": "例数", "en": "Cases"},
                        "required": True,
                        "min": 0,
                    },
                    {
                        "name": "told",
                        "type": "yesno",
                        "label": {"zh": "已报告", "en": "Told"},
                        "when": {"field": "cases", "above": 0},
                    },
                ],
            },
            "minutes": 1,
        }
    ],
}

Change = Callable[[dict[str, Any]], object]


def put(path: str, value: object) -> Change:
    """Return a change that sets the value at a path such as ``duties.0.title.zh``."""

    def change(body: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            body = body[int(step)] if isinstance(body, list) else body[step]
        body[int(last) if isinstance(body, list) else last] = value

    return change


def drop(path: str) -> Change:
    def change(body: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            body = body[int(step)] if isinstance(body, list) else body[step]
        del body[int(last) if isinstance(body, list) else last]

    return change


def voluntary(body: dict[str, Any]) -> None:
    body["duties"][0]["strength"] = "BEST_EFFORT"


FIELD = "duties.0.evidence.fields.0"

REFUSED: dict[str, tuple[Change, str, str]] = {
    "unknown top key": (put("colour", "red"), "colour", "不认识的键"),
    "missing version": (drop("version"), "version", "缺少这一项"),
    "version as text": (put("version", "1"), "version", "应为整数"),
    "version true": (put("version", True), "version", "应为整数"),
    "bad expression": (put("expression", "cn/test/1"), "expression", "写法不对"),
    "unknown link": (put("scope.by", "BOSS"), "scope.by", "REGISTRATION、TERRITORY"),
    "region out of range": (put("scope.region", 4401000), "scope.region", "不能大于"),
    "unknown attribute": (put("groups.CHARITY.any_of", ["KIND"]), "any_of", "KIND"),
    "authority as form": (put("groups.CHARITY.forms", ["AUTHORITY"]), "forms", "AUTHORITY"),
    "empty group": (drop("groups.CHARITY.any_of"), "residual", "二者必居其一"),
    "residual with attributes": (put("groups.REST.any_of", ["HUB"]), "residual", "二者必居其一"),
    "no duties": (put("duties", []), "duties", "没有任何任务"),
    "duties no list": (put("duties", {}), "duties", "应为列表"),
    "unknown duty key": (put("duties.0.urgent", True), "urgent", "不认识的键"),
    "missing guide": (drop("duties.0.guide"), "guide", "缺少这一项"),
    "missing Chinese": (drop("duties.0.title.zh"), "title.zh", "缺少这一项"),
    "blank English": (put("duties.0.title.en", " "), "title.en", "不能为空"),
    "Chinese as English": (put("duties.0.title.en", "每日报告"), "title.en", "夹有汉字"),
    "English as Chinese": (put("duties.0.guide.zh", "Report"), "guide.zh", "应为中文"),
    "long title": (put("duties.0.title.zh", "报" * 31), "title.zh", "30 字"),
    "clause as number": (put("duties.0.clause", 3.1), "clause", "须加引号"),
    "space in quote": (put("duties.0.quote", "要 每日报告"), "quote", "空白"),
    "unknown strength": (put("duties.0.strength", "SHALL"), "strength", "BEST_EFFORT"),
    "unknown group": (put("duties.0.bearer.groups", ["HUB"]), "bearer.groups", "HUB"),
    "group twice": (put("duties.0.bearer.groups", ["REST", "REST"]), "bearer.groups", "重复"),
    "unknown organ": (put("duties.0.bearer.organ", "CHAIR"), "bearer.organ", "CHAIR"),
    "levels of an organisation": (
        put("duties.0.bearer.levels", ["CITY"]),
        "bearer.levels",
        "ORGANISATION",
    ),
    "groups of an authority": (put("duties.0.bearer.kind", "AUTHORITY"), "bearer.groups", "不能写"),
    "unknown phase": (put("duties.0.phases", ["LEVEL_5"]), "phases", "LEVEL_5"),
    "no phase": (put("duties.0.phases", []), "phases", "至少"),
    "time unquoted": (put("duties.0.deadline.time", 960), "deadline.time", "须加引号"),
    "time beyond the day": (put("duties.0.deadline.time", "24:00"), "deadline.time", "16:00"),
    "days for a daily duty": (put("duties.0.deadline", {"days": 1}), "deadline", "每日"),
    "days and time": (put("duties.0.deadline.days", 1), "deadline", "恰好"),
    "negative days": (put("duties.0.deadline", {"days": -1}), "deadline.days", "不能小于"),
    "deadline of a voluntary duty": (voluntary, "deadline", "会逾期"),
    "no basis": (drop("duties.0.deadline_basis"), "deadline_basis", "依据"),
    "no minutes": (drop("duties.0.minutes"), "minutes", "分钟"),
    "evidence NONE with fields": (put("duties.0.evidence.kind", "NONE"), "evidence", "NONE"),
    "zero report once": (
        lambda body: body["duties"][0].update(recurrence="ONCE", deadline={"days": 1}),
        "recurrence",
        "零报告",
    ),
    "zero report without a zero": (put(f"{FIELD}.min", 1), "evidence.fields", "零报告"),
    "zero report that may be blank": (put(f"{FIELD}.required", False), "evidence.fields", "零报告"),
    "report of nothing": (put("duties.0.evidence", {"kind": "REPORT"}), "evidence", "STATEMENT"),
    "unknown field type": (put(f"{FIELD}.type", "float"), "cases.type", "yesno"),
    "field name": (put(f"{FIELD}.name", "Fälle"), "fields.name", "写法不对"),
    "reserved field name": (put(f"{FIELD}.name", "files"), "files", "已有他用"),
    "field twice": (put("duties.0.evidence.fields.1.name", "cases"), "cases", "重复"),
    "bounds crossed": (put(f"{FIELD}.max", -1), "cases.max", "小于最小值"),
    "min of yes/no": (put("duties.0.evidence.fields.1.min", 1), "told.min", "只有数字"),
    "choice without choices": (
        put("duties.0.evidence.fields.1.type", "choice"),
        "told.choices",
        "须写选项",
    ),
    "condition on a later field": (
        put(f"{FIELD}.when", {"field": "told", "equals": True}),
        "cases.when.field",
        "前面没有",
    ),
    "condition on the wrong type": (
        put("duties.0.evidence.fields.1.when", {"field": "cases", "equals": "0"}),
        "told.when.equals",
        "不是选择题",
    ),
    "files upside down": (
        put("duties.0.evidence.files", {"min": 3, "max": 1}),
        "evidence.files.max",
        "不能小于",
    ),
    "place of nothing": (put("duties.0.place", {}), "place", "include"),
}


@pytest.mark.parametrize(("change", "field", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_faulty_library_is_refused(change: Change, field: str, reason: str) -> None:
    body = deepcopy(SMALL)
    change(body)
    with pytest.raises(Refusal) as caught:
        parse_library(body, name="probe", digest="")
    message = str(caught.value)
    assert "probe.yaml" in message
    assert caught.value.field.endswith(field)
    assert reason in message


def test_a_refusal_names_file_duty_and_field() -> None:
    body = deepcopy(SMALL)
    body["duties"][0]["strength"] = "SHALL"
    with pytest.raises(Refusal) as caught:
        parse_library(body, name="probe", digest="")
    assert str(caught.value) == (
        "任务库 probe.yaml，任务 d1，字段 strength：不认识的代码 SHALL，"
        "可用：MUST、MUST_NOT、MAY、BEST_EFFORT、EXHORT。"
    )


def test_duplicate_ids_are_refused() -> None:
    body = deepcopy(SMALL)
    body["duties"].append(deepcopy(body["duties"][0]))
    with pytest.raises(Refusal, match=r"任务 d1，字段 id：与前面的任务重复"):
        parse_library(body, name="probe", digest="")


def test_the_shipped_libraries_speak_english_throughout() -> None:
    def texts(value: Any) -> Any:
        if isinstance(value, dict):
            if "zh" in value:
                yield value
            for each in value.values():
                yield from texts(each)
        elif isinstance(value, list):
            for each in value:
                yield from texts(each)

    for library in LIBRARIES.values():
        found = list(texts(library.body))
        assert len(found) > 100
        assert [each["zh"] for each in found if not each.get("en")] == []


def test_english_may_be_left_out_and_chinese_stands_in() -> None:
    body = deepcopy(SMALL)
    for text in (body["duties"][0]["title"], body["groups"]["CHARITY"]["label"]):
        del text["en"]
    library = parse_library(body, name="probe")
    title = library.duties[0].title
    assert title.en == ""
    assert title.of("en") == title.of("zh-hans") == "每日报告"
    facts = Facts(form="FOUNDATION", attributes=frozenset({"CHARITY"}))
    assert "慈善" in " ".join(
        step.text.of("en") for step in why(library.duties[0], facts, library).steps
    )


def test_a_library_is_the_same_however_it_is_written() -> None:
    library = parse_library(deepcopy(SMALL), name="probe")
    as_json = json.dumps(SMALL, ensure_ascii=False, indent=2)
    as_yaml = yaml.safe_dump(SMALL, allow_unicode=True, sort_keys=False)
    for source in (as_json, as_yaml, "\ufeff" + as_json):
        assert read_library(source, name="probe") == library
    with pytest.raises(Refusal, match="version 重复"):
        read_library('{"version": 1, "version": 2}', name="probe")
    with pytest.raises(Refusal, match=r"第 2 行 JSON"):
        read_library('{"version": 1,\n]', name="probe")


@pytest.mark.parametrize(
    "source",
    [
        '{"a":' + "[" * 200_000,
        "a: " + "[" * 200_000,
        "a:\n" + "".join(" " * n + "- \n" for n in range(1_000)),
        "a: " + "{b: " * 100_000,
    ],
    ids=["json", "flow", "block", "maps"],
)
def test_what_is_nested_without_end_is_refused(source: str) -> None:
    with pytest.raises(Refusal, match=r"嵌套太深"):
        read_library(source, name="probe")


def test_a_key_given_twice_is_refused_with_its_line() -> None:
    with pytest.raises(Refusal, match=r"第 2 行.*version 重复"):
        read_library("version: 1\nversion: 2\n", name="probe")


def test_broken_yaml_is_refused_with_its_line() -> None:
    with pytest.raises(Refusal, match=r"第 2 行"):
        read_library("expression: a\n  b: [\n", name="probe")


@pytest.mark.parametrize("source", ["", "- a", "!!python/object:os.system {}", "\x00"])
def test_what_is_no_library_is_refused(source: str) -> None:
    with pytest.raises(Refusal):
        read_library(source, name="probe")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "probe.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(Refusal, match="UTF-8"):
        load_library(path)


def test_a_small_library_reads_as_written() -> None:
    library = parse_library(deepcopy(SMALL), name="probe", digest="")
    (duty,) = library.duties
    assert duty.urn == "cn/test/1@2020-01-29#1/d1"
    assert duty.phases == ("LEVEL_1", "LEVEL_2")
    assert duty.strength is Strength.MUST
    assert duty.evidence.files_max == 0


@each_library
def test_a_library_survives_being_stored_as_json(library: DutyLibrary) -> None:
    body = json.loads(json.dumps(library.body, ensure_ascii=False))
    assert parse_library(body, name=library.name, digest=library.digest) == library


@pytest.mark.parametrize(
    ("clauses", "reason"),
    [
        ({}, "没有第 1 条"),
        ({"1": "每日要报告"}, "出现 0 次"),
        ({"1": "要每日报告。要每\n日报告。"}, "出现 2 次"),
    ],
)
def test_a_quote_that_is_not_there_once_is_refused(clauses: dict[str, str], reason: str) -> None:
    library = parse_library(deepcopy(SMALL), name="probe", digest="")
    with pytest.raises(Refusal, match=reason):
        check_quotes(library, clauses)


def test_white_space_in_the_source_does_not_hide_a_quote() -> None:
    library = parse_library(deepcopy(SMALL), name="probe", digest="")
    check_quotes(library, {"1": "各组织要每\n\n 日　报 告。"})


def test_words_of_the_phase_must_stand_in_the_clause() -> None:
    body = deepcopy(SMALL)
    body["duties"][0]["phase_words"] = "疫情期间"
    library = parse_library(body, name="probe", digest="")
    with pytest.raises(Refusal, match="phase_words"):
        check_quotes(library, {"1": "要每日报告"})
