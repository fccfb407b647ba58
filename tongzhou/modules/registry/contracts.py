"""Name what the registry knows: codes, and the frozen rows it hands out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Form(StrEnum):
    """Registration form (法定形式); exactly one per organisation. Labels: params/forms.yaml."""

    ASSOCIATION = "ASSOCIATION"
    INSTITUTION = "INSTITUTION"
    FOUNDATION = "FOUNDATION"
    GROUP = "GROUP"
    AUTHORITY = "AUTHORITY"


class Level(StrEnum):
    """Level of the region tree and of the authorities on it: 国、省、市、县."""

    NATION = "NATION"
    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"


class RegionRole(StrEnum):
    """Say whether a code of the tree governs.

    GROUPING codes (110100 市辖区, 429000 省直辖县级行政区划) only hold their counties together;
    OUTSIDE regions have no registration authorities.
    """

    ORDINARY = "ORDINARY"
    GROUPING = "GROUPING"
    OUTSIDE = "OUTSIDE"


class OrganKind(StrEnum):
    """Organ of an organisation that can owe a duty of its own."""

    PARTY_ORG = "PARTY_ORG"
    SECRETARIAT = "SECRETARIAT"
    SUPERVISORY_BOARD = "SUPERVISORY_BOARD"
    LEGAL_REP = "LEGAL_REP"


class AuthorityKind(StrEnum):
    """What an authority is to an organisation; the four principals and the Party line."""

    REGISTRATION = "REGISTRATION"
    SUPERVISOR = "SUPERVISOR"
    INDUSTRY = "INDUSTRY"
    TERRITORY = "TERRITORY"
    PARTY = "PARTY"


class Status(StrEnum):
    """Where an organisation stands in its life; only ACTIVE and SUSPENDED ones owe duties.

    MOVED is what a row is left as when the organisation went to another province: it holds the
    history there, and the code leads to the row of the new province.
    """

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DISSOLVED = "DISSOLVED"
    REVOKED = "REVOKED"
    MOVED = "MOVED"


@dataclass(frozen=True, slots=True)
class AttributeKind:
    """One attribute of params/attributes.yaml."""

    code: str
    bit: int
    zh: str
    en: str
    basis: str
    forms: frozenset[Form]
    requires: frozenset[str]
    synonyms: tuple[str, ...]
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class FormKind:
    """One registration form of params/forms.yaml."""

    code: Form
    zh: str
    en: str
    credit_class: str
    synonyms: tuple[str, ...]
    basis: str


@dataclass(frozen=True, slots=True)
class SeedRegion:
    """One line of data/regions.csv; ids are GB/T 2260 codes as integers, the nation is 0."""

    id: int
    parent_id: int | None
    level: Level
    role: RegionRole
    name: str
    short_name: str
    pinyin: str
    valid_from: date | None
    valid_to: date | None
    successors: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RegionReference:
    """What the import needs to know of a region."""

    id: int
    name: str
    addressable: bool
    closed_on: date | None = None
    successors: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorityReference:
    """What the import needs to know of an authority; ``prov`` is the number of its province."""

    id: int
    name: str
    level: Level
    region_id: int
    prov: int


@dataclass(frozen=True, slots=True)
class ImportReferences:
    """Everything a row is checked against, read once per import.

    ``registrars``, ``supervisors`` and ``industry`` map names (and, for registrars, six-digit
    region codes) to authorities. ``code_regions`` maps a registrar's id to
    the region digits its codes may carry: its own and those of its predecessors. ``mine`` limits
    the registering authorities to those the importing actor may write for; None means all.
    """

    today: date
    registrars: Mapping[str, AuthorityReference]
    regions: Mapping[str, RegionReference]
    region_names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    supervisors: Mapping[str, int] = field(default_factory=dict)
    industry: Mapping[str, int] = field(default_factory=dict)
    code_regions: Mapping[int, Collection[str]] = field(default_factory=dict)
    mine: Collection[int] | None = None


@dataclass(slots=True)
class ImportedOrganisation:
    """A row that passed every check, in the terms of the registry.

    ``number`` is the line in the sheet. ``undated`` marks the attributes whose first day the sheet
    does not name. ``code`` is a credit code, an internal number, or empty
    for a filed group that gets its internal number on import. Not frozen, because a hundred
    thousand of them are made per import and freezing doubles the time; nobody changes one.
    """

    number: int
    code: str
    name: str
    form: Form
    registered_by: int
    registered_region: int
    prov: int
    located_in: int
    address: str
    supervisor: int | None
    industry_department: int | None
    territory_contact: str
    established_on: date
    attributes: int
    attribute_dates: tuple[tuple[str, date], ...]
    organs: int
    legal_representative: str
    secretary: str
    party_secretary: str
    board_chair: str
    undated: int = 0


@dataclass(frozen=True, slots=True)
class RowFault:
    """Say what is wrong in one cell, and how to mend it.

    ``reason`` and ``way_out`` are sentences with ``%(name)s`` places filled from ``params``; they
    are kept apart so that a page can translate the sentence before it fills the places.
    """

    row: int
    column: str
    reason: str
    way_out: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)

    def text(self, translate: Callable[[str], str] = str) -> str:
        """Return reason and way out as one text."""
        whole = translate(self.reason) % self.params
        if self.way_out:
            whole += translate(self.way_out) % self.params
        return whole


@dataclass(frozen=True, slots=True)
class NewRegion:
    """A region that takes over from one that ends.

    ``name`` and ``authority``, the name of its registration authority, are needed only where the
    region or the authority is not held yet.
    """

    id: int
    name: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Heir:
    """What a successor of a region would take over: organisations there, and by registration."""

    id: int
    name: str
    authority: str
    is_new: bool
    located: int
    registered: int


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """An authority to enter.

    ``superior_region`` names its superior's region where that is not the next one above it.
    """

    kind: AuthorityKind
    name: str
    region_id: int
    short_name: str = ""
    code: str = ""
    superior_region: int | None = None
