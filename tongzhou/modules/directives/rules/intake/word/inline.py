"""The characters of a paragraph as they stand on paper."""

import re
from collections.abc import Iterable, Iterator

from tongzhou.modules.directives.rules.intake import notes
from tongzhou.modules.directives.rules.intake.symbols import symbol
from tongzhou.modules.directives.rules.intake.word.package import (
    Element,
    child,
    is_on,
    name_of,
    value,
)
from tongzhou.modules.directives.rules.intake.word.styles import Styles

_THROUGH = frozenset(
    (
        "w:hyperlink", "w:smartTag", "w:ins", "w:moveTo", "w:sdt", "w:sdtContent", "w:fldSimple",
        "w:customXml", "w:dir", "w:bdo",
    )
)  # fmt: skip
_GONE = frozenset(("w:del", "w:moveFrom"))
_NOTE_MARKS = {"w:footnoteReference": "footnotes", "w:endnoteReference": "endnotes"}
_PLAIN = {
    "w:tab": "\t",
    "w:ptab": "\t",
    "w:br": "\n",
    "w:cr": "\n",
    "w:noBreakHyphen": "-",
}
_PRIVATE = re.compile("[\uf020-\uf0ff]")
_BREAKS = re.compile(r"[\t\r\n]+")
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def alternative(element: Element) -> list[Element]:
    """Return the children of the reading of an alternative that says something."""
    fallback: list[Element] = []
    for each in element:
        name = name_of(each)
        if name == "mc:Choice" and any(_speaks(part) for part in each.iter()):
            return list(each)
        if name == "mc:Fallback":
            fallback = list(each)
    return fallback


def _speaks(element: Element) -> bool:
    return name_of(element) in ("w:t", "w:txbxContent", "pic:pic", "a:blip", "v:imagedata", "m:t")


class Inline:
    """Read runs; remember what is left over: boxes, pictures, notes at the foot of the page."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.notes: set[str] = set()
        self.pictures = 0
        self.boxes: list[Element] = []
        self.asides: dict[tuple[str, str], int] = {}  # part and id of footnotes, as mentioned
        self.known_asides: dict[str, set[str]] = {}
        self._fields: list[bool] = []  # for every open field whether its result has begun
        self._hidden = False

    def read(self, paragraph: Element, *, hidden: bool) -> str:
        """Return the text of a paragraph; ``hidden``: its style hides what does not object."""
        self.boxes = []
        self._hidden = hidden
        pieces: list[str] = []
        self._children(paragraph, pieces)
        self._fields = [shown for shown in self._fields if shown]
        return "".join(pieces)

    def _children(self, parent: Iterable[Element], out: list[str]) -> None:
        for each in parent:
            name = name_of(each)
            if name == "w:r":
                self._run(each, out)
            elif name in _THROUGH:
                if name in ("w:ins", "w:moveTo"):
                    self.notes.add(notes.CHANGES)
                self._children(each, out)
            elif name in _GONE:
                self.notes.add(notes.CHANGES)
            elif name == "mc:AlternateContent":
                self._children(alternative(each), out)
            elif name in ("m:oMath", "m:oMathPara"):
                out.extend(part.text or "" for part in each.iter() if name_of(part) == "m:t")
            elif name in ("w:drawing", "w:pict", "w:object"):
                self._drawing(each)

    def _is_hidden(self, run: Element) -> bool:
        properties = child(run, "w:rPr")
        if properties is None:
            return self._hidden
        own = is_on(child(properties, "w:vanish"))
        if own is not None:
            return own
        style = value(child(properties, "w:rStyle"))
        inherited = self.styles.of(style).hidden if style else None
        return self._hidden if inherited is None else inherited

    def _run(self, run: Element, out: list[str]) -> None:
        if self._is_hidden(run):
            if any(name_of(each) == "w:t" and (each.text or "").strip() for each in run):
                self.notes.add(notes.HIDDEN)
            for each in run:
                if name_of(each) == "w:fldChar":
                    self._field(each)
            return
        self._parts(run, out)

    def _parts(self, parts: Iterable[Element], out: list[str]) -> None:
        for each in parts:
            name = name_of(each)
            if name == "w:fldChar":
                self._field(each)
            elif not all(self._fields):
                continue
            elif name == "w:t":
                out.append(_words(each))
            elif name in _PLAIN:
                out.append(_PLAIN[name])
            elif name == "w:sym":
                out.append(_character(each))
            elif name in _NOTE_MARKS:
                out.append(self._aside(_NOTE_MARKS[name], value(each, "id") or ""))
            elif name in ("w:drawing", "w:pict", "w:object"):
                self._drawing(each)
            elif name == "mc:AlternateContent":
                self._parts(alternative(each), out)
            elif name == "w:ruby":
                base = child(each, "w:rubyBase")
                self._children(() if base is None else base, out)
            elif name == "w:commentReference":
                self.notes.add(notes.COMMENTS)

    def _field(self, mark: Element) -> None:
        match value(mark, "fldCharType"):
            case "begin":
                self._fields.append(False)
            case "separate" if self._fields:
                self._fields[-1] = True
            case "end" if self._fields:
                self._fields.pop()

    def _aside(self, part: str, number: str) -> str:
        if number not in self.known_asides.get(part, ()):
            return ""
        return f"[{self.asides.setdefault((part, number), len(self.asides) + 1)}]"

    def _drawing(self, element: Element) -> None:
        """Note boxes and pictures of a drawing; what stands for an older program counts once."""
        embedded = name_of(element) == "w:object"
        if embedded:
            self.notes.add(notes.OBJECTS)
        for each in _inside(element):
            name = name_of(each)
            if name == "w:txbxContent":
                self.boxes.append(each)
            elif name in ("pic:pic", "v:imagedata"):
                self.pictures += not embedded
            elif name == "a:graphicData" and each.get("uri", "").endswith(("/chart", "/diagram")):
                self.notes.add(notes.OBJECTS)


def _inside(element: Element) -> Iterator[Element]:
    """Yield what a drawing holds, one reading of each alternative, boxes unopened."""
    waiting = [element]
    while waiting:
        each = waiting.pop()
        name = name_of(each)
        yield each
        if name == "mc:AlternateContent":
            waiting.extend(reversed(alternative(each)))
        elif name != "w:txbxContent":
            waiting.extend(reversed(each))


def _words(element: Element) -> str:
    text = element.text or ""
    if element.get(_SPACE) != "preserve":
        text = text.strip(" \t\r\n")
    text = _BREAKS.sub(" ", text)
    return _PRIVATE.sub(lambda found: symbol(ord(found[0])), text)


def _character(element: Element) -> str:
    try:
        code = int(value(element, "char") or "", 16)
    except ValueError:
        return ""
    if code < 0x20 or code > 0xFFFF or 0xD800 <= code < 0xE000:
        return ""
    return symbol(code) if code < 0x100 or 0xF000 <= code < 0xF100 else chr(code)
