"""API of the registry: regions, authorities, organisations, registration."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tongzhou.base.errors import Missing, Refusal
from tongzhou.kernel import clock
from tongzhou.kernel.access import Actor
from tongzhou.kernel.api import endpoint
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.contracts import Form, OrganKind, Status
from tongzhou.modules.registry.queries import authorities
from tongzhou.modules.registry.queries.organisations import (
    SORTS,
    Filters,
    OrganisationRow,
    filter_organisations,
    get_organisation,
    list_rows,
)
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import attribute_kinds

PAGE_SIZE = 100
LARGEST_PAGE = 500


class OrganisationOut(serializers.Serializer[Any]):
    """An organisation as lists show it."""

    id = serializers.IntegerField()
    prov = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    form = serializers.ChoiceField(choices=[str(each) for each in Form])
    status = serializers.ChoiceField(choices=[str(each) for each in Status])
    established_on = serializers.DateField(allow_null=True)
    place = serializers.CharField()
    place_id = serializers.IntegerField()
    registrar = serializers.CharField()
    supervisor = serializers.CharField()
    attributes = serializers.ListField(child=serializers.CharField())
    organs = serializers.ListField(child=serializers.CharField())


class OrganisationPage(serializers.Serializer[Any]):
    """One page of organisations."""

    count = serializers.IntegerField()
    pages = serializers.IntegerField()
    page = serializers.IntegerField()
    results = OrganisationOut(many=True)


class AttributeOut(serializers.Serializer[Any]):
    """An attribute with its days."""

    attribute = serializers.CharField()
    from_on = serializers.DateField()
    to_on = serializers.DateField(allow_null=True)
    basis = serializers.CharField()


class OrganisationDetailOut(OrganisationOut):
    """One organisation with its dated attributes."""

    version = serializers.IntegerField()
    address = serializers.CharField()
    industry_department = serializers.CharField()
    dated_attributes = AttributeOut(many=True)


class AuthorityOut(serializers.Serializer[Any]):
    """A region with its registration authority and its numbers of organisations."""

    region = serializers.IntegerField()
    region_name = serializers.CharField()
    authority = serializers.CharField()
    registered = serializers.IntegerField()
    registered_below = serializers.IntegerField()
    located = serializers.IntegerField()


class FactsIn(serializers.Serializer[Any]):
    """An organisation in the columns of the import template, and a key against repeats."""

    facts = serializers.DictField(child=serializers.CharField(allow_blank=True))
    idempotency_key = serializers.CharField(max_length=80, required=False, allow_null=True)


class KeyOut(serializers.Serializer[Any]):
    """The key of an organisation."""

    id = serializers.IntegerField()
    prov = serializers.IntegerField()


def _organisation(row: OrganisationRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "prov": row.prov,
        "code": row.code,
        "name": row.name,
        "form": row.form,
        "status": row.status,
        "established_on": row.established_on,
        "place": row.place,
        "place_id": row.place_id,
        "registrar": row.registrar,
        "supervisor": row.supervisor,
        "attributes": [code for code in attribute_kinds() if code in row.attributes],
        "organs": [str(each) for each in OrganKind if each in row.organs],
    }


def _number(request: Request, name: str, default: int, highest: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) > highest:
        raise Refusal(
            "参数%(name)s应为不超过%(highest)s的整数。",
            params={"name": name, "highest": highest},
            code="number",
            field=name,
        )
    return int(text)


def _filters(request: Request) -> Filters:
    get = request.query_params
    region = _number(request, "region", -1, 999_999)
    sort = get.get("sort", "name")
    if sort not in SORTS:
        raise Refusal("不能按%(name)s排序。", params={"name": sort}, code="sort", field="sort")
    return Filters(
        q=get.get("q", "")[:80],
        form=get.get("form", ""),
        attribute=get.get("attribute", ""),
        organ=get.get("organ", ""),
        without=get.get("without", ""),
        status=get.get("status", ""),
        region=region if region >= 0 else None,
        by=get.get("by", "place"),
        sort=sort,
    )


@extend_schema(
    responses=OrganisationPage,
    operation_id="list_organisations",
    parameters=[
        OpenApiParameter("q", str, description="Part of a name, start of a code, or pinyin"),
        OpenApiParameter("form", str, enum=[str(each) for each in Form]),
        OpenApiParameter("attribute", str, enum=list(attribute_kinds())),
        OpenApiParameter("organ", str, enum=[str(each) for each in OrganKind]),
        OpenApiParameter("without", str, enum=[str(each) for each in OrganKind]),
        OpenApiParameter("status", str, enum=[str(each) for each in Status]),
        OpenApiParameter("region", int, description="GB/T 2260 code; 0 is the nation"),
        OpenApiParameter("by", str, enum=["place", "registry"]),
        OpenApiParameter("sort", str, enum=list(SORTS)),
        OpenApiParameter("page", int),
        OpenApiParameter("size", int, description=f"At most {LARGEST_PAGE}"),
    ],
)
@endpoint("registry.organisation.view")
def list_organisations(request: Request, actor: Actor) -> Response:
    """List the organisations the token's owner may see."""
    found = filter_organisations(actor, _filters(request))
    size = max(1, _number(request, "size", PAGE_SIZE, LARGEST_PAGE))
    shown = Paginator(found, size).get_page(_number(request, "page", 1, 10**9))
    rows = list_rows(found[shown.start_index() - 1 : shown.end_index()]) if shown else []
    return Response(
        {
            "count": shown.paginator.count,
            "pages": shown.paginator.num_pages,
            "page": shown.number,
            "results": [_organisation(row) for row in rows],
        }
    )


