"""What the product is delivered with: a bill of materials (CycloneDX) and the licences.

``python tools/supply.py sbom`` writes dist/sbom.json, ``licences`` docs/licences.md, ``check``
fails for a licence that does not go together with Apache-2.0. Only what runs is looked at, with
everything it needs; checks and tests are not delivered.
"""

import re
import subprocess
import sys
from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import cast

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[1]
#: Licences under which a part may be delivered with a product under Apache-2.0. LGPL and MPL parts
#: are used unchanged, as libraries of their own.
GOOD = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|LGPL|Lesser General"
    r"|Unlicense|Public Domain|PostgreSQL|OFL|Zlib|CC0|HPND|0BSD|Expat",
    re.IGNORECASE,
)
BAD = re.compile(
    r"(?<!L)(?<!Lesser )(?:\bA?GPL|GNU (?:Affero )?General Public)|SSPL|BUSL|Commons Clause"
    r"|Non-?Commercial|Proprietary",
    re.IGNORECASE,
)

#: Read by a person, because what the part tells of itself says too much or too little.
REVIEWED = {"qrcode": "BSD-3-Clause"}


def direct() -> list[str]:
    """Return the names under “Runtime” in requirements.in."""
    text = (PROJECT / "requirements.in").read_text(encoding="utf-8")
    runtime = text.split("# Runtime", 1)[1].split("\n# ", 1)[0]
    return [line.strip() for line in runtime.splitlines() if line.strip()]


def delivered() -> list[Distribution]:
    """Return everything that runs, by name: the direct parts and all that they need here."""
    found: dict[str, Distribution] = {}
    open_ones: list[tuple[str, frozenset[str]]] = []
    for line in direct():
        wish = Requirement(line)
        open_ones.append((wish.name, frozenset(wish.extras)))
    seen: set[tuple[str, frozenset[str]]] = set()
    while open_ones:
        name, extras = open_ones.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if (key, extras) in seen:
            continue
        seen.add((key, extras))
        try:
            part = distribution(name)
        except PackageNotFoundError:
            continue  # needed on other platforms
        found[key] = part
        for text in part.requires or ():
            wish = Requirement(text)
            asked = [{"extra": each} for each in extras or {""}]
            if wish.marker is None or any(wish.marker.evaluate(each) for each in asked):
                open_ones.append((wish.name, frozenset(wish.extras)))
    return [found[key] for key in sorted(found)]


def licence_of(part: Distribution) -> str:
    """Return what a part says of its licence: SPDX expression, classifiers or the field."""
    told = cast("Message", part.metadata)
    if told["Name"] in REVIEWED:
        return REVIEWED[told["Name"]]
    expression = told.get("License-Expression")
    if expression:
        return str(expression)
    classes = [
        each.rsplit(" :: ", 1)[-1]
        for each in told.get_all("Classifier") or ()
        if each.startswith("License :: ") and not each.endswith("OSI Approved")
    ]
    text = " ".join(str(told.get("License") or "").split())
    return "; ".join(classes) or (text if len(text) < 60 else text.split(".")[0][:60])


def faults() -> list[str]:
    """Return the parts whose licence does not go together with ours, or that tell none."""
    found = []
    for part in delivered():
        told = licence_of(part)
        alternatives = re.split(r"\bOR\b", told)
        if not any(GOOD.search(each) and not BAD.search(each) for each in alternatives):
            found.append(f"{part.metadata['Name']}: {told or 'no licence told'}")
    return found


def table() -> str:
    """Return the list of parts with version and licence as Markdown."""
    rows = [
        f"| {part.metadata['Name']} | {part.version} | {licence_of(part).replace('|', '/')} |"
        for part in delivered()
    ]
    head = (
        "# Licences\n\nWhat the product runs on, besides Python and PostgreSQL (PostgreSQL "
        "licence). Written by `make sbom`; the\nversions are those of requirements.lock.\n\n"
        "| part | version | licence |\n|---|---|---|\n"
    )
    return head + "\n".join(rows) + "\n"


def write_sbom(target: Path) -> None:
    """Write the bill of materials; the same parts give the same file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            Path(sys.executable).parent / "cyclonedx-py",
            "requirements",
            "--output-reproducible",
            "--pyproject",
            PROJECT / "pyproject.toml",
            "--output-format",
            "JSON",
            "--output-file",
            target,
            PROJECT / "requirements.lock",
        ],
        check=True,
        cwd=PROJECT,
    )


def main() -> int:
    """Do what is asked for."""
    asked = sys.argv[1:] or ["check"]
    if asked[0] == "sbom":
        target = PROJECT / (asked[1] if len(asked) > 1 else "dist/sbom.json")
        write_sbom(target)
        print(target)
    elif asked[0] == "licences":
        (PROJECT / "docs" / "licences.md").write_text(table(), encoding="utf-8")
    else:
        found = faults()
        print("\n".join(found) or f"{len(delivered())} parts, all licences fit")
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
