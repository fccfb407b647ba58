"""Page, styles and fonts of a .docx as GB/T 9704-2012 asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import _Footer
from docx.shared import Mm, Pt, RGBColor, Twips
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml.etree import _Element

from tongzhou.modules.directives.rules.exports.layout import Face

#: 22 lines on 225 mm, in twentieths of a point; 580 would leave 21 lines.
LINE = 579
#: One of 28 characters on 156 mm, in points: 16 pt wide, a quarter point closer.
CELL = 15.75
_CLOSER = -5
RED = "E60012"
_LEFT, _CENTER, _RIGHT, _BOTH = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)

FONTS: Mapping[str, str] = {
    Face.FANG: "仿宋_GB2312",
    Face.HEI: "黑体",
    Face.KAI: "楷体_GB2312",
    "title": "方正小标宋简体",
    "song": "宋体",
}
#: What stands in for a font that a machine lacks, for its font table.
_INSTEAD = {
    "仿宋_GB2312": "仿宋,FangSong,STFangsong,FZFangSong-Z02S,Noto Serif CJK SC",
    "黑体": "SimHei,STHeiti,Noto Sans CJK SC",
    "楷体_GB2312": "楷体,KaiTi,STKaiti,FZKai-Z03S,Noto Serif CJK SC",
    "方正小标宋简体": "FZXiaoBiaoSong-B05S,方正小标宋_GBK,小标宋,宋体,SimSun,Noto Serif CJK SC",
    "宋体": "SimSun,STSong,Noto Serif CJK SC",
}


@dataclass(frozen=True, slots=True)
class StyleSpec:
    """A paragraph style: ``indent`` in characters, ``size`` and ``cell`` in points.

    ``outline`` is the level in the navigation of the file, ``closer`` whether 28 characters go on
    a line, ``line`` the exact height in twentieths of a point.
    """

    name: str
    font: str = Face.FANG
    size: float = 16
    indent: int = 0
    align: WD_ALIGN_PARAGRAPH = _LEFT
    outline: int | None = None
    keep: bool = False
    closer: bool = True
    line: int = LINE
    color: str = ""


STYLES: Mapping[str, StyleSpec] = {
    "mark": StyleSpec("发文机关标志", "title", 46, 0, _CENTER, closer=False, color=RED),
    "number": StyleSpec("发文字号", align=_CENTER),
    "title": StyleSpec("公文标题", "title", 22, 0, _CENTER, 0, keep=True, closer=False),
    "subtitle": StyleSpec("公文副标题", Face.KAI, align=_CENTER, keep=True),
    "recipients": StyleSpec("主送机关", align=_BOTH),
    "body": StyleSpec("公文正文", indent=2, align=_BOTH),
    "chapter": StyleSpec("公文章节", Face.HEI, align=_CENTER, outline=1, keep=True),
    "level1": StyleSpec("公文一级标题", Face.HEI, indent=2, align=_BOTH, outline=1, keep=True),
    "level2": StyleSpec("公文二级标题", Face.KAI, indent=2, align=_BOTH, outline=2, keep=True),
    "level3": StyleSpec("公文三级标题", indent=2, align=_BOTH, outline=3, keep=True),
    "note": StyleSpec("附件说明"),
    "signed": StyleSpec("署名和日期", align=_RIGHT),
    "annex": StyleSpec("附件标记", Face.HEI, keep=True),
    "cell": StyleSpec("公文表格", size=12, closer=False, line=360),
    "record": StyleSpec("版记", size=14, closer=False, line=460),
    "page": StyleSpec("公文页码", "song", 14, closer=False, line=280),
}


def style_id(key: str) -> str:
    """Return the id by which paragraphs name a style."""
    return f"Gongwen{key.capitalize()}"


def set_page(file: Document) -> None:
    """Set A4, the margins, the grid of lines, and page numbers outside on either side."""
    section = file.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    grid = parse_xml(f"<w:docGrid {nsdecls('w')} w:type='lines' w:linePitch='{LINE}'/>")
    properties.append(grid)
    file.settings.odd_and_even_pages_header_footer = True
    for signs in file.settings.element.findall(qn("w:characterSpacingControl")):
        signs.set(qn("w:val"), "compressPunctuation")


def drop_thumbnail(file: Document) -> None:
    """Take the picture of somebody else's page out of the file."""
    links = file.part.package.rels
    for key in [key for key, link in links.items() if link.reltype.endswith("/thumbnail")]:
        del links[key]


def number_pages(file: Document) -> None:
    """Put “— 1 —” into the footers: odd pages on the right, even ones on the left, one off."""
    section = file.sections[0]
    _page_number(section.footer, _RIGHT)
    _page_number(section.even_page_footer, _LEFT)


def _page_number(footer: _Footer, align: WD_ALIGN_PARAGRAPH) -> None:
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    line.style = STYLES["page"].name
    line.alignment = align
    if align == _RIGHT:
        line.paragraph_format.right_indent = Pt(14)
    else:
        line.paragraph_format.left_indent = Pt(14)
    line.add_run("— ")
    field = line.add_run()._r
    for kind in ("begin", None, "separate", "text", "end"):
        if kind is None:
            field.append(parse_xml(f"<w:instrText {nsdecls('w')}>PAGE</w:instrText>"))
        elif kind == "text":
            field.append(parse_xml(f"<w:t {nsdecls('w')}>1</w:t>"))
        else:
            field.append(parse_xml(f"<w:fldChar {nsdecls('w')} w:fldCharType='{kind}'/>"))
    line.add_run(" —")


