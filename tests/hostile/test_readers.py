"""Files that are no more than they say, made to bring a reader down."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.journeys.conftest import Town
from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.rules import read_document
from tongzhou.modules.duties.rules.library import read_library

NAMES = ("punycode", "idna", "utf-7", "unicode_escape", "raw_unicode_escape", "undefined", "zlib")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_read_in_encodings_of_pages_only(name: str) -> None:
    """Python knows encodings that are none of text: punycode takes the square of the length."""
    page = f"<html><meta charset={name}><body><p>bcher-kva +ADw-b+AD4- \\u4e00 xn--bcher-kva"
    for head in ("", "<?xml version='1.0' encoding='{name}'?>"):
        text = read_document(f"{head}{page}".encode(), "x.html").text
        assert text == "bcher-kva +ADw-b+AD4- \\u4e00 xn--bcher-kva"
    mail = f"MIME-Version: 1.0\nContent-Type: text/html; charset={name}\n\n{page}"
    assert "bcher-kva +ADw" in read_document(mail.encode(), "x.mht").text


LIBRARIES = {
    "a list for a key": "? [a]\n: b\n",
    "a mapping for a key": "? {a: 1}\n: b\n",
    "no such day": "expression: 2020-02-30\n",
    "no such month": "2020-99-01: 1\n",
    "a number without end": f"version: {'9' * 5_000}\n",
    "a number without end in JSON": f'{{"version": {"9" * 5_000}}}',
    "no integer": "version: !!int x\n",
    "no truth": "version: !!bool x\n",
    "no moment": "version: !!timestamp x\n",
    "no mapping": "version: !!map x\n",
    "code": "version: !!python/object/apply:os.system ['id']\n",
    "itself": "version: &x [*x]\nduties: *x\n",
    "aliases of aliases": "a0: &a0 [x, x, x]\n"
    + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(18)),
    "two documents": "a: 1\n---\nb: 2\n",
    "depth": "[" * 50_000,
    "depth in JSON": '{"a":' * 50_000,
}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_library(LIBRARIES[name], name="x")
    assert caught.value.way_out


def test_such_a_library_is_told_on_its_page(town: Town) -> None:
    browser = town.browser("officer")
    for name in ("a list for a key", "no such day", "a number without end in JSON"):
        file = SimpleUploadedFile("x.yaml", LIBRARIES[name].encode())
        answer = browser.post("/library/load/", {"file": file})
        assert answer.status_code == 422, name
        assert "x.yaml" in answer.text or "任务库" in answer.text
