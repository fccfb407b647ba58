"""What duties does when the registry or a directive changes, at once, in the same transaction."""

from datetime import datetime
from typing import Any

from tongzhou.kernel.events import subscriber
from tongzhou.modules.duties import commands
from tongzhou.modules.duties.commands import forgetting, summing
from tongzhou.modules.duties.commands.transfers import transfer_reports

#: What this module forgets in time; the nightly job of the kernel does it.
FORGETS = forgetting.RULE


@subscriber("registry.profile.created", inside=True)
def evaluate_profiles(*, profiles: list[int]) -> None:
    """Decide which duties bind the new profiles."""
    commands.evaluate_profiles(profiles)


@subscriber("registry.population.changed", inside=True)
def note_populations(*, changes: list[Any]) -> None:
    """Keep the sums of duties true to the populations of cells."""
    summing.note_populations(changes)


@subscriber("registry.bearer.moved", inside=True)
def move_reports(*, moves: list[Any], at: datetime) -> None:
    """Carry the reports of moved bearers along."""
    commands.move_reports(moves, at)


@subscriber("registry.bearer.transferred", inside=True)
def follow_transfer(
    *, organisation: int, prov: int, new_prov: int, cell: int, at: datetime
) -> None:
    """Carry the open reports of a bearer into another province."""
    transfer_reports(organisation=organisation, prov=prov, new_prov=new_prov, cell=cell, at=at)


@subscriber("directives.expression.repealed", inside=True)
def end_repealed(*, urn: str, at: datetime) -> None:
    """End the duties of a repealed text."""
    commands.end_expression(urn, at)