def make_styles(file: Document) -> None:
    """Give the file the styles of a directive, and its defaults."""
    normal = file.styles["Normal"]
    set_font(normal.element.get_or_add_rPr(), FONTS[Face.FANG])
    for language in file.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "zh-CN")
        language.set(qn("w:eastAsia"), "zh-CN")
    for key, spec in STYLES.items():
        style = file.styles.add_style(spec.name, WD_STYLE_TYPE.PARAGRAPH)
        style.element.styleId = style_id(key)
        style.base_style = normal
        style.quick_style = True
        style.font.size = Pt(spec.size)
        set_font(style.element.get_or_add_rPr(), FONTS[spec.font])
        if spec.color:
            style.font.color.rgb = RGBColor.from_string(spec.color)
        if spec.closer:
            size = style.element.get_or_add_rPr().find(qn("w:sz"))
            size.addprevious(_element("w:spacing", val=str(_CLOSER)))
        shape = style.paragraph_format
        shape.alignment = spec.align
        shape.space_before = shape.space_after = Pt(0)
        shape.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        shape.line_spacing = Twips(spec.line)
        shape.widow_control = False
        shape.keep_with_next = spec.keep
        properties = style.element.get_or_add_pPr()
        if spec.indent:
            shape.first_line_indent = Pt(CELL * spec.indent)
            properties.find(qn("w:ind")).set(qn("w:firstLineChars"), str(spec.indent * 100))
        for name in ("w:overflowPunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:snapToGrid"):
            if name != "w:snapToGrid" or spec.size > 16:  # a tall font would take two lines
                _insert(properties, _element(name, val="0"))
        if spec.outline is not None:
            _insert(properties, _element("w:outlineLvl", val=str(spec.outline)))


def exact(paragraph: Paragraph, height: int) -> None:
    """Give the lines of a paragraph an exact height in twentieths of a point."""
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    paragraph.paragraph_format.line_spacing = Twips(height)


def set_font(properties: _Element, name: str) -> None:
    """Set the font of Chinese and Latin text alike."""
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    fonts = _element("w:rFonts", ascii=name, eastAsia=name, hAnsi=name, cs=name)
    fonts.set(qn("w:hint"), "eastAsia")
    properties.insert(0, fonts)


def set_font_table(file: Document) -> None:
    """Name the fonts and what stands in for them."""
    listed = "".join(
        f"<w:font w:name='{name}'><w:altName w:val='{instead}'/><w:charset w:val='86'/>"
        f"<w:family w:val='auto'/><w:pitch w:val='default'/></w:font>"
        for name, instead in _INSTEAD.items()
    )
    head = "<?xml version='1.0' encoding='UTF-8' standalone='yes'?>"
    table = f"{head}\n<w:fonts {nsdecls('w')}>{listed}</w:fonts>"
    for part in file.part.package.iter_parts():
        if part.partname == "/word/fontTable.xml":
            part._blob = table.encode("utf-8")


def border_below(paragraph: Paragraph, color: str) -> None:
    """Draw a rule across the text area 4 mm below a paragraph."""
    edge = _element("w:bottom", val="single", sz="12", space="11", color=color)
    border = OxmlElement("w:pBdr")
    border.append(edge)
    _insert(paragraph._p.get_or_add_pPr(), border)


def at_foot(table: Table) -> None:
    """Put a table at the foot of the page it is on, between two strong rules."""
    properties = table._tbl.tblPr
    place = _element(
        "w:tblpPr",
        leftFromText="0",
        rightFromText="0",
        vertAnchor="margin",
        horzAnchor="margin",
        tblpXSpec="left",
        tblpYSpec="bottom",
    )
    edges = parse_xml(
        f"<w:tblBorders {nsdecls('w')}><w:top w:val='single' w:sz='8' w:space='0'/>"
        "<w:bottom w:val='single' w:sz='8' w:space='0'/>"
        "<w:insideH w:val='single' w:sz='6' w:space='0'/></w:tblBorders>"
    )
    style = properties.find(qn("w:tblStyle"))
    if style is not None:
        style.addnext(place)
    else:
        properties.insert(0, place)
    for name in ("w:tblLayout", "w:tblCellMar", "w:tblLook"):
        after = properties.find(qn(name))
        if after is not None:
            after.addprevious(edges)
            return
    properties.append(edges)


#: What follows in w:pPr, in the order of the schema, on what is put there by hand.
_ORDER = {
    qn(f"w:{name}"): place
    for place, name in enumerate(
        re.findall(
            r"\w+",
            "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr "
            "suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku wordWrap overflowPunct "
            "topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind "
            "contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
            "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
        )
    )
}


def _insert(properties: _Element, made: _Element) -> None:
    """Put a property where the schema wants it."""
    place = _ORDER[str(made.tag)]
    for at, child in enumerate(properties):
        if _ORDER.get(str(child.tag), 0) > place:
            properties.insert(at, made)
            return
    properties.append(made)


def _element(name: str, **attributes: str) -> _Element:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made
