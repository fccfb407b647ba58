"""Prove that counters, populations and the audit chain are true."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongzhou.kernel import audit
from tongzhou.modules.duties.public import list_count_faults, sum_again
from tongzhou.modules.registry.public import list_population_faults


class Command(BaseCommand):
    """Recount everything that is kept as a sum, and recompute the audit chain."""

    help = "核对计数、名册单元和审计链 · recount figures, recompute the audit chain"

    def add_arguments(self, parser: CommandParser) -> None:
        """Let sums be built anew first."""
        parser.add_argument(
            "--mend",
            action="store_true",
            help="先由单元和计数重建各级汇总 · first build sums anew from cells and counters",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["mend"]:
            self.stdout.write(f"各级汇总 · sums built anew: {sum_again()}")
        faults = 0
        for label, found in (
            ("名册单元 · cells", list_population_faults()),
            ("报送计数 · counters", list_count_faults()),
            ("审计链 · audit chain", audit.verify()),
        ):
            self.stdout.write(f"{label}: {'✓' if not found else len(found)}")
            for fault in found:
                self.stdout.write(f"  {fault}")
            faults += len(found)
        if faults:
            raise CommandError("核对不符 · something does not add up")
