"""Tell how an installation stands, in plain words."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tongzhou.config.doctor import Verdict, examine
from tongzhou.kernel import clock


class Command(BaseCommand):
    """Print one line per finding; fail when something has to be mended."""

    help = "检查安装状态 · tell how this installation stands"

    def handle(self, *args: Any, **options: Any) -> None:
        found = examine(clock.now())
        for each in found:
            self.stdout.write(f"{each.verdict} {each.zh} · {each.en}")
        if any(each.verdict is Verdict.BAD for each in found):
            raise CommandError("有需要处理的问题 · something has to be mended")
