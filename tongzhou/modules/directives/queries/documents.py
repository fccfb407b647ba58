"""Reads of directives, their clauses as readers see them, and their errata."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import overload

from django.db.models import Count, Q, QuerySet

from tongzhou.base.errors import Missing
from tongzhou.kernel.database import rows
from tongzhou.modules.directives.models import Clause, Erratum, Expression
from tongzhou.modules.directives.rules import urns
from tongzhou.modules.directives.rules.typeset import typeset

SORTS = {
    "-issued": ("-directive__issued_on", "-pk"),
    "issued": ("directive__issued_on", "pk"),
    "title": ("title", "pk"),
    "issuer": ("directive__issuer", "-directive__issued_on", "pk"),
}


@dataclass(frozen=True, slots=True)
class ErratumRow:
    """A recognition error: the words as received, the reading, and why."""

    address: str
    as_received: str
    reading: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExpressionRow:
    """One wording of a directive, without its text. ``clauses`` counts the numbered ones.

    ``authority_id`` is the authority that issued the directive, as far as it is known here;
    ``previous_id`` the wording that this one amends, ``supplements_id`` the upper text that it
    refines or adds to.
    """

    id: int
    urn: str
    work: str
    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    recipients: tuple[str, ...]
    attachments: tuple[str, ...]
    source_note: str
    sha256: str
    published_at: datetime
    repealed_at: datetime | None
    clauses: int
    repealed_by: str = ""
    repeal_reason: str = ""
    effective_on: date | None = None
    expires_on: date | None = None
    previous_id: int | None = None
    supplements_id: int | None = None
    authority_id: int | None = None

    def has_expired(self, today: date) -> bool:
        """Tell whether the last day that the text gives itself has passed."""
        return self.expires_on is not None and self.expires_on < today


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause or a passage outside the numbering, with its errata applied.

    ``text`` is for reading, errata applied and with Chinese punctuation; ``received`` is as
    it came, the form that citations quote. ``parent`` is the address above, empty at the top.
    ``refines`` is the address of the upper text's clause that a supplement's clause refines.
    """

    id: int
    address: str
    label: str
    level: int
    kind: str
    parent: str
    text: str
    received: str
    errata: tuple[ErratumRow, ...]
    start: int
    end: int
    refines: str = ""


class Expressions(Sequence[ExpressionRow]):
    """A list of expressions that reads from the database only the page that is shown."""

    def __init__(self, found: "QuerySet[Expression]") -> None:
        self._found = found
        self._length: int | None = None

    def __len__(self) -> int:
        if self._length is None:
            self._length = self._found.count()
        return self._length

    @overload
    def __getitem__(self, index: int) -> ExpressionRow: ...

    @overload
    def __getitem__(self, index: slice) -> list[ExpressionRow]: ...

    def __getitem__(self, index: int | slice) -> ExpressionRow | list[ExpressionRow]:
        if isinstance(index, slice):
            return [_row(each) for each in self._found[index]]
        return _row(self._found[index])


def _base() -> "QuerySet[Expression]":
    return (
        Expression.objects.select_related("directive")
        .defer("source")
        .annotate(items=Count("clauses", filter=Q(clauses__kind="ITEM")))
    )


def _row(each: Expression) -> ExpressionRow:
    return ExpressionRow(
        id=each.pk,
        urn=each.urn,
        work=each.directive.urn,
        title=each.title,
        doc_number=each.directive.doc_number,
        issuer=each.directive.issuer,
        issued_on=each.directive.issued_on,
        recipients=tuple(each.recipients),
        attachments=tuple(item["title"] for item in each.attachments),
        source_note=each.source_note,
        sha256=each.sha256,
        published_at=each.published_at,
        repealed_at=each.repealed_at,
        clauses=getattr(each, "items", 0),
        repealed_by=each.repealed_by,
        repeal_reason=each.repeal_reason,
        effective_on=each.effective_on,
        expires_on=each.expires_on,
        previous_id=each.previous_id,
        supplements_id=each.supplements_id,
        authority_id=each.directive.authority_id,
    )


def list_expressions(
    *, search: str = "", issuer: str = "", year: int | None = None, sort: str = "-issued"
) -> Expressions:
    """Return the expressions that fit, newest first unless ``sort`` says otherwise.

    ``search`` looks for every word in title, number and issuer.
    """
    found = _base().order_by(*SORTS.get(sort, SORTS["-issued"]))
    for word in search.replace("\x00", "").split()[:8]:
        found = found.filter(
            Q(title__icontains=word)
            | Q(directive__doc_number__icontains=word)
            | Q(directive__issuer__icontains=word)
            | Q(urn__icontains=word)
        )
    if issuer:
        found = found.filter(directive__issuer=issuer)
    if year is not None:
        found = found.filter(directive__issued_on__year=year)
    return Expressions(found)


def list_issuers() -> list[str]:
    """Return the issuers that have a directive here."""
    return list(
        Expression.objects.values_list("directive__issuer", flat=True)
        .distinct()
        .order_by("directive__issuer")
    )


def list_years() -> list[int]:
    """Return the years in which directives were issued, latest first."""
    days = Expression.objects.filter(directive__issued_on__isnull=False).dates(
        "directive__issued_on", "year", order="DESC"
    )
    return [each.year for each in days]


