"""Build the English messages from their parts, and find Chinese text that has no English.

A message id is the Chinese text itself. Each module keeps its English in
``locale/en/parts/<module>.po``; ``compile`` joins the parts into the catalogue Django reads
(generated, not committed). ``check`` lists

- Chinese string literals in Python that a user may see and that have no entry. In the rooms of
  PASSIVE only what is plainly a message counts: arguments of gettext and of refusals;
- f-strings and ``%``-less pieces cannot be looked up: Chinese in an f-string is reported as such;
- Chinese in templates outside ``trans`` and ``blocktrans``.

A line with the comment ``# data`` holds Chinese that is data and not a message.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polib

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "tongzhou"
LOCALE = PROJECT / "locale" / "en"
CHINESE = re.compile(r"[\u3400-\u9fff]")
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
BILINGUAL = {"Text"}  # a call that carries its own English
REFUSALS = {"Refusal", "Forbidden", "Missing", "Conflict"}
SKIPPED = {"tests", "migrations", "config"}
PASSIVE = {"base", "rules", "seed", "data", "libraries", "management"}
EXEMPT = "# data"
TAG = re.compile(
    r"""(?:_|gettext|ngettext|pgettext|npgettext)\(((?:u?(?:"[^"]*"|'(?:[^'\\]|\\.)*'),?\s*)+)"""
)
WRAPPED = re.compile(r"""_\((?:"[^"]*"|'[^']*')\)""")


@dataclass(frozen=True, order=True)
class Finding:
    """One place with something to mend."""

    path: str
    line: int
    text: str
    fault: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.fault}: {self.text}"


def merge() -> polib.POFile:
    """Return all parts as one catalogue; ValueError when two parts disagree on a message."""
    whole = polib.POFile()
    whole.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "en",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    known: dict[tuple[str, str | None], polib.POEntry] = {}
    for path in sorted((LOCALE / "parts").glob("*.po")):
        for entry in polib.pofile(str(path), encoding="utf-8"):
            if entry.obsolete or not (entry.msgstr or any(entry.msgstr_plural.values())):
                continue
            key = entry.msgid, entry.msgctxt
            earlier = known.get(key)
            if earlier is None:
                known[key] = entry
                whole.append(entry)
            elif (earlier.msgstr, earlier.msgstr_plural) != (entry.msgstr, entry.msgstr_plural):
                raise ValueError(
                    f"{path.name}: {entry.msgid!r} is {entry.msgstr!r} here and "
                    f"{earlier.msgstr!r} in another part"
                )
    return whole


def compile_messages() -> None:
    """Write the catalogue when a part is newer than it, or one was removed."""
    target = LOCALE / "LC_MESSAGES" / "django.mo"
    parts = [LOCALE / "parts", *(LOCALE / "parts").glob("*.po")]
    newest = max((part.stat().st_mtime for part in parts if part.exists()), default=0.0)
    if target.exists() and target.stat().st_mtime > newest:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".new")
    merge().save_as_mofile(str(fresh))
    fresh.replace(target)


def check() -> list[Finding]:
    """Return every place whose Chinese a reader of English would get to see."""
    english = {entry.msgid for entry in merge()}
    found = [*_in_python(english), *_in_templates(english)]
    return sorted(set(found))


def _in_python(english: set[str]) -> Iterator[Finding]:
    for path in sorted(PACKAGE.rglob("*.py")):
        rooms = set(path.relative_to(PACKAGE).with_suffix("").parts)
        if rooms & SKIPPED:
            continue
        source = path.read_text(encoding="utf-8")
        if not CHINESE.search(source):
            continue
        lines = source.splitlines()
        name = str(path.relative_to(PROJECT))
        for node, text in _literals(ast.parse(source), every=not rooms & PASSIVE):
            span = lines[node.lineno - 1 : (node.end_lineno or node.lineno)]
            if any(EXEMPT in line for line in span):
                continue
            if text is None:
                shown = ast.unparse(node)
                yield Finding(name, node.lineno, shown, "an f-string cannot be translated")
            elif CHINESE.search(text) and text not in english:
                yield Finding(name, node.lineno, text, "no English")


def _literals(tree: ast.Module, *, every: bool) -> Iterator[tuple[ast.expr, str | None]]:
    """Yield string literals that may be messages; None as the text stands for an f-string."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    spoken = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in BILINGUAL
        for argument in node.args
    }
    candidates = ast.walk(tree) if every else _message_arguments(tree)
    for node in candidates:
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            if any(CHINESE.search(str(part)) for part in parts):
                yield node, None
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in documentation | inside | spoken
        ):
            yield node, node.value


def _message_arguments(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in GETTEXT | REFUSALS:
                yield from node.args
                yield from (each.value for each in node.keywords if each.arg == "way_out")


def _in_templates(english: set[str]) -> Iterator[Finding]:
    from django.utils.translation.template import templatize

    for path in sorted(PACKAGE.rglob("templates/**/*")):
        if path.suffix not in {".html", ".txt"}:
            continue
        source = path.read_text(encoding="utf-8")
        if not CHINESE.search(source):
            continue
        name = str(path.relative_to(PROJECT))
        for match in TAG.finditer(templatize(source, origin=name)):
            line = templatize(source).count("\n", 0, match.start()) + 1
            for text in ast.literal_eval(f"({match[1].rstrip(', ')},)"):
                if CHINESE.search(text) and text not in english:
                    yield Finding(name, line, text, "no English")
        yield from _raw(name, source)


def _raw(name: str, source: str) -> Iterator[Finding]:
    """Yield Chinese in a template that no tag translates."""
    from django.template.base import DebugLexer, TokenType

    closing = ""
    for token in DebugLexer(source).tokenize():
        tag = token.contents.split(maxsplit=1)[0] if token.contents.strip() else ""
        if token.token_type is TokenType.BLOCK and closing:
            closing = "" if tag == closing else closing
        elif token.token_type is TokenType.BLOCK and tag in {
            "blocktrans",
            "blocktranslate",
            "comment",
        }:
            closing = f"end{tag}"
        elif closing or token.token_type is TokenType.COMMENT or tag in {"trans", "translate"}:
            continue
        else:
            text = WRAPPED.sub("", token.contents)
            for offset, line in enumerate(text.splitlines()):
                if CHINESE.search(line):
                    fault = "Chinese outside trans"
                    yield Finding(name, (token.lineno or 0) + offset, line.strip(), fault)


@cache
def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build and check the English messages.")
    parser.add_argument("action", choices=("compile", "check", "missing"))
    parser.add_argument("under", nargs="?", default="", help="only below this folder")
    return parser


def main() -> int:
    """Build the catalogue, list what is missing, or print it as entries to fill in."""
    options = _parser().parse_args()
    if options.action == "compile":
        compile_messages()
        return 0
    found = [each for each in check() if each.path.startswith(options.under)]
    if options.action == "check":
        for each in found:
            print(each)
    else:
        for text in dict.fromkeys(each.text for each in found if each.fault == "no English"):
            print(f"{polib.POEntry(msgid=text)}")
    print(f"{len(found)} to mend", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
