"""Loading directives and recording errata: exactly as received, once, or refused."""

import hashlib

import pytest

from tongzhou.base.errors import Conflict, Forbidden, Missing, Refusal
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.database import rows
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.directives import commands, queries
from tongzhou.modules.directives.tests.conftest import AT, SHORT, URN, actor

pytestmark = pytest.mark.django_db


def test_a_text_is_kept_exactly_as_received(loaded: int) -> None:
    row = queries.get_expression(loaded)
    assert queries.get_source(loaded) == SHORT
    assert row.sha256 == hashlib.sha256(SHORT.encode()).hexdigest()
    assert (row.work, row.doc_number) == ("cn/gd/2023/7", "粤民函〔2023〕7号")
    assert row.title == "关于做好假期安全工作的通知"
    assert row.issuer == "广东省民政厅"
    assert row.recipients == ("各地级以上市民政局",)
    assert row.clauses == 4
    for clause in queries.list_clauses(loaded):
        assert clause.received[:4] in SHORT[clause.start : clause.end]


def test_clauses_have_addresses_and_parents(loaded: int) -> None:
    items = {each.address: each for each in queries.list_clauses(loaded) if each.kind == "ITEM"}
    assert list(items) == ["1", "1.1", "1.2", "2"]
    assert items["1.2"].parent == "1"
    assert items["2"].parent == ""
    assert items["1.2"].received == "值班人员不得擅自离岗。"


def test_the_covering_letter_is_clause_0(shipped: list[int]) -> None:
    ministry, guangzhou = (queries.get_expression(each) for each in shipped)
    texts = queries.clause_texts(ministry.urn)
    assert texts["0"].startswith("近期,湖北省武汉市")
    assert texts["0"].endswith("要及时上报民政部社会组织管理局。")
    assert "0" not in queries.clause_texts(guangzhou.urn)
    kinds = [each.kind for each in queries.list_clauses(ministry.id)][:5]
    assert kinds == ["COVER", "NOTE", "SIGNATURE", "HEADING", "PREAMBLE"]


def test_the_shipped_directives_load_once(shipped: list[int]) -> None:
    assert commands.seed_directives(SYSTEM, AT) == shipped
    assert rows("SELECT count(*) FROM directives_expression") == [(2,)]
    assert [queries.get_expression(each).clauses for each in shipped] == [24, 45]


def test_an_erratum_corrects_the_reading_and_not_the_text(shipped: list[int]) -> None:
    (clause,) = [e for e in queries.list_clauses(shipped[0]) if e.address == "2.4.2"]
    assert clause.received.startswith("对年龄、评估")
    assert clause.text.startswith("对年检、评估")
    assert [(each.as_received, each.reading) for each in clause.errata] == [("年龄", "年检")]
    assert "年龄" in queries.clause_texts("cn/mca/2020/5@2020-01-29")["2.4.2"]


def test_the_same_text_again_is_the_same_directive(loaded: int) -> None:
    assert commands.load_directive(actor=SYSTEM, at=AT, urn=URN, text=SHORT) == loaded


def test_another_text_under_the_same_address_is_a_conflict(loaded: int) -> None:
    with pytest.raises(Conflict) as caught:
        commands.load_directive(actor=SYSTEM, at=AT, urn=URN, text=SHORT + "补充。")
    assert caught.value.code == "directive-exists"
    assert queries.get_source(loaded) == SHORT


def test_an_amended_text_is_another_expression_of_the_same_work(loaded: int) -> None:
    later = commands.load_directive(
        actor=SYSTEM, at=AT, urn="cn/gd/2023/7@2023-01-08", text=SHORT.replace("两", "一")
    )
    assert later != loaded
    assert queries.get_expression(later).work == queries.get_expression(loaded).work


@pytest.mark.parametrize("role", [each for each in Role if each not in {Role.OFFICER, Role.SYSTEM}])
def test_load_directive_is_forbidden_to_everybody_but_officers(db: None, role: Role) -> None:
    with pytest.raises(Forbidden):
        commands.load_directive(actor=actor(role), at=AT, urn=URN, text=SHORT)
    with pytest.raises(Forbidden):
        commands.record_erratum(
            actor=actor(role),
            at=AT,
            expression_id=1,
            address="1",
            as_received="a",
            reading="b",
            reason="c",
        )


