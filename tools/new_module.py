"""Scaffold a module that passes ``make check``: ``make new-module NAME=plans``."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
MODULES = PROJECT / "tongzhou" / "modules"

FILES = {
    "__init__.py": "",
    "module.py": '''"""{title}: say in one line what this module is for."""

from tongzhou.kernel.access import REGISTRATION_ROLES
from tongzhou.kernel.manifest import Manifest
from tongzhou.kernel.reach import Act, Reach

manifest = Manifest(
    name="{name}",
    label="{name}",
    permissions={{"{name}.overview.view": REGISTRATION_ROLES}},
    acts={{"{name}.overview.view": Act("{name}", Reach.SIGHT)}},
    urls="tongzhou.modules.{name}.urls",
)
''',
    "urls.py": '''"""Routes of {name}."""

from django.urls import path

from tongzhou.modules.{name} import pages

app_name = "{name}"
urlpatterns = [path("{name}/", pages.overview, name="overview")]
''',
    "pages.py": '''"""Pages of {name}."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tongzhou.kernel.pages import page


@page("{name}.overview.view")
def overview(request: HttpRequest) -> HttpResponse:
    """Show what the module holds."""
    return render(request, "{name}/overview.html")
''',
    "models.py": '"""Tables of {name}."""\n',
    "queries.py": '"""Reads of {name}: frozen rows, cut by ``visible_to``."""\n',
    "commands.py": '"""Writes of {name}: each wrapped in ``@command``."""\n',
    "public.py": '"""What other modules may use of {name}."""\n',
    "migrations/__init__.py": "",
    "tests/__init__.py": "",
    "tests/test_pages.py": '''"""The first page of {name}."""

import pytest
from django.test import Client


@pytest.mark.django_db
def test_overview_asks_to_sign_in(client: Client) -> None:
    response = client.get("/{name}/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
''',
    "templates/{name}/overview.html": (
        '{{% extends "workspace.html" %}}{{% load ui %}}\n'
        "{{% block title %}}{name}{{% endblock %}}\n"
    ),
    "README.md": (
        "# {name}\n\nWhat the module is for, which clauses it serves, what its rooms hold.\n"
    ),
}


def main(name: str) -> int:
    """Write the files of module ``name`` and put it into the order of layers; return 0 or 1."""
    if not re.fullmatch(r"[a-z]{3,20}", name):
        print("NAME: three to twenty lower-case letters, as in make new-module NAME=plans")
        return 1
    folder = MODULES / name
    if folder.exists():
        print(f"{folder.relative_to(PROJECT)} exists already")
        return 1
    for path, text in FILES.items():
        target = folder / path.format(name=name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.format(name=name, title=name.capitalize()), encoding="utf-8")
    place = PROJECT / "pyproject.toml"
    layers = place.read_text(encoding="utf-8")
    if not re.search(rf"\b{name}\b", layers):
        layers = layers.replace('    "duties",\n', f'    "({name})",\n    "duties",\n', 1)
        place.write_text(layers, encoding="utf-8")
        print(f"pyproject.toml: {name} stands right above duties; move it if need be")
    print(
        f"{folder.relative_to(PROJECT)} is ready: docs/howto/add-a-module.md tells what comes next"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
