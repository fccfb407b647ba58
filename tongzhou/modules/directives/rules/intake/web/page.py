"""Walk the markup of a page and write down what a browser shows."""

import email
import email.message
import re
from dataclasses import dataclass, field

from lxml import etree

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.contracts import Received
from tongzhou.modules.directives.rules.decoding import decode
from tongzhou.modules.directives.rules.intake import notes, refusals
from tongzhou.modules.directives.rules.intake.counting import written
from tongzhou.modules.directives.rules.intake.flow import Grid, Line, is_table, lay_out
from tongzhou.modules.directives.rules.intake.web.choice import Item, choose, size_of
from tongzhou.modules.directives.rules.intake.words import names, words

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([\w.:-]{2,30})""")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CHINESE = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030",
    "csgb2312": "gb18030", "cp936": "gb18030", "hz-gb-2312": "hz", "big5": "big5hkscs",
    "x-x-big5": "big5hkscs", "unicode": "utf-8", "utf8": "utf-8", "utf-16": "utf-8",
}  # fmt: skip
#: The encodings that pages are written in. Python knows others by name that are none, such as
#: punycode, which takes hours over a page.
_ENCODINGS = frozenset(
    (
        "utf-8", "gb18030", "hz", "big5", "big5hkscs", "big5-hkscs", "ascii", "us-ascii",
        "iso-8859-1", "iso-8859-15", "windows-1252", "windows-1251", "koi8-r", "shift_jis",
        "euc-jp", "iso-2022-jp", "euc-kr", "utf-16le", "utf-16be", "utf-32",
    )
)  # fmt: skip
_INLINE = re.compile(
    rb"</?(?:span|font|b|i|u|strong|em|small|big|label|o:p|st1:\w{1,30})(?:\s[^<>]{0,4000})?>",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE
)
_INDENT = re.compile(r"text-indent\s*:\s*([\d.]{1,8})\s*(em|pt|px|cm|mm|in|rem)", re.IGNORECASE)
_POINTS = {"em": 12, "rem": 12, "pt": 1, "px": 0.75, "cm": 28.3, "mm": 2.83, "in": 72}
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BREAK = "\x0b"
_TITLES = frozenset(("articletitle", "og:title", "title"))
_HEADINGS = frozenset(("h1", "h2", "h3"))


def read_web(data: bytes, *, archived: bool = False) -> Received:
    """Return the document on a page; ``archived``: the page is wrapped in a mail (MHTML)."""
    declared = ""
    if archived:
        data, declared = _unwrapped(data)
    page = _Walk()
    page.walk(_tree(_decoded(data, declared)))
    kept, dropped = choose(page.items, page.elements, page.titles)
    text, tables = lay_out([item.block for item in kept])
    pictures = 0
    if kept:
        first, last = kept[0].place, kept[-1].place
        pictures = sum(1 for place in page.pictures if first <= place <= last + 1)
    said = [notes.CHANGES] if page.deleted else []
    said += [notes.HIDDEN] if page.hidden else []
    said += [notes.SITE] if dropped else []
    if pictures:
        said.append(notes.note(notes.PICTURES, count=pictures))
    return Received(text, "html", tables, tuple(said))


def _unwrapped(data: bytes) -> tuple[bytes, str]:
    """Return the page in a mail and the encoding the mail names for it."""
    try:
        for part in email.message_from_bytes(data).walk():
            if part.get_content_type() == "text/html":
                body = part.get_payload(decode=True)
                if isinstance(body, bytes):
                    return body, str(part.get_content_charset() or "")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise refusals.broken() from error
    raise refusals.broken()


def _decoded(data: bytes, declared: str) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff")
    found = _CHARSET.search(data[:8192]) or _DECLARED.match(data)
    name = (declared or (found[1].decode("ascii", "replace") if found else "")).lower()
    name = _CHINESE.get(name, name)
    if name not in _ENCODINGS:
        name = ""
    try:
        return data.decode(name) if name else decode(data)
    except (LookupError, ValueError):
        pass
    try:
        return decode(data)
    except Refusal:
        try:
            text = data.decode(name or "utf-8", "replace")
        except LookupError as error:
            raise refusals.broken() from error
        if text.count("\ufffd") * 50 > len(text):
            raise
        return text


def _tree(text: str) -> "etree._Element":
    data = text.replace("\x00", "").encode("utf-8", "replace")
    if data.count(b"<") > refusals.MOST_TAGS:
        raise refusals.too_much_markup()
    for attempt in (data, None):
        parser = etree.HTMLParser(
            encoding="utf-8",
            no_network=True,
            huge_tree=True,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            root = etree.fromstring(_INLINE.sub(b"", data) if attempt is None else data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise refusals.empty() from error
        if not any("Excessive depth" in (each.message or "") for each in parser.error_log):
            if root is None:
                raise refusals.empty()
            return root
    raise refusals.too_tangled()


@dataclass(slots=True)
class _Table:
    """A table under way; what its cells hold goes to the page when it is none."""

    rows: list[list[list[Item]]] = field(default_factory=list)
    framed: bool = True


@dataclass(slots=True)
class _List:
    ordered: bool
    style: str
    next: int
    step: int


class _Walk:
    def __init__(self) -> None:
        self.items: list[Item] = []
        self.elements: list[tuple[int, int]] = []
        self.titles: list[str] = []
        self.pictures: list[int] = []
        self.deleted = False
        self.hidden = False
        self._place = self._cells = 0
        self._opened: list[tuple[str, int]] = []
        self._tables: list[_Table] = []
        self._lists: list[_List] = []
        self._pieces: list[str] = []
        self._links = 0
        self._in_links = 0
        self._preserved = 0
        self._label = ""
        self._indented = False
        self._heading = False

    def walk(self, root: "etree._Element") -> None:
        """Go through the page once; no depth of markup costs more than its length."""
        for element in root.iter("title", "meta"):
            name = (element.get("name") or element.get("property") or "").lower()
            if element.tag == "title":
                self.titles.append("".join(map(str, element.itertext())))
            elif name in _TITLES:
                self.titles.append(element.get("content") or "")
        skipped: etree._Element | None = None
        for event, element in etree.iterwalk(root, events=("start", "end")):
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                if skipped is not None:
                    continue
                if self._is_dropped(element, tag):
                    skipped = element
                    continue
                self._start(element, tag)
                self._text(element.text)
            else:
                if skipped is None:
                    self._end(element, tag)
                elif skipped is element:
                    skipped = None
                if skipped is None:
                    self._text(element.tail)
        self._flush()

    def _is_dropped(self, element: "etree._Element", tag: str) -> bool:
        if tag in names("dropped_elements"):
            self.deleted = self.deleted or tag == "del"
            return True
        style = element.get("style") or ""
        if element.get("hidden") is not None or _HIDDEN.search(style):
            self.hidden = self.hidden or "mso-hide" in style.lower()
            return True
        return (
            tag == "header"
            and not any(each.tag in ("article", "main") for each in element.iterancestors())
            and element.find(".//h1") is None
        )

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self._preserved:
            text = text.replace("\r\n", "\n").replace("\n", _BREAK)
        self._pieces.append(text)
        if self._in_links:
            self._links += len("".join(text.split()))

    def _start(self, element: "etree._Element", tag: str) -> None:
        if tag == "br":
            self._pieces.append(_BREAK)
            return
        if tag == "img":
            if _large(element):
                self.pictures.append(self._place)
            return
        if tag == "a":
            self._in_links += element.get("href") is not None
            return
        if tag not in names("block_elements"):
            return
        self._flush()
        self._opened.append((tag, self._place))
        style = element.get("style") or ""
        match tag:
            case "table":
                self._tables.append(_Table(framed=element.get("border") != "0"))
            case "tr" if self._tables:
                self._tables[-1].rows.append([])
            case "td" | "th" if self._tables:
                if not self._tables[-1].rows:
                    self._tables[-1].rows.append([])
                self._tables[-1].rows[-1].append([])
                self._cells += 1
                if self._cells > refusals.MOST_LINES:
                    raise refusals.too_much_markup()
            case "ol" | "ul":
                self._lists.append(_list(element, tag, style))
            case "li":
                self._label = self._next_label(element)
            case "pre":
                self._preserved += 1
        indent = _INDENT.search(style)
        if indent is not None:
            self._indented = _points(indent) >= 12
        self._heading = tag in _HEADINGS or (self._heading and tag not in ("p", "td", "table"))

    def _end(self, element: "etree._Element", tag: str) -> None:
        if tag == "a":
            self._in_links -= element.get("href") is not None
            return
        if tag not in names("block_elements"):
            return
        self._flush(closing=tag in ("p", "div", "li", "td"))
        while self._opened:  # the parser closes in order; nothing stays open behind
            opened, begin = self._opened.pop()
            if self._place > begin:
                self.elements.append((begin, self._place))
            if opened == tag:
                break
        self._indented = self._heading = False
        if tag == "table" and self._tables:
            self._close_table()
        elif tag in ("ol", "ul") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._preserved -= 1
        elif tag == "li":
            self._label = ""

    def _close_table(self) -> None:
        table = self._tables.pop()
        grid = Grid([[[item.block for item in cell] for cell in row] for row in table.rows])
        grid.framed = table.framed
        nested = any(isinstance(block, Grid) for row in grid.rows for cell in row for block in cell)
        if not nested and is_table(grid):
            links = sum(item.links for row in table.rows for cell in row for item in cell)
            self._put(Item(grid, self._place, size_of(grid), links))
            return
        for row in table.rows:
            single = len(row) > 1 and all(sum(1 for item in cell if item.size) <= 1 for cell in row)
            found = [item for cell in row for item in cell]
            if single and not nested and sum(1 for item in found if item.size) > 1:
                filled = [item for item in found if item.size]
                joined = Line("\t".join(item.text for item in filled))
                self._put(
                    Item(
                        joined,
                        filled[0].place,
                        sum(item.size for item in filled),
                        sum(item.links for item in filled),
                    ),
                    counted=True,
                )
                continue
            for item in found:
                self._put(item, counted=True)

    def _put(self, item: Item, *, counted: bool = False) -> None:
        """Give an item to the cell that is open, or to the page."""
        if not counted:
            self._place += 1
            if self._place > refusals.MOST_LINES:
                raise refusals.too_much_markup()
        for table in self._tables[-1:]:
            if not table.rows or not table.rows[-1]:
                table.rows.append([[]])
            table.rows[-1][-1].append(item)
            return
        self.items.append(item)

    def _next_label(self, element: "etree._Element") -> str:
        if not self._lists:
            return ""
        held = self._lists[-1]
        if not held.ordered:
            return "" if held.style == "none" else "• "
        given = element.get("value") or ""
        number = int(given) if re.fullmatch(r"-?\d{1,6}", given) else held.next
        held.next = number + held.step
        own = _LIST_STYLE.search(element.get("style") or "")
        known = words("list_styles").get(own[1].lower() if own else held.style)
        style, after = known or ("decimal", ".")
        label = written(number, style) + after
        return label + (" " if after == "." else "")

    def _flush(self, *, closing: bool = False) -> None:
        pieces, self._pieces = self._pieces, []
        links, self._links = self._links, 0
        if not pieces:
            return
        text = _SPACES.sub(_collapsed, "".join(pieces)) if not self._preserved else "".join(pieces)
        if not text.strip(" \t\r\n\f"):
            return
        lines = text.split(_BREAK)
        if len(lines) > 1 and not lines[-1].strip():
            lines.pop()
        indented = self._indented
        for line in lines:
            bare = line.strip(" \t\r\n\f")
            wide = bare.startswith("\xa0\xa0") and bool(bare.strip())
            shown = bare.replace("\xa0", " ").strip(" ")
            label, self._label = (self._label, "") if shown else ("", self._label)
            size = len("".join(shown.split()))
            self._put(
                Item(
                    Line(label + shown, indented or wide),
                    self._place,
                    size,
                    min(links, size),
                    self._heading,
                )
            )
            links = max(0, links - size)
            indented = False


def _collapsed(found: re.Match[str]) -> str:
    """Return what white space of the source shows as: nothing between Chinese characters."""
    space, text = found[0], found.string
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    if "\n" in space and before > "\u2e7f" and after > "\u2e7f":
        return ""
    return " "


def _list(element: "etree._Element", tag: str, style: str) -> _List:
    given = _LIST_STYLE.search(style)
    kind = given[1].lower() if given else (element.get("type") or "decimal")
    start = element.get("start") or ""
    backwards = element.get("reversed") is not None
    first = int(start) if re.fullmatch(r"-?\d{1,6}", start) else 1
    return _List(tag == "ol", kind, first, -1 if backwards else 1)


def _points(indent: re.Match[str]) -> float:
    try:
        return float(indent[1]) * _POINTS[indent[2].lower()]
    except ValueError:
        return 0.0


def _large(element: "etree._Element") -> bool:
    """Say whether a picture is large enough to hold words; one without a size may be."""
    sizes = [element.get(name) or "" for name in ("width", "height")]
    return all(int(size) >= 100 if size.isdigit() and len(size) < 6 else True for size in sizes)
