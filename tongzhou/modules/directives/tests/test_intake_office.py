"""Old formats go through LibreOffice where it is installed, and are refused kindly elsewhere."""

import socket
import subprocess
from pathlib import Path

import pytest

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.rules import decode, parse, read_document
from tongzhou.modules.directives.rules.intake import notes, office
from tongzhou.modules.directives.tests import renderings

DATA = Path(__file__).resolve().parent.parent / "data"
needs_office = pytest.mark.skipif(
    office.program() is None,
    reason="no LibreOffice on this machine (apt-get install libreoffice-writer)",
)
FILTERS = {"doc": "doc:MS Word 97", "odt": "odt:writer8"}


def rich(text: str) -> bytes:
    """Return a document as RTF with typed labels, as Word for Chinese writes it."""
    paragraphs = (
        "".join(f"\\u{ord(char)}?" if char > "~" else char for char in each.label + each.words)
        for each in renderings.paragraphs(text)
    )
    body = "\\par\n".join(paragraphs)
    fonts = "{\\fonttbl{\\f0\\fnil\\fcharset134 SimSun;}}"
    return f"{{\\rtf1\\ansi\\ansicpg936\\deff0{fonts}\n{body}\\par}}".encode("ascii")


@pytest.fixture(scope="module")
def old_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return a shipped directive with automatic numbers in every old format."""
    folder = tmp_path_factory.mktemp("old")
    source = folder / "document.docx"
    text = decode((DATA / "cn-mca-2020-5.txt").read_bytes())
    source.write_bytes(renderings.to_docx(text))
    made = {}
    for form, named in FILTERS.items():
        subprocess.run(
            [
                str(office.program()), f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                "--headless", "--convert-to", named, "--outdir", str(folder), str(source),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )  # fmt: skip
        made[form] = (folder / f"document.{form}").read_bytes()
    made["rtf"] = rich(text)
    return made


@needs_office
@pytest.mark.parametrize(
    ("form", "name"),
    [("doc", "通知.doc"), ("doc", "通知.wps"), ("rtf", "通知.doc"), ("odt", "通知.odt")],
)
def test_old_formats_keep_the_tree(old_files: dict[str, bytes], form: str, name: str) -> None:
    before = parse(decode((DATA / "cn-mca-2020-5.txt").read_bytes()))
    received = read_document(old_files[form], name)
    assert received.format == "doc"
    assert notes.CONVERTED in received.notes
    assert renderings.tree(parse(received.text)) == renderings.tree(before)


@needs_office
def test_what_the_converter_cannot_read_is_refused() -> None:
    broken = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le")
    for data in (broken + bytes(4_000), b"{\\rtf1 \\ansi"):
        with pytest.raises(Refusal) as caught:
            read_document(data, "通知.doc")
        assert caught.value.way_out


@needs_office
def test_a_converter_that_hangs_is_stopped(
    old_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "SECONDS", 0.05)
    with pytest.raises(Refusal) as caught:
        read_document(old_files["doc"], "通知.doc")
    assert caught.value.code == "document_too_slow"


@pytest.mark.parametrize(
    "data",
    [
        b"{\\rtf1\\ansi x}",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "WordDocument".encode("utf-16-le"),
        b'<?xml version="1.0"?><w:wordDocument xmlns:w="x"/>',
    ],
)
def test_without_a_converter_the_way_out_is_told(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "program", lambda: None)
    with pytest.raises(Refusal) as caught:
        read_document(data, "通知.doc")
    assert caught.value.code == "document_needs_converter"
    assert ".docx" in caught.value.way_out


def test_conversions_wait_for_each_other_and_not_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "program", lambda: "soffice")
    monkeypatch.setattr(office, "PATIENCE", 0.05)
    with office.one_at_a_time, pytest.raises(Refusal) as caught:
        read_document(b"{\\rtf1\\ansi x}", "通知.rtf")
    assert caught.value.code == "document_converter_busy"


OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"


def linked(address: str) -> bytes:
    """Return an .odt with a picture and a section that lie at ``address``."""
    spaces = "".join(
        f' xmlns:{name}="{OPEN_DOCUMENT}:{uri}:1.0"'
        for name, uri in (
            ("office", "office"),
            ("text", "text"),
            ("draw", "drawing"),
            ("svg", "svg-compatible"),
        )
    )
    content = (
        f'<office:document-content{spaces} xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' office:version="1.2"><office:body><office:text><text:p>正文<draw:frame svg:width="2cm"'
        f' svg:height="2cm" text:anchor-type="paragraph"><draw:image xlink:href="{address}/a.png"'
        ' xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/></draw:frame></text:p>'
        f'<text:section text:name="a"><text:section-source xlink:href="{address}/a.odt"/>'
        "<text:p>一节</text:p></text:section></office:text></office:body>"
        "</office:document-content>"
    )
    entry = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="{}"/>'
    kind = "application/vnd.oasis.opendocument.text"
    return renderings.zipped(
        {
            "mimetype": kind.encode(),
            "META-INF/manifest.xml": (
                f'<manifest:manifest xmlns:manifest="{OPEN_DOCUMENT}:manifest:1.0">'
                f"{entry.format('/', kind)}{entry.format('content.xml', 'text/xml')}"
                "</manifest:manifest>"
            ).encode(),
            "content.xml": content.encode(),
        }
    )


@needs_office
@pytest.mark.parametrize("apart", [True, False], ids=["network of its own", "settings alone"])
def test_the_converter_follows_no_link(
    apart: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if not apart:
        launcher = tmp_path / "launch.py"
        source = office.LAUNCH.read_text(encoding="utf-8")
        assert "system.unshare(" in source
        launcher.write_text(source.replace("system.unshare(", "bool("), encoding="utf-8")
        monkeypatch.setattr(office, "LAUNCH", launcher)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert read_document(linked(address), "通知.odt").text.split("\n")[0] == "正文"
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
