"""Reads the JSON that programs send, no more of it than a form may hold."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class TooLarge(APIException):
    """Refuse a body that is longer than a form may be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("内容太大，没有收下。")
    default_code = "body-too-large"


class SafeJSONParser(JSONParser):
    """JSON within the limit for forms, nested no deeper than the interpreter can follow."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return the parsed body; raises TooLarge or ParseError."""
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        announced = stream.META.get("CONTENT_LENGTH", "") if hasattr(stream, "META") else ""
        if announced.isdecimal() and int(announced) > limit:
            raise TooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_("JSON 嵌套太深。")) from None
