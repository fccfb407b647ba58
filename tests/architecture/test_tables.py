"""The big tables keep to the rules that let them be distributed by province."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

BIG = {
    "registry_organisation",
    "registry_organisationattribute",
    "registry_organ",
    "registry_placement",
    "registry_cell",
    "duties_report",
    "duties_reportversion",
    "duties_step",
    "duties_delta",
    "duties_counter",
    "duties_populationdelta",
    "duties_standing",
    "duties_tally",
    "duties_draft",
    "duties_exception",
}
ALL = [model for model in apps.get_models() if model.__module__.startswith("tongzhou.")]
BIG_MODELS = [model for model in ALL if model._meta.db_table in BIG]
PACKAGE = Path(__file__).resolve().parents[2] / "tongzhou"


def test_the_big_tables_are_all_here() -> None:
    assert {model._meta.db_table for model in BIG_MODELS} == BIG


@pytest.mark.parametrize("model", BIG_MODELS, ids=lambda model: model._meta.db_table)
def test_prov_is_last_in_the_key(model: type[models.Model]) -> None:
    names = [field.name for field in model._meta.pk_fields]
    assert names[-1] == "prov"


@pytest.mark.parametrize("model", BIG_MODELS, ids=lambda model: model._meta.db_table)
def test_prov_is_in_every_unique_key(model: type[models.Model]) -> None:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            assert "prov" in constraint.fields, constraint.name
    for field in model._meta.local_fields:
        assert not field.unique or field.name == "pk", field.name


@pytest.mark.parametrize("model", ALL, ids=lambda model: model._meta.label)
def test_no_single_column_key_points_to_a_big_table(model: type[models.Model]) -> None:
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey):
            assert field.related_model._meta.db_table not in BIG, field


SQL = re.compile(r"\b(?:UPDATE|DELETE\s+FROM)\s+(" + "|".join(sorted(BIG)) + r")\b", re.IGNORECASE)


def test_every_update_and_delete_of_a_big_table_names_prov() -> None:
    checked = 0
    for path in PACKAGE.rglob("*.py"):
        if "migrations" in path.parts or "tests" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for match in SQL.finditer(text):
            statement = text[match.start() : match.start() + 900].split('"""')[0]
            checked += 1
            assert "prov" in statement, f"{path.name}: {statement[:80]}"
    assert checked > 0


CLOCK = re.compile(r"datetime\.now\(|timezone\.now\(|clock\.now\(|date\.today\(")


def test_no_signals_and_no_overridden_saves() -> None:
    for path in (PACKAGE / "modules").rglob("*.py"):
        if "tests" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        assert "django.db.models.signals" not in text, path
        assert "def save(self" not in text, path


def test_nothing_below_an_entry_reads_the_clock() -> None:
    below = {"commands", "queries", "rules", "models", "workflow", "contracts"}
    for path in (PACKAGE / "modules").glob("*/**/*.py"):
        if "tests" in path.parts:
            continue
        room = path.relative_to(PACKAGE / "modules").parts[1].removesuffix(".py")
        if room in below:
            text = path.read_text(encoding="utf-8")
            assert not re.search(
                r"datetime\.now\(|timezone\.now\(|clock\.now\(|date\.today\(", text
            ), path


def test_no_module_is_reached_behind_the_linter() -> None:
    pattern = re.compile(r"apps\.get_model\(|import_string\(")
    for path in (PACKAGE / "modules").rglob("*.py"):
        if "tests" not in path.parts and "migrations" not in path.parts:
            assert not pattern.search(path.read_text(encoding="utf-8")), path
