"""Documents rendered the ways offices send them: Word with automatic numbers, web page, PDF.

A text is taken apart into paragraphs by the parser and written anew in another format; what is
read back has to give the same tree.
"""

import html
import re
import zipfile
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pylopdf_fonts_zh_cn
import typst

from tongzhou.modules.directives.contracts import BlockKind, ParsedDocument
from tongzhou.modules.directives.rules import parse
from tongzhou.modules.directives.rules.cleaning import fold
from tongzhou.modules.directives.rules.dates import DATE
from tongzhou.modules.directives.tests.layouts import squeezed

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": W,
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    }.items()
)
_KINDS = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = {
    "styles": "w:styles",
    "numbering": "w:numbering",
    "footnotes": "w:footnotes",
    "endnotes": "w:endnotes",
    "header": "w:hdr",
}


@dataclass
class Paragraph:
    """One paragraph: an automatic number may stand before its words."""

    words: str
    label: str = ""
    kind: BlockKind = BlockKind.CLAUSE


def tree(document: ParsedDocument) -> list[tuple[str, int | None, str]]:
    """Return what a format must not change: label, parent and words of every clause."""
    return [
        (squeezed(clause.label), clause.parent, squeezed(clause.text))
        for clause in document.clauses
    ]


def head(document: ParsedDocument) -> list[str]:
    """Return title, number, issuer, date and addressees without white space."""
    named = (document.title, document.doc_number, document.issuer, document.date)
    return [squeezed(str(each)) for each in (*named, *document.recipients)]


_AUTOMATIC = re.compile(
    r"第[一二三四五六七八九十百]+[章节条]|[一二三四五六七八九十百]+、|[（(][一二三四五六七八九十百]+[）)]"
    r"|\d{1,3}[.．、]|[（(]\d{1,3}[）)]|[①-⑳]"
)


def paragraphs(text: str) -> list[Paragraph]:
    """Return the paragraphs of a document of the genre as an author would type them."""
    document = parse(text)
    found: list[Paragraph] = []
    for block in document.blocks:
        if block.clause is not None:
            label = document.clauses[block.clause].label
            words = block.text.removeprefix(label).strip()
            if not _AUTOMATIC.fullmatch(label):
                found[-1].words += label + words
                continue
            lines = words.split("\n")
            found.append(Paragraph(lines[0], label))
            found += [Paragraph(line) for line in lines[1:]]
            continue
        words = document.title if block.kind is BlockKind.TITLE and document.title else block.text
        if block.kind is BlockKind.SIGNATURE:
            date = DATE.search(words)
            words = f"{words[: date.start()]}\n{date.group()}" if date else words
        found += [Paragraph(line, "", block.kind) for line in words.split("\n") if line.strip()]
    return found


# Word


def run(text: str, properties: str = "") -> str:
    """Return a run of Word."""
    inner = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inner}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(content: str = "", properties: str = "") -> str:
    """Return a paragraph of Word; ``content`` that is no markup becomes a run."""
    if content and not content.startswith("<"):
        content = run(content)
    inner = f"<w:pPr>{properties}</w:pPr>" if properties else ""
    return f"<w:p>{inner}{content}</w:p>"


def numbered(content: str, num_id: int, level: int = 0, properties: str = "") -> str:
    """Return a paragraph of a list."""
    number = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{num_id}"/></w:numPr>'
    return paragraph(content, properties + number)


def level(
    place: int, style: str, pattern: str, *, start: int = 1, more: str = "", after: str = ""
) -> str:
    """Return one level of a list; ``after``: tab, space or nothing."""
    suffix = f'<w:suff w:val="{after}"/>' if after else ""
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="{start}"/><w:numFmt w:val="{style}"/>{more}'
        f'{suffix}<w:lvlText w:val="{escape(pattern)}"/></w:lvl>'
    )


def abstract(number: int, *levels: str, more: str = "") -> str:
    """Return the definition of a list."""
    return f'<w:abstractNum w:abstractNumId="{number}">{more}{"".join(levels)}</w:abstractNum>'


