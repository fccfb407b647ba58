"""Invent organisations for the whole country from those of the demonstration city.

The demonstration's organisations, with their forms, attributes with dates, and organs, are spread
over the real region tree. The same seed gives the same register on every machine.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from tongzhou.base.identifiers import make_credit_code
from tongzhou.kernel.access import SYSTEM
from tongzhou.kernel.database import rows
from tongzhou.modules.registry.contracts import Form, ImportedOrganisation
from tongzhou.modules.registry.queries.references import get_import_references
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.attributes import form_kinds
from tongzhou.modules.registry.rules.imports import check_row
from tongzhou.modules.registry.rules.regions import code_of
from tongzhou.modules.registry.seed.invented import CITY, invented_organisations

#: Shares of organisations that the ministry, provinces and cities registered; counties the rest.
NATIONAL, PROVINCIAL, MUNICIPAL = 0.0026, 0.05, 0.24
GROUPS = 400


@dataclass(frozen=True, slots=True)
class Place:
    """A place where organisations are, and who may register them there, the lowest level last."""

    region: int
    registrars: tuple["Registrar", ...]


@dataclass(frozen=True, slots=True)
class Registrar:
    """A registration authority."""

    id: int
    region: int
    prov: int
    name: str


def organisations(count: int, seed: int) -> Iterator[ImportedOrganisation]:
    """Yield checked rows, as many as asked for; regions and authorities must be there."""
    chance = random.Random(seed)
    patterns = _patterns(seed)
    places = _places()
    weights = list(accumulate(chance.lognormvariate(0, 0.9) for _ in places))
    for number in range(count):
        pattern, rest = patterns[int(chance.random() * len(patterns))]
        place = chance.choices(places, cum_weights=weights)[0]
        registrar = _registrar(chance, place, pattern.form)
        code = ""
        if pattern.form is not Form.GROUP:
            credit_class = form_kinds()[pattern.form].credit_class
            serial = f"D{number * 7919 % 10_000_000:07d}"
            code = make_credit_code(credit_class, code_of(registrar.region), serial)
        yield replace(
            pattern,
            number=number,
            code=code,
            name=f"{registrar.name}{rest}",
            registered_by=registrar.id,
            registered_region=registrar.region,
            prov=registrar.prov,
            located_in=place.region,
        )


def sheet_rows(count: int, seed: int) -> Iterator[dict[str, str]]:
    """Yield rows of a sheet for the import, as many as asked for; regions must be there.

    All have a credit code and are registered by a province or below, which a code of six digits
    names.
    """
    chance = random.Random(seed)
    patterns = [row for row in invented_organisations(seed) if row[c.CODE]]
    places = _places()
    weights = list(accumulate(chance.lognormvariate(0, 0.9) for _ in places))
    for number in range(count):
        row = chance.choice(patterns)
        place = chance.choices(places, cum_weights=weights)[0]
        registrar = _registrar(chance, place, Form.ASSOCIATION)
        if registrar.region == 0:
            registrar = place.registrars[-1]
        at = code_of(registrar.region)
        code = make_credit_code(row[c.CODE][:2], at, f"D{number * 7919 % 10_000_000:07d}")
        told = {c.CODE: code, c.NAME: f"{registrar.name}{row[c.NAME]}{number}"}
        told |= {c.REGISTRAR: at, c.PLACE: code_of(place.region)}
        yield row | told | {c.SUPERVISOR: "", c.INDUSTRY: "", c.REGISTRAR_CHANGED: ""}


def _registrar(chance: random.Random, place: Place, form: Form) -> Registrar:
    drawn = chance.random()
    level = (drawn >= NATIONAL) + (drawn >= PROVINCIAL) + (drawn >= MUNICIPAL)
    if form is Form.GROUP:  # filed where they are
        level = 3
    return place.registrars[min(level, len(place.registrars) - 1)]


def _patterns(seed: int) -> list[tuple[ImportedOrganisation, str]]:
    """Return the city's organisations as the import reads them, with their names' last part."""
    refs = get_import_references(SYSTEM, date(2026, 1, 1))
    made = []
    for row in invented_organisations(seed, groups=GROUPS):
        row |= {c.SUPERVISOR: "", c.INDUSTRY: ""}
        found = check_row(1, row, refs)
        if isinstance(found, list):
            raise RuntimeError(found[0].text())
        rest = found.name.removeprefix(CITY)
        head, _, tail = rest.partition("区")
        made.append((found, tail if len(head) == 2 and tail else rest))
    return made


def _places() -> list[Place]:
    """Return every place without places below, with the authorities above it, highest first."""
    registrars = {
        region: Registrar(pk, region, prov, "" if region == 0 else name)
        for pk, region, prov, name in rows(
            "SELECT a.id, a.region_id, a.prov, g.name FROM registry_authority a"
            " JOIN registry_region g ON g.id = a.region_id"
            " WHERE a.kind = 'REGISTRATION' AND a.valid_to IS NULL"
        )
    }
    found = rows(
        "SELECT g.id FROM registry_region g WHERE g.valid_to IS NULL AND g.role = 'ORDINARY'"
        " AND g.level IN ('CITY', 'COUNTY') AND NOT EXISTS (SELECT FROM registry_region b"
        " WHERE b.parent_id = g.id AND b.valid_to IS NULL AND b.role = 'ORDINARY') ORDER BY g.id"
    )
    return [
        Place(
            region,
            tuple(
                registrars[above]
                for above in dict.fromkeys(
                    (0, region // 10_000 * 10_000, region // 100 * 100, region)
                )
                if above in registrars
            ),
        )
        for (region,) in found
    ]
