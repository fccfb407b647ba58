"""Read the registry's code lists and turn attribute and organ sets into bitmasks and back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tongzhou.modules.registry.contracts import AttributeKind, Form, FormKind, OrganKind

_PARAMS = Path(__file__).parent.parent / "params"

#: Forms that are legal persons, with a credit code, a legal representative and a certificate.
LEGAL_PERSONS = frozenset({Form.ASSOCIATION, Form.INSTITUTION, Form.FOUNDATION})
#: Every form an organisation can have, the authorities left out.
ORGANISATION_FORMS = LEGAL_PERSONS | {Form.GROUP}

#: Bit of each organ in a profile; never changed.
ORGAN_BITS: dict[OrganKind, int] = {organ: bit for bit, organ in enumerate(OrganKind)}


def _load(name: str) -> Any:
    return yaml.safe_load((_PARAMS / name).read_text(encoding="utf-8"))


@cache
def attribute_kinds() -> dict[str, AttributeKind]:
    """Return the attributes by code, in the order of their bits."""
    kinds = {}
    for entry in _load("attributes.yaml"):
        first_day: date | None = entry.get("valid_from")
        kinds[entry["code"]] = AttributeKind(
            code=entry["code"],
            bit=entry["bit"],
            zh=entry["label"]["zh"],
            en=entry["label"]["en"],
            basis=entry["basis"],
            forms=frozenset(map(Form, entry.get("forms", ORGANISATION_FORMS))),
            requires=frozenset(entry.get("requires", ())),
            synonyms=tuple(entry.get("synonyms", ())),
            valid_from=first_day,
        )
    return kinds


@cache
def form_kinds() -> dict[Form, FormKind]:
    """Return the registration forms by code."""
    return {
        Form(entry["code"]): FormKind(
            code=Form(entry["code"]),
            zh=entry["label"]["zh"],
            en=entry["label"]["en"],
            credit_class=entry["credit_class"],
            synonyms=tuple(entry.get("synonyms", ())),
            basis=entry["basis"],
        )
        for entry in _load("forms.yaml")
    }


@cache
def labels(kind: str, language: str = "zh") -> dict[str, str]:
    """Return code → label for ``attribute``, ``form`` or a list of params/labels.yaml."""
    if kind == "attribute":
        return {code: getattr(entry, language) for code, entry in attribute_kinds().items()}
    if kind == "form":
        return {str(code): getattr(entry, language) for code, entry in form_kinds().items()}
    return {code: texts[language] for code, texts in _load("labels.yaml")[kind].items()}


def attribute_mask(codes: Iterable[str]) -> int:
    """Return the bitmask of a set of attribute codes. Raises KeyError for an unknown code."""
    kinds = attribute_kinds()
    mask = 0
    for code in codes:
        mask |= 1 << kinds[code].bit
    return mask


def attributes_of(mask: int) -> frozenset[str]:
    """Return the attribute codes of a bitmask."""
    return frozenset(code for code, kind in attribute_kinds().items() if mask >> kind.bit & 1)


def organ_mask(organs: Iterable[OrganKind]) -> int:
    """Return the bitmask of a set of organs."""
    mask = 0
    for organ in organs:
        mask |= 1 << ORGAN_BITS[organ]
    return mask


def organs_of(mask: int) -> frozenset[OrganKind]:
    """Return the organs of a bitmask."""
    return frozenset(organ for organ, bit in ORGAN_BITS.items() if mask >> bit & 1)


def misfit(form: Form, codes: Iterable[str]) -> tuple[str, str] | None:
    """Return (attribute, what is missing) if a set of attributes cannot stand together.

    The second part is the code of a required attribute, or empty when the form itself cannot have
    the attribute.
    """
    held = set(codes)
    kinds = attribute_kinds()
    for code in sorted(held, key=lambda code: kinds[code].bit):
        kind = kinds[code]
        if form not in kind.forms:
            return code, ""
        for needed in sorted(kind.requires - held):
            return code, needed
    return None
