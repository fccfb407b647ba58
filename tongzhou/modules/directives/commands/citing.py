"""Find the documents that texts name among those that are held."""

from collections.abc import Iterable
from typing import NamedTuple

from tongzhou.kernel.database import rows
from tongzhou.modules.directives.models import Citation, Directive, Expression
from tongzhou.modules.directives.rules.citing import (
    Held,
    is_own,
    pick,
    sent_title,
    serial_of,
    short_names,
    tail,
    title_key,
)

#: A title without brackets, quotation marks and spaces, roughly as the rules compare it.
_PLAIN = "translate(lower({column}), '《》〈〉“”‘’\"「」『』() （）\t\n　', '')"
_HELD = f"""
SELECT id, title, doc_number, issuer, issued_on FROM directives_directive
WHERE (%(serial)s <> '' AND doc_number LIKE %(serial)s)
   OR (%(tail)s <> '' AND {_PLAIN.format(column="title")} LIKE %(tail)s)
"""  # noqa: S608 - a fixed expression
_NAMING = f"""
SELECT c.id, c.expression_id, e.title, c.title, c.doc_number
FROM directives_citation c JOIN directives_expression e ON e.id = c.expression_id
WHERE c.target_id IS NULL AND e.directive_id <> %(own)s
  AND ((%(serial)s <> '' AND c.doc_number LIKE %(serial)s)
       OR (%(tail)s <> '' AND {_PLAIN.format(column="c.title")} LIKE %(tail)s))
"""  # noqa: S608 - a fixed expression


class _Named(NamedTuple):
    id: int
    title: str
    number: str
    end: int
    target: int | None


def find_cited(expression_id: int) -> int:
    """Point citations to the documents they name; return how many were found.

    Called whenever a text is loaded, in its transaction: what it names may be held already, and it
    may be what other texts named before it was held. A document never cites itself.
    """
    work = Expression.objects.select_related("directive").get(pk=expression_id).directive
    found = 0
    named = _named(expression_id)
    known = {each.target for each in named if each.target}
    # Those with a number first: they tell which of several with one title is meant.
    for each in sorted(named, key=lambda each: not each.number):
        if each.target is not None or is_own(each.title, work.title):
            continue
        held = [Held(*row) for row in rows(_HELD, _rough(each.title, each.number))]
        target = pick(each.title, each.number, work.issued_on, held, known)
        if target is not None and target != work.pk:
            known.add(target)
            found += Citation.objects.filter(pk=each.id).update(target_id=target)
    found += _follow_short_names([expression_id])
    found += _find_naming(work)
    return found


def _find_naming(work: Directive) -> int:
    """Point what other texts named to a document that came now, however they call it."""
    newcomer = [Held(work.pk, work.title, work.doc_number, work.issuer, work.issued_on)]
    found, touched = 0, set()
    for name in filter(None, (work.title, sent_title(work.title))):
        for pk, citing, own_title, title, number in rows(
            _NAMING, {"own": work.pk, **_rough(name, work.doc_number)}
        ):
            if is_own(title, own_title) or pick(title, number, None, newcomer) is None:
                continue
            found += Citation.objects.filter(pk=pk).update(target_id=work.pk)
            touched.add(citing)
    return found + _follow_short_names(touched)


def _rough(title: str, number: str) -> dict[str, str]:
    end = tail(title)
    return {"serial": serial_of(number) if number else "", "tail": f"%{end}%" if end else ""}


def _named(expression_id: int) -> list[_Named]:
    found = Citation.objects.filter(expression_id=expression_id).order_by("start")
    return [
        _Named(*row) for row in found.values_list("pk", "title", "doc_number", "end", "target_id")
    ]


def _follow_short_names(expression_ids: Iterable[int]) -> int:
    """Let a short name (以下简称《通知》) point where its full name points."""
    found = 0
    for expression_id in expression_ids:
        named = _named(expression_id)
        lacking = [each for each in named if each.target is None and each.title]
        if not lacking:
            continue
        source = Expression.objects.values_list("source", flat=True).get(pk=expression_id)
        full = short_names(source, [(each.end, each.title) for each in named])
        targets = {
            title_key(each.title): each.target for each in named if each.target and each.title
        }
        for each in lacking:
            target = targets.get(full.get(title_key(each.title), ""))
            if target is not None:
                found += Citation.objects.filter(pk=each.id).update(target_id=target)
    return found
