"""Types of the compiler: a compilation (分解稿), its working clauses and working duties."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as given
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """Where a compilation stands. Only a SIGNED one binds anybody."""

    EDITING = "EDITING"
    SUBMITTED = "SUBMITTED"  # 送审
    SIGNED = "SIGNED"  # 签发
    DISCARDED = "DISCARDED"


class Kind(StrEnum):
    """What a compilation makes: a first wording, an amended one, or a lower supplement."""

    NEW = "NEW"
    AMENDMENT = "AMENDMENT"
    SUPPLEMENT = "SUPPLEMENT"


class DutyState(StrEnum):
    """What an officer decided about a working duty."""

    PROPOSED = "PROPOSED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"


class Origin(StrEnum):
    """Where a working duty comes from."""

    PARSER = "PARSER"
    OFFICER = "OFFICER"
    CARRIED = "CARRIED"  # from the wording that is amended


class Relation(StrEnum):
    """How a working duty stands to one in force; the words of duties.models.Duty.relation."""

    NEW = "NEW"
    CONTINUES = "CONTINUES"
    REFINES = "REFINES"


@dataclass(frozen=True, slots=True)
class Head:
    """What a document says of itself, as parsed and corrected by an officer."""

    title: str = ""
    doc_number: str = ""
    issuer: str = ""
    issued_on: date | None = None
    urn: str = ""
    kind: str = "OTHER"
    recipients: tuple[str, ...] = ()
    effective_on: date | None = None
    expires_on: date | None = None
    source_note: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something a person has to decide before a duty can be accepted.

    ``field`` names the field of the declaration, ``text`` is a msgid, ``words`` are the source's.
    """

    code: str
    field: str
    text: str
    words: str = ""
    params: dict[str, Any] = given(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """What keeps a compilation from being submitted: in the head, a clause or a duty.

    ``item`` is ``head``, ``c<key>`` or ``d<key>``; ``text`` is a msgid with ``params``.
    """

    item: str
    field: str
    text: str
    params: dict[str, Any] = given(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClauseDraft:
    """A working clause; ``parent`` is the key of the clause above, offsets count the source."""

    key: int
    position: int
    address: str
    label: str
    level: int
    kind: str
    parent: int | None
    heading: str
    text: str
    start: int
    end: int
    refines: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True)
class DutyDraft:
    """A working duty: a stretch of the source and what it asks of whom.

    ``spec`` is a duty declaration as in a duty library (tongzhou/modules/duties/libraries), whole
    or in part; ``proposal`` what the parser proposed, with its reasons and confidence (empty for
    one that an officer added). ``root`` is the duty that is continued or refined.
    """

    key: int
    start: int
    end: int
    state: DutyState
    origin: Origin
    spec: dict[str, Any]
    proposal: dict[str, Any]
    questions: tuple[Question, ...] = ()
    relation: Relation = Relation.NEW
    root: int | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class CompilationRow:
    """A compilation without its source text."""

    id: int
    authority_id: int
    authority: str
    state: State
    kind: Kind
    base_id: int | None
    head: Head
    format: str
    original: str | None
    scope_region: int
    scope_by: str
    response_id: int | None
    groups: dict[str, Any]
    revision: int
    created_at: datetime
    creator: str
    changed_at: datetime
    changer: str
    submitted_at: datetime | None
    submitter: str
    submitted_by: int | None
    signed_at: datetime | None
    signer: str
    return_reason: str
    expression_id: int | None
    library_id: int | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of a compilation as people read it.

    ``items`` maps what was touched (``head``, ``c<key>``, ``d<key>``) to what it was called.
    ``undone_by`` is the number of the change that took it back, if that still stands.
    """

    seq: int
    at: datetime
    user_id: int | None
    actor: str
    action: str
    items: dict[str, str]
    before: dict[str, Any]
    after: dict[str, Any]
    undoes: int | None
    undone_by: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many working duties there are and how many are decided."""

    total: int = 0
    accepted: int = 0
    rejected: int = 0

    @property
    def decided(self) -> int:
        """Return how many were accepted or rejected."""
        return self.accepted + self.rejected
