"""Search and questions: speed on 20,000 invented directives, and how often the answer is right."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bench.corpus import CLAUSES, fill
from bench.harness import Result, median_ms, timed

NEEDS_DATABASE = True
DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "20000"))
QUESTIONS = Path(__file__).parents[2] / "tongzhou/modules/duties/tests/data/questions.yaml"
WORKS = {"MCA": "cn/mca/2020/5@2020-01-29", "GZ": "cn/gd-gz/2022/1207@2022-12-07"}


def measure() -> Iterator[Result]:
    """Ask the questions of the shipped directives, then search among many more."""
    from tongzhou.kernel import clock
    from tongzhou.kernel.access import SYSTEM, public
    from tongzhou.kernel.database import execute, rows
    from tongzhou.modules.directives.public import (
        DocumentFilter,
        find_clauses,
        seed_directives,
        seeking,
    )
    from tongzhou.modules.duties.public import load_library, shipped_files
    from tongzhou.modules.duties.queries.ask import ask
    from tongzhou.modules.duties.queries.search import Wish, search
    from tongzhou.modules.registry.public import list_profiles

    now = clock.now()
    assert not list_profiles()
    execute(
        "INSERT INTO registry_region (id, level, role, name, short_name, pinyin, high)"
        " VALUES (0, 'NATION', 'ORDINARY', '全国', '全国', '', 999999)"
    )
    execute(
        "INSERT INTO registry_region (id, parent_id, level, role, name, short_name, pinyin, high)"
        " VALUES (440000, 0, 'PROVINCE', 'ORDINARY', '广东省', '广东', '', 449999),"
        " (440100, 440000, 'CITY', 'ORDINARY', '广州市', '广州', '', 440199)"
    )
    seed_directives(SYSTEM, now)
    for path in shipped_files():
        load_library(actor=SYSTEM, at=now, source=path.read_text(encoding="utf-8"), name=path.stem)
    for part, asked in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")).items():
        yield from _answers(part, asked, lambda text: ask(text, public(), now))

    seconds = timed(lambda: fill(DOCUMENTS))
    count = DOCUMENTS * CLAUSES
    yield Result(f"inventing and indexing {count:,} clauses", seconds, None, "s")
    size = rows("SELECT pg_relation_size('clause_words') / 1048576.0")[0][0]
    yield Result("… index of their words", float(size), None, "MB")

    def clauses(words: str) -> float:
        query = seeking.read_input(words).query()
        return median_ms(lambda: find_clauses(query, DocumentFilter(), now))

    def counted(words: str) -> float:
        sql = "SELECT count(*) FROM directives_clause WHERE words @@ %s::tsquery"
        query = seeking.read_input(words).query()
        return median_ms(lambda: rows(sql, [query]))

    for words, kind in (("口罩", "a word of two characters"), ("早发现", "a rare word of three")):
        yield Result(f"every clause with {kind}, counted", counted(words), 10, "ms")
        yield Result("… found and ranked, at most 500", clauses(words), 50, "ms")
    yield Result("the commonest word, newest 500 ranked", clauses("疫情"), 150, "ms")
    yield Result("half a sentence", clauses("“疫情防控工作”"), 150, "ms")
    yield Result("two words", clauses("消毒 窗口"), 50, "ms")
    whole = median_ms(lambda: _page(search(Wish(words="口罩"), public(), now)), 5)
    yield Result("a page of results with facets", whole, 200, "ms")
    question = median_ms(lambda: ask("窗口每天要消毒吗", public(), now), 3)
    yield Result("a question among all of them", question, 1500, "ms")
    plan = "\n".join(
        row[0]
        for row in rows(
            "EXPLAIN SELECT id FROM directives_clause WHERE words @@ %s::tsquery",
            [seeking.read_input("早发现").query()],
        )
    )
    assert "clause_words" in plan, plan


def _page(result: Any) -> object:
    return result.facets, result.show(result[:20])


def _answers(part: str, asked: list[dict[str, Any]], answer: Any) -> Iterator[Result]:
    total = first = three = none = empty = 0
    for each in asked:
        found = answer(each["ask"])
        if not each["clauses"]:
            empty += 1
            none += not found.direct
            continue
        total += 1
        wanted = {(WORKS[work], address) for work, address in map(str.split, each["clauses"])}
        right = [(row.document.urn, row.clause.address) in wanted for row in found.rows[:3]]
        first += right[:1] == [True]
        three += any(right)
    yield Result(f"questions “{part}”: right clause first", first / total, 0.9, "", least=True)
    yield Result("… among the first three", three / total, 0.95, "", least=True)
    yield Result("… rightly no direct answer", none / empty, 1, "", least=True)
