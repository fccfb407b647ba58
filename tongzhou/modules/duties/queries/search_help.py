"""What to try when nothing fits: words that mean the same or sound the same, fewer conditions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from pypinyin import lazy_pinyin

from tongzhou.kernel.access import Actor
from tongzhou.modules.directives.public import DocumentFilter, count_clauses, seeking, tokens
from tongzhou.modules.duties.queries.duty_search import DutyFilter
from tongzhou.modules.duties.queries.search import Result, What, search

MOST = 8


@dataclass(frozen=True, slots=True)
class Try:
    """Other words to look for. ``instead_of`` is what they replace, empty when it is left out."""

    words: str
    term: str
    instead_of: str


@dataclass(frozen=True, slots=True)
class Help:
    """What would find something: ``alike`` words, ``fewer`` words, or no filters at all.

    ``unfiltered`` is how many hits there are without the filters, None if there are no filters.
    """

    alike: tuple[Try, ...]
    fewer: tuple[Try, ...]
    unfiltered: int | None


def help_with(result: Result, actor: Actor) -> Help:
    """Return what would find something where a wish found nothing, or not all of it."""
    terms = result.sought.wanted
    options = {
        term: [*seeking.synonyms(term.text), *sounding_like(term.text)]
        for term in terms
        if not term.exact
    }
    queries = {word: tokens.phrase(word) for words in options.values() for word in words}
    known = {word for word, count in count_clauses(queries, cap=1).items() if count}
    alike = [
        Try(_typed(terms, {term: word}), word, term.text)
        for term, words in options.items()
        for word in words
        if word in known
    ]
    fewer = []
    if len(terms) > 1:
        rest = {each.text: result.sought.without(each) for each in terms}
        counts = count_clauses({text: each.query() for text, each in rest.items()}, cap=1)
        fewer = [
            Try(_typed(rest[each.text].wanted), "", each.text)
            for each in terms
            if counts.get(each.text)
        ]
    wish = result.wish
    bare = replace(
        wish,
        what=What.ALL,
        documents=DocumentFilter(),
        duties=DutyFilter(),
        place=None,
        mine=False,
    )
    unfiltered = None if bare == wish else len(search(bare, actor, result.at))
    return Help(tuple(alike[:MOST]), tuple(fewer[:MOST]), unfiltered)


def _typed(terms: Iterable[seeking.Term], instead: dict[seeking.Term, str] | None = None) -> str:
    """Return terms as somebody would type them, some replaced."""
    changed = instead or {}
    return " ".join(
        changed.get(each) or (f"“{each.text}”" if each.exact else each.text) for each in terms
    )


@lru_cache(maxsize=1)
def _sounds() -> dict[tuple[str, ...], list[str]]:
    """Return the words of the search's lists by how they sound."""
    lists = tokens.params()
    words = {word for kind in ("same", "synonyms") for group in lists[kind] for word in group}
    found: dict[tuple[str, ...], list[str]] = {}
    for word in sorted({*words, *lists["terms"]}):
        found.setdefault(tuple(lazy_pinyin(word)), []).append(word)
    return found


def sounding_like(word: str) -> list[str]:
    """Return known words of two characters or more that sound like a word: 消独 → 消毒."""
    if len(word) < 2 or not tokens.fold(word).text:
        return []
    return [each for each in _sounds().get(tuple(lazy_pinyin(word)), []) if each != word]
