"""Keep what the search reads: the words of clauses, in step with their text and errata."""

from collections.abc import Iterable

from django.db.models import F

from tongzhou.kernel.database import execute, rows
from tongzhou.modules.directives.models import Clause, Erratum, Expression
from tongzhou.modules.directives.rules.tokens import vector

#: A heading above a clause is as long as this at most; longer text is a clause of its own.
LONGEST_HEADING = 60
BATCH = 1_000
#: Kinds of passage whose text is not searched: who signed stands in the head already.
_UNREAD = frozenset({"SIGNATURE"})
_ALL = "SELECT id FROM directives_expression ORDER BY id"
_LACKING = """
SELECT DISTINCT expression_id FROM directives_clause WHERE words IS NULL ORDER BY expression_id
"""


def fill_words(expression_id: int) -> int:
    """Write the words of an expression's clauses anew; return how many clauses there are.

    Words are those of the text as readers see it, the words as received where an erratum replaced
    them, and the headings above. The first clause also carries title, number and issuer.
    """
    head = (
        Expression.objects.filter(pk=expression_id)
        .values_list("title", F("directive__doc_number"), F("directive__issuer"))
        .first()
    )
    errata: dict[str, list[tuple[str, str]]] = {}
    for address, received, reading in Erratum.objects.filter(
        expression_id=expression_id
    ).values_list("address", "as_received", "reading"):
        errata.setdefault(address, []).append((received, reading))
    above: dict[int, str] = {}
    ids: list[int] = []
    vectors: list[str] = []
    found = Clause.objects.filter(expression_id=expression_id).order_by("position")
    for place, each in enumerate(
        found.values("pk", "parent_id", "address", "kind", "text", "heading")
    ):
        text = each["text"]
        replaced = errata.get(each["address"], ())
        for received, reading in replaced:
            text = text.replace(received, reading)
        higher = above.get(each["parent_id"] or 0, "")
        name = each["heading"] or (text if len(text) <= LONGEST_HEADING else "")
        above[each["pk"]] = f"{higher}。{name}" if name else higher
        ids.append(each["pk"])
        vectors.append(
            vector(
                "" if each["kind"] in _UNREAD else text,
                heading=each["heading"],
                above="。".join([higher, *(received for received, _ in replaced)]),
                head="。".join(head) if head and not place else "",
            )
        )
    for start in range(0, len(ids), BATCH):
        part = slice(start, start + BATCH)
        execute(
            "UPDATE directives_clause c SET words = v.words::tsvector"
            " FROM unnest(%s::bigint[], %s::text[]) AS v(id, words) WHERE c.id = v.id",
            [ids[part], vectors[part]],
        )
    return len(ids)


def refill_words(*, missing: bool = False) -> Iterable[tuple[int, int]]:
    """Write the words of all clauses anew, one expression after the other.

    ``missing`` takes only expressions that have clauses without words. Yields each expression with
    the number of its clauses, so that a caller can commit and tell how far it is.
    """
    for (expression_id,) in rows(_LACKING if missing else _ALL):
        yield expression_id, fill_words(expression_id)
