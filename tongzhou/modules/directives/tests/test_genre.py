"""Habits and traps of the genre, one document each."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tongzhou.modules.directives.contracts import ParsedDocument
from tongzhou.modules.directives.rules import parse

_CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).resolve().parent / "data" / "genre.yaml").read_text(encoding="utf-8")
)


def _outline(document: ParsedDocument) -> list[str]:
    return [
        f"{clause.address} {clause.label} {clause.text.splitlines()[0][:12] if clause.text else ''}"
        for clause in document.clauses
    ]


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["name"])
def test_document_is_read_as_a_reader_would(case: dict[str, Any]) -> None:
    document = parse(case["text"])
    assert _outline(document) == case["clauses"]
    for field in ("title", "doc_number", "issuer", "date", "recipients"):
        assert getattr(document, field) == case[field], field
    assert [item.title for item in document.attachments] == case["attachments"]
