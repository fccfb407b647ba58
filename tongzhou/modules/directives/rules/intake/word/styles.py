"""What a paragraph or a run inherits from its styles."""

from dataclasses import dataclass
from functools import cached_property

from tongzhou.modules.directives.rules.intake.word.package import (
    Element,
    child,
    is_on,
    name_of,
    number,
    value,
)

_DEEPEST = 30
_LEAST_TWIPS, _LEAST_CHARS = 200, 100  # twentieths of a point; hundredths of a character


@dataclass(frozen=True, slots=True)
class Inherited:
    """What a style says of numbering, indent, alignment and visibility; None: nothing."""

    num_id: str | None = None
    level: int | None = None
    numbered_by: str = ""  # the style that gave the numbering
    indented: bool | None = None
    aligned: str | None = None
    hidden: bool | None = None


_NOTHING = Inherited()


def indent_of(properties: Element | None) -> bool | None:
    """Say whether paragraph properties indent the first line; None when they do not say."""
    found = child(properties, "w:ind")
    if found is None:
        return None
    for name in ("hangingChars", "hanging"):
        if (number(value(found, name)) or 0) > 0:
            return False
    chars, twips = (number(value(found, name)) for name in ("firstLineChars", "firstLine"))
    if chars:
        return chars >= _LEAST_CHARS
    return twips >= _LEAST_TWIPS if twips is not None else None


def numbering_of(properties: Element | None) -> tuple[str | None, int | None]:
    """Return the numbering id and level that paragraph properties give."""
    found = child(properties, "w:numPr")
    level = number(value(child(found, "w:ilvl")))
    level = None if level is None else max(0, min(level, 8))
    return value(child(found, "w:numId")), level


class Styles:
    """The styles of a document."""

    def __init__(self, root: Element | None) -> None:
        self.styles: dict[str, Element] = {}
        self.default = ""
        self._known: dict[str, Inherited] = {}
        for each in () if root is None else root:
            if name_of(each) != "w:style":
                continue
            name = value(each, "styleId") or ""
            self.styles.setdefault(name, each)
            if value(each, "type") == "paragraph" and value(each, "default") in ("1", "true", "on"):
                self.default = self.default or name

    def of(self, name: str | None) -> Inherited:
        """Return what the style ``name`` says, with the styles it is based on."""
        key = name or self.default
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._resolve(key)
        return known

    def _resolve(self, name: str) -> Inherited:
        num_id: str | None = None
        level: int | None = None
        by = ""
        indented: bool | None = None
        aligned: str | None = None
        hidden: bool | None = None
        for _ in range(_DEEPEST):
            style = self.styles.get(name)
            if style is None:
                break
            properties = child(style, "w:pPr")
            own_id, own_level = numbering_of(properties)
            if num_id is None and own_id is not None:
                num_id, by = own_id, name
            level = own_level if level is None else level
            indented = indent_of(properties) if indented is None else indented
            aligned = aligned or value(child(properties, "w:jc"))
            switch = is_on(child(child(style, "w:rPr"), "w:vanish"))
            hidden = switch if hidden is None else hidden
            name = value(child(style, "w:basedOn")) or ""
        return Inherited(num_id, level, by, indented, aligned, hidden)

    @cached_property
    def numbering_styles(self) -> dict[str, str]:
        """Return the numbering id that each numbering style stands for."""
        found = {}
        for name, style in self.styles.items():
            if value(style, "type") == "numbering":
                num_id, _ = numbering_of(child(style, "w:pPr"))
                if num_id:
                    found[name] = num_id
        return found
