"""What a preview said when a compilation was submitted, and what has changed since."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler.models import Change, Compilation
from tongzhou.modules.compiler.queries.preview import Preview, get_preview
from tongzhou.modules.compiler.rules.authors import standing
from tongzhou.modules.compiler.rules.journal import NAMES


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission: its number, when and by whom, and the figures that were seen."""

    seq: int
    at: datetime
    by: str
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is no longer what it was when the compilation was submitted."""

    code: str
    name: str
    before: int
    after: int


def freeze(actor: Actor, compilation_id: int, at: datetime) -> dict[str, Any]:
    """Return the figures of a preview as JSON holds them."""
    return figures_of(get_preview(actor, compilation_id, at))


def figures_of(preview: Preview) -> dict[str, Any]:
    """Return the figures that a signer relies on: whom it reaches, how much it asks, of whom."""
    return {
        "organisations": preview.organisations,
        "authorities": preview.authorities,
        "now": preview.organisations_now,
        "duties": len(preview.duties),
        "counted": sum(each.counted for each in preview.duties),
        "over": preview.worst.after.over if preview.worst else 0,
        "repeats": sum(not each.contradicts for each in preview.clashes),
        "contradictions": sum(each.contradicts for each in preview.clashes),
        "known": len(preview.known),
        "phases": {
            each.phase: {
                "average": round(each.after.average.weekly, 1),
                "most": round(each.after.most.weekly, 1),
            }
            for each in preview.phases
        },
        "forms": {each.code: each.organisations for each in preview.forms},
    }


#: What is compared between submission and now, in the order of reading.
COMPARED = ("organisations", "authorities", "now", "over", "repeats", "contradictions", "known")


def changes_since(submission: Submission, preview: Preview) -> list[Difference]:
    """Return which figures changed since a compilation was submitted."""
    now = figures_of(preview)
    return [
        Difference(code, code, int(submission.figures.get(code, 0)), int(now[code]))
        for code in COMPARED
        if code in submission.figures and submission.figures[code] != now[code]
    ]


def find_submission(compilation_id: int) -> Submission | None:
    """Return the latest submission of a compilation, None if it never was submitted."""
    found = (
        Change.objects.filter(compilation_id=compilation_id, action="submit")
        .order_by("-seq")
        .first()
    )
    if found is None:
        return None
    return Submission(found.seq, found.at, found.actor, found.before.get("preview", {}))


def last_seq(compilation_id: int) -> int:
    """Return the number of the last change, 0 when there was none."""
    found = Change.objects.filter(compilation_id=compilation_id).order_by("-seq").first()
    return found.seq if found else 0


def doers_of(compilation_id: int) -> frozenset[int]:
    """Return who may not sign: who began or handed in, or whose hand is in what stands."""
    began, handed_in, drafters = Compilation.objects.values_list(
        "created_by", "submitted_by", "drafters"
    ).get(pk=compilation_id)
    found = {began, handed_in, *drafters, *hands_of(compilation_id)}
    return frozenset(each for each in found if each is not None)


def drafters_of(compilation_id: int) -> list[int]:
    """Return whose hand is in a copy of this compilation, before anybody touches the copy."""
    began, drafters = Compilation.objects.values_list("created_by", "drafters").get(
        pk=compilation_id
    )
    found = {began, *drafters, *hands_of(compilation_id)}
    return sorted(each for each in found if each is not None)


def hands_of(compilation_id: int) -> dict[int, set[str]]:
    """Return for each person the items that still hold something of theirs."""
    changes = Change.objects.filter(compilation_id=compilation_id).exclude(after={})
    return standing(changes.order_by("seq").values_list("user_id", "before", "after"))


def names_of(compilation_id: int, items: Collection[str]) -> list[str]:
    """Return what people call items, as they were last called; the head has no name here."""
    called: dict[str, str] = {}
    for after in (
        Change.objects.filter(compilation_id=compilation_id)
        .exclude(after={})
        .order_by("seq")
        .values_list("after", flat=True)
    ):
        called |= after.get(NAMES, {})
    return [called[each] for each in sorted(items) if called.get(each)]
