"""The file of results: one section per subject, each rewritten by its own measurement."""

import re
from pathlib import Path

_TOP = """# Results

Written by `make bench`; `make bench ARGS="subject …"` rewrites the sections of these subjects. A
ratio above 1 is out of bounds. Times of a machine that is busy with other work are long: look at
the load average, and at ratios of one run. Where the time goes: [profiles.md](profiles.md).
"""
_SECTION = re.compile(r"^## ([a-z_]+)$", re.MULTILINE)


class Report:
    """Keeps sections in the order of their names."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> dict[str, str]:
        """Return the sections of the file by subject."""
        if not self.path.exists():
            return {}
        parts = _SECTION.split(self.path.read_text(encoding="utf-8"))[1:]
        return dict(zip(parts[::2], (each.strip() for each in parts[1::2]), strict=True))

    def keep(self, subject: str, lines: list[str]) -> None:
        """Put what a subject printed in the place of its section, and write the file."""
        found = self.read()
        found[subject] = "\n".join(lines).removeprefix(f"## {subject}").strip()
        sections = [f"## {name}\n\n{found[name]}\n" for name in sorted(found)]
        self.path.write_text("\n".join([_TOP, *sections]), encoding="utf-8")
