"""A compilation that waits for a signature."""

from tests.journeys.conftest import Town
from tests.world import AT
from tongzhou.modules.compiler import commands
from tongzhou.modules.compiler.tests.drafts import NOTICE
from tongzhou.modules.compiler.tests.promulgation import decide, spec, submit
from tongzhou.modules.directives.public import Received


def submitted(town: Town, name: str) -> tuple[str, int]:
    """Return the address of a compilation that somebody submitted, and what was read."""
    actor = town.world.people[name]
    made = commands.create_compilation(actor=actor, at=AT, received=Received(NOTICE, "paste"))
    decide(actor, made, {"安排人员值班": spec("安排人员值班")})
    return f"/compile/{made}/", submit(actor, made)
