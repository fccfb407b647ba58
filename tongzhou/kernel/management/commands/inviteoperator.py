"""Invite an operator of the site: the first person of an installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.urls import reverse

from tongzhou.kernel import clock
from tongzhou.kernel.access import SYSTEM, Role
from tongzhou.kernel.identity import inviting


class Command(BaseCommand):
    """Print a one-time link by which an operator sets their first password."""

    help = "Invite an operator; prints a one-time link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the person's name")
        parser.add_argument("--email", default="")
        parser.add_argument("--site", default="http://127.0.0.1:8000", help="address of the site")

    def handle(self, *args: Any, **options: Any) -> None:
        sent = inviting.invite(
            actor=SYSTEM,
            at=clock.now(),
            place="site",
            role=Role.OPERATOR,
            name=options["name"],
            email=options["email"],
        )
        url = reverse("kernel:invitation-open", args=[sent.secret])
        self.stdout.write(f"{options['site'].rstrip('/')}{url}")
