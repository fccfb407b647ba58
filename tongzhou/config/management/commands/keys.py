"""Look after the keys of encrypted fields."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tongzhou.kernel.privacy import keys, rotating


class Command(BaseCommand):
    """Tell which keys there are, make a new one, or bring everything under the newest."""

    help = "个人信息加密密钥 · keys of encrypted fields: status, new, rotate"

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("act", choices=["status", "new", "rotate"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; ``rotate`` may be stopped and run again."""
        if options["act"] == "new":
            self.stdout.write(f"新密钥 · new key: {keys.add_key()}")
        elif options["act"] == "rotate":
            self.stdout.write(f"重新加密 · encrypted anew: {rotating.rotate(self.stdout.write)}")
        names = ", ".join(each.name for each in keys.keys())  # noqa: SIM118 - a function
        self.stdout.write(f"密钥 · keys: {names}（当前 · current: {keys.current().name}）")
        for field, count in rotating.outdated().items():
            self.stdout.write(f"  {field}: {count} 待重新加密 · to encrypt anew")
