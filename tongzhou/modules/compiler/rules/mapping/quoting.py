"""Quotes as a duty library wants them: words of the clause that occur in it just once."""


def widen(quote: str, clause: str, at: int | None = None) -> str:
    """Return a quote that stands just once in its clause: the given one, or with its neighbours.

    Both texts without white space; ``at`` is where the quote stands, when it is known. A quote
    that is not in the clause comes back as it is.

    >>> widen("要上报", "发现的要上报。来访的要上报。", at=10)
    '来访的要上报'
    """
    if not quote or clause.count(quote) <= 1:
        return quote
    start = clause.find(quote) if at is None or not clause.startswith(quote, at) else at
    end = start + len(quote)
    while clause.count(clause[start:end]) > 1:
        wider = _border(clause, start, -1)
        if wider == start:
            after = _border(clause, end, 1)
            if after == end:
                break
            end = after
        else:
            start = wider
    return clause[start:end]


def _border(text: str, place: int, step: int) -> int:
    """Return the next border of a part of a sentence, going left or right from a place."""
    stops = "，,。；;：:！？"
    index = place
    if step < 0:
        while index > 0 and text[index - 1] in stops:
            index -= 1
        while index > 0 and text[index - 1] not in stops:
            index -= 1
        return index
    while index < len(text) and text[index] in stops:
        index += 1
    while index < len(text) and text[index] not in stops:
        index += 1
    return index
