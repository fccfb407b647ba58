"""What a reader asks of the figures, and the rows that pages show."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
MOMENT = "%Y-%m-%dT%H:%M:%S"


class By(StrEnum):
    """What a table of figures has one row for."""

    REGION = "region"
    DUTY = "duty"
    FORM = "form"
    GROUP = "group"
    AUTHORITY = "authority"


class TreeName(StrEnum):
    """The two trees of regions: where an organisation is, and who registered it."""

    TERRITORY = "territory"
    REGISTRATION = "registration"


class Bearers(StrEnum):
    """Whose duties are counted."""

    ORGANISATION = "organisations"
    AUTHORITY = "authorities"


@dataclass(frozen=True, slots=True)
class Question:
    """What a page of figures is about, as the query string says it.

    The same question serves the number, the list behind it, their exports and the API. ``region``
    is a region id with its subtree along ``tree``; ``own`` leaves out what lies below it.
    ``registrar`` keeps what the authority of that very region registered. ``day`` names a day of
    daily duties, or of the period of ``duty``. ``as_of`` is a past moment to look back to.
    """

    region: int = 0
    own: bool = False
    tree: TreeName = TreeName.TERRITORY
    bearers: Bearers = Bearers.ORGANISATION
    registrar: int | None = None
    library: int | None = None
    duty: int | None = None
    organ: str = ""
    form: str = ""
    group: str = ""
    day: date | None = None
    as_of: datetime | None = None

    def but(self, **changes: Any) -> Question:
        """Return the question with some of it replaced."""
        return replace(self, **changes)

    def params(self) -> dict[str, str]:
        """Return the query parameters that ask this; what is at its default is left out."""
        found = {"region": f"{self.region:06d}"}
        if self.own:
            found["own"] = "1"
        if self.tree is not TreeName.TERRITORY:
            found["tree"] = self.tree.value
        if self.bearers is not Bearers.ORGANISATION:
            found["bearers"] = self.bearers.value
        for name in ("library", "duty"):
            if (value := getattr(self, name)) is not None:
                found[name] = str(value)
        if self.registrar is not None:
            found["registrar"] = f"{self.registrar:06d}"
        for name in ("organ", "form", "group"):
            if value := getattr(self, name):
                found[name] = value
        if self.day is not None:
            found["day"] = self.day.isoformat()
        if self.as_of is not None:
            found["as_of"] = self.as_of.astimezone(ZONE).strftime(MOMENT)
        return found

    def query(self, **more: object) -> str:
        """Return the query string of this question with further parameters."""
        extra = {name: str(value) for name, value in more.items() if value not in {None, ""}}
        names, said = _said(self)
        if names.isdisjoint(extra):
            return f"{said}&{urlencode(extra)}" if extra else said
        return urlencode({**self.params(), **extra})


@lru_cache(maxsize=512)
def _said(question: Question) -> tuple[frozenset[str], str]:
    """Return the names and the query string of a question: a page says it of each number."""
    found = question.params()
    return frozenset(found), urlencode(found)


@dataclass(frozen=True, slots=True)
class RegionName:
    """A region as pages name it."""

    id: int
    name: str
    level: str
    has_children: bool = False


@dataclass(frozen=True, slots=True)
class DirectiveName:
    """A directive in force, as pages name it.

    ``refined`` counts the duties of other directives that it makes stricter; they count to the
    figures of those.
    """

    library_id: int
    expression: str
    title: str
    doc_number: str
    issuer: str
    issued_on: date | None
    response_id: int
    from_at: datetime
    refined: int = 0


@dataclass(frozen=True, slots=True)
class KindOption:
    """A kind of organisation that directives name; ``named`` is False for a narrower cut."""

    code: str
    label: str
    named: bool
    residual: bool


@dataclass(frozen=True, slots=True)
class GuideDuty:
    """A duty in plain words for the public guide; ``timing`` is empty where nothing is reported."""

    title: str
    guide: str
    strength: str
    organ: str
    timing: str
    minutes: int
    clause: str
    expression: str
    library_id: int


@dataclass(frozen=True, slots=True)
class Guide:
    """What one directive asks of some kinds of organisation, and of everybody."""

    directive: DirectiveName
    kinds: tuple[str, ...]
    own: tuple[GuideDuty, ...]
    everybody: tuple[GuideDuty, ...]
