"""Take a change back, as long as nobody built on it; taking that back is the redo."""

from datetime import datetime
from itertools import pairwise
from typing import Any

from tongzhou.base.errors import Conflict, Missing, Refusal
from tongzhou.kernel.access import Actor
from tongzhou.kernel.commands import command
from tongzhou.modules.compiler.commands.bench import Bench, told
from tongzhou.modules.compiler.contracts import ClauseDraft, DutyDraft
from tongzhou.modules.compiler.models import Change
from tongzhou.modules.compiler.rules import journal
from tongzhou.modules.compiler.rules.tree import settle


@command("compiler.compilation.edit")
def undo_change(
    *,
    actor: Actor,
    at: datetime,
    compilation_id: int,
    seq: int,
    idempotency_key: str | None = None,
) -> int:
    """Put back what a change of a compilation changed; return the number of the new change.

    Raises Missing for an unknown change, Conflict when one of its items was changed since: the
    refusal names who did and which change to take back first.
    """
    bench = Bench(actor, at, compilation_id)
    change = bench.row.changes.filter(seq=seq).first()
    if change is None:
        raise Missing("没有这次改动。", code="change-missing")
    wanted = {item: held for item, held in change.after.items() if item != journal.NAMES}
    if not wanted:
        raise Refusal("这一步没有改动内容，不能撤销。", code="change-empty")
    return _Undo(bench, change).run(wanted)


class _Undo:
    """One change on its way back."""

    def __init__(self, bench: Bench, change: Change) -> None:
        self.bench, self.change = bench, change
        self.tree = {each.key: each for each in bench.clauses}

    def run(self, wanted: dict[str, Any]) -> int:
        """Check every item, put all of them back, and save."""
        duties: list[DutyDraft] = []
        dropped: list[DutyDraft] = []
        head: dict[str, Any] | None = None
        touches_tree = False
        for item, left in wanted.items():
            before = self.change.before[item]
            if item == journal.HEAD:
                head = self._checked(item, self.bench.head(), left, before)
            elif item.startswith("c"):
                self._clause(item, left, before)
                touches_tree = True
            else:
                self._duty(item, left, before, duties, dropped)
        return self.bench.save(
            "undo",
            clauses=self._settled() if touches_tree else None,
            duties=duties,
            dropped=dropped,
            head=head,
            undoes=self.change.seq,
        )

    def _checked(
        self, item: str, now: journal.Content | None, left: Any, before: Any
    ) -> journal.Content | None:
        """Return an item as it was before the change; Conflict when it is not as left."""
        if not journal.is_as_left(now, left, whole=before is None):
            raise self._built_on(item)
        return journal.restored(now, before)

    def _clause(self, item: str, left: Any, before: Any) -> None:
        key = int(item[1:])
        held = self.tree.get(key)
        now = journal.clause_content(held) if held else None
        content = self._checked(item, now, left, before)
        if content is None:
            self.tree.pop(key, None)
        else:
            self.tree[key] = journal.clause_from(key, content, self._revision(item, held))

    def _duty(
        self,
        item: str,
        left: Any,
        before: Any,
        duties: list[DutyDraft],
        dropped: list[DutyDraft],
    ) -> None:
        key = int(item[1:])
        held = next((each for each in self.bench.duties if each.key == key), None)
        now = journal.duty_content(held) if held else None
        content = self._checked(item, now, left, before)
        if content is not None:
            duties.append(journal.duty_from(key, content, self._revision(item, held)))
        elif held is not None:
            dropped.append(held)

    def _revision(self, item: str, held: ClauseDraft | DutyDraft | None) -> int:
        """Return the revision to go on from; one that comes back never repeats an old one."""
        if held is not None:
            return held.revision
        return 1 + self.bench.row.changes.filter(after__has_key=item).count()

    def _settled(self) -> list[ClauseDraft]:
        """Return the tree with addresses; Conflict where borders would now overlap."""
        tree = settle(self.tree.values())
        for first, second in pairwise(tree):
            if second.start < first.end:
                ours = f"c{first.key}" in self.change.after
                raise self._built_on(f"c{second.key if ours else first.key}")
        return tree

    def _built_on(self, item: str) -> Conflict:
        last = self.bench.last_change(item, after=self.change.seq)
        name = self.change.after.get(journal.NAMES, {}).get(item, "")
        message = (
            "这次改动不能撤销：%(who)s 在 %(when)s 又改过“%(name)s”（第 %(seq)s 次改动）。"
            if name
            else "这次改动不能撤销：%(who)s 在 %(when)s 又改过文件信息（第 %(seq)s 次改动）。"
        )
        return Conflict(
            message,
            params={**told(last), "name": name, "seq": last.seq if last else "—"},
            code="built-on",
            way_out="请先撤销那一次改动，或者直接修改这一项。",
        )
