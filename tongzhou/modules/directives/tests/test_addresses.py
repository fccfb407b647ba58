"""Addresses proposed for directives, passages kept around the clauses, typesetting."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.rules import parse, urns
from tongzhou.modules.directives.rules.passages import passages
from tongzhou.modules.directives.rules.typeset import narrow, typeset

DAY = date(2020, 1, 29)


@pytest.mark.parametrize(
    ("issuer", "places", "code"),
    [
        ("民政部社会组织管理局", [], "mca"),
        ("国务院应对新型冠状病毒感染肺炎疫情联防联控机制综合组", [], "sc-jpc"),
        ("国务院办公厅", [], "sc"),
        ("广州市社会组织管理局", ["gd", "gz"], "gd-gz"),
        ("中国社会组织促进会", [], "zgshzzcjh"),
    ],
)
def test_an_issuer_has_a_short_code(issuer: str, places: list[str], code: str) -> None:
    assert urns.issuer_code(issuer, places) == code


@pytest.mark.parametrize(
    ("number", "taken", "urn"),
    [
        ("民社管函〔2020〕5号", [], "cn/mca/2020/5@2020-01-29"),
        ("民社管函[2020]第5号", [], "cn/mca/2020/5@2020-01-29"),
        ("民社管函（2020） 5 号", [], "cn/mca/2020/5@2020-01-29"),
        ("民发〔2020〕5号", ["cn/mca/2020/5"], "cn/mca/2020/mf-5@2020-01-29"),
        ("", [], "cn/mca/2020/0129@2020-01-29"),
        ("", ["cn/mca/2020/0129"], "cn/mca/2020/0129-2@2020-01-29"),
    ],
)
def test_number_and_date_make_the_address(number: str, taken: list[str], urn: str) -> None:
    proposed = urns.propose_urn("mca", number, DAY, taken)
    assert proposed == urn
    assert urns.check_urn(proposed) == (urn.partition("@")[0], DAY)


def test_without_a_date_nothing_is_proposed() -> None:
    assert urns.propose_urn("mca", "民发〔2020〕5号", None) == ""


@pytest.mark.parametrize(
    "urn",
    [
        "",
        "cn/mca/2020/5",
        "cn/mca/2020/5@2020-02-30",
        "cn/MCA/2020/5@2020-01-29",
        "cn/mca@2020-01-29",
        "cn/mca//5@2020-01-29",
        "cn/mca/2020/5@2020-01-29#1",
        "cn/../etc/5@2020-01-29",
        f"cn/{'a' * 120}/5@2020-01-29",
    ],
)
def test_a_malformed_address_is_refused(urn: str) -> None:
    with pytest.raises(Refusal) as caught:
        urns.check_urn(urn)
    assert caught.value.field == "urn"


def test_a_letter_without_clauses_is_one_passage() -> None:
    (kept,) = [each for each in passages(parse("请各地抓好落实。")) if each.kind != "FOOTER"]
    assert kept.kind in {"PREAMBLE", "COVER"}
    assert kept.text == "请各地抓好落实。"


def test_blank_text_is_refused() -> None:
    with pytest.raises(Refusal):
        passages(parse(" \n "))


@given(st.text(alphabet='近期,湖北(试行)“”"12.:;!?a \n', max_size=60))
def test_typesetting_keeps_length_and_words(text: str) -> None:
    assert len(typeset(text)) == len(text)
    assert narrow(typeset(text)) == narrow(text)


@pytest.mark.parametrize(
    ("received", "shown"),
    [
        ("近期,湖北", "近期，湖北"),
        ("(试行)", "（试行）"),
        ('利用"学习强国"平台', "利用“学习强国”平台"),
        ("每日16:00前", "每日16:00前"),
        ("共1,234家", "共1,234家"),
        ("见 http://mca.gov.cn/a,b", "见 http://mca.gov.cn/a,b"),
    ],
)
def test_chinese_gets_chinese_punctuation(received: str, shown: str) -> None:
    assert typeset(received) == shown
