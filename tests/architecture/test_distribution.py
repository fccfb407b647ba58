"""The SQL of the product keeps to the rules that let the big tables be distributed by province.

They are in docs/operations.md, “Order of growth”. What the models hold is tested beside this, in
``test_tables``; here every string of SQL in the package is read.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.test_tables import BIG, PACKAGE

_BIG = "|".join(sorted(BIG))
_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|JOIN|MERGE INTO)\b")
# What may end the condition of a join, or of a subquery.
_NEXT = "JOIN|LEFT|RIGHT|FULL|INNER|CROSS|WHERE|GROUP|ORDER|LIMIT|UNION|FOR|SET|RETURNING"
_END = rf"(?=\b(?:{_NEXT})\b|$)"
_JOIN = re.compile(
    rf"\bJOIN\s+({_BIG})\b(?:\s+(?:AS\s+)?(?!ON\b|USING\b)\w+)?\s+(ON|USING)\b(.*?){_END}", re.S
)
_NOT_EXISTS = re.compile(rf"\bNOT EXISTS\s*\(\s*SELECT\b[^()]*?\bFROM\s+({_BIG})\b(.*?)\)", re.S)
_CONFLICT = re.compile(r"\bON CONFLICT\s*\(([^)]*)\)\s*DO UPDATE", re.S)
_CONFLICT_SET = re.compile(r"\bON CONFLICT\b.*?\bDO UPDATE\s+SET\b(.*)", re.S)
_CLOCK = re.compile(r"\b(now|clock_timestamp|statement_timestamp)\s*\(|\bCURRENT_TIMESTAMP\b", re.I)
_LOCK = re.compile(r"\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b")
_WRITE = re.compile(rf"\b(?:UPDATE|DELETE\s+FROM)\s+(?:ONLY\s+)?({_BIG})\b")
_SETTING = re.compile(
    r"^\s*SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)\w+[.\w]*\s*(?:=|TO)\b", re.I
)
_SET_CONFIG = re.compile(r"\bset_config\s*\(.*?,\s*(\w+)\s*\)", re.I | re.S)


@dataclass(frozen=True)
class Statement:
    """One string of SQL and where it stands; what is filled in at run time reads ``_``."""

    place: str
    text: str


def _statements(root: Path) -> Iterator[Statement]:
    for path in sorted(root.rglob("*.py")):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        for node in _strings(ast.parse(path.read_text(encoding="utf-8"))):
            text = _text(node)
            if _SQL.search(text):
                yield Statement(f"{path.relative_to(root)}:{node.lineno}", text)


def _strings(tree: ast.AST) -> Iterator[ast.JoinedStr | ast.Constant]:
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            yield node


def _text(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else " _ " for part in node.values
    )


def faults_of(text: str) -> list[str]:
    """Return which rules a string of SQL breaks."""
    found = []
    for table, kind, condition in _JOIN.findall(text):
        # Windows of duties and pieces of ground (``a.bound``) are worked out for the statement and
        # belong to no province.
        spared = "_" in condition.split() or re.search(r"\b(w\.|a\.bound\b)", condition)
        if "prov" not in condition and not spared:
            found.append(f"joins {table} {kind} without prov")
    for table, condition in _NOT_EXISTS.findall(text):
        if "prov" not in condition and "_" not in condition.split():
            found.append(f"looks for no {table} without prov")
    for columns in _CONFLICT.findall(text):
        if re.search(rf"\bINSERT INTO\s+({_BIG})\b", text) and not columns.strip().endswith("prov"):
            found.append("has a conflict on a key that does not end in prov")
    for assignments in _CONFLICT_SET.findall(text):
        if _CLOCK.search(assignments):
            found.append("reads the clock in ON CONFLICT … SET")
    if re.search(rf"\b({_BIG})\b", text) and _LOCK.search(text) and "prov" not in text:
        found.append("locks without prov")
    if _WRITE.search(text) and "prov" not in text:
        found.append("writes without prov")
    if re.search(r"\b(ROLLUP|CUBE|GROUPING SETS)\s*\(", text):
        found.append("uses ROLLUP, CUBE or GROUPING SETS")
    if _SETTING.search(text):
        found.append("sets a setting that outlives the transaction")
    for local in _SET_CONFIG.findall(text):
        if local.lower() != "true":
            found.append("sets a setting that outlives the transaction")
    return found


STATEMENTS = list(_statements(PACKAGE))


def test_the_lint_reads_the_product() -> None:
    read = {table for each in STATEMENTS for table in re.findall(rf"\b({_BIG})\b", each.text)}
    assert len(STATEMENTS) > 100
    assert read == BIG


def test_every_statement_keeps_to_the_rules() -> None:
    found = [f"{each.place} {fault}" for each in STATEMENTS for fault in faults_of(each.text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM duties_report r JOIN registry_organisation o ON o.id = r.organisation_id",
        "SELECT 1 FROM duties_report r JOIN registry_organisation USING (id) WHERE r.prov = 1",
        "SELECT 1 WHERE NOT EXISTS (SELECT FROM duties_step s WHERE s.duty_id = 1)",
        "INSERT INTO duties_counter SELECT 1 ON CONFLICT (prov, period) DO UPDATE SET n = 1",
        "INSERT INTO x SELECT 1 ON CONFLICT (a) DO UPDATE SET at = now()",
        "SELECT 1 FROM duties_report WHERE period = '2020-01-01' FOR UPDATE",
        "UPDATE duties_report SET state = 'ACCEPTED' WHERE period = '2020-01-01'",
        "SELECT duty, sum(n) FROM t GROUP BY ROLLUP (duty)",
        "SELECT set_config('tongzhou.actor', '1', false)",
    ],
)
def test_the_lint_finds_what_breaks_a_rule(text: str) -> None:
    assert faults_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM duties_report r JOIN duties_step s ON s.id = r.id AND s.prov = r.prov",
        "INSERT INTO duties_counter AS c SELECT 1 ON CONFLICT (period, prov) DO UPDATE SET n = 2",
        "SELECT id FROM registry_organisation WHERE id = 1 AND prov = 2 FOR SHARE",
        "SELECT set_config('tongzhou.actor', '1', true)",
    ],
)
def test_the_lint_spares_what_keeps_to_them(text: str) -> None:
    assert faults_of(text) == []
