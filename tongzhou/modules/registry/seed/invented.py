"""Invent the organisations of the demonstration city.

Pure and deterministic: the same seed gives the same rows on every machine. The rows have the
columns of the import template, so the demonstration enters the registry by the door that users
take. Counts per form are Guangzhou's (end of 2021); names are composed and belong to nobody
(see data/invented.yaml).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tongzhou.base.identifiers import make_credit_code
from tongzhou.modules.registry.contracts import AuthorityKind, Form
from tongzhou.modules.registry.rules import attributes as kinds
from tongzhou.modules.registry.rules import columns as c
from tongzhou.modules.registry.rules.regions import seed_regions

CITY = "广州市"
CITY_CODE = "440100"
#: Nothing is founded after this day, so the demonstration's past is the same whenever it is built.
LAST_DAY = date(2021, 12, 31)
_SOURCE = Path(__file__).parent.parent / "data" / "invented.yaml"
_CHARITY_LAW = date(2016, 9, 1)


@dataclass(frozen=True, slots=True)
class InventedPrincipal:
    """A department that supervises or guides organisations of the demonstration."""

    kind: AuthorityKind
    name: str
    region_id: int


@cache
def _blocks() -> dict[str, Any]:
    blocks: dict[str, Any] = yaml.safe_load(_SOURCE.read_text(encoding="utf-8"))
    return blocks


@cache
def _district_names() -> dict[str, str]:
    codes = {str(code) for code in _blocks()["districts"]}
    return {
        f"{region.id:06d}": region.name for region in seed_regions() if f"{region.id:06d}" in codes
    }


@cache
def _homes() -> tuple[str, ...]:
    """Return the short names of cities outside the province, for out-of-town chambers."""
    return tuple(
        region.short_name
        for region in seed_regions()
        if region.level == "CITY" and region.role == "ORDINARY" and region.id // 10_000 != 44
    )


def registrar_name(code: str) -> str:
    """Return the name of the registration authority of the city or one of its districts."""
    return f"{CITY}民政局" if code == CITY_CODE else f"{CITY}{_district_names()[code]}民政局"


def invented_principals() -> Iterator[InventedPrincipal]:
    """Yield the departments that the invented organisations name, city first."""
    used_as_supervisor = {k["supervisor"] for k in _blocks()["kinds"] if "supervisor" in k}
    used_as_industry = {key for k in _blocks()["kinds"] for key in k.get("industry", ())}
    for code in (CITY_CODE, *_district_names()):
        for key in _blocks()["departments"]:
            name = _department(key, code)
            if key in used_as_supervisor:
                yield InventedPrincipal(AuthorityKind.SUPERVISOR, name, int(code))
            if key in used_as_industry:
                yield InventedPrincipal(AuthorityKind.INDUSTRY, name, int(code))


def invented_organisations(seed: int, *, groups: int = 0) -> Iterator[dict[str, str]]:
    """Yield 8,030 organisations as import rows, then ``groups`` filed community groups."""
    blocks = _blocks()
    chance = random.Random(seed)  # noqa: S311 - invents a demonstration, protects nothing
    forge = _Forge(chance, blocks)
    specs = [spec for spec in blocks["kinds"] for _ in range(spec["count"])]
    chance.shuffle(specs)
    for spec in specs:
        yield forge.organisation(spec)
    for _ in range(groups):
        yield forge.group()


def _department(key: str, code: str) -> str:
    place = CITY if code == CITY_CODE else CITY + _district_names()[code]
    name: str = _blocks()["departments"][key]
    return name.format(place=place)


class _Forge:
    """Make one organisation after the other from one stream of chance."""

    def __init__(self, chance: random.Random, blocks: dict[str, Any]) -> None:
        self.chance = chance
        self.blocks = blocks
        self.names: set[str] = set()
        self.serial = 0
        self.codes = [str(code) for code in blocks["districts"]]
        self.weights = [block["weight"] for block in blocks["districts"].values()]

    def organisation(self, spec: dict[str, Any]) -> dict[str, str]:
        """Return the import row of one registered organisation."""
        chance = self.chance
        form = Form(spec["form"])
        district = chance.choices(self.codes, self.weights)[0]
        registrar = CITY_CODE if chance.random() < spec["city"] else district
        established = self._established(form)
        attributes = self._attributes(spec, established)
        direct = chance.random() < spec.get("direct", 0.0)
        decoupled = "DECOUPLED" in attributes
        if direct and established >= date(2013, 3, 14):
            attributes["DIRECT"] = None
        street = self._street(district)
        row = dict.fromkeys(c.NAMES, "")
        row[c.CODE] = self._code(form, registrar)
        row[c.NAME] = self._name(spec, registrar, street)
        row[c.FORM] = kinds.form_kinds()[form].zh
        row[c.REGISTRAR] = registrar_name(registrar)
        row[c.PLACE] = district
        row[c.ADDRESS] = self._address(district, street)
        row[c.ESTABLISHED] = established.isoformat()
        row[c.ATTRIBUTES] = self._wording(attributes)
        if spec.get("supervisor") and not direct and not decoupled:
            row[c.SUPERVISOR] = _department(spec["supervisor"], registrar)
        if spec.get("industry"):
            row[c.INDUSTRY] = _department(chance.choice(spec["industry"]), registrar)
        row[c.TERRITORY] = f"{street}办事处 {self._person()}".replace("镇办事处", "镇政府")
        self._people(row, spec["party"], spec["board"])
        row[c.LEGAL_REP] = self._person()
        return row

    def group(self) -> dict[str, str]:
        """Return the import row of one filed community group, which has no code."""
        chance = self.chance
        district = chance.choices(self.codes, self.weights)[0]
        street = self._street(district)
        field = chance.choice(["广场舞队", "志愿服务队", "邻里互助会", "合唱队", "太极拳队"])
        row = dict.fromkeys(c.NAMES, "")
        row[c.NAME] = self._unique(lambda: f"{street}{self._brand()}{field}")
        row[c.FORM] = kinds.form_kinds()[Form.GROUP].zh
        row[c.REGISTRAR] = registrar_name(district)
        row[c.PLACE] = district
        row[c.ADDRESS] = self._address(district, street)
        row[c.ESTABLISHED] = self._established(Form.GROUP).isoformat()
        row[c.ATTRIBUTES] = kinds.attribute_kinds()["COMMUNITY"].zh
        self._people(row, 0.05, 0.0)
        return row

    def _code(self, form: Form, registrar: str) -> str:
        # Subject codes in use start with a digit or with M; a D marks these as invented.
        self.serial += 1
        credit_class = kinds.form_kinds()[form].credit_class
        return make_credit_code(credit_class, registrar, f"D{self.serial * 7 % 10_000_000:07d}")

    def _brand(self) -> str:
        first: str = self.chance.choice(self.blocks["brand_first"])
        second: str = self.chance.choice(self.blocks["brand_second"])
        return first + second

    def _name(self, spec: dict[str, Any], registrar: str, street: str) -> str:
        place = CITY if registrar == CITY_CODE else CITY + _district_names()[registrar]
        quarter = street.removesuffix("街道").removesuffix("镇")
        pattern: str = spec["name"]
        return self._unique(
            lambda: pattern.format(
                place=place,
                street=quarter,
                brand=self._brand(),
                field=self.chance.choice(spec["fields"]),
                home=self.chance.choice(_homes()) if spec.get("homes") else "",
            )
        )

    def _unique(self, make: Callable[[], str]) -> str:
        while True:
            name = make()
            if name not in self.names:
                self.names.add(name)
                return name

    def _established(self, form: Form) -> date:
        first, likely = {
            Form.ASSOCIATION: (date(1990, 1, 1), date(2010, 6, 1)),
            Form.INSTITUTION: (date(1999, 1, 1), date(2015, 6, 1)),
            Form.FOUNDATION: (date(2006, 1, 1), date(2017, 6, 1)),
            Form.GROUP: (date(2012, 1, 1), date(2019, 1, 1)),
        }[form]
        days = (LAST_DAY - first).days
        return first + timedelta(days=int(self.chance.triangular(0, days, (likely - first).days)))

    def _attributes(self, spec: dict[str, Any], established: date) -> dict[str, date | None]:
        """Return attribute → first day, None where it counts from the establishment."""
        chance = self.chance
        held: dict[str, date | None] = dict.fromkeys(spec.get("always", ()))
        for code, share in spec.get("sometimes", {}).items():
            if chance.random() < share:
                held[code] = None
        if "PUBLIC_FUNDRAISING" in held and "CHARITY" not in held:
            del held["PUBLIC_FUNDRAISING"]
        if "CHARITY" in held:
            start = max(established, _CHARITY_LAW)
            recognised = start + timedelta(days=chance.randrange(0, 400))
            held["CHARITY"] = recognised if recognised <= LAST_DAY else start
        if "PUBLIC_FUNDRAISING" in held:
            # Charity Law art. 22: not before one year after registration or recognition.
            first = held["CHARITY"]
            licensed = (first or established) + timedelta(days=366 + chance.randrange(0, 300))
            if licensed <= LAST_DAY:
                held["PUBLIC_FUNDRAISING"] = licensed
            else:
                del held["PUBLIC_FUNDRAISING"]
        if "DECOUPLED" in held:
            decoupled = date(2018, 1, 1) + timedelta(days=chance.randrange(0, 1_200))
            held["DECOUPLED"] = max(decoupled, established)
        return held

    @staticmethod
    def _wording(attributes: dict[str, date | None]) -> str:
        known = kinds.attribute_kinds()
        return "、".join(
            known[code].zh + (f"（{day.isoformat()}）" if day else "")
            for code, day in sorted(attributes.items(), key=lambda item: known[item[0]].bit)
        )

    def _street(self, district: str) -> str:
        streets: list[str] = self.blocks["districts"][int(district)]["streets"]
        return self.chance.choice(streets)

    def _address(self, district: str, street: str) -> str:
        road = self.chance.choice(self.blocks["roads"])
        number = self.chance.randrange(1, 300)
        return f"{_district_names()[district]}{street}{road}路{number}号"

    def _person(self) -> str:
        chance, blocks = self.chance, self.blocks
        name: str = chance.choice(blocks["surnames"]) + chance.choice(blocks["given_first"])
        if chance.random() < 0.75:
            name += chance.choice(blocks["given_second"])
        return name

    def _people(self, row: dict[str, str], party: float, board: float) -> None:
        row[c.SECRETARY] = self._person()
        for column, person, share in (
            (c.PARTY_ORG, c.PARTY_SECRETARY, party),
            (c.BOARD, c.BOARD_CHAIR, board),
        ):
            there = self.chance.random() < share
            row[column] = "是" if there else "否"
            row[person] = self._person() if there else ""