@extend_schema(responses=OrganisationDetailOut, operation_id="get_organisation")
@endpoint("registry.organisation.view")
def show_organisation(request: Request, actor: Actor, organisation_id: int, prov: int) -> Response:
    """Return one organisation with its dated attributes."""
    detail = get_organisation(actor, organisation_id, prov)
    return Response(
        {
            **_organisation(detail.row),
            "version": detail.version,
            "address": detail.address,
            "industry_department": detail.industry_department,
            "dated_attributes": [
                {
                    "attribute": each.attribute,
                    "from_on": each.from_on,
                    "to_on": each.to_on,
                    "basis": each.basis,
                }
                for each in detail.attributes
            ],
        }
    )


@extend_schema(request=FactsIn, responses={201: KeyOut}, operation_id="register_organisation")
@endpoint("registry.organisation.register", "POST")
def register_organisation(request: Request, actor: Actor) -> Response:
    """Register one organisation, given in the columns of the import template."""
    given = FactsIn(data=request.data)
    given.is_valid(raise_exception=True)
    facts = {name: text.strip() for name, text in given.validated_data["facts"].items()}
    unknown = [name for name in facts if name not in c.NAMES]
    if unknown:
        raise Refusal(
            "不认识的列：%(names)s。",
            params={"names": "、".join(unknown)},
            code="wrong-columns",
            field="facts",
            way_out="列名与导入模板相同。",
        )
    key = commands.register_organisation(
        actor=actor,
        at=clock.now(),
        facts=facts,
        idempotency_key=given.validated_data.get("idempotency_key"),
    )
    return Response({"id": key[0], "prov": key[1]}, status=201)


@extend_schema(
    responses=AuthorityOut(many=True),
    operation_id="list_authorities",
    parameters=[OpenApiParameter("region", int, description="GB/T 2260 code; 0 is the nation")],
)
@endpoint("registry.organisation.view")
def list_authorities(request: Request, actor: Actor) -> Response:
    """List a region's registration authority, then those directly below it."""
    region = _number(request, "region", 0, 999_999)
    here = authorities.find_authority_node(region)
    if here is None:
        raise Missing("没有这个地区。", code="no-region")
    return Response(
        [
            {
                "region": each.region_id,
                "region_name": each.region,
                "authority": each.authority or "",
                "registered": each.own,
                "registered_below": each.subtree,
                "located": each.located,
            }
            for each in (here, *authorities.list_authority_tree(region))
        ]
    )


urlpatterns = [
    path("organisations/", list_organisations, name="api-organisation-list"),
    path("organisations/register/", register_organisation, name="api-organisation-register"),
    path(
        "organisations/<int:organisation_id>-<int:prov>/",
        show_organisation,
        name="api-organisation",
    ),
    path("authorities/", list_authorities, name="api-authority-list"),
]
