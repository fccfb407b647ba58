"""Write docs/roles.md from the matrix of access; a test holds the two equal.

``.venv/bin/python -m tools.roles``
"""

import os
import sys
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "docs" / "roles.md"
HEAD = """# Roles

Who may do what, and to what: written from the manifests by `python -m tools.roles`, and held equal
to them by a test. The same table is a page of the product, `/roles/`. A permission belongs to a
role, a role to an assignment; nobody has permissions of their own. How far a role sees is held by
`visible_to` in the queries; `tests/access` asks every route as every role and compares.

A role of an authority is the same at ministry, province, city and county; the regions that its
authority governs make the difference.
"""


def written() -> str:
    """Return the document."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongzhou.config.settings")
    django.setup()
    from django.utils.translation import gettext, override

    from tongzhou.kernel import matrix
    from tongzhou.kernel.access import ROLE_LABELS

    with override("en"):
        lines = [HEAD, "## Who there is", "", "| group | role | code |", "|---|---|---|"]
        for label, held in matrix.GROUPS:
            lines += [
                f"| {gettext(label)} | {ROLE_LABELS[each]} {gettext(ROLE_LABELS[each])} | {each} |"
                for each in held
            ]
        module = ""
        for row in matrix.rows():
            if row.module != module:
                module = row.module
                head = f"## {row.module_label} {gettext(row.module_label)}"
                lines += ["", head, "", "| permission | act | range and roles |", "|---|---|---|"]
            ranges = "<br>".join(
                f"{gettext(told)}: {', '.join(gettext(ROLE_LABELS[each]) for each in held)}"
                for told, held in row.ranges()
            )
            act = gettext(row.act.label)
            if row.act.second:
                act += f"; not by the person who did `{row.act.second}`"
            lines.append(f"| `{row.stem}` | {act} | {ranges or 'the system alone'} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{TARGET}\n")