def test_load_directive_by_an_officer_leaves_an_audit_line(db: None) -> None:
    commands.load_directive(actor=actor(), at=AT, urn=URN, text=SHORT)
    line = AuditLine.objects.get(stem="directives.directive.load")
    assert line.target == URN
    assert line.facts["sha256"] == hashlib.sha256(SHORT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"urn": "广东/7"}, "urn"),
        ({"text": " \n\t"}, "file"),
        ({"text": SHORT + "\x00"}, "file"),
        ({"text": SHORT + "\ud800"}, "file"),
        ({"text": "一、要值班。\n二、要报告。"}, "title"),
        ({"title": "题" * 301}, "title"),
        ({"doc_number": "号" * 81}, "doc_number"),
        ({"source_note": "源" * 301}, "source_note"),
    ],
)
def test_load_directive_refuses_and_keeps_nothing(
    db: None, changes: dict[str, str], field: str
) -> None:
    wish = {"urn": URN, "text": SHORT, **changes}
    with pytest.raises(Refusal) as caught:
        commands.load_directive(actor=SYSTEM, at=AT, **wish)  # type: ignore[arg-type]  # shorthand
    assert caught.value.field == field
    assert rows("SELECT count(*) FROM directives_directive") == [(0,)]


def test_an_erratum_that_does_not_fit_takes_the_directive_back(db: None) -> None:
    wrong = commands.NewErratum(address="1.1", as_received="没有的字", reading="有", reason="误")
    with pytest.raises(Refusal):
        commands.load_directive(actor=SYSTEM, at=AT, urn=URN, text=SHORT, errata=[wrong])
    assert rows("SELECT count(*) FROM directives_clause") == [(0,)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "9.9"}, "address"),
        ({"as_received": "没有的字"}, "as_received"),
        ({"as_received": "值班"}, "reading"),
        ({"as_received": ""}, "as_received"),
        ({"reading": ""}, "reading"),
        ({"reason": " "}, "reason"),
        ({"reading": "读" * 201}, "as_received"),
    ],
)
def test_record_erratum_refuses(loaded: int, changes: dict[str, str], field: str) -> None:
    wish = {"address": "1.2", "as_received": "值班", "reading": "值守", "reason": "误", **changes}
    if field == "reading" and "as_received" in changes:
        wish["reading"] = wish["as_received"]
    with pytest.raises(Refusal) as caught:
        commands.record_erratum(actor=actor(), at=AT, expression_id=loaded, **wish)
    assert caught.value.field == field
    assert queries.list_errata(loaded) == []


def test_record_erratum_once_per_place(loaded: int) -> None:
    wish = {"address": "#1.2", "as_received": "值班", "reading": "值守", "reason": "排印之误"}
    commands.record_erratum(actor=actor(), at=AT, expression_id=loaded, **wish)
    with pytest.raises(Conflict):
        commands.record_erratum(actor=actor(), at=AT, expression_id=loaded, **wish)
    with pytest.raises(Missing):
        commands.record_erratum(actor=actor(), at=AT, expression_id=999_999, **wish)
    (clause,) = [each for each in queries.list_clauses(loaded) if each.address == "1.2"]
    assert clause.text == "值守人员不得擅自离岗。"


def test_the_list_searches_filters_and_sorts(loaded: int, shipped: list[int]) -> None:
    def titles(**asked: object) -> list[int]:
        return [each.id for each in queries.list_expressions(**asked)]  # type: ignore[arg-type]

    assert titles() == [loaded, shipped[1], shipped[0]]
    assert titles(sort="issued") == [shipped[0], shipped[1], loaded]
    assert titles(search="疫情防控 方案") == [shipped[0]]
    assert titles(search="粤民函") == [loaded]
    assert titles(search="cn/mca") == [shipped[0]]
    assert titles(search="%") == []
    assert titles(issuer="广东省民政厅") == [loaded]
    assert titles(year=2020) == [shipped[0]]
    assert queries.list_years() == [2023, 2022, 2020]
