"""Keep what the search reads of duties: title, quoted words, guide, and whom they bind."""

from collections.abc import Iterable
from typing import Any

from tongzhou.kernel.database import execute, rows
from tongzhou.modules.directives.public import tokens
from tongzhou.modules.duties.contracts import ORGANS
from tongzhou.modules.duties.models import Duty

_LACKING = """
SELECT DISTINCT library_id FROM duties_duty WHERE words IS NULL ORDER BY library_id
"""
_ALL = "SELECT id FROM duties_library ORDER BY id"


def fill_words(library_id: int) -> int:
    """Write the words of a library's duties anew; return how many duties there are.

    The title weighs most, then the quoted words and the guide, then whom the duty binds; the
    English title and guide are found as well.
    """
    ids: list[int] = []
    vectors: list[str] = []
    found = Duty.objects.filter(library_id=library_id)
    for pk, title, title_en, organ, spec, groups in found.values_list(
        "pk", "title", "title_en", "organ", "spec", "library__groups"
    ):
        guide = spec.get("guide") or ""
        zh, en = (guide.get("zh"), guide.get("en")) if isinstance(guide, dict) else (guide, "")
        body = f"{title}。{spec.get('quote', '')}。{zh or ''}"
        ids.append(pk)
        vectors.append(
            tokens.vector(
                f"{body}。{title_en}. {en or ''}",
                heading=title,
                above=_whom(organ, spec, groups),
            )
        )
    return execute(
        "UPDATE duties_duty y SET words = v.words::tsvector"
        " FROM unnest(%s::bigint[], %s::text[]) AS v(id, words) WHERE y.id = v.id",
        [ids, vectors],
    )


def _whom(organ: str, spec: dict[str, Any], groups: dict[str, dict[str, str]]) -> str:
    """Return the names of the organ and the groups that a duty binds."""
    named = [groups[code]["zh"] for code in spec["bearer"].get("groups", ()) if code in groups]
    if organ:
        named.append(ORGANS[organ].zh)
    return "。".join(named)


def refill_words(*, missing: bool = False) -> Iterable[tuple[int, int]]:
    """Write the words of all duties anew, one library after the other.

    ``missing`` takes only libraries that have duties without words. Yields each library with the
    number of its duties.
    """
    for (library_id,) in rows(_LACKING if missing else _ALL):
        yield library_id, fill_words(library_id)
