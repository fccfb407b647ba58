"""Names of persons and contacts lie encrypted, and imports compare and merge them all the same."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tongzhou.kernel.access import Actor
from tongzhou.kernel.database import rows
from tongzhou.kernel.privacy import keys, rotating
from tongzhou.modules.registry import commands
from tongzhou.modules.registry.models import ImportBatch, Organ, Organisation
from tongzhou.modules.registry.queries.imports import get_import, list_differences
from tongzhou.modules.registry.queries.snapshot import write_snapshot
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.tests.conftest import AT
from tongzhou.modules.registry.tests.test_importing import row
from tongzhou.modules.registry.tests.test_merging import EVERYBODY, LATER, TODAY, load, upload

CONTACT = "示例街道办 王联络 02012345678"
PLACE = "registry.organisation.territory_contact"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> None:
    settings.FILES_ROOT = tmp_path


@pytest.fixture
def under(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let these keys be held, the last one encrypting."""

    def hold(*names: str) -> None:
        made = [keys.FieldKey(each, each.encode() * 32) for each in names]
        monkeypatch.setattr(keys, "keys", lambda: tuple(made))
        monkeypatch.setattr("tongzhou.kernel.privacy.cipher.keys", lambda: tuple(made))

    return hold


def rows_of_sheet(*numbers: int, **changes: str) -> list[dict[str, str]]:
    return [row(n) | {c.TERRITORY: CONTACT} | changes for n in numbers]


def check(actor: Actor, lines: list[dict[str, str]]) -> ImportBatch:
    batch = upload(actor, lines, "MERGE")
    commands.check_import(actor=actor, at=LATER, batch_id=batch)
    return ImportBatch.objects.get(pk=batch)


def lying() -> str:
    """Return everything that lies in the three tables, as text."""
    found = ""
    for table in ("registry_organisation", "registry_organ", "registry_importrow"):
        found += json.dumps(rows(f"SELECT t::text FROM {table} t"), ensure_ascii=False)
    return found


def test_no_name_and_no_contact_lies_in_clear_and_an_export_tells_them(
    city_officer: Actor,
) -> None:
    load(city_officer, rows_of_sheet(1, 2), "ADD", AT)
    changed = check(city_officer, rows_of_sheet(1, **{c.SECRETARY: "周示例"}))
    person = Organ.objects.filter(kind="LEGAL_REP").first()
    assert person is not None
    for secret in (CONTACT, person.person, "周示例"):
        assert secret not in lying()
    [told] = list_differences(get_import(city_officer, changed.pk))
    assert (told.column, told.after) == (c.SECRETARY, "周示例")
    out = io.BytesIO()
    write_snapshot(EVERYBODY, out, kind="csv", today=TODAY)
    assert out.getvalue().decode("utf-8-sig").count(CONTACT) == 2
    assert person.person in out.getvalue().decode("utf-8-sig")


def test_equal_contacts_are_the_same_also_while_keys_change(
    city_officer: Actor, under: Callable[..., None]
) -> None:
    under("a")
    load(city_officer, rows_of_sheet(1, 2), "ADD", AT)
    under("a", "b")
    batch = check(city_officer, rows_of_sheet(1, 2))
    assert (batch.same, batch.changed) == (2, 0)
    other = rows_of_sheet(1) + rows_of_sheet(2, **{c.TERRITORY: "另一街道"})
    batch = check(city_officer, other)
    assert (batch.same, batch.changed, batch.differences) == (1, 1, {c.TERRITORY: 1})
    under("a", "b", "c")  # while the sheet waits
    assert commands.write_import(actor=city_officer, at=LATER, batch_id=batch.pk) == 1
    rotating.rotate()
    under("c")
    held = Organisation.objects.social().order_by("code")
    assert [each.territory_contact for each in held] == [CONTACT, "另一街道"]
    assert Organ.objects.exclude(person="").count() >= 2


def test_what_lies_in_clear_is_encrypted_in_batches_and_back(
    city_officer: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(city_officer, rows_of_sheet(1, 2, 3), "ADD", AT)
    monkeypatch.setattr(rotating, "BATCH", 2)
    column = ("registry_organisation", ("id", "prov"), "territory_contact", PLACE)
    assert rotating.decrypt_column(*column) == 3
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM registry_organisation WHERE territory_contact = %s", [CONTACT]
        )
        assert cursor.fetchone()[0] == 3
    assert rotating.encrypt_column(*column) == 3
    assert rotating.encrypt_column(*column) == 0
    assert CONTACT not in lying()
    assert Organisation.objects.filter(territory_contact=CONTACT).count() == 3