def get_expression(expression_id: int) -> ExpressionRow:
    """Return one expression; Missing when there is none."""
    found = _base().filter(pk=expression_id).first()
    if found is None:
        raise Missing("没有这份文件。", code="directive-missing")
    return _row(found)


def find_expression(urn: str) -> ExpressionRow | None:
    """Return the expression with an URN, None if there is none."""
    found = _base().filter(urn=urn).first()
    return _row(found) if found else None


def list_wordings(work: str) -> list[ExpressionRow]:
    """Return the expressions of a directive, the latest first."""
    return [_row(each) for each in _base().filter(directive__urn=work).order_by("-urn", "-pk")]


def find_amended(expression_ids: Iterable[int]) -> frozenset[int]:
    """Return which expressions a later text amends."""
    found = Expression.objects.filter(previous_id__in=list(expression_ids), repealed_at=None)
    return frozenset(each for each in found.values_list("previous_id", flat=True) if each)


def list_supplements(work: str) -> list[ExpressionRow]:
    """Return the lower texts that refine or add to a wording of a directive, oldest first."""
    found = _base().filter(supplements__directive__urn=work)
    return [_row(each) for each in found.order_by("published_at", "pk")]


def find_same_text(sha256: str) -> ExpressionRow | None:
    """Return the expression whose text has this digest, None if there is none."""
    found = _base().filter(sha256=sha256).order_by("pk").first()
    return _row(found) if found else None


def get_source(expression_id: int) -> str:
    """Return the text exactly as received; Missing when there is no such expression."""
    found = Expression.objects.filter(pk=expression_id).values_list("source", flat=True).first()
    if found is None:
        raise Missing("没有这份文件。", code="directive-missing")
    return found


def list_errata(expression_id: int) -> list[ErratumRow]:
    """Return the errata of an expression in the order they were recorded."""
    return [
        ErratumRow(
            address=each.address,
            as_received=each.as_received,
            reading=each.reading,
            reason=each.reason,
        )
        for each in Erratum.objects.filter(expression_id=expression_id).order_by("pk")
    ]


def read(text: str, errata: Iterable[ErratumRow]) -> str:
    """Return words with the corrected readings in place of what was received."""
    for each in errata:
        text = text.replace(each.as_received, each.reading)
    return text


def list_clauses(expression_id: int) -> list[ClauseRow]:
    """Return the clauses and passages of an expression in the order of the text."""
    corrections: dict[str, list[ErratumRow]] = {}
    for erratum in list_errata(expression_id):
        corrections.setdefault(erratum.address, []).append(erratum)
    found = list(Clause.objects.filter(expression_id=expression_id).order_by("position"))
    addresses = {each.pk: each.address for each in found}
    return [
        ClauseRow(
            id=each.pk,
            address=each.address,
            label=each.label,
            level=each.level,
            kind=each.kind,
            parent=addresses.get(each.parent_id, "") if each.parent_id else "",
            text=typeset(read(each.text, corrections.get(each.address, ()))),
            received=each.text,
            errata=tuple(corrections.get(each.address, ())),
            start=each.start,
            end=each.end,
            refines=each.refines,
        )
        for each in found
    ]


def clause_texts(urn: str) -> dict[str, str]:
    """Return the texts of an expression's clauses by address, as received; empty when unknown."""
    return dict(
        Clause.objects.filter(expression__urn=urn).values_list("address", "text").order_by("pk")
    )


def propose_urn(issuer: str, doc_number: str, issued_on: date | None) -> str:
    """Return an address for a directive that nobody else has, empty when too little is known."""
    taken = set(
        Expression.objects.exclude(
            directive__doc_number=doc_number, directive__issuer=issuer
        ).values_list("directive__urn", flat=True)
    )
    return urns.propose_urn(
        urns.issuer_code(issuer, _place_codes(issuer)), doc_number, issued_on, taken
    )


def _place_codes(issuer: str) -> list[str]:
    """Return the codes of the region an issuer's name begins with, from the province down.

    Empty when the name begins with no region, or with one that several provinces have.
    """
    found = rows(
        """
        SELECT r.id, r.pinyin, p.name, c.pinyin
        FROM registry_region r
        JOIN registry_region p ON p.id = r.id / 10000 * 10000
        LEFT JOIN registry_region c
          ON c.id = r.id / 100 * 100 AND c.id %% 10000 <> 0 AND c.role <> 'GROUPING'
        WHERE r.id > 0 AND r.role <> 'GROUPING' AND r.valid_to IS NULL
          AND (starts_with(%(issuer)s, r.name) OR starts_with(%(issuer)s, p.name || r.name)
               OR starts_with(%(issuer)s, c.name || r.name)
               OR starts_with(%(issuer)s, p.name || c.name || r.name))
        """,
        {"issuer": issuer},
    )
    if not found:
        return []
    depths = {row[0]: (row[0] % 10_000 > 0) + (row[0] % 100 > 0) for row in found}
    deepest = [row for row in found if depths[row[0]] == max(depths.values())]
    if len(deepest) > 1:
        return []
    region, pinyin, province, city = deepest[0]
    codes = [urns.province_code(province) or "x"]
    if depths[region] == 2 and city:
        codes.append(urns.initials(city))
    if depths[region]:
        codes.append(urns.initials(pinyin))
    return codes
