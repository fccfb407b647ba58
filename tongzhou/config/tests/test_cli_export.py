"""``directive export``: a document on the command line becomes a file in another format."""

import json
from pathlib import Path

import pytest

from tongzhou.config import cli

TEXT = """关于做好值守工作的通知
各单位：
为做好值守工作，现通知如下：
一、加强值守
1.各单位要安排人员值班。
2.值班人员不得擅自离岗。
某市民政局
2023年1月8日
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "来文.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("code", "start"), [("pdf", b"%PDF"), ("docx", b"PK"), ("akn", b"<?xml"), ("oscal", b"{")]
)
def test_a_document_is_written_in_another_format(
    document: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, start: bytes
) -> None:
    arguments = ["directive", "export", str(document), "--format", code]
    assert cli.main([*arguments, "--output", str(tmp_path)]) == 0
    written = Path(capsys.readouterr().out.strip())
    assert written.parent == tmp_path
    assert written.name.startswith("关于做好值守工作的通知_2023-01-08.")
    assert written.read_bytes().startswith(start)


def test_what_was_written_can_be_read_again(document: Path, tmp_path: Path) -> None:
    target = tmp_path / "公文.docx"
    arguments = ["directive", "export", str(document), "--format", "docx"]
    assert cli.main([*arguments, "--output", str(target)]) == 0
    first = json.loads(cli.parse_directive(document, as_json=True))
    again = json.loads(cli.parse_directive(target, as_json=True))
    for name in ("title", "issuer", "date", "recipients"):
        assert again[name] == first[name]
    assert [(c["address"], c["text"]) for c in again["clauses"]] == [
        (c["address"], c["text"]) for c in first["clauses"]
    ]


@pytest.mark.parametrize(
    "arguments", [["--format", "zip"], ["--output", "/nowhere/at/all.pdf"]], ids=["format", "place"]
)
def test_what_cannot_be_done_is_said_in_one_line(
    document: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert cli.main(["directive", "export", str(document), *arguments]) == cli.BAD_INPUT
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told
