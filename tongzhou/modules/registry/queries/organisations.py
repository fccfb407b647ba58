"""Read organisations: lists with search, filters and order, and everything about one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Collate, Replace

from tongzhou.base.errors import Missing
from tongzhou.kernel.access import Actor
from tongzhou.kernel.models import AuditLine
from tongzhou.modules.registry.contracts import Form, OrganKind, Status
from tongzhou.modules.registry.models import (
    Organ,
    Organisation,
    OrganisationAttribute,
    Region,
)
from tongzhou.modules.registry.rules.attributes import (
    ORGAN_BITS,
    attribute_kinds,
    attributes_of,
    organs_of,
)
from tongzhou.modules.registry.rules.regions import span

SORTS = {
    "name": ("pinyin", "id"),
    "-name": ("-pinyin", "-id"),
    "code": ("code", "id"),
    "-code": ("-code", "-id"),
    "established": ("established_on", "id"),
    "-established": ("-established_on", "-id"),
    "place": ("located_in_id", "pinyin", "id"),
    "registrar": ("registered_region", "pinyin", "id"),
}
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of organisations is cut to; empty means everything the actor may see.

    ``by`` says whether ``region`` means where they are (place) or who registered them (registry).
    """

    q: str = ""
    form: str = ""
    attribute: str = ""
    organ: str = ""
    without: str = ""
    status: str = ""
    region: int | None = None
    by: str = "place"
    sort: str = "name"


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation as lists show it."""

    id: int
    prov: int
    code: str
    name: str
    form: str
    status: str
    established_on: date | None
    place: str
    place_id: int
    registrar: str
    supervisor: str
    attributes: frozenset[str]
    organs: frozenset[OrganKind]


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """An attribute with its days."""

    id: int
    attribute: str
    from_on: date
    to_on: date | None
    basis: str

    def holds_on(self, day: date) -> bool:
        """Tell whether the attribute counts on a day."""
        return self.from_on <= day and (self.to_on is None or self.to_on >= day)


@dataclass(frozen=True, slots=True)
class OrganRow:
    """An organ with who answers for it."""

    id: int
    kind: OrganKind
    name: str
    person: str
    title: str
    from_on: date
    to_on: date | None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One write that touched an organisation."""

    at: datetime
    actor: str
    stem: str
    clause: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrganisationDetail:
    """Everything the registry holds of one organisation."""

    row: OrganisationRow
    version: int
    address: str
    registered_by: int
    registered_region: int
    industry_department: str
    territory_contact: str
    attributes: tuple[AttributeRow, ...]
    organs: tuple[OrganRow, ...]
    history: tuple[HistoryRow, ...]


def filter_organisations(actor: Actor, filters: Filters) -> QuerySet[Organisation]:
    """Return the organisations an actor may see, cut and ordered; wrong filters are ignored."""
    found: QuerySet[Organisation] = Organisation.objects.visible_to(actor).social()
    if filters.q:
        found = _search(found, filters.q)
    if filters.form in Form.__members__:
        found = found.filter(form=filters.form)
    if filters.status in Status.__members__:
        found = found.filter(status=filters.status)
    if filters.attribute in attribute_kinds():
        mask = 1 << attribute_kinds()[filters.attribute].bit
        found = found.annotate(held=F("attributes").bitand(mask)).filter(held=mask)
    if filters.organ in OrganKind.__members__:
        mask = 1 << ORGAN_BITS[OrganKind(filters.organ)]
        found = found.annotate(organ_held=F("organs").bitand(mask)).filter(organ_held=mask)
    if filters.without in OrganKind.__members__:
        mask = 1 << ORGAN_BITS[OrganKind(filters.without)]
        found = found.annotate(organ_lacked=F("organs").bitand(mask)).filter(organ_lacked=0)
    if filters.region is not None:
        low, high = span(filters.region)
        if filters.by == "registry":
            found = found.filter(registered_region__range=(low, high))
        else:
            found = found.filter(located_in__id__range=(low, high))
    columns = SORTS.get(filters.sort, SORTS["name"])
    if columns[0].removeprefix("-") == "pinyin" and _is_pinyin(filters.q):
        # No index finds these, and the planner would walk along the names of the whole nation in
        # their order. No index has them in the order of bytes, which for pinyin is the same.
        names = Collate("pinyin", "C")
        return found.order_by(names.desc() if columns[0] != "pinyin" else names.asc(), columns[1])
    return found.order_by(*columns)


