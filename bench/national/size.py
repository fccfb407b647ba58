"""How large an invented national register is."""

import os
from dataclasses import dataclass, replace

NATION = 900_000


@dataclass(frozen=True, slots=True)
class Size:
    """How many organisations there are, and which share of them has reported on a duty of all.

    Without ``in_force`` the register alone is there: nothing is published yet.
    """

    organisations: int = NATION
    in_force: bool = True
    reported: float = 0.3
    seed: int = 2020

    @property
    def name(self) -> str:
        """Return what tells one size from another in the name of a database."""
        if not self.in_force:
            return f"{self.organisations}_{self.seed}_register"
        return f"{self.organisations}_{self.seed}_{int(self.reported * 100)}"

    @property
    def register(self) -> "Size":
        """Return the register alone, on which this one is built."""
        return replace(self, in_force=False)


def from_environment() -> Size:
    """Return the size to measure at: ``BENCH_ORGANISATIONS``, 900,000 without it."""
    return Size(organisations=int(os.environ.get("BENCH_ORGANISATIONS") or NATION))
