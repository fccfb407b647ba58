"""What is delivered is pinned, listed, and under licences that go together with ours."""

import json
import re
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tools import supply

PROJECT = Path(settings.PROJECT)


def test_every_part_that_is_installed_is_pinned_with_its_hash() -> None:
    text = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    parts = [block for block in blocks if re.match(r"[A-Za-z0-9]", block)]
    assert len(parts) > 50
    for block in parts:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", block), block[:60]
        assert "--hash=sha256:" in block, block[:60]
    pinned = {re.sub(r"[-_.]+", "-", re.split(r"[\[=]", part)[0]).lower() for part in parts}
    needed = {re.sub(r"[-_.]+", "-", part.metadata["Name"]).lower() for part in supply.delivered()}
    assert needed - pinned == set()


def test_licences_go_together_with_ours() -> None:
    assert supply.faults() == []


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("Apache-2.0 OR GPL-2.0", True),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0", False),
        ("GNU General Public License v3 (GPLv3)", False),
        ("GNU Affero General Public License v3", False),
        ("SSPL-1.0", False),
        ("CC-BY-NC-4.0 Non-Commercial", False),
        ("", False),
    ],
)
def test_a_licence_that_does_not_fit_is_found(
    monkeypatch: pytest.MonkeyPatch, told: str, fits: bool
) -> None:
    class Part:
        metadata = Message()

    Part.metadata["Name"] = "part"
    if told:
        Part.metadata["License-Expression"] = told
    monkeypatch.setattr(supply, "delivered", lambda: [Part])
    assert (supply.faults() == []) is fits


def test_the_bill_of_materials_names_every_part_with_version_and_hash(tmp_path: Path) -> None:
    target = tmp_path / "sbom.json"
    supply.write_sbom(target)
    made: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    assert made["bomFormat"] == "CycloneDX"
    assert "serialNumber" not in made
    parts = {each["name"].lower(): each for each in made["components"]}
    for part in supply.delivered():
        name = part.metadata["Name"].lower()
        found = parts.get(name) or parts.get(re.sub(r"[-_.]+", "-", name))
        assert found is not None, name
        assert found["version"] == part.version
        assert found["externalReferences"][0]["hashes"]
