"""Tell what is in force and how far it is, and who can sign in."""

from typing import Any

from django.core.management.base import BaseCommand

from tongzhou.config.demo.people import PASSWORD, PERSONAS
from tongzhou.kernel import clock
from tongzhou.kernel.access import ROLE_LABELS, SYSTEM
from tongzhou.kernel.models import User
from tongzhou.modules.directives.public import find_expression
from tongzhou.modules.duties import public as duties


class Command(BaseCommand):
    """Print a short table."""

    help = "当前有效的要求及进度 · what is in force and how far it is"

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        forces = duties.list_enforcements(now)
        if not forces:
            self.stdout.write("目前没有施行中的文件 · nothing is in force")
        for force in forces:
            found = find_expression(force.expression)
            title = found.title if found else force.expression
            self.stdout.write(f"\n{title}  {force.expression}")
            for bearers, label in (
                ("ORGANISATION", "社会组织 · organisations"),
                ("AUTHORITY", "登记管理机关 · authorities"),
            ):
                figure = duties.total(
                    duties.figures(
                        SYSTEM,
                        duties.Selection(at=now, library_id=force.library_id, bearers=bearers),
                    )
                )
                if figure.owed:
                    self.stdout.write(
                        f"  {label}: 应报 owed {figure.owed:,} · 已报 done {figure.done:,}"
                        f" ({figure.done * 100 // figure.owed} %) · 退回 returned"
                        f" {figure.returned:,} · 未报 silent {figure.silent:,} · 逾期 overdue"
                        f" {figure.overdue:,}"
                    )
        if User.objects.filter(is_demo=True).exists():
            self.stdout.write(f"\n演示账号，密码都是 · demo accounts, password  {PASSWORD}")
            for each in PERSONAS:
                self.stdout.write(f"  {each.username:<12} {ROLE_LABELS[each.role]}  {each.note}")
