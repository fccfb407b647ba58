"""`tongzhou directive parse` reads what offices send: Word, PDF, web page, Markdown."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pylopdf_fonts_zh_cn
import pytest
import typst

from tongzhou.config import cli

LINES = (
    "某市民政局关于做好测试工作的通知",
    "某民发〔2020〕1号",
    "各区民政局：",
    "一、加强领导。各级民政部门要高度重视。",
    "二、按时报告。社会组织每日16:00前报告情况。",
    "某市民政局",
    "2020年2月1日",
)


def _word() -> bytes:
    document = docx.Document()
    for line in LINES:
        document.add_paragraph(line)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _pdf() -> bytes:
    source: Any = ('#set text(font: "Noto Serif SC")\n' + "\n\n".join(LINES)).encode()
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    made = typst.compile(source, font_paths=[str(fonts)], ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


MADE: dict[str, Callable[[], bytes]] = {
    "docx": _word,
    "pdf": _pdf,
    "html": lambda: "".join(f"<p>{line}</p>" for line in LINES).encode("gb18030"),
    "md": lambda: "\n\n".join(LINES).encode(),
    "txt": lambda: "\r\n".join(LINES).encode("utf-16"),
}


@pytest.mark.parametrize("form", MADE)
def test_every_format_gives_the_same_clauses(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"通知.{form}"
    path.write_bytes(MADE[form]())
    assert cli.main(["directive", "parse", str(path), "--json", "--duties"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["format"] == form
    assert found["title"] == LINES[0]
    assert found["doc_number"] == "某民发〔2020〕1号"
    assert [clause["label"] for clause in found["clauses"]] == ["一、", "二、"]
    assert ("source" in found) == (form not in ("txt", "md"))
    for duty in found["duties"]:
        source = found.get("source", duty["text"])
        assert duty["text"] in source
        assert "".join(duty["text"].split()) in "".join(LINES)
    assert cli.main(["directive", "parse", str(path)]) == 0
    assert "按时报告" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content",
    [b"", "\u200b \u3000".encode(), b"%PDF-1.4 broken", b"PK\x03\x04broken", b"\x89PNG\r\n\x1a\n"],
)
def test_what_cannot_be_read_ends_with_code_two(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "文件.bin"
    path.write_bytes(content)
    assert cli.main(["directive", "parse", str(path), "--json"]) == cli.BAD_INPUT
    said = capsys.readouterr()
    assert said.out == ""
    assert any("\u4e00" <= char <= "\u9fff" for char in said.err)


def test_what_could_not_be_taken_over_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "通知.html"
    body = "".join(f"<p>{line}</p>" for line in LINES)
    path.write_bytes(f"{body}<p>旧稿<del>不得</del></p>".encode())
    assert cli.main(["directive", "parse", str(path), "--json"]) == 0
    assert "修订痕迹" in json.loads(capsys.readouterr().out)["notes"][0]
    assert cli.main(["directive", "parse", str(path)]) == 0
    assert "修订痕迹" in capsys.readouterr().out
