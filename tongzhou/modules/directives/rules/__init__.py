"""Read an official document as received into a title, parties, a date and a tree of clauses.

``cleaning`` strips layout damage and remembers where every character stood, ``unwrap`` takes back
line breaks of a page width. ``candidates`` finds whatever could be a label, ``surroundings`` says
what speaks for it, ``sequence`` keeps those that count on from each other. ``head`` (with
``titles`` and ``addressees``) reads what stands before the body, ``closing`` (with ``signature``)
what follows it. ``tree`` builds clauses, addresses and tiling blocks, ``reading`` their text.
``proposals`` proposes duties from what was read.
Nothing here knows a particular document: habits of the genre are word lists in
``params/parser.yaml``.
"""

from tongzhou.modules.directives.rules.decoding import decode, read_text
from tongzhou.modules.directives.rules.intake import read_document, say
from tongzhou.modules.directives.rules.parser import parse
from tongzhou.modules.directives.rules.proposals import propose
from tongzhou.modules.directives.rules.serial import duties_to_json, to_json

__all__ = [
    "decode",
    "duties_to_json",
    "parse",
    "propose",
    "read_document",
    "read_text",
    "say",
    "to_json",
]
