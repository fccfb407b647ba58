"""The same document in another layout has the same tree."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongzhou.modules.directives.rules import parse, read_text
from tongzhou.modules.directives.rules.cleaning import clean
from tongzhou.modules.directives.tests import layouts

ROOT = Path(__file__).resolve().parents[4]
CORPUS = Path(os.environ.get("TONGZHOU_CORPUS", ROOT.parent / "shared" / "documents" / "corpus"))
# the same examples every time, unless a longer search is asked for
SEARCHING = "PARSER_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("PARSER_EXAMPLES", "150"))
DATA = Path(__file__).resolve().parent.parent / "data"
DIRECTIVES = ("cn-mca-2020-5", "cn-gd-gz-2022-1207")
LAYOUTS: dict[str, Callable[[str], str]] = {
    "one line": layouts.one_line,
    "half width": layouts.half_width,
    "full width": layouts.full_width,
    "html": layouts.as_html,
    "page numbers": layouts.with_page_numbers,
    "windows": layouts.with_windows_ends,
    "one line, half width": lambda text: layouts.half_width(layouts.one_line(text)),
    "1、 for 1.": lambda text: re.sub(r"(?<![\d.])(\d{1,2})\.(?!\d)", r"\1、", text),
    "1． for 1.": lambda text: re.sub(r"(?<![\d.])(\d{1,2})\.(?!\d)", r"\1．", text),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", DIRECTIVES)
def test_directive_has_the_same_tree_in_every_layout(name: str, layout: str) -> None:
    text = read_text(DATA / f"{name}.txt")
    changed = LAYOUTS[layout](text)
    before, after = parse(text), parse(changed)
    assert layouts.tree(after) == layouts.tree(before)
    assert after.date == before.date
    assert layouts.squeezed(after.title or "") == layouts.squeezed(before.title or "")
    assert after.doc_number == before.doc_number
    assert [clause.address for clause in after.clauses] == [
        clause.address for clause in before.clauses
    ]


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from(DIRECTIVES), width=st.integers(18, 60))
def test_directive_has_the_same_tree_however_it_is_wrapped(name: str, width: int) -> None:
    text = read_text(DATA / f"{name}.txt")
    assert layouts.tree(parse(layouts.rewrapped(text, width))) == layouts.tree(parse(text))


PRESENTATIONS: dict[str, Callable[[list[str]], str]] = {
    "lines": "\n".join,
    "paragraphs": "\n\n".join,
    "indented": lambda lines: "\n".join("　　" + line for line in lines),
    "html": lambda lines: layouts.as_html("\n".join(lines)),
    "markdown": lambda lines: "\n\n".join(
        f"**{line}**" if len(line) < 30 else line for line in lines
    ),
    "bullets": lambda lines: "\n".join(f"- {line}" for line in lines),
    "wrapped": lambda lines: layouts.rewrapped("\n".join(lines), 28),
    "pages": lambda lines: layouts.with_page_numbers("\n".join(lines)),
    "half width": lambda lines: layouts.half_width("\n".join(lines)),
}


@settings(max_examples=EXAMPLES, deadline=None, derandomize=not SEARCHING)
@given(
    seed=st.integers(0, 10**9),
    scheme=st.sampled_from(layouts.SCHEMES),
    run_on=st.booleans(),
    stops=st.booleans(),
    presentation=st.sampled_from(sorted(PRESENTATIONS)),
)
def test_made_up_document_gives_its_tree(
    seed: int, scheme: tuple[str, ...], run_on: bool, stops: bool, presentation: str
) -> None:
    made = layouts.make_up(seed, run_on=run_on, scheme=scheme, stops=stops)
    document = parse(PRESENTATIONS[presentation](made.lines))
    assert layouts.tree(document) == made.expected
    assert document.title == made.lines[0]
    assert document.issuer == "某市民政局"
    assert document.date == "2021-03-05"
    assert len(document.recipients) == 2


@settings(max_examples=EXAMPLES, deadline=None, derandomize=not SEARCHING)
@given(
    seed=st.integers(0, 10**9),
    scheme=st.sampled_from([s for s in layouts.SCHEMES if s[0] != "chapter"]),
    run_on=st.booleans(),
)
def test_made_up_document_gives_its_tree_on_one_line(
    seed: int, scheme: tuple[str, ...], run_on: bool
) -> None:
    made = layouts.make_up(seed, run_on=run_on, scheme=scheme, stops=True)
    document = parse("".join(made.lines))
    assert layouts.tree(document) == made.expected
    assert document.title == made.lines[0]
    assert document.date == "2021-03-05"


@pytest.mark.skipif(
    not CORPUS.is_dir(),
    reason=f"the wider corpus is not here ({CORPUS}); set TONGZHOU_CORPUS to its folder",
)
@pytest.mark.parametrize("layout", [*LAYOUTS, "wrapped at 20", "wrapped at 33", "no spaces"])
def test_real_documents_keep_their_tree_in_every_layout(layout: str) -> None:
    change = {
        "wrapped at 20": lambda text: layouts.rewrapped(text, 20),
        "wrapped at 33": lambda text: layouts.rewrapped(text, 33),
        "no spaces": lambda text: clean(text).chars,
    }.get(layout) or LAYOUTS[layout]
    paths = sorted(CORPUS.glob("*.txt"))
    assert paths
    for path in paths:
        text = re.sub(r"\A# source:.*\n", "", read_text(path))
        before, after = parse(text), parse(change(text))
        assert layouts.tree(after) == layouts.tree(before), path.name
        for field in ("title", "doc_number", "date"):
            old, new = getattr(before, field), getattr(after, field)
            assert layouts.squeezed(str(new)) == layouts.squeezed(str(old)), (path.name, field)
