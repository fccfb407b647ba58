"""The reading page: every duty beside its clause, errata marked, where it is in force."""

import re
from datetime import datetime

import pytest
from django.test import Client

from tongzhou.base.period import ZONE
from tongzhou.kernel.access import SYSTEM, public
from tongzhou.kernel.database import execute
from tongzhou.modules.directives import public as directives
from tongzhou.modules.duties import public as duties
from tongzhou.modules.duties.queries.reading import passage_of, phases_text, read_directive
from tongzhou.modules.response import public as response

AT = datetime(2020, 1, 30, 9, tzinfo=ZONE)
MINISTRY = "cn/mca/2020/5@2020-01-29"
GUANGZHOU = "cn/gd-gz/2022/1207@2022-12-07"


@pytest.fixture
def country(db: None) -> None:
    """Enter the regions that the scopes of the shipped libraries name."""
    for number, parent, level, name, high in (
        (0, None, "NATION", "全国", 999_999),
        (440000, 0, "PROVINCE", "广东省", 449_999),
        (440100, 440000, "CITY", "广州市", 440_199),
    ):
        execute(
            "INSERT INTO registry_region"
            " (id, parent_id, level, role, name, short_name, pinyin, high)"
            " VALUES (%s, %s, %s, 'ORDINARY', %s, %s, '', %s)",
            [number, parent, level, name, name, high],
        )


@pytest.fixture
def texts(country: None) -> list[int]:
    """Load the shipped directives without any duties."""
    return directives.seed_directives(SYSTEM, AT)


@pytest.fixture
def libraries(texts: list[int]) -> list[int]:
    """Load the shipped libraries; nothing is in force yet."""
    return [
        duties.load_library(
            actor=SYSTEM, at=AT, source=path.read_text(encoding="utf-8"), name=path.stem
        )
        for path in duties.shipped_files()
    ]


def id_of(urn: str) -> int:
    row = directives.find_expression(urn)
    assert row is not None
    return row.id


def show(client: Client, urn: str, query: str = "") -> str:
    answer = client.get(f"/directives/{id_of(urn)}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def sections(page: str) -> dict[str, str]:
    """Return the clauses of a page by address."""
    found = re.findall(r'<section class="tz-clause[^"]*" id="([^"]+)">(.*?)</section>', page, re.S)
    return dict(found)


@pytest.mark.parametrize("urn", [MINISTRY, GUANGZHOU])
def test_every_quote_is_found_in_its_clause_and_marked(libraries: list[int], urn: str) -> None:
    clauses = {each.address: each for each in directives.list_clauses(id_of(urn))}
    reading = read_directive(expression=urn, actor=public(), at=AT)
    assert len(reading.cards) > 40
    for card in reading.cards:
        clause = clauses[card.clause]
        assert passage_of(clause.text, card.quote, clause.errata), card.title


@pytest.mark.parametrize("urn", [MINISTRY, GUANGZHOU])
def test_every_duty_stands_beside_its_clause(
    client: Client, libraries: list[int], urn: str
) -> None:
    drawn = sections(show(client, urn))
    for card in read_directive(expression=urn, actor=public(), at=AT).cards:
        assert card.title in drawn[card.clause]
    assert sum(part.count('class="tz-duty ') for part in drawn.values()) == len(
        read_directive(expression=urn, actor=public(), at=AT).cards
    )


def test_the_document_is_whole(client: Client, texts: list[int]) -> None:
    page = show(client, MINISTRY)
    words = re.sub(r"<[^>]+>|\s", "", page)
    for clause in directives.list_clauses(id_of(MINISTRY)):
        assert "".join(clause.text.split()) in words, clause.address
    assert "还没有由此产生的任务" in page
    assert "还没有任务库" in page


def test_an_erratum_is_shown_where_it_applies(client: Client, libraries: list[int]) -> None:
    drawn = sections(show(client, MINISTRY))
    assert "对年检、评估" in drawn["2.4.2"]
    assert "原文作“年龄”，应读作“年检”" in drawn["2.4.2"]
    assert "勘误" not in drawn["2.4.1"]


def test_the_views_part_the_duties_by_bearer(client: Client, libraries: list[int]) -> None:
    def count(query: str) -> int:
        return show(client, MINISTRY, query).count('class="tz-duty ')

    everything = count("")
    assert count("?for=authority") + count("?for=organisation") == everything
    assert count("?for=authority") > 0
    assert count("?for=mine") == everything
    assert count("?for=nonsense") == everything


def test_it_says_where_the_duties_are_in_force(client: Client, libraries: list[int]) -> None:
    assert "现在没有施行" in show(client, MINISTRY)
    number = response.start_response(
        actor=SYSTEM, at=AT, name="疫情防控", kind="EPIDEMIC", started_at=AT
    )
    for region, phase in ((0, "LEVEL_1"), (440000, "LEVEL_2")):
        response.set_phase(
            actor=SYSTEM,
            at=AT,
            response_id=number,
            region_id=region,
            phase=phase,
            from_at=AT,
            decided_by="人民政府",
        )
    for library in libraries:
        duties.enforce_library(
            actor=SYSTEM,
            at=AT,
            library_id=library,
            response_id=number,
            decided_by="民政部社会组织管理局",
        )
    page = show(client, MINISTRY)
    assert "在哪里施行，现在是什么级别" in page
    force = page[page.index("rd-force") : page.index("</details>", page.index("rd-force"))]
    assert re.search(r"全国</a>\s*一级响应", force)
    assert re.search(r"广东省</a>\s*二级响应", force)
    (held,) = read_directive(expression=GUANGZHOU, actor=public(), at=AT).forces
    assert [(each.region.name, each.phase, each.origin) for each in held.phases] == [
        ("广州市", response.Phase.LEVEL_2, "广东省")
    ]


def test_the_permanent_address_leads_to_the_page(client: Client, texts: list[int]) -> None:
    answer = client.get(f"/directives/{MINISTRY}/")
    assert answer.status_code == 302
    assert answer["Location"] == f"/directives/{id_of(MINISTRY)}/"
    assert client.get("/directives/cn/mca/2020/6@2020-01-29/").status_code == 404
    assert client.get("/directives/999999/").status_code == 404


@pytest.mark.parametrize(
    ("text", "quote", "found"),
    [
        ("要开窗，通风。", "要开窗,通风", "要开窗，通风"),
        ("要 开窗\n通风。", "要开窗通风", "要 开窗\n通风"),
        ("要开窗。", "要关窗", ""),
        ("要开窗。", "", ""),
    ],
)
def test_a_quote_finds_its_words_whatever_the_spacing(text: str, quote: str, found: str) -> None:
    assert passage_of(text, quote) == found


def test_a_quote_over_a_misprint_finds_the_corrected_words() -> None:
    erratum = directives.ErratumRow("1", "年龄", "年检", "误")
    assert passage_of("对年检、评估", "对年龄、评估", [erratum]) == "对年检、评估"


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        (["LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4"], "一至四级"),
        (["LEVEL_1", "LEVEL_2", "LEVEL_3", "LEVEL_4", "NORMALISED"], "一至四级、常态化"),
        (["LEVEL_1", "LEVEL_2"], "一级、二级"),
        (["ENDED"], "终止后"),
    ],
)
def test_phases_are_said_in_few_words(phases: list[str], words: str) -> None:
    assert phases_text(phases) == words
