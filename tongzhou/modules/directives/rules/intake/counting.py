"""Write a number the way Word and browsers number paragraphs (ECMA-376 part 1, 17.18.59)."""

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_LEGAL_OLD = "零壹貳參肆伍陸柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = (
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
    (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
)  # fmt: skip
_LARGEST = 100_000


def _in_words(number: int, digits: str, units: tuple[str, str, str, str], *, one: bool) -> str:
    """Return a number below 100,000 in words; ``one``: a leading ten keeps its 一."""
    zero = "零"
    out, pending = "", False
    for power in (4, 3, 2, 1, 0):
        digit = number // 10**power % 10
        if digit:
            out += (zero if pending and out else "") + digits[digit]
            out += ("", *units)[power]
            pending = False
        else:
            pending = bool(out)
    if not one and 10 <= number < 20:
        return out[1:]
    return out or zero


def _thousand(number: int) -> str:
    return _in_words(number, _DIGITS, ("十", "百", "千", "万"), one=False)


def _positional(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _counting(number: int) -> str:
    return _thousand(number) if number < 100 else _positional(number)


def _japanese(number: int) -> str:
    text = _thousand(number).replace("零", "")
    return text.replace("一十", "十").replace("一百", "百").replace("一千", "千")


def _legal(number: int) -> str:
    return _in_words(number, _LEGAL, ("拾", "佰", "仟", "万"), one=True)


def _legal_old(number: int) -> str:
    return _in_words(number, _LEGAL_OLD, ("拾", "佰", "仟", "萬"), one=True)


def _from(letters: str) -> Callable[[int], str]:
    return lambda number: letters[number - 1] if number <= len(letters) else str(number)


def _sequence(first: int, count: int) -> str:
    return "".join(map(chr, range(first, first + count)))


def _letters(number: int) -> str:
    """Return a, b … z, aa, bb … as Word goes on."""
    times, place = divmod(number - 1, 26)
    return chr(ord("A") + place) * min(times + 1, 30)


def _roman(number: int) -> str:
    out = ""
    for value, sign in _ROMAN:
        out += sign * (number // value)
        number %= value
    return out


_CIRCLES = _sequence(0x2460, 20) + _sequence(0x3251, 15) + _sequence(0x32B1, 15)
_WIDE = {ord(digit): chr(0xFF10 + int(digit)) for digit in "0123456789"}
_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": lambda number: str(number).translate(_WIDE),
    "decimalFullWidth2": lambda number: str(number).translate(_WIDE),
    "numberInDash": lambda number: f"- {number} -",
    "decimalEnclosedCircle": _from(_CIRCLES),
    "decimalEnclosedCircleChinese": _from(_CIRCLES),
    "decimalEnclosedParen": _from(_sequence(0x2474, 20)),
    "decimalEnclosedFullstop": _from(_sequence(0x2488, 20)),
    "ideographEnclosedCircle": _from(_sequence(0x3280, 10)),
    "ideographTraditional": _from(_STEMS),
    "ideographZodiac": _from(_BRANCHES),
    "ideographDigital": _positional,
    "taiwaneseDigital": _positional,
    "japaneseDigitalTenThousand": _positional,
    "chineseCounting": _counting,
    "taiwaneseCounting": _counting,
    "chineseCountingThousand": _thousand,
    "taiwaneseCountingThousand": _thousand,
    "japaneseCounting": _japanese,
    "chineseLegalSimplified": _legal,
    "ideographLegalTraditional": _legal_old,
    "japaneseLegal": _legal_old,
    "upperLetter": _letters,
    "lowerLetter": lambda number: _letters(number).lower(),
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
    "none": lambda number: "",
}


def written(number: int, style: str) -> str:
    """Return ``number`` in a numbering style of Word; an unknown style gives plain digits."""
    if style != "none" and not 0 < number < _LARGEST:
        return str(number)
    return _FORMATS.get(style, str)(number)
