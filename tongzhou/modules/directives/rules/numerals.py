"""Numbers as official documents write them: 二十一, 二〇二〇, 21, ①."""

DIGITS = {
    "〇": 0, "○": 0, "零": 0, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5,
    "六": 6, "七": 7, "八": 8, "九": 9, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5,
    "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_UNITS = {"十": 10, "百": 100, "拾": 10, "佰": 100}


def chinese_number(text: str) -> int | None:
    """Return the value of a Chinese numeral below 1000 (十一, 二十, 一百零五, 二一), or None.

    >>> chinese_number("二十一"), chinese_number("十"), chinese_number("一百零五")
    (21, 10, 105)
    """
    if not text or len(text) > 7:
        return None
    if not any(char in _UNITS for char in text):
        value = 0
        for char in text:
            if char not in DIGITS:
                return None
            value = value * 10 + DIGITS[char]
        return value if len(text) <= 3 and DIGITS[text[0]] else None
    total = 0
    digit: int | None = None
    ceiling = 1000
    for char in text:
        if char in _UNITS:
            unit = _UNITS[char]
            if unit >= ceiling or digit == 0:
                return None
            total += (1 if digit is None else digit) * unit
            digit, ceiling = None, unit
        elif char in DIGITS:
            if digit not in (None, 0):
                return None
            digit = DIGITS[char]
        else:
            return None
    return total + (digit or 0)


def plain_digits(text: str) -> str | None:
    """Return a year or other digit string written digit by digit (二〇二〇 → 2020), or None."""
    out = []
    for char in text:
        if char.isascii() and char.isdigit():
            out.append(char)
        elif char in "OoＯ":
            out.append("0")
        elif char in DIGITS:
            out.append(str(DIGITS[char]))
        else:
            return None
    return "".join(out)


# One-character labels: first code point, how many, first number.
_ENCLOSED = {
    "circled": ((0x2460, 20, 1), (0x2776, 10, 1), (0x2780, 10, 1), (0x3251, 15, 21)),
    "bracketed": ((0x2474, 20, 1),),
    "dotted": ((0x2488, 20, 1),),
    "bracketed_chinese": ((0x3220, 10, 1),),
}


def enclosed(char: str) -> tuple[str, int] | None:
    """Return (family, number) of a one-character label such as ①, ⑴, ⒈ or ㈠, or None."""
    code = ord(char)
    if code < 0x2460 or code > 0x325F:
        return None
    for family, ranges in _ENCLOSED.items():
        for first, count, number in ranges:
            if first <= code < first + count:
                return family, number + code - first
    return None
