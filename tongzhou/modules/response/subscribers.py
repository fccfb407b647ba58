"""What responses do when the registry changes, at once and in the same transaction."""

from datetime import datetime

from tongzhou.kernel.events import subscriber
from tongzhou.modules.response import commands


@subscriber("registry.region.ended", inside=True)
def inherit_phases(*, region: int, entered: list[int], at: datetime) -> None:
    """Let the regions that were entered to take over keep the phase that the ended one had."""
    commands.inherit_phases(region, entered, at)
