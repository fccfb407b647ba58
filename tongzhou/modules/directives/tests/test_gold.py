"""The parser against hand-made truth."""

import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from tongzhou.modules.directives.contracts import BlockKind
from tongzhou.modules.directives.rules import parse, read_text, to_json

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
DIRECTIVES = ("cn-mca-2020-5", "cn-gd-gz-2022-1207")
CORPUS = Path(os.environ.get("TONGZHOU_CORPUS", ROOT.parent / "shared" / "documents" / "corpus"))


def _scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "score_parser", ROOT / "tools" / "score_parser.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_parser"] = module
    spec.loader.exec_module(module)
    return module


scorer = _scorer()


def _gold(name: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(
        (HERE / "data" / f"{name}.gold.json").read_text(encoding="utf-8")
    )
    return loaded


@pytest.mark.parametrize("name", DIRECTIVES)
def test_directive_reproduces_its_gold_exactly(name: str) -> None:
    text = read_text(HERE.parent / "data" / f"{name}.txt")
    result = scorer.score(name, text, _gold(name))
    assert result.differences == []
    assert result.right == result.gold == result.found == result.parents == result.levels


def test_addresses_of_the_ministry_plan_follow_chapter_and_item() -> None:
    document = parse(read_text(HERE.parent / "data" / "cn-mca-2020-5.txt"))
    by_address = {clause.address: clause for clause in document.clauses}
    assert by_address["3.8"].text.startswith("引导社会组织和社会组织党组织认真落实防护举措")
    assert (
        "不擅自委派工作人员或发动组织志愿者进入湖北省和其他疫情严重地区" in by_address["3.8"].text
    )
    assert by_address["2.3.2"].text.startswith("要切实保障防控经费,加强物资贮备")
    assert by_address["2.4.4"].label == "四是"
    assert len(by_address) == len(document.clauses) == 24


def test_addresses_of_the_guangzhou_guide_follow_chapter_group_and_item() -> None:
    document = parse(read_text(HERE.parent / "data" / "cn-gd-gz-2022-1207.txt"))
    by_address = {clause.address: clause for clause in document.clauses}
    assert by_address["3.4.3"].text.startswith("发挥行业资源优势,搭建平台")
    assert by_address["3"].text == (
        "分类要求\n因应疫情防控工作需要,按照“上级要求、社会所需、社会组织所能”,"
        "依法有序助力疫情防控工作。"
    ).replace("\n", "")
    assert by_address["2.3"].text == "监事会(监事)"


def test_covering_letter_is_told_from_the_attached_plan() -> None:
    document = parse(read_text(HERE.parent / "data" / "cn-mca-2020-5.txt"))
    assert [block.text[:12] for block in document.cover] == ["近期,湖北省武汉市等地陆"]
    assert [block.text[:10] for block in document.preamble] == ["按照习近平总书记关于"]
    assert document.cover[0].text.endswith("要及时上报民政部社会组织管理局。")
    kinds = [block.kind for block in document.blocks]
    assert BlockKind.SIGNATURE in kinds
    assert BlockKind.ATTACHMENT_NOTE in kinds


def test_text_of_a_clause_is_joined_over_the_page_breaks_of_the_source() -> None:
    document = parse(read_text(HERE.parent / "data" / "cn-mca-2020-5.txt"))
    texts = {clause.address: clause.text for clause in document.clauses}
    assert "做到“两个维护”。要始终坚信".replace("“", '"').replace("”", '"') in texts["1.1"]
    assert "进行政策咨询和业务办理,尽量减少当面接触" in texts["2.3.4"]
    assert "民办非营利性养老机构、医疗机构" in texts["3.8"]
    assert texts["4.10"].startswith("落实防控措施。各地")
    assert not any("来源" in text or "**" in text for text in texts.values())


def test_errata_name_words_that_stand_once_in_their_clause() -> None:
    errata = yaml.safe_load((HERE.parent / "data" / "errata.yaml").read_text(encoding="utf-8"))
    for entry in errata:
        name = entry["expression"].split("@")[0].replace("/", "-")
        document = parse(read_text(HERE.parent / "data" / f"{name}.txt"))
        texts = {clause.address: clause.text for clause in document.clauses}
        assert texts[entry["clause"]].count(entry["as_received"]) == 1
        assert entry["reading"] not in texts[entry["clause"]]


def test_json_has_the_promised_shape() -> None:
    shown = to_json(parse(read_text(HERE.parent / "data" / "cn-gd-gz-2022-1207.txt")))
    assert list(shown) == [
        "title", "doc_number", "issuer", "date", "recipients", "attachments", "clauses",
        "kind", "effective_on", "expires_on", "citations", "tables",
    ]  # fmt: skip
    assert list(shown["clauses"][0]) == [
        "label", "level", "parent", "address", "text", "start", "end", "heading",
    ]  # fmt: skip
    json.dumps(shown, ensure_ascii=False)


needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(),
    reason=f"the wider corpus is not here ({CORPUS}); set TONGZHOU_CORPUS to its folder",
)


@needs_corpus
def test_wider_corpus_is_read_as_well_as_promised() -> None:
    results = [
        scorer.score(
            name,
            scorer.drop_source_line(read_text(path)),
            json.loads(gold.read_text(encoding="utf-8")),
        )
        for name, path, gold in scorer.gold_files([CORPUS])
        if gold is not None
    ]
    right = sum(result.right for result in results)
    assert right, f"no gold file in {CORPUS}"
    total = sum(result.gold + result.found for result in results)
    assert 2 * right / total >= 0.99
    assert sum(result.parents for result in results) / right >= 0.99
    assert sum(result.levels for result in results) / right >= 0.99
    for field in ("title", "doc_number", "issuer", "date"):
        assert sum(result.head[field] for result in results) / len(results) >= 0.95, field


@needs_corpus
@pytest.mark.parametrize("start", ["24_", "27_"])
def test_table_and_press_report_yield_no_clauses(start: str) -> None:
    paths = list(CORPUS.glob(f"{start}*.txt"))
    if not paths:
        pytest.skip(f"no file {start}… in {CORPUS}")
    for path in paths:
        assert parse(scorer.drop_source_line(read_text(path))).clauses == []
