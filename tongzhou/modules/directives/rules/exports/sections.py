"""Part the passages of a document into its body and its attachments."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tongzhou.modules.directives.rules.exports.document import BODY
from tongzhou.modules.directives.rules.passages import Passage


@dataclass(slots=True)
class Section:
    """The body (number 0) or an attachment: the positions of its passages in the document."""

    number: int
    positions: list[int] = field(default_factory=list)


def sections(passages: Sequence[Passage]) -> list[Section]:
    """Return body and attachments; a heading begins one, and so does text behind a signature."""
    found = [Section(0)]
    signed = False
    for position, each in enumerate(passages):
        begins = each.kind == "HEADING" or (signed and found[-1].number == 0 and each.kind in BODY)
        if begins:
            found.append(Section(len(found)))
        found[-1].positions.append(position)
        signed = signed or each.kind == "SIGNATURE"
    return found
