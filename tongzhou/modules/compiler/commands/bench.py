"""One change of a compilation, from the lock to the row that remembers it.

Everybody who writes takes the compilation's row lock first, so that changes have one order. Each
item carries a revision: who saw an older one gets a Conflict, and nothing of either is lost.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Max
from django.utils.dateparse import parse_date

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel import audit, clock
from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler.contracts import ClauseDraft, DutyDraft, State
from tongzhou.modules.compiler.models import Change, Compilation, WorkingClause, WorkingDuty
from tongzhou.modules.compiler.queries.compilations import clause_of, duty_of, missing
from tongzhou.modules.compiler.rules import journal
from tongzhou.modules.compiler.rules.declaring import Document
from tongzhou.modules.directives.public import Stretches

_DERIVED = ("position", "address")
_CLAUSE_FIELDS = (
    "position", "address", "label", "level", "kind", "parent", "heading", "text", "start", "end",
    "refines", "revision",
)  # fmt: skip
_DUTY_FIELDS = (
    "start", "end", "state", "origin", "spec", "proposal", "questions", "relation", "root",
    "revision",
)  # fmt: skip
_LONGEST_ADDRESS = 40
_CLOSED = {
    State.SUBMITTED: (
        "这份分解稿已经送审，不能修改。",
        "要修改，请先由送审人撤回，或者由签发人退回。",
    ),
    State.SIGNED: ("这份分解稿已经签发，不能修改。", "要修改，请装载修订文本。"),
    State.DISCARDED: ("这份分解稿已经作废，不能修改。", "可以复制一份，接着做。"),
}


def lock(actor: Actor, compilation_id: int, *, states: Collection[State]) -> Compilation:
    """Lock a compilation that the actor may see; Refusal when it is in none of ``states``."""
    found = (
        Compilation.objects.visible_to(actor)
        .select_for_update()
        .defer("source", "tables", "notes")
        .filter(pk=compilation_id)
        .first()
    )
    if found is None:
        raise missing()
    state = State(found.state)
    if state not in states:
        message, way_out = _CLOSED.get(state, ("这份分解稿还在修改，没有送审。", ""))
        raise Refusal(message, code="compilation-state", way_out=way_out)
    return found


class Bench:
    """A compilation that is being edited: read under its lock, saved as one change."""

    def __init__(self, actor: Actor, at: datetime, compilation_id: int) -> None:
        self.actor, self.at = actor, at
        self.row = lock(actor, compilation_id, states={State.EDITING})

    @cached_property
    def clauses(self) -> list[ClauseDraft]:
        """Return the working clauses in the order of the text."""
        return [clause_of(each) for each in self.row.clauses.order_by("position")]

    @cached_property
    def duties(self) -> list[DutyDraft]:
        """Return the working duties in the order of the text."""
        return [duty_of(each) for each in self.row.duties.order_by("start", "key")]

    @cached_property
    def stretches(self) -> Stretches:
        """Return the reader of the source."""
        return Stretches(self.row.source)

    def read(self, start: int, end: int) -> str:
        """Return the words of a span as clauses are read."""
        return self.stretches.words(start, end)

    def new_key(self) -> int:
        """Return a key that no item of the compilation has had."""
        key = self.row.next_key
        self.row.next_key += 1
        return key

    def clause(self, key: int, revision: int) -> ClauseDraft:
        """Return a clause as the caller saw it; Conflict when it was changed since."""
        found = next((each for each in self.clauses if each.key == key), None)
        if found is None:
            raise self.gone(f"c{key}")
        self.check(f"c{key}", found.revision, revision)
        return found

    def duty(self, key: int, revision: int | None = None) -> DutyDraft:
        """Return a duty as the caller saw it; Conflict when it was changed since."""
        found = self.row.duties.filter(key=key).first()
        if found is None:
            raise self.gone(f"d{key}")
        if revision is not None:
            self.check(f"d{key}", found.revision, revision)
        return duty_of(found)

    def check(self, item: str, held: int, seen: int) -> None:
        """Raise Conflict when somebody changed an item after the caller saw it."""
        if held == seen:
            return
        last = self.last_change(item)
        raise Conflict(
            "%(who)s 在 %(when)s 改过这一项，您看到的已经不是最新的。",
            params=told(last),
            code="stale",
            way_out="请看两边的不同，再决定保留哪一个。",
        )

    def gone(self, item: str) -> Refusal:
        """Return the refusal for an item that is no longer there."""
        last = self.last_change(item)
        if last is None:
            return Missing("分解稿里没有这一项。", code="item-missing")
        return Conflict(
            "%(who)s 在 %(when)s 合并或撤销了这一项，它已经不在了。",
            params=told(last),
            code="item-gone",
            way_out="请刷新页面看现在的内容；需要的话，在“改动记录”里撤销那次改动。",
        )

    def last_change(self, item: str, after: int = 0) -> Change | None:
        """Return the latest change of an item, behind a given one."""
        found = self.row.changes.filter(seq__gt=after, after__has_key=item)
        return found.order_by("seq").last()

    def save(
        self,
        action: str,
        *,
        clauses: Sequence[ClauseDraft] | None = None,
        duties: Iterable[DutyDraft] = (),
        dropped: Iterable[DutyDraft] = (),
        head: dict[str, Any] | None = None,
        undoes: int | None = None,
    ) -> int:
        """Write what changed and remember it as one change; return its number, 0 for nothing.

        ``clauses`` is the whole tree, ``duties`` those that were made or changed, ``dropped``
        those to take away, ``head`` the whole content of the item ``head``.
        """
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        names: dict[str, str] = {}
        if clauses is not None:
            self._save_clauses(clauses, before, after, names)
        self._save_duties(list(duties), list(dropped), before, after, names)
        if head is not None:
            found = journal.difference(self.head(), head)
            if found is not None:
                before[journal.HEAD], after[journal.HEAD] = found
                put_head(self.row, head)
                self.row.revision += 1
        if not after:
            return 0
        self.row.changed_at, self.row.changer = self.at, self.actor.label[:200]
        self.row.save(
            update_fields=[
                "changed_at", "changer", "next_key", "revision", "head", "scope_region",
                "scope_by", "response_id", "groups",
            ]
        )  # fmt: skip
        seq = next_seq(self.row)
        Change.objects.create(
            compilation=self.row,
            seq=seq,
            at=self.at,
            user_id=self.actor.user_id,
            actor=self.actor.label[:200],
            action=action,
            before=before,
            after={**after, journal.NAMES: names},
            undoes=undoes,
        )
        audit.note(target=f"compilation/{self.row.pk}", action=action, change=seq)
        return seq

    def head(self) -> dict[str, Any]:
        """Return the whole content of the item ``head``."""
        return {
            **self.row.head,
            "scope_region": self.row.scope_region,
            "scope_by": self.row.scope_by,
            "response_id": self.row.response_id,
            "groups": self.row.groups,
        }

    def with_groups(self, groups: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the head with groups added that it does not have, None when it has all."""
        new = {code: body for code, body in groups.items() if code not in self.row.groups}
        return {**self.head(), "groups": {**self.row.groups, **new}} if new else None

    def document(self) -> Document:
        """Return what of the document bears on every declaration."""
        issued = parse_date(self.row.head.get("issued_on") or "")
        return Document(issued, self.at.astimezone(clock.PLACE).date())

    def _save_clauses(
        self,
        wanted: Sequence[ClauseDraft],
        before: dict[str, Any],
        after: dict[str, Any],
        names: dict[str, str],
    ) -> None:
        held = {each.key: each for each in self.clauses}
        made: list[WorkingClause] = []
        changed: list[WorkingClause] = []
        moved: list[WorkingClause] = []
        pks = dict(self.row.clauses.values_list("key", "pk"))
        if any(len(each.address) > _LONGEST_ADDRESS for each in wanted):
            raise Refusal("条款的层级太深了。", code="clause-depth")
        for each in wanted:
            old = held.pop(each.key, None)
            found = journal.difference(
                journal.clause_content(old) if old else None, journal.clause_content(each)
            )
            if found is not None:
                item = f"c{each.key}"
                before[item], after[item] = found
                names[item] = each.address
            revision = each.revision + (old is not None and found is not None)
            stored = WorkingClause(
                pk=pks.get(each.key),
                compilation=self.row,
                key=each.key,
                **{name: getattr(each, name) for name in _CLAUSE_FIELDS if name != "revision"},
                revision=revision,
            )
            if old is None:
                made.append(stored)
            elif found is not None:
                changed.append(stored)
            elif any(getattr(old, name) != getattr(each, name) for name in _DERIVED):
                moved.append(stored)
        for key, old in held.items():
            before[f"c{key}"], after[f"c{key}"] = journal.clause_content(old), None
            names[f"c{key}"] = old.address
        if held:
            self.row.clauses.filter(key__in=held.keys()).delete()
        WorkingClause.objects.bulk_create(made)
        WorkingClause.objects.bulk_update(changed, _CLAUSE_FIELDS, batch_size=200)
        WorkingClause.objects.bulk_update(moved, _DERIVED, batch_size=500)

    def _save_duties(
        self,
        wanted: list[DutyDraft],
        dropped: list[DutyDraft],
        before: dict[str, Any],
        after: dict[str, Any],
        names: dict[str, str],
    ) -> None:
        keys = {each.key for each in [*wanted, *dropped]}
        held = {each.key: each for each in self.row.duties.filter(key__in=keys)} if keys else {}
        made: list[WorkingDuty] = []
        changed: list[WorkingDuty] = []
        for each in wanted:
            old = held.get(each.key)
            content = journal.duty_content(each)
            content["spec"] = {"id": id_of(self.row.pk, each.key), **each.spec}
            found = journal.difference(journal.duty_content(duty_of(old)) if old else None, content)
            if found is None:
                continue
            item = f"d{each.key}"
            before[item], after[item] = found
            names[item] = name_of(each)
            stored = WorkingDuty(
                pk=old.pk if old else None,
                compilation=self.row,
                key=each.key,
                **content,
                revision=each.revision + 1 if old else each.revision,
            )
            (changed if old else made).append(stored)
        for each in dropped:
            item = f"d{each.key}"
            before[item], after[item] = journal.duty_content(each), None
            names[item] = name_of(each)
        if dropped:
            self.row.duties.filter(key__in=[each.key for each in dropped]).delete()
        WorkingDuty.objects.bulk_create(made)
        WorkingDuty.objects.bulk_update(changed, _DUTY_FIELDS, batch_size=200)


