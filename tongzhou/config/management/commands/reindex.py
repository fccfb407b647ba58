"""Write anew what the search reads of clauses and duties."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from tongzhou.modules.directives.public import refill_words as refill_clauses
from tongzhou.modules.duties.public import refill_words as refill_duties


class Command(BaseCommand):
    """Fill the words of all texts; needed once after an update that changed how they are cut."""

    help = "重建检索词 · rebuild what the search reads"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--missing", action="store_true", help="只补没有检索词的 · only what has none yet"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        missing = options["missing"]
        for label, refill in (
            ("条款 · clauses", refill_clauses),
            ("任务 · duties", refill_duties),
        ):
            count = 0
            with transaction.atomic():
                for _whose, written in refill(missing=missing):
                    count += written
            if count or not missing:
                self.stdout.write(f"{label}: {count}")
