"""What the register and other reports already answer."""

from pathlib import Path

import pytest
import yaml

from tongzhou.modules.compiler.rules.known import (
    Asked,
    asked_already,
    fields_of,
    held_by_register,
)

LIBRARIES = Path(__file__).resolve().parents[2] / "duties" / "libraries"


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("单位名称", "name"),
        ("社会组织名称（全称）", "name"),
        ("名称", "name"),
        ("统一社会信用代码", "code"),
        ("登记证号", "code"),
        ("组织类型", "form"),
        ("业务主管单位", "supervisor"),
        ("本单位办公地址", "address"),
        ("住所", "address"),
        ("法定代表人姓名", "legal_rep"),
        ("秘书长姓名", "secretariat"),
        ("所在区", "place"),
        ("成立时间", "established_on"),
        ("是否建立党组织", "party_org"),
        ("是否具有公开募捐资格", "fundraising"),
        ("是否为慈善组织", "charity"),
        ("属地联系人及电话", "territory_contact"),
        ("登记管理机关", "registered_by"),
    ],
)
def test_register_answers(label: str, code: str) -> None:
    """What the register holds is recognised by the label of the field."""
    found = held_by_register({"name": "f1", "label": {"zh": label}})
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    "label",
    [
        "合作的慈善组织名称",
        "平台名称或地址",
        "公布页地址",
        "隔离点地址",
        "活动名称",
        "组长姓名和职务",
        "工作人员人数",
        "口罩库存",
        "联系电话",
        "党组织开展活动情况",
        "部署日期",
        "",
    ],
)
def test_register_does_not_answer(label: str) -> None:
    """What only sounds like a fact of the register is asked."""
    assert held_by_register({"name": "f1", "label": {"zh": label}}) is None


def test_shipped_libraries_ask_for_nothing_known() -> None:
    """The libraries that come with the product keep to the rule for organisations."""
    for path in LIBRARIES.glob("*.yaml"):
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
        for duty in body["duties"]:
            if duty["bearer"]["kind"] != "ORGANISATION":
                continue
            for field in duty["evidence"].get("fields", ()):
                assert held_by_register(field) is None, (path.name, duty["id"], field)


def test_same_question_of_another_report() -> None:
    """A field that another form asks is found by what it asks, whatever the period or wording."""
    others = [
        Asked("a", "feverish", "number", "今日体温异常人数"),
        Asked("b", "masks", "number", "口罩库存（个）"),
        Asked("c", "note", "longtext", "整改安排"),
    ]
    found = asked_already(Asked("x", "f", "number", "体温异常人数（人）"), others)
    assert found is not None
    assert found.duty == "a"
    found = asked_already(Asked("x", "f", "number", "现有口罩库存"), others)
    assert found is not None
    assert found.duty == "b"
    assert asked_already(Asked("x", "f", "text", "口罩库存"), others) is None
    assert asked_already(Asked("x", "f", "number", "防护服库存"), others) is None
    assert asked_already(Asked("x", "f", "text", "整改安排"), others) == others[2]


def test_fields_of_a_declaration() -> None:
    """Fields are taken from the evidence of a declaration, complete or not."""
    spec = {
        "evidence": {
            "kind": "REPORT",
            "fields": [{"name": "n", "type": "number", "label": {"zh": "数"}}],
        }
    }
    assert fields_of("d1", spec) == [Asked("d1", "n", "number", "数")]
    assert fields_of("d1", {}) == []