def _is_pinyin(words: str) -> bool:
    compact = words.strip().replace(" ", "")
    return compact.isascii() and compact.isalpha()


def _search(found: QuerySet[Organisation], words: str) -> QuerySet[Organisation]:
    """Keep what a search means: part of a name, the start of a code, or pinyin."""
    text = words.strip()
    condition = Q(name__holds=text)
    compact = text.replace(" ", "")
    if compact.isascii() and compact.isalnum():
        condition |= Q(code__startswith=compact.upper())
        if _is_pinyin(text):
            found = found.annotate(letters=Replace("pinyin", Value(" "), Value("")))
            condition |= Q(letters__contains=compact.lower())
    return found.filter(condition)


def list_rows(found: QuerySet[Organisation]) -> list[OrganisationRow]:
    """Return the rows of a queryset, usually one page of it."""
    return [_row(each) for each in _joined(found)]


def _joined(found: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """Read what a list shows; what is encrypted would be opened for nothing."""
    joined = found.select_related("located_in", "registered_by", "supervisor")
    return joined.defer("territory_contact", "address")


def iterate_rows(found: QuerySet[Organisation]) -> Iterator[OrganisationRow]:
    """Yield the rows of a queryset in its order, some at a time."""
    for each in _joined(found).iterator(chunk_size=_CHUNK):
        yield _row(each)


def _row(each: Organisation) -> OrganisationRow:
    return OrganisationRow(
        id=each.id,
        prov=each.prov,
        code=each.code,
        name=each.name,
        form=each.form,
        status=each.status,
        established_on=each.established_on,
        place=each.located_in.name,
        place_id=each.located_in_id,
        registrar=each.registered_by.name,
        supervisor=each.supervisor.name if each.supervisor else "",
        attributes=attributes_of(each.attributes),
        organs=organs_of(each.organs),
    )


def get_organisation(actor: Actor, organisation_id: int, prov: int) -> OrganisationDetail:
    """Return one organisation; Missing if there is none or the actor may not see it."""
    each = (
        Organisation.objects.visible_to(actor)
        .social()
        .select_related("located_in", "registered_by", "supervisor", "industry_department")
        .filter(id=organisation_id, prov=prov)
        .first()
    )
    if each is None:
        raise Missing("没有这个组织，或者不在您的范围内。", code="no-organisation")
    key = {"organisation_id": organisation_id, "prov": prov}
    return OrganisationDetail(
        row=_row(each),
        version=each.version,
        address=each.address,
        registered_by=each.registered_by_id,
        registered_region=each.registered_region,
        industry_department=each.industry_department.name if each.industry_department else "",
        territory_contact=each.territory_contact,
        attributes=tuple(
            AttributeRow(row.id, row.attribute, row.from_on, row.to_on, row.basis)
            for row in OrganisationAttribute.objects.filter(**key).order_by("from_on", "id")
        ),
        organs=tuple(
            OrganRow(
                row.id, OrganKind(row.kind), row.name, row.person, row.title, row.from_on, row.to_on
            )
            for row in Organ.objects.filter(**key).order_by("kind", "-from_on")
        ),
        history=tuple(
            HistoryRow(line.at, line.actor, line.stem, line.clause, line.facts)
            for line in AuditLine.objects.filter(
                target=f"organisation/{prov}/{organisation_id}"
            ).order_by("-id")[:50]
        ),
    )


def list_region_choices(actor: Actor, region: int | None) -> list[tuple[int, str]]:
    """Return the regions to choose from: the actor's own, its children, and those chosen."""
    own = max(actor.low, 0) if actor.low <= actor.high else 0
    above = [own] if region is None else [own, region]
    found = Region.objects.filter(
        Q(id__in=above) | Q(parent_id__in=above), valid_to__isnull=True
    ).order_by("id")
    return [(each.id, each.name) for each in found]


def find_region_name(region: int) -> str:
    """Return the name of a region, empty if there is none."""
    return Region.objects.filter(pk=region).values_list("name", flat=True).first() or ""
