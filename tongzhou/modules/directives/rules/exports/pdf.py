"""Write a directive as PDF in the layout of GB/T 9704-2012, set by typst.

The template is ``gbt9704.typ``; every word is handed to it as data. Fonts come from folders only:
the two that are installed with the product (Noto Serif SC, Noto Sans SC; OFL), and a folder of the
site's own, where the faces of the standard (仿宋_GB2312, 方正小标宋 …) take precedence once they
lie there. Fonts of the operating system are not looked at, so that a directive looks the same on
every machine.
"""

import importlib.util
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import typst

from tongzhou.modules.directives.rules.exports.document import ExportDocument, provenance
from tongzhou.modules.directives.rules.exports.layout import (
    Annex,
    Note,
    Paragraph,
    Part,
    Record,
    lay_out,
)
from tongzhou.modules.directives.rules.exports.tables import Table

_TEMPLATE = Path(__file__).parent / "gbt9704.typ"
_SERIF, _SANS = "Noto Serif SC", "Noto Sans SC"
#: The families that stand for a face, the best first; those that are not there are passed over.
_FACES = {
    "fang": ("FangSong_GB2312", "仿宋_GB2312", "FZFangSong-Z02S", "FangSong", "STFangsong"),
    "hei": ("SimHei", "黑体", "FZHei-B01S", "STHeiti"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "FZKai-Z03S", "KaiTi", "STKaiti", "LXGW WenKai"),
    "title": ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK"),
    "song": ("SimSun", "宋体", "FZShuSong-Z01S", "STSong"),
}
STANDARDS = ["a-2b", "ua-1"]
#: An address or number that may break anywhere, or the line before it would be pulled apart.
_LONG_WORD = re.compile(r"[!-~]{10,}")
_SHORT = 28 * 6  # six lines
#: Stands for a character that no font at hand has, as printers have always set it.
_NO_GLYPH = "〓"


class FontsMissing(RuntimeError):
    """Say that the fonts which come with the product are not installed."""


def shipped_fonts() -> Path:
    """Return the folder of the fonts that are installed with the product; FontsMissing if none."""
    found = importlib.util.find_spec("pylopdf_fonts_zh_cn")
    if found is None or not found.submodule_search_locations:
        raise FontsMissing("pylopdf-fonts-zh-cn")
    return Path(next(iter(found.submodule_search_locations)))


def write_pdf(document: ExportDocument, *, fonts: Sequence[Path] = ()) -> bytes:
    """Return the PDF (PDF/A-2b, PDF/UA-1) of a directive; ``fonts`` are the site's own folders."""
    folders = tuple(each for each in fonts if each.is_dir())
    shelf, stacks, faux = _shelf(folders)
    given = {
        "meta": _meta(document),
        "fonts": stacks,
        "faux": faux,
        "space": 2,
        "parts": _parts(lay_out(document)),
    }
    return _Setter(shelf, document.exported_at).set_together(given)


class _Setter:
    """Sets one document; tries again where the first result will not do."""

    def __init__(self, shelf: Any, at: datetime) -> None:
        self.at = _fixed(at)
        self.template = _TEMPLATE.read_bytes()
        self.shelf = shelf

    def set_together(self, given: dict[str, Any]) -> bytes:
        """Return the PDF; a signature never stands on a page without text above it.

        The space above it is given up first, as the standard allows; then the last paragraph goes
        to the new page with it.
        """
        for space in (2, 1, 0):
            text = json.dumps({**given, "space": space}, ensure_ascii=False)
            if self._is_together(text):
                break
        else:
            _keep_last(given["parts"])
            text = json.dumps(given, ensure_ascii=False)
        return self._write(text)

    def _is_together(self, given: str) -> bool:
        found = json.loads(
            typst.query(
                self.template,
                "<pages>",
                field="value",
                one=True,
                font_paths=self.shelf,
                ignore_system_fonts=True,
                sys_inputs={"given": given},
            )
        )
        # A page number for each; what has no text above it cannot be parted from it.
        pairs = zip(found["body"], found["signed"], strict=False)
        return all(above == signed for above, signed in pairs)

    def _write(self, text: str) -> bytes:
        try:
            return self._compile(text, STANDARDS)
        except typst.TypstError as error:
            missing = _missing(error.diagnostic)
            if not missing:
                raise
            for each in missing:
                text = text.replace(json.dumps(each, ensure_ascii=False)[1:-1], _NO_GLYPH)
        try:
            return self._compile(text, STANDARDS)
        except typst.TypstError:
            return self._compile(text, [])

    def _compile(self, given: str, standards: list[Any]) -> bytes:
        made = typst.compile(
            self.template,
            font_paths=self.shelf,
            ignore_system_fonts=True,
            sys_inputs={"given": given},
            pdf_standards=standards,
            timestamp=self.at,
        )
        assert isinstance(made, bytes)
        return made


