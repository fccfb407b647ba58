"""What waits for somebody: a signature to give, a document that came back."""

from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler.contracts import State
from tongzhou.modules.compiler.models import Change, Compilation

SIGN = "compiler.compilation.sign"
EDIT = "compiler.compilation.edit"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many compilations wait for an actor: to be signed, and to be mended after a return."""

    to_sign: int
    returned: int


def waiting_of(actor: Actor) -> Waiting:
    """Return what waits for an actor; what somebody drafted or handed in is not theirs to sign."""
    return Waiting(_to_sign(actor).count(), _returned(actor).count())


def count_waiting(actor: Actor) -> int:
    """Return how much waits for an actor in all, as the navigation shows it."""
    waiting = waiting_of(actor)
    return waiting.to_sign + waiting.returned


def _to_sign(actor: Actor) -> "QuerySet[Compilation]":
    if not actor.may(SIGN):
        return Compilation.objects.none()
    last = Change.objects.filter(compilation=OuterRef("pk")).exclude(after={}).order_by("-seq")
    return (
        Compilation.objects.visible_to(actor)
        .filter(state=State.SUBMITTED)
        .alias(last=Coalesce(Subquery(last.values("user_id")[:1]), F("created_by")))
        .exclude(
            Q(created_by=actor.user_id) | Q(submitted_by=actor.user_id) | Q(last=actor.user_id)
        )
    )


def _returned(actor: Actor) -> "QuerySet[Compilation]":
    """Return what an actor handed in and got back with a reason."""
    if not actor.may(EDIT):
        return Compilation.objects.none()
    found = Compilation.objects.visible_to(actor).filter(state=State.EDITING)
    return found.exclude(return_reason="").filter(submitted_by=actor.user_id)
