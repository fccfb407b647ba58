"""The API's document is its contract: completed here, and callers are held to it.

:func:`complete` adds to the generated document what every operation shares: who has to show a
token, and the problem documents it may answer with. :func:`check_request` refuses with 400 what the
document does not allow, and names each field; what it allows but a rule forbids is a refusal of
that rule (403, 404, 409, 422).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

from django.utils import translation
from django.utils.translation import gettext
from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from tongzhou.base.errors import Refusal

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_WRITING = Lock()
_KEY = re.compile(r"<(?:\w+:)?(\w+)>")
_REFERENCE = re.compile(r"#/components/schemas/([\w.-]+)")
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}
_WRITES = {"post", "put", "patch", "delete"}
#: Why an operation answers with a problem document, by status.
_REASONS = {
    400: "The request is not what this document allows; `faults` names each field",
    401: "No token, or one that is unknown, expired or revoked",
    403: "The token's role may not do this",
    404: "There is no such thing, or not for the token's owner",
    406: "Only JSON is answered",
    409: "Somebody else was faster, or the same key came with other data",
    411: "The length of the body is not announced",
    413: "The body is too large",
    415: "The body is of another kind",
    422: "A rule forbids it; `clause` and `way_out` say which and what to do",
    429: "Too many requests; `Retry-After` tells the seconds to wait",
}
_PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "clause": {"type": "string"},
        "way_out": {"type": "string"},
        "faults": {"type": "object", "additionalProperties": True},
        "reference": {"type": "string"},
    },
    "required": ["type", "title"],
}


class Unshaped(Refusal):
    """Refuse a request that is not what the document allows."""

    status = 400


def complete(
    result: dict[str, Any], generator: SchemaGenerator, request: object, public: bool
) -> dict[str, Any]:
    """Add to each operation its security, its problems and the limits of its numbers."""
    result["components"]["schemas"]["Problem"] = _PROBLEM
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for path, _regex, method, view in cast("list[Any]", generator.endpoints or []):
        verb = method.lower()
        operation = result["paths"].get(path, {}).get(verb)
        if operation is None:
            continue
        stem = view.stem if verb == "get" else view.writes
        operation["security"] = [{"token": []}, *([{}] if stem == "public" else [])]
        statuses = {400, 401, 404, 406, 422, 429}
        if stem != "public":
            statuses |= {403}
        if verb in _WRITES:
            statuses |= {409, 411, 413, 415}
        for status in sorted(statuses):
            operation["responses"].setdefault(
                str(status),
                {
                    "description": _REASONS[status],
                    "content": {"application/problem+json": problem},
                },
            )
        for parameter in operation.get("parameters", ()):
            schema = parameter["schema"]
            if schema.get("type") == "integer":
                schema.setdefault("minimum", 0)
                schema.setdefault("maximum", 32_767 if parameter["name"] == "prov" else 2**63 - 1)
            elif schema.get("type") == "string" and "enum" not in schema:
                schema.setdefault("maxLength", 1_000)
    _close_requests(result)
    return result


def _close_requests(result: dict[str, Any]) -> None:
    """Allow no fields beyond the declared ones in what is sent, so that none is lost in silence."""
    open_names: list[str] = []
    for verbs in result["paths"].values():
        for operation in verbs.values():
            open_names += _REFERENCE.findall(str(operation.get("requestBody", {})))
    seen: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name in seen:
            continue
        seen.add(name)
        schema = result["components"]["schemas"][name]
        open_names += _REFERENCE.findall(str(schema))
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
            for field in schema["properties"].values():
                if "integer" in _kinds_of(field):
                    field.setdefault("minimum", -(2**63))
                    field.setdefault("maximum", 2**63 - 1)


def _kinds_of(schema: Mapping[str, Any]) -> list[str]:
    kinds = schema.get("type", [])
    return kinds if isinstance(kinds, list) else [kinds]


@cache
def _written() -> dict[str, Any]:
    """Return the OpenAPI document; put together once for each process."""
    with translation.override("en"):
        return cast(
            "dict[str, Any]",
            SchemaGenerator().get_schema(request=None, public=True),  # type: ignore[no-untyped-call]
        )


def document() -> dict[str, Any]:
    """Return the document; written once, because its generator cannot be used by two at once."""
    with _WRITING:
        return _written()


@cache
def _operation(route: str, method: str) -> dict[str, Any]:
    path = "/" + _KEY.sub(r"{\1}", route)
    return cast("dict[str, Any]", document()["paths"].get(path, {}).get(method.lower(), {}))


@cache
def _validator(route: str, method: str) -> "Draft202012Validator | None":
    """Return what checks the JSON body of an operation; None when it takes none."""
    # Two seconds to import: only who asks the API waits for it.
    from jsonschema import Draft202012Validator

    kinds = _operation(route, method).get("requestBody", {}).get("content", {})
    if "application/json" not in kinds:
        return None
    schema = {**kinds["application/json"]["schema"], "components": document()["components"]}
    return Draft202012Validator(schema)


def check_request(request: Request) -> None:
    """Refuse (400) a query or a JSON body that the document does not allow.

    Truth values of the query are brought to ``1`` and ``0`` on the way.
    """
    match = request.resolver_match
    route, method = match.route if match else "", request.method or "GET"
    operation = _operation(route, method)
    if not operation:
        return
    faults = _check_query(request, operation)
    validator = _validator(route, method)
    if validator is not None and not (request.content_type or "").startswith("multipart/"):
        for error in validator.iter_errors(request.data):
            for name, told in _told(error):
                faults.setdefault(name, told)
    if faults:
        raise Unshaped(
            "请求不符合接口文档：%(faults)s",
            params={
                "faults": "；".join(f"{k}：{v}" if k else v for k, v in faults.items())[:2_000]
            },
            code="request-shape",
            way_out="接口文档在 /api/v1/openapi.json。",
            faults=faults,
        )


def _check_query(request: Request, operation: Mapping[str, Any]) -> dict[str, str]:
    from jsonschema import Draft202012Validator

    faults: dict[str, str] = {}
    declared = {
        each["name"]: each for each in operation.get("parameters", ()) if each["in"] == "query"
    }
    given = request.query_params
    normal = given.copy()
    for name in given:
        if name not in declared:
            faults[name[:40]] = gettext("没有这个参数。")
            continue
        texts = given.getlist(name)
        if len(texts) > 1:
            faults[name] = gettext("只能给一次。")
            continue
        schema = declared[name]["schema"]
        value: object = texts[0]
        if schema.get("type") == "integer":
            if not re.fullmatch(r"[0-9]{1,20}", texts[0]):
                faults[name] = gettext("应为不带符号的整数。")
                continue
            value = int(texts[0])
        elif schema.get("type") == "boolean":
            if texts[0] not in _BOOLEANS:
                faults[name] = gettext("应为 true 或 false。")
                continue
            value = _BOOLEANS[texts[0]]
            normal[name] = "1" if value else "0"
        for error in Draft202012Validator(schema).iter_errors(value):
            faults[name] = _message(error)
    for name, each in declared.items():
        if each.get("required") and name not in given:
            faults[name] = gettext("不能缺少。")
    if not faults:
        request._request.GET = normal  # type: ignore[assignment]  # read as before
    return faults


def _told(error: "ValidationError") -> Iterator[tuple[str, str]]:
    """Yield the field and the message of each fault; a missing field is named itself."""
    place = ".".join(map(str, error.absolute_path))
    if error.validator == "required":
        for name in cast("list[str]", error.validator_value):
            if name not in cast("dict[str, Any]", error.instance):
                yield ".".join(filter(None, (place, name))), gettext("不能缺少。")
    elif error.validator == "additionalProperties":
        known = cast("dict[str, Any]", error.schema).get("properties", {})
        for name in cast("dict[str, Any]", error.instance):
            if name not in known:
                yield ".".join(filter(None, (place, name[:40]))), gettext("没有这一项。")
    else:
        yield place, _message(error)


def _message(error: "ValidationError") -> str:
    wanted = cast(Any, error.validator_value)
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return gettext("应为 JSON 的 %(kinds)s 类型。") % {"kinds": " / ".join(kinds)}
    if error.validator == "enum":
        return gettext("应为其中之一：%(values)s。") % {"values": "、".join(map(str, wanted))}
    if error.validator in {"maxLength", "maxItems"}:
        return gettext("最多 %(most)s 个字符。") % {"most": wanted}
    if error.validator in {"minLength", "minItems"}:
        return gettext("不能为空。")
    if error.validator == "minimum":
        return gettext("不能小于 %(least)s。") % {"least": wanted}
    if error.validator == "maximum":
        return gettext("不能大于 %(most)s。") % {"most": wanted}
    return gettext("不符合接口文档的要求。")
