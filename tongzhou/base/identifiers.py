"""Check and make the identifiers by which social organisations are known.

Two numbers are used:

* the unified social credit code (统一社会信用代码, GB 32100-2015), 18 characters, with the
  organisation code of GB 11714 and its own check character inside it;
* the internal number of a filed community group (备案的社区社会组织), which is no legal person and
  therefore has no credit code: ``B`` + 6 region digits + 6 serial digits + check character.

Every failure is a typed :class:`CodeFault` that carries what was expected and what was found, so a
message can name both. Nothing here knows which regions exist or which authority registered
anybody; callers pass the region digits they expect.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from operator import getitem

from stdnum.cn import uscc

#: The 31 characters of GB 32100-2015: no I, O, Z, S or V, which look like 1, 0, 2, 5 and U.
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_LENGTH = 18
INTERNAL_LENGTH = 14

#: Characters the standard leaves out, and what a reader most probably meant.
LOOKALIKES = {"I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"}

#: Department 5 (civil affairs), class 1/2/3: the three forms of social organisation.
SOCIAL_CLASSES = frozenset({"51", "52", "53"})
#: Department 1 (机构编制), class 1: organs of state, among them the registration authorities.
AUTHORITY_CLASSES = frozenset({"11"})

_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_INNER_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
# GB 11714 counts letters through the full Latin alphabet (A = 10 … Z = 35), unlike GB 32100.
_INNER_VALUE = {character: int(character, 36) for character in ALPHABET}

# One table per position with the weight multiplied in: a check is seventeen look-ups and a sum.
_OUTER_TABLES = tuple(
    {character: value * weight for character, value in _VALUE.items()} for weight in _WEIGHTS
)
_INNER_TABLES = tuple(
    {character: value * weight for character, value in _INNER_VALUE.items()}
    for weight in _INNER_WEIGHTS
)
_OUTER_CHECK = {value: ALPHABET[(31 - value) % 31] for value in range(31)}
_INNER_CHECK = {value: "0123456789X0"[11 - value] for value in range(11)}


class CodeReason(StrEnum):
    """Why a number is not accepted; each has one message in the language of the reader."""

    EMPTY = "EMPTY"
    LENGTH = "LENGTH"
    ALPHABET = "ALPHABET"
    CLASS = "CLASS"
    REGION = "REGION"
    INNER_CHECK = "INNER_CHECK"
    OUTER_CHECK = "OUTER_CHECK"


@dataclass(frozen=True, slots=True)
class CodeFault:
    """Say what is wrong with a number.

    ``position`` counts from 1; ``found`` and ``expected`` are characters, digits or, for
    :attr:`CodeReason.LENGTH`, numbers of characters.
    """

    reason: CodeReason
    position: int = 0
    found: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class CreditCode:
    """Hold the parts of a credit code that passed every check."""

    code: str
    class_code: str
    region: str
    subject: str
    check: str


class InvalidCode(ValueError):
    """Carry the :class:`CodeFault` of a number that failed a check."""

    def __init__(self, fault: CodeFault) -> None:
        super().__init__(f"{fault.reason}: found {fault.found!r}, expected {fault.expected!r}")
        self.fault = fault


def compact_code(text: str) -> str:
    """Return a typed code in capitals, half-width, without spaces and hyphens."""
    if text.isascii() and text.isalnum() and len(text) == CODE_LENGTH:
        return text.upper()
    narrow = "".join(
        chr(ord(character) - 0xFEE0) if "！" <= character <= "～" else character
        for character in text.replace("\u3000", " ")
    )
    return uscc.compact(narrow)


def outer_check(first_seventeen: str) -> str:
    """Return the check character of GB 32100-2015 for the first seventeen characters."""
    return uscc.calc_check_digit(first_seventeen)


def inner_check(first_eight: str) -> str:
    """Return the check character of GB 11714 for the eight characters of an organisation code."""
    return _INNER_CHECK[sum(map(getitem, _INNER_TABLES, first_eight)) % 11]


def check_credit_code(
    code: str,
    *,
    classes: Collection[str] = SOCIAL_CLASSES,
    regions: Collection[str] | None = None,
) -> CodeFault | None:
    """Return the first fault of a compact credit code, or None when it is right.

    ``classes`` are the accepted first two characters. ``regions`` are the accepted digits 3-8, that
    is the registering authority's region and its predecessors; None accepts any six digits.
    Checks run from the coarse to the fine, so the message names the cause and not a consequence.
    """
    if len(code) != CODE_LENGTH:
        return _length_fault(code, CODE_LENGTH)
    try:
        outer = sum(map(getitem, _OUTER_TABLES, code)) % 31
        known_last = code[17] in _VALUE
    except KeyError:
        known_last = False
    if not known_last or not (code.isascii() and code[:8].isdigit()):
        return _alphabet_fault(code)
    if code[:2] not in classes:
        return CodeFault(CodeReason.CLASS, 1, code[:2], "/".join(sorted(classes)))
    if regions is not None and code[2:8] not in regions:
        return CodeFault(CodeReason.REGION, 3, code[2:8], "/".join(sorted(regions)))
    inner = _INNER_CHECK[sum(map(getitem, _INNER_TABLES, code[8:16])) % 11]
    if code[16] != inner:
        return CodeFault(CodeReason.INNER_CHECK, 17, code[16], inner)
    if code[17] != _OUTER_CHECK[outer]:
        return CodeFault(CodeReason.OUTER_CHECK, 18, code[17], _OUTER_CHECK[outer])
    return None


def parse_credit_code(
    text: str,
    *,
    classes: Collection[str] = SOCIAL_CLASSES,
    regions: Collection[str] | None = None,
) -> CreditCode:
    """Return the parts of a typed credit code, or raise :class:`InvalidCode` with the reason."""
    code = compact_code(text)
    fault = check_credit_code(code, classes=classes, regions=regions)
    if fault is not None:
        raise InvalidCode(fault)
    return CreditCode(code, code[:2], code[2:8], code[8:17], code[17])


def make_credit_code(class_code: str, region: str, serial: str) -> str:
    """Build a valid credit code from its class, six region digits and an eight-character serial.

    Used for invented organisations only. Raises ValueError on parts of the wrong shape.
    """
    if len(class_code) != 2 or len(region) != 6 or len(serial) != 8:
        raise ValueError("class_code, region and serial must have 2, 6 and 8 characters")
    first = f"{class_code}{region}{serial}{inner_check(serial)}"
    return first + outer_check(first)


def make_internal_number(county: str, serial: int) -> str:
    """Build the internal number of a filed group: ``B``, six region digits, serial, check.

    The check character is computed as in GB 32100, so it finds every single wrong character and
    every swap of two neighbours. Raises ValueError if the serial has more than six digits.
    """
    if len(county) != 6 or not county.isdigit() or not 0 <= serial <= 999_999:
        raise ValueError("county must have six digits and serial at most six")
    first = f"B{county}{serial:06d}"
    return first + _OUTER_CHECK[sum(map(getitem, _OUTER_TABLES, first)) % 31]


def check_internal_number(
    number: str, *, regions: Collection[str] | None = None
) -> CodeFault | None:
    """Return the first fault of an internal number, or None when it is right."""
    if len(number) != INTERNAL_LENGTH:
        return _length_fault(number, INTERNAL_LENGTH)
    if number[0] != "B":
        return CodeFault(CodeReason.CLASS, 1, number[0], "B")
    body = number[1:13]
    if not (body.isascii() and body.isdigit()) or number[13] not in _VALUE:
        return _alphabet_fault(number, digits=range(1, 13))
    if regions is not None and number[1:7] not in regions:
        return CodeFault(CodeReason.REGION, 2, number[1:7], "/".join(sorted(regions)))
    expected = _OUTER_CHECK[sum(map(getitem, _OUTER_TABLES, number[:13])) % 31]
    if number[13] != expected:
        return CodeFault(CodeReason.OUTER_CHECK, 14, number[13], expected)
    return None


def _length_fault(code: str, wanted: int) -> CodeFault:
    if not code:
        return CodeFault(CodeReason.EMPTY)
    return CodeFault(CodeReason.LENGTH, 0, str(len(code)), str(wanted))


def _alphabet_fault(code: str, digits: range = range(8)) -> CodeFault:
    """Name the first character that cannot stand where it stands."""
    for index, character in enumerate(code):
        digit_wanted = index in digits
        if character not in _VALUE or (digit_wanted and character not in "0123456789"):
            meant = LOOKALIKES.get(character.upper(), "")
            if digit_wanted and not meant.isdigit():
                meant = ""
            return CodeFault(CodeReason.ALPHABET, index + 1, character, meant)
    raise AssertionError(f"no wrong character in {code!r}")
