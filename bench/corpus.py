"""Invent a large library of directives, the same each time, straight into the tables.

Words are drawn from the shipped texts as often as they stand there, and from invented ones that
become rarer and rarer, so that a search meets both common and rare words, as it would in earnest.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from django.db import connection, transaction

CLAUSES = 10
RARE = 20_000
_TEXTS = Path(__file__).parent.parent / "tongzhou/modules/directives/data"
_KINDS = (("通知", "NOTICE"), ("指引", "GUIDE"), ("方案", "PLAN"), ("意见", "OPINION"))
_ISSUERS = tuple(f"{place}民政局" for place in ("广州市", "深圳市", "天河区", "福田区", "佛山市"))
_EPOCH = date(2010, 1, 1)


def _vocabulary(chance: random.Random) -> tuple[list[str], list[float]]:
    from tongzhou.modules.directives.rules.tokens import cut, fold

    counts: dict[str, float] = {}
    characters: list[str] = []
    for path in sorted(_TEXTS.glob("*.txt")):
        for word in cut(fold(path.read_text(encoding="utf-8")).text):
            if "\u4e00" <= word[0] <= "\u9fff":
                counts[word] = counts.get(word, 0) + 1
                characters.extend(word)
    common = sum(counts.values())
    for rank in range(1, RARE):
        word = "".join(chance.choices(characters, k=2))
        counts.setdefault(word, common / 4 / rank)
    return list(counts), list(accumulate(counts.values()))


def fill(documents: int, seed: int = 1) -> int:
    """Write invented directives with ten clauses each; return how many clauses there are."""
    from tongzhou.modules.directives.rules.tokens import vector

    chance = random.Random(seed)
    words, weights = _vocabulary(chance)

    def sentence(length: int) -> str:
        picked = chance.choices(words, cum_weights=weights, k=length)
        return "，".join("".join(picked[at : at + 6]) for at in range(0, length, 6)) + "。"

    def heads() -> Iterator[tuple[int, str, str, str, str, date, str]]:
        for number in range(documents):
            word, kind = chance.choice(_KINDS)
            title = f"关于{sentence(6)[:-1]}的{word}"
            issued = _EPOCH + timedelta(days=number * 5800 // documents)
            number_text = f"民函〔{issued.year}〕{number}号"
            yield number + 1_000_000, title, number_text, chance.choice(_ISSUERS), kind, issued, ""

    made = list(heads())
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(
            "COPY directives_directive (id, urn, title, doc_number, issuer, kind, issued_on)"
            " FROM STDIN"
        ) as copy:
            for pk, title, number, issuer, kind, issued, _ in made:
                copy.write_row((pk, f"cn/x/{pk}", title, number, issuer, kind, issued))
        with cursor.copy(
            "COPY directives_expression (id, directive_id, urn, title, source, sha256, source_note,"
            " recipients, attachments, published_at, format, repealed_by, repeal_reason)"
            " FROM STDIN"
        ) as copy:
            for pk, title, _number, _issuer, _kind, issued, note in made:
                at = datetime(issued.year, issued.month, issued.day, tzinfo=UTC)
                urn = f"cn/x/{pk}@{issued}"
                row = (pk, pk, urn, title, note, "", "", "[]", "[]", at, "txt", "", "")
                copy.write_row(row)
        with cursor.copy(
            "COPY directives_clause (id, expression_id, position, address, label, level, kind,"
            ' text, heading, refines, start, "end", words) FROM STDIN'
        ) as copy:
            for pk, title, number, issuer, *_ in made:
                for place in range(CLAUSES):
                    text = sentence(chance.randint(12, 90))
                    name = text[:6] if place % 4 == 0 else ""
                    head = f"{title}。{number}。{issuer}" if not place else ""
                    found = vector(text, heading=name, head=head)
                    clause = pk * CLAUSES + place
                    copy.write_row(
                        (clause, pk, place, str(place), "", 1, "ITEM", text, name, "", 0, 0, found)
                    )
        cursor.execute("ANALYZE directives_directive, directives_expression, directives_clause")
    return documents * CLAUSES
