"""The console command: what it prints, and what it answers to bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tongzhou.config import cli
from tongzhou.config.places import PROJECT

TEXT = """民政部关于做好测试工作的通知
民发〔2020〕1号

各省、自治区、直辖市民政厅（局）：
一、加强领导。各级民政部门要高度重视。
二、按时报告。社会组织每日报告情况。

民政部
2020年2月1日
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "通知.txt"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    return path


def test_directive_parse_prints_clauses_whose_spans_fit_the_text_as_received(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["directive", "parse", str(document), "--json"]) == 0
    parsed = json.loads(capsys.readouterr().out)
    received = document.read_bytes().decode()
    assert parsed["title"] == "民政部关于做好测试工作的通知"
    assert parsed["doc_number"] == "民发〔2020〕1号"
    assert [clause["label"] for clause in parsed["clauses"]] == ["一、", "二、"]
    for clause in parsed["clauses"]:
        assert received[clause["start"] : clause["end"]].strip()


def test_directive_parse_proposes_duties_when_asked(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["directive", "parse", str(document), "--json"]) == 0
    assert "duties" not in json.loads(capsys.readouterr().out)
    assert cli.main(["directive", "parse", str(document), "--json", "--duties"]) == 0
    duties = json.loads(capsys.readouterr().out)["duties"]
    assert [(duty["clause"], duty["bearers"], duty["recurrence"]) for duty in duties] == [
        ("1", ["AUTHORITY"], None),
        ("2", ["ORGANISATION"], "daily"),
    ]
    received = document.read_bytes().decode()
    for duty in duties:
        assert received[duty["start"] : duty["end"]] == duty["text"]
    assert cli.main(["directive", "parse", str(document), "--duties"]) == 0
    assert "ORGANISATION  社会组织每日报告情况。" in capsys.readouterr().out


def test_directive_parse_needs_neither_django_nor_a_database(document: Path) -> None:
    script = (
        "import sys; from tongzhou.config import cli\n"
        f"code = cli.main(['directive', 'parse', {str(document)!r}, '--duties'])\n"
        "sys.exit(code or 'django' in sys.modules)"
    )
    environment = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    result = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    assert "按时报告" in result.stdout


@pytest.mark.parametrize(
    ("content", "answer"),
    [
        (b"", "空"),
        (b" \n\r\n", "空"),
        (bytes(range(256)) * 40, "不是文本"),
        (b"%PDF-1.7\n...", "损坏"),
        (b"PK\x03\x04" + b"\x00" * 99, "损坏"),
        (b"a" * (20 * 1024 * 1024 + 1), "20 MB"),
    ],
    ids=["empty", "blank", "binary", "pdf", "docx", "too large"],
)
def test_directive_parse_says_what_is_wrong_with_a_file(
    content: bytes, answer: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert cli.main(["directive", "parse", str(path), "--json"]) == cli.BAD_INPUT
    out, err = capsys.readouterr()
    assert answer in err
    assert out == ""


def test_directive_parse_says_when_there_is_no_such_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["directive", "parse", str(tmp_path / "none")]) == cli.BAD_INPUT
    assert "找不到文件" in capsys.readouterr().err
    assert cli.main(["directive", "parse", str(tmp_path)]) == cli.BAD_INPUT
    assert "文件夹" in capsys.readouterr().err


def test_a_database_that_cannot_be_reached_is_said_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    assert cli.main(["manage", "check"]) == 1
    assert "cannot connect to DATABASE_URL" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "八千"])
def test_a_port_that_is_none_is_refused(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", port)
    assert cli.main(["web"]) == 1
    assert "不是端口号" in capsys.readouterr().err


def test_unknown_arguments_are_not_swallowed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["check", "--fast"])
    assert ended.value.code == cli.BAD_INPUT
    assert "--fast" in capsys.readouterr().err
