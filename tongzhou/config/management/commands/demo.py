"""Load the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tongzhou.config.demo import build
from tongzhou.kernel import clock
from tongzhou.kernel.models import User


class Command(BaseCommand):
    """Build the demonstration data once."""

    help = "载入演示数据 · load the demonstration data"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-needed", action="store_true", help="only when there is none")
        parser.add_argument("--organisations", type=int, help="only the first so many")

    def handle(self, *args: Any, **options: Any) -> None:
        if build.is_built():
            if options["if_needed"]:
                return
            raise CommandError("演示数据已经载入过 · the demonstration is already there")
        if User.objects.exists():
            if options["if_needed"]:
                self.stdout.write("已有账号，不载入演示数据 · not an empty installation, no demo")
                return
            raise CommandError("数据库里已有账号 · this is not an empty installation")
        self.stdout.write("载入演示数据 · loading the demonstration")
        build.build(now=clock.now(), say=self._say, organisations=options["organisations"])

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
