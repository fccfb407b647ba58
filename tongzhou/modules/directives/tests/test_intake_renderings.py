"""The shipped directives, sent as Word, web page, Markdown or PDF, keep their tree."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tongzhou.modules.directives.rules import decode, parse, read_document
from tongzhou.modules.directives.tests import layouts, renderings

DATA = Path(__file__).resolve().parent.parent / "data"
FORMATS: dict[str, Callable[[str], bytes]] = {
    "docx": renderings.to_docx,
    "html": renderings.to_html,
    "md": renderings.to_markdown,
    "pdf": renderings.to_pdf,
}


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.txt")))
@pytest.mark.parametrize("form", FORMATS)
def test_a_shipped_directive_keeps_its_tree(name: str, form: str) -> None:
    text = decode((DATA / name).read_bytes())
    before = parse(text)
    received = read_document(FORMATS[form](text), f"通知.{form}")
    after = parse(received.text)
    assert received.format == form
    assert len(before.clauses) > 20
    assert renderings.tree(after) == renderings.tree(before)
    assert renderings.head(after) == renderings.head(before)
    assert [item.title for item in after.attachments] == [item.title for item in before.attachments]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 10**6),
    scheme=st.sampled_from(layouts.SCHEMES),
    run_on=st.booleans(),
    form=st.sampled_from(["docx", "html", "md"]),
)
def test_made_up_documents_keep_their_tree(
    seed: int, scheme: tuple[str, ...], run_on: bool, form: str
) -> None:
    made = layouts.make_up(seed, run_on=run_on, scheme=scheme, stops=True)
    text = "\n".join(made.lines)
    received = read_document(FORMATS[form](text), f"通知.{form}")
    assert layouts.tree(parse(received.text)) == made.expected
    assert parse(received.text).title == made.lines[0]


@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    scheme=st.sampled_from([each for each in layouts.SCHEMES if each[0] != "chapter"]),
)
def test_made_up_documents_keep_their_tree_as_pdf(seed: int, scheme: tuple[str, ...]) -> None:
    made = layouts.make_up(seed, run_on=False, scheme=scheme, stops=True)
    received = read_document(renderings.to_pdf("\n".join(made.lines)), "通知.pdf")
    assert layouts.tree(parse(received.text)) == made.expected
