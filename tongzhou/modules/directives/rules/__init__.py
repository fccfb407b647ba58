"""Read an official document as received into a title, parties, a date and a tree of clauses.

``cleaning`` strips layout damage and remembers where every character stood; ``candidates`` finds
whatever could be a label; ``sequence`` keeps those that count on from each other; ``zones`` tells
head, body, signature and attachments apart; ``head`` and ``closing`` read title, number, parties
and dates; ``tree`` builds clauses, addresses and tiling blocks. Nothing here knows a particular
document: habits of the genre are word lists in ``params/parser.yaml``.
"""

from tongzhou.modules.directives.rules.decoding import decode, read_text
from tongzhou.modules.directives.rules.parser import parse
from tongzhou.modules.directives.rules.serial import to_json

__all__ = ["decode", "parse", "read_text", "to_json"]
