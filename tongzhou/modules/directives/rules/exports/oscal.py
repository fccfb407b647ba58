"""Write a directive as an OSCAL 1.2 catalog.

Chapters, which are the clauses at the top, become groups; every clause with words to obey becomes
a control, the clauses below it controls inside. The words are those for readers; duties are parts
of the control they are drawn from, with properties in a namespace of our own. OSCAL keeps groups
and controls apart, so a chapter's own words get a control of their own beside its clauses.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta, timezone
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from tongzhou.modules.directives.rules.exports.document import (
    ExportDocument,
    ExportDuty,
    erratum_note,
)
from tongzhou.modules.directives.rules.exports.sections import Section, sections
from tongzhou.modules.directives.rules.passages import Passage
from tongzhou.modules.directives.rules.typeset import typeset

VERSION = "1.2.3"
NAMESPACE = "urn:tongzhou:directives:1"
_PLACE = timezone(timedelta(hours=8))
_LONGEST_TITLE = 60
_MARKUP = re.compile(r"([\\`*_\[\]<>{}~^|])")
#: Kinds of passage that become controls.
_WORDS = frozenset({"COVER", "PREAMBLE", "ANNEX"})
_TITLES = {"COVER": "来函", "PREAMBLE": "前言", "ANNEX": "附件"}


def write_oscal(document: ExportDocument) -> bytes:
    """Return a directive as an OSCAL catalog in JSON."""
    catalog = {"catalog": _Writer(document).catalog()}
    return json.dumps(catalog, ensure_ascii=False, indent=1).encode("utf-8")


class _Writer:
    """One catalog under way."""

    def __init__(self, document: ExportDocument) -> None:
        self.document = document
        self.base = uuid5(NAMESPACE_URL, f"urn:tongzhou:{document.urn}")
        self.below: dict[int | None, list[int]] = {}
        self.items: set[int] = set()
        for position, each in enumerate(document.passages):
            if each.kind == "ITEM":
                self.below.setdefault(each.parent, []).append(position)
                self.items.add(position)

    def catalog(self) -> dict[str, Any]:
        """Return the catalog."""
        groups = [
            made for section in sections(self.document.passages) if (made := self._section(section))
        ]
        return _filled(
            {
                "uuid": str(uuid5(self.base, self._state())),
                "metadata": self._metadata(),
                "groups": groups,
                "back-matter": _filled({"resources": self._resources()}),
            }
        )

    def _state(self) -> str:
        """Return what must change for the catalog to be another one."""
        document = self.document
        return json.dumps(
            [
                document.sha256,
                [(each.address, each.text, each.label) for each in document.passages],
                [(each.address, each.reading) for each in document.errata],
                [(each.urn, each.quote) for each in document.duties or ()],
                document.exported_at.isoformat(),
            ],
            ensure_ascii=False,
        )

    def _id(self, name: str) -> UUID:
        return uuid5(self.base, name)

    def _metadata(self) -> dict[str, Any]:
        document = self.document
        issuers = [each for each in document.issuer.replace("、", " ").split() if each]
        people = [("issuer", each) for each in issuers]
        people += [("addressee", each) for each in document.recipients if _plain(each)]
        roles = {"issuer": "发文机关", "addressee": "主送机关"}
        published = (
            datetime.combine(document.issued_on, time(0), _PLACE) if document.issued_on else None
        )
        return {
            "title": _line(document.title) or document.urn,
            "published": _moment(published),
            "last-modified": _moment(document.exported_at),
            "version": document.urn.partition("@")[2] or document.urn,
            "oscal-version": VERSION,
            "revisions": [
                _filled({"version": each.urn.partition("@")[2]})
                for each in [document.previous]
                if each is not None
            ],
            "document-ids": [
                {"identifier": each} for each in (document.urn, _plain(document.doc_number)) if each
            ],
            "props": _props(
                kind=document.kind.value,
                work=document.work,
                format=document.format,
                sha256=document.sha256,
                source=document.source_note,
                effective=document.effective_on,
                expires=document.expires_on,
                supplements=document.supplements.urn if document.supplements else "",
                repealed=_moment(document.repealed_at),
                library=document.library,
            ),
            "roles": [
                {"id": role, "title": title}
                for role, title in roles.items()
                if any(each[0] == role for each in people)
            ],
            "parties": [
                {
                    "uuid": str(self._id(f"{role}:{name}")),
                    "type": "organization",
                    "name": _plain(typeset(name)),
                }
                for role, name in dict.fromkeys(people)
            ],
            "responsible-parties": [
                {
                    "role-id": role,
                    "party-uuids": list(
                        dict.fromkeys(
                            str(self._id(f"{other}:{name}"))
                            for other, name in people
                            if other == role
                        )
                    ),
                }
                for role in roles
                if any(each[0] == role for each in people)
            ],
        }

    def _resources(self) -> list[dict[str, Any]]:
        """Return the source as received, and the documents that the text names."""
        document = self.document
        data = document.source.encode("utf-8", "surrogatepass")
        source = {
            "uuid": str(self._id("source")),
            "title": "原文",
            "props": _props(sha256=document.sha256),
            "base64": {
                "filename": "source.txt",
                "media-type": "text/plain",
                "value": base64.b64encode(data).decode("ascii"),
            },
        }
        cited: dict[str, dict[str, Any]] = {}
        for each in document.citations:
            name = _cited(each.title, each.doc_number)
            cited.setdefault(
                name,
                _filled(
                    {
                        "uuid": str(self._id(f"cited:{name}")),
                        "title": _line(each.title or each.doc_number) or "文件",
                        "document-ids": [
                            {"identifier": identifier}
                            for identifier in (each.target, _plain(each.doc_number))
                            if identifier
                        ],
                    }
                ),
            )
        return [_filled(source)] * bool(data) + list(cited.values())

    def _section(self, section: Section) -> dict[str, Any] | None:
        """Return the group of the body or of an attachment."""
        passages = self.document.passages
        title = self.document.title if section.number == 0 else f"附件{section.number}"
        groups = []
        for position in section.positions:
            each = passages[position]
            if each.kind == "HEADING":
                title = self.document.reading(each)
            elif each.kind in _WORDS:
                groups.append(self._words(position))
            elif each.kind == "ITEM" and (each.parent is None or each.parent not in self.items):
                groups.append(self._chapter(position))
        if not groups:
            return None
        name = f"annex-{section.number}" if section.number else "body"
        return {"id": name, "class": "section", "title": _line(title) or "附件", "groups": groups}

    def _words(self, position: int) -> dict[str, Any]:
        """Return the group of a passage outside the numbering: one control with its words."""
        passage = self.document.passages[position]
        return {
            "id": f"g-{_token(passage.address)}",
            "class": passage.kind.lower(),
            "title": _TITLES[passage.kind],
            "controls": [self._control(position, ())],
        }

    def _chapter(self, position: int) -> dict[str, Any]:
        """Return the group of a clause at the top, its own words as its first control."""
        passage = self.document.passages[position]
        below = self.below.get(position, [])
        inner = any(self.document.passages[each].level == 0 for each in below)
        group = {
            "id": f"g-{_token(passage.address)}",
            "class": "chapter",
            "title": self._title(passage),
            "props": self._told(position, passage),
        }
        has_words = self._has_words(position, passage)
        if inner:
            group["parts"] = self._parts(passage) if has_words else []
            group["groups"] = [self._chapter(each) for each in below]
        else:
            own = [self._control(position, ())] if has_words or not below else []
            group["controls"] = own + [
                self._control(each, self.below.get(each, ())) for each in below
            ]
        return _filled(group)

    def _has_words(self, position: int, passage: Passage) -> bool:
        """Say whether a clause says more than what those below it are about."""
        if passage.address in self.document.duties_at:
            return True
        text = passage.text.strip()
        return text != passage.heading.strip() and bool(re.search("[。；\n]", text.strip("。")))

    def _control(self, position: int, below: Iterable[int]) -> dict[str, Any]:
        passage = self.document.passages[position]
        return _filled(
            {
                "id": f"c-{_token(passage.address)}",
                "class": "clause" if passage.kind == "ITEM" else passage.kind.lower(),
                "title": self._title(passage),
                "props": self._told(position, passage),
                "links": self._links(passage),
                "parts": self._parts(passage),
                "controls": [self._control(each, self.below.get(each, ())) for each in below],
            }
        )

    def _title(self, passage: Passage) -> str:
        """Return label and heading, or the opening words, on one line."""
        heading = self.document.heading(passage)
        text = self.document.reading(passage)
        shown = heading or re.split("[。；，\n]", text, maxsplit=1)[0]
        label = typeset(passage.label)
        title = _line((label + shown)[:_LONGEST_TITLE])
        return title or _TITLES.get(passage.kind, passage.address) or "条款"

    def _told(self, position: int, passage: Passage) -> list[dict[str, str]]:
        label = [{"name": "label", "value": _plain(typeset(passage.label))}]
        order = [{"name": "sort-id", "value": f"{position:05d}"}]
        return (
            (label if label[0]["value"] else [])
            + order
            + _props(
                address=passage.address,
                urn=f"{self.document.urn}#{passage.address}",
                level=passage.level,
                start=passage.start,
                end=passage.end,
                refines=passage.refines,
                erratum=[erratum_note(e) for e in self.document.errata_at.get(passage.address, ())],
            )
        )

    def _links(self, passage: Passage) -> list[dict[str, str]]:
        found = dict.fromkeys(
            (str(self._id(f"cited:{_cited(each.title, each.doc_number)}")), each.kind.value)
            for each in self.document.citations
            if each.address == passage.address
        )
        return [{"href": f"#{key}", "rel": kind.lower().replace("_", "-")} for key, kind in found]

    def _parts(self, passage: Passage) -> list[dict[str, Any]]:
        prose = _prose(self.document.reading(passage))
        name = _token(passage.address)
        words = [{"id": f"s-{name}", "name": "statement", "prose": prose}] if prose else []
        duties = self.document.duties_at.get(passage.address, ())
        return words + [self._duty(each) for each in duties]

    def _duty(self, duty: ExportDuty) -> dict[str, Any]:
        guide = _prose(duty.guide)
        return _filled(
            {
                "id": f"d-{_token(duty.key)}",
                "name": "duty",
                "ns": NAMESPACE,
                "title": _line(duty.title),
                "props": _props(
                    urn=duty.urn,
                    strength=duty.strength,
                    bearer=duty.bearer,
                    bearer_kind=duty.bearer_kind,
                    organ=duty.organ,
                    group=list(duty.groups),
                    authority_level=list(duty.levels),
                    phase=list(duty.phases),
                    phase_words=duty.phase_words,
                    recurrence=duty.recurrence,
                    due=duty.due,
                    deadline_basis=duty.deadline_basis,
                    evidence=duty.evidence,
                    cites=duty.cites,
                    minutes=duty.minutes,
                    **{f"deadline_{key}": value for key, value in (duty.deadline or {}).items()},
                ),
                "prose": _prose(duty.quote),
                "parts": [{"name": "guidance", "prose": guide}] if guide else [],
            }
        )


def _props(**values: object) -> list[dict[str, str]]:
    """Return properties of our own; lists give several, empty values none."""
    made = []
    for name, value in values.items():
        for each in value if isinstance(value, list) else [value]:
            text = "" if each is None else _plain(str(each))
            if text:
                made.append({"name": name.replace("_", "-"), "ns": NAMESPACE, "value": text})
    return made


def _filled(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return a mapping without what is empty: OSCAL allows neither null nor empty lists."""
    return {
        key: _filled(value) if key == "metadata" else value
        for key, value in made.items()
        if value not in ("", None, [], {})
    }


def _plain(text: str) -> str:
    """Return text on one line without white space at its ends, as values must be."""
    return " ".join(text.split())


def _line(text: str) -> str:
    """Return text as markup on one line."""
    return _MARKUP.sub(r"\\\1", _plain(text))


def _prose(text: str) -> str:
    """Return text as markup of one paragraph a line."""
    lines = [_line(line) for line in text.split("\n")]
    return "\n\n".join(line for line in lines if line)


def _token(text: str) -> str:
    """Return text as part of a token."""
    return re.sub(r"[^\w.\-]", "_", text)


def _cited(title: str, number: str) -> str:
    return f"{_plain(title)}|{_plain(number)}"


def _moment(at: datetime | None) -> str:
    """Return a moment with the offset of Beijing, whose offsets OSCAL knows."""
    return at.astimezone(_PLACE).isoformat(timespec="seconds") if at else ""