def _keep_last(parts: list[dict[str, Any]]) -> None:
    """Keep the last short paragraph above the first signature together with it."""
    signed = next((at for at, part in enumerate(parts) if part["kind"] == "Signed"), 0)
    for part in reversed(parts[:signed]):
        part["kept"] = part["kind"] == "Note"
        if part["kind"] == "Paragraph":
            part["kept"] = sum(len(run["text"]) for run in part["runs"]) <= _SHORT
            return


def _fixed(at: datetime) -> datetime:
    """Return a moment in whole seconds at a fixed offset, which is all that typst takes."""
    return at.astimezone(timezone(at.utcoffset() or timedelta())).replace(microsecond=0)


def _missing(diagnostic: str) -> list[str]:
    """Return the characters that no font at hand has, as typst reports them, longest first."""
    found = {
        re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), each)
        for each in re.findall(r"the text `\"(.*?)\"` could not be displayed", diagnostic)
    }
    return sorted(found, key=len, reverse=True)


@lru_cache(maxsize=4)
def _shelf(folders: tuple[Path, ...]) -> tuple[Any, dict[str, list[str]], dict[str, bool]]:
    """Return the fonts, the families of every face, and which faces have to be imitated."""
    shelf = typst.Fonts(
        include_system_fonts=False, font_paths=[str(each) for each in (*folders, shipped_fonts())]
    )
    held = set(shelf.families())
    stacks, faux = {}, {}
    for face, families in _FACES.items():
        own = [each for each in families if each in held]
        last = [_SANS, _SERIF] if face == "hei" else [_SERIF, _SANS]
        stacks[face] = own + last
        faux[face] = not own
    return shelf, stacks, faux


def _meta(document: ExportDocument) -> dict[str, object]:
    issued = document.issued_on.isoformat() if document.issued_on else ""
    return {
        "title": " ".join(document.title.split()),
        "author": [each for each in document.issuer.replace("、", " ").split() if each],
        "description": "; ".join(f"{name}: {value}" for name, value in provenance(document)),
        "keywords": [each for each in (document.doc_number, issued, document.urn) if each],
    }


def _parts(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return parts as plain data; headings get the depth of an outline without leaps."""
    made: list[dict[str, Any]] = []
    open_levels: list[int] = []
    for part in parts:
        plain = _plain(part)
        if isinstance(part, Paragraph):
            for run in plain["runs"]:
                run["text"] = _LONG_WORD.sub(lambda word: "\u200b".join(word[0]), run["text"])
        if isinstance(part, Paragraph | Note):
            plain |= {"kept": False, "last": False}
        if isinstance(part, Annex):
            open_levels = []
        elif isinstance(part, Paragraph) and part.level is not None:
            while open_levels and open_levels[-1] >= part.level:
                open_levels.pop()
            open_levels.append(part.level)
            plain["depth"] = min(6, len(open_levels) + 1)
        elif isinstance(part, Table):
            plain["weights"] = part.weights()
        elif isinstance(part, Record):
            plain["copies"] = [_parted(line) for line in part.copies]
        made.append(plain)
    for before, after in pairwise(made):
        if after["kind"] == "Signed" and "last" in before:
            before["last"] = True
    return made


def _plain(value: Any) -> Any:
    """Return dataclasses as dictionaries that name their ``kind``."""
    if hasattr(value, "__dataclass_fields__"):
        names = value.__dataclass_fields__
        return {"kind": type(value).__name__} | {
            name: _plain(getattr(value, name)) for name in names
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _parted(line: str) -> tuple[str, str]:
    """Return the head of a line of copies, 抄送：, and what follows it."""
    head, colon, rest = line.replace(":", "：", 1).partition("：")
    return (head + colon, rest) if colon else ("", line)
