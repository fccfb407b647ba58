"""The API's document is what the code says; change it on purpose with ``make openapi``."""

import json
from pathlib import Path

from django.conf import settings
from django.test import Client

DOCUMENT = Path(settings.PROJECT) / "docs" / "api" / "openapi.json"


def test_the_document_is_up_to_date(client: Client) -> None:
    generated = client.get("/api/v1/openapi.json").json()
    written = json.loads(DOCUMENT.read_text(encoding="utf-8"))
    assert generated["paths"].keys() == written["paths"].keys(), "run make openapi"
    assert generated == written, "run make openapi"
