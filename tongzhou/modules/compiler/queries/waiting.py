"""What waits for somebody: a signature to give, a document that came back."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from tongzhou.kernel.access import Actor
from tongzhou.modules.compiler.contracts import State
from tongzhou.modules.compiler.models import Change, Compilation
from tongzhou.modules.compiler.queries.frozen import hands_of

SIGN = "compiler.compilation.sign"
EDIT = "compiler.compilation.edit"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many compilations wait for an actor: to be signed, and to be mended after a return."""

    to_sign: int
    returned: int


def waiting_of(actor: Actor) -> Waiting:
    """Return what waits for an actor; what somebody drafted or handed in is not theirs to sign."""
    return Waiting(_to_sign(actor), _returned(actor).count())


def count_waiting(actor: Actor) -> int:
    """Return how much waits for an actor in all, as the navigation shows it."""
    waiting = waiting_of(actor)
    return waiting.to_sign + waiting.returned


def _to_sign(actor: Actor) -> int:
    if not actor.may(SIGN):
        return 0
    submitted = Compilation.objects.visible_to(actor).filter(state=State.SUBMITTED)
    touched = Change.objects.filter(compilation=OuterRef("pk"), user_id=actor.user_id)
    candidates = (
        submitted.exclude(Q(created_by=actor.user_id) | Q(submitted_by=actor.user_id))
        .annotate(touched=Exists(touched.exclude(after={})))
        .values_list("pk", "touched", "drafters")
    )
    return sum(
        actor.user_id not in drafters and not (is_touched and actor.user_id in hands_of(pk))
        for pk, is_touched, drafters in candidates
    )


def _returned(actor: Actor) -> "QuerySet[Compilation]":
    """Return what an actor handed in and got back with a reason."""
    if not actor.may(EDIT):
        return Compilation.objects.none()
    found = Compilation.objects.visible_to(actor).filter(state=State.EDITING)
    return found.exclude(return_reason="").filter(submitted_by=actor.user_id)