def num(number: int, of: int, override: str = "") -> str:
    """Return a list of a definition."""
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/>{override}</w:num>'


def table(*rows: tuple[str, ...], framed: bool = True) -> str:
    """Return a table of Word; cells that are no markup become a paragraph."""
    line = "single" if framed else "none"
    borders = f'<w:tblBorders><w:top w:val="{line}"/><w:insideV w:val="{line}"/></w:tblBorders>'
    made = "".join(
        "<w:tr>"
        + "".join(
            f"<w:tc>{cell if cell.startswith('<') else paragraph(cell)}</w:tc>" for cell in row
        )
        + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl><w:tblPr>{borders}</w:tblPr>{made}</w:tbl>"


def docx(body: str, **parts: str) -> bytes:
    """Return a .docx; ``parts`` are the contents of styles, numbering, footnotes and the like."""
    strict = parts.pop("namespace", W)
    relations = "".join(
        f'<Relationship Id="r{place}" Type="{_DOCUMENT}/{name}" Target="{name}.xml"/>'
        for place, name in enumerate(parts)
    )
    head_line = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    files = {
        "[Content_Types].xml": f'{head_line}<Types xmlns="{_KINDS}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_TYPE}.document.main+xml"/>'
        + "".join(
            f'<Override PartName="/word/{name}.xml" ContentType="{_TYPE}.{name}+xml"/>'
            for name in parts
        )
        + "</Types>",
        "_rels/.rels": f'{head_line}<Relationships xmlns="{_KINDS}/relationships">'
        f'<Relationship Id="r" Type="{_DOCUMENT}/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/_rels/document.xml.rels": f"{head_line}"
        f'<Relationships xmlns="{_KINDS}/relationships">{relations}</Relationships>',
        "word/document.xml": f"{head_line}<w:document {_NAMESPACES}><w:body>{body}"
        "</w:body></w:document>",
    }
    for name, content in parts.items():
        root = _PARTS[name]
        files[f"word/{name}.xml"] = f"{head_line}<{root} {_NAMESPACES}>{content}</{root}>"
    return zipped({name: text.replace(W, strict).encode() for name, text in files.items()})


def zipped(files: dict[str, bytes]) -> bytes:
    """Return an archive, the same for the same files."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


_SHAPES = (
    (re.compile(r"[一二三四五六七八九十百]+"), "chineseCountingThousand"),
    (re.compile(r"\d+"), "decimal"),
    (re.compile(r"[①-⑳]"), "decimalEnclosedCircle"),
)


def _shape(label: str) -> tuple[str, str, int]:
    """Return number style, pattern and number of a label."""
    for found, style in _SHAPES:
        number = found.search(label)
        if number is None:
            continue
        pattern = label[: number.start()] + "%1" + label[number.end() :]
        return style, pattern, _value(number.group())
    raise ValueError(label)


def _value(text: str) -> int:
    if text.isdecimal() and text.isascii():
        return int(text)
    if "①" <= text <= "⑳":
        return ord(text) - 0x245F
    digits = "一二三四五六七八九"
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return digits.index(text) + 1
    return 10 * (digits.index(tens) + 1 if tens else 1) + (digits.index(ones) + 1 if ones else 0)


def to_docx(text: str) -> bytes:
    """Return a document as .docx whose labels are automatic numbers."""
    lists: dict[tuple[str, str], int] = {}
    counted: dict[tuple[str, str], tuple[int, int]] = {}  # list and number of the last paragraph
    definitions: list[str] = []
    instances: list[str] = []
    body: list[str] = []
    indent = '<w:ind w:firstLineChars="200" w:firstLine="640"/>'
    for each in paragraphs(text):
        if not each.label:
            centred = each.kind in (BlockKind.TITLE, BlockKind.NUMBER, BlockKind.ANNEX_HEADING)
            flush = centred or each.kind in (BlockKind.RECIPIENTS, BlockKind.SIGNATURE)
            body.append(
                paragraph(
                    each.words, '<w:jc w:val="center"/>' if centred else "" if flush else indent
                )
            )
            continue
        style, pattern, number = _shape(each.label)
        key = style, pattern
        if key not in lists:
            lists[key] = len(lists)
            definitions.append(abstract(lists[key], level(0, style, pattern)))
        num_id, last = counted.get(key, (0, -1))
        if number != last + 1:
            num_id = len(instances) + 1
            start = f'<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{number}"/></w:lvlOverride>'
            first = last < 0 and number == 1
            instances.append(num(num_id, lists[key], "" if first else start))
        counted[key] = num_id, number
        body.append(numbered(each.words, num_id, 0, indent))
    return docx("".join(body), numbering="".join(definitions + instances))


# Web, Markdown, PDF


def to_html(text: str) -> bytes:
    """Return a document as a page of a government site, in GB 2312 as it says."""
    body = []
    title = ""
    for each in paragraphs(text):
        words = html.escape(each.label + each.words, quote=False)
        if each.kind is BlockKind.TITLE and not title:
            title = words
            continue
        centred = each.kind in (BlockKind.NUMBER, BlockKind.ANNEX_HEADING)
        style = "text-align:center" if centred else "text-indent:2em"
        body.append(f'<p style="{style}"><span style="font-size:16pt">{words}</span></p>')
    page = f"""<!DOCTYPE html><html><head><meta charset="gb2312"><title>{title}_某市民政局</title>
<style>p{{margin:0}}</style></head><body><div class="top"><ul><li><a href="/">首页</a></li>
<li><a href="/a">政务公开</a></li><li><a href="/b">政务服务</a></li></ul></div>
<div>您现在的位置：<a href="/">首页</a> &gt; <a href="/c">政策文件</a></div>
<div class="con"><h1>{title}</h1><div id="zoom">
{chr(10).join(body)}
</div></div><div class="foot"><p>版权所有：某市民政局　粤ICP备00000000号</p>
<p><a href="/d">网站地图</a> <a href="/e">联系我们</a></p></div></body></html>"""
    return page.encode("gb18030")


def to_markdown(text: str) -> bytes:
    """Return a document as a converter to Markdown writes it."""
    lines = []
    for each in paragraphs(text):
        words = each.label + each.words
        if each.kind is BlockKind.TITLE:
            words = f"# {words}"
        elif each.label and len(words) < 30:
            words = f"**{words}**"
        lines.append(words)
    return "\n\n".join(lines).encode()


@cache
def _fonts() -> str:
    return str(Path(pylopdf_fonts_zh_cn.__file__).parent)


PAGE = """#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm),
  footer: context align(center)[— #counter(page).display() —])
#set text(font: "Noto Serif SC", size: 16pt, lang: "zh", region: "cn")
#set par(justify: true, first-line-indent: (amount: 2em, all: true), leading: 0.8em, spacing: 0.8em)
"""


def pdf(source: str, page: str = PAGE) -> bytes:
    """Return a PDF set by typst."""
    whole: Any = (page + source).encode()
    made = typst.compile(whole, font_paths=[_fonts()], ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


def typst_string(text: str) -> str:
    """Return ``text`` as typst shows it letter by letter."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'#"{quoted}"'


def to_pdf(text: str) -> bytes:
    """Return a document as a PDF of A4 pages with counters at the foot."""
    made = []
    for each in paragraphs(text):
        words = typst_string(each.label + each.words)
        match each.kind:
            case BlockKind.TITLE:
                made.append(f"#align(center)[#text(size: 22pt)[{words}]]")
            case BlockKind.NUMBER | BlockKind.ANNEX_HEADING:
                made.append(f"#align(center)[{words}]")
            case BlockKind.SIGNATURE:
                made.append(f"#align(right)[{words}]")
            case BlockKind.RECIPIENTS:
                made.append(f"#par(first-line-indent: 0pt)[{words}]")
            case _:
                made.append(words)
    return pdf("\n\n".join(made))


def folded(text: str) -> str:
    """Return ``text`` without white space and with widths folded."""
    return squeezed(fold(text))
