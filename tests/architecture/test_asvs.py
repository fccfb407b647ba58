"""The checklist of security leans on nothing that does not exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

PROJECT = Path(settings.PROJECT)
TEXT = (PROJECT / "docs" / "asvs.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (V?\d+\.\d+(?:\.\d+)?) \| (met|partly|unmet|n/a) \| (.+?) \| (.*?) \|$", re.M
)
ROWS = ROW.findall(TEXT)
TESTS = sorted(set(re.findall(r"`((?:tests|tongzhou)/[\w/]+\.py)::(\w+)`", TEXT)))
SETTINGS = sorted(set(re.findall(r"`settings\.([A-Z_]+)`", TEXT)))
PATHS = sorted(set(re.findall(r"`((?:tongzhou|tests|tools|docs|\.ci)/[\w/.-]+)`", TEXT)))


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((PROJECT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    assert name.startswith("test_")
    assert name in functions(path)


def test_every_setting_and_every_file_that_is_named_exists() -> None:
    assert [name for name in SETTINGS if not hasattr(settings, name)] == []
    assert [path for path in PATHS if not (PROJECT / path).exists()] == []


def test_every_line_says_by_what_it_is_met_or_why_not() -> None:
    assert len(ROWS) > 60
    lines = [line for line in TEXT.splitlines() if re.match(r"\| V?\d", line)]
    assert len(lines) == len(ROWS), [line for line in lines if not ROW.match(line)]
    for number, state, _asked, told in ROWS:
        if state == "met":
            assert "`" in told, f"{number} is met by nothing that can be looked at"
        else:
            assert len(told) > 10, f"{number} gives no reason"


def test_all_chapters_are_gone_through() -> None:
    chapters = {int(re.sub(r"\D", "", number.split(".")[0])) for number, *_ in ROWS}
    assert chapters == set(range(1, 18))