def id_of(compilation_id: int, key: int) -> str:
    """Return the id of a new duty in its library: one that no other compilation gives."""
    return f"d{compilation_id}-{key}"


def next_seq(row: Compilation) -> int:
    """Return the number of the next change of a locked compilation."""
    last: int | None = row.changes.aggregate(last=Max("seq"))["last"]
    return (last or 0) + 1


def put_head(row: Compilation, content: dict[str, Any]) -> None:
    """Put the content of the item ``head`` into a row, unsaved."""
    rest = dict(content)
    row.scope_region = rest.pop("scope_region")
    row.scope_by = rest.pop("scope_by")
    row.response_id = rest.pop("response_id")
    row.groups = rest.pop("groups")
    row.head = rest


def name_of(duty: DutyDraft) -> str:
    """Return what people call a working duty: its title, or the words it is drawn from."""
    title = duty.spec.get("title")
    words = (title.get("zh") if isinstance(title, dict) else "") or duty.spec.get("quote") or ""
    return str(words)[:60]


def told(change: Change | None) -> dict[str, str]:
    """Return who made a change and when, for a sentence."""
    if change is None:
        return {"who": "—", "when": "—"}
    moment = change.at.astimezone(clock.PLACE)
    return {"who": change.actor.partition(" · ")[0], "when": f"{moment:%m-%d %H:%M}"}
