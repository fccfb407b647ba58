"""Old documents that want something from the machine that converts them.

With LibreOffice where it is installed; how it is started is seen with a stand-in everywhere.
"""

import json
import os
import select
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tongzhou.base.errors import Refusal
from tongzhou.modules.directives.rules import read_document
from tongzhou.modules.directives.rules.intake import office, refusals
from tongzhou.modules.directives.tests import renderings

OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"
SECRET = "机密的口令"
RTF = b"{\\rtf1\\ansi x}"
needs_office = pytest.mark.skipif(
    shutil.which("soffice") is None and shutil.which("libreoffice") is None,
    reason="no LibreOffice on this machine",
)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return what puts a program of Python in LibreOffice's place; it may write to a folder."""

    def put(body: str) -> Path:
        seen = tmp_path / "seen"
        seen.mkdir()
        program = tmp_path / "soffice"
        program.write_text(
            f"#!{sys.executable}\n"
            "import json, os, pathlib, socket, subprocess, sys, time\n"
            f"seen = pathlib.Path({str(seen)!r})\n"
            "out = pathlib.Path(sys.argv[sys.argv.index('--outdir') + 1])\n"
            f"{body}\n",
            encoding="utf-8",
        )
        program.chmod(0o700)
        monkeypatch.setattr(office, "program", lambda: str(program))
        return seen

    return put


def _refused(name: str = "通知.doc", data: bytes = RTF) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_document(data, name)
    return caught.value


TELLS = """
(seen / 'told').write_text(json.dumps({
    'arguments': sys.argv[1:], 'environment': dict(os.environ), 'folder': os.getcwd(),
    'settings': next(pathlib.Path(os.environ['HOME']).rglob('*.xcu')).read_text(),
}))
"""


def test_it_is_started_alone_and_knows_no_secret(
    stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{SECRET}@x/")
    seen = stand_in(TELLS)
    name = "../../--infilter=x;$(touch pwned)`id`\n.doc"
    assert _refused(name).code == refusals.not_converted().code
    told = json.loads((seen / "told").read_text())
    assert SECRET not in json.dumps(told, ensure_ascii=False)
    assert set(told["environment"]) <= {
        *("HOME", "TMPDIR", "PATH", "LANG", "SAL_USE_VCLPLUGIN", "http_proxy", "https_proxy"),
        *("LC_CTYPE", "__CF_USER_TEXT_ENCODING"),
    }
    # What the file was called reaches neither the command nor the disk.
    assert not [each for each in told["arguments"] if "pwned" in each or ".." in each]
    home = told["environment"]["HOME"]
    assert told["folder"] == os.path.realpath(home) or told["folder"] == home
    profile = next(each for each in told["arguments"] if each.startswith("-env:UserInstallation="))
    assert profile.removeprefix("-env:UserInstallation=file://").startswith(home)
    assert told["arguments"][-1].startswith(home)
    for each in ("DisableMacrosExecution", "BlockUntrustedRefererLinks", "MacroSecurityLevel"):
        assert each in told["settings"]
    assert not Path(home).exists(), "nothing is left behind"


def test_it_and_what_it_started_are_killed_when_they_take_too_long(
    stand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "SECONDS", 1.5)
    seen = stand_in(
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "(seen / 'pids').write_text(f'{os.getpid()} {child.pid}')\n"
        "time.sleep(600)"
    )
    assert _refused().code == refusals.too_slow().code
    for pid in (seen / "pids").read_text().split():
        assert _ends(int(pid)), pid
    assert not office.one_at_a_time.locked()


def _ends(pid: int) -> bool:
    """Tell whether a process has ended or does so now: it was killed, and takes a moment."""
    try:
        held = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([held], [], [], 30)[0])
    finally:
        os.close(held)


@pytest.mark.parametrize(
    "body",
    [
        "held = bytearray(8 << 30); (seen / 'had').touch()",
        "os.write(1, b'x' * (2 << 20)); time.sleep(600)",
        "(out / 'document.docx').write_bytes(b'')",
        "(out / 'document.docx').mkdir()",
        "(out / 'document.docx').symlink_to('/dev/zero')",
        "(out / 'document.docx').symlink_to('/nowhere')",
        "(out / 'document.docx').write_bytes(b'PK\\x03\\x04 not one')",
        "(out / 'another.docx').write_bytes(b'PK\\x03\\x04')",
        "handle = (out / 'document.docx').open('wb'); handle.truncate(150 << 20)",
        "sys.exit(77)",
        "os.kill(os.getpid(), 11)",
    ],
    ids=[
        *("memory", "flood", "empty", "folder", "device", "dangling", "broken", "elsewhere"),
        *("huge", "fails", "crashes"),
    ],
)
def test_whatever_it_does_the_file_is_refused(body: str, stand_in: Callable[[str], Path]) -> None:
    seen = stand_in(body)
    assert _refused().way_out
    assert not (seen / "had").exists()
    assert not office.one_at_a_time.locked()


@pytest.mark.parametrize("how", ["symlink_to", "hardlink_to"])
def test_what_it_wrote_is_its_own_and_no_link_to_something_else(
    how: str, stand_in: Callable[[str], Path], tmp_path: Path
) -> None:
    """Somebody who took the converter over points its answer at a file of ours."""
    other = tmp_path / "other.docx"
    other.write_bytes(renderings.to_docx(f"通知\n一、{SECRET}。\n"))
    assert SECRET in read_document(other.read_bytes(), "通知.docx").text
    stand_in(f"(out / 'document.docx').{how}({str(other)!r})")
    assert _refused().code == refusals.not_converted().code


@needs_office
def test_no_file_of_the_machine_comes_into_the_text(tmp_path: Path) -> None:
    """Links to local files, as text, picture, section, field and data exchange."""
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    page = tmp_path / "secret.html"
    page.write_text(f"<p>{SECRET}</p>", encoding="utf-8")
    for path in (secret, page):
        for data, name in (
            (_section(path.as_uri()), "通知.odt"),
            (_fields(str(path)), "通知.doc"),
            (_fields(path.as_uri()), "通知.wps"),
        ):
            text = read_document(data, name).text
            assert "old" in text or "正文" in text
            assert SECRET not in text


def _spaces() -> str:
    return "".join(
        f' xmlns:{name}="{OPEN_DOCUMENT}:{uri}:1.0"'
        for name, uri in (
            ("office", "office"),
            ("text", "text"),
            ("draw", "drawing"),
            ("script", "script"),
        )
    )


def _odt(body: str, scripts: str = "", more: dict[str, bytes] | None = None) -> bytes:
    content = (
        f'<office:document-content{_spaces()} xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' xmlns:ooo="http://openoffice.org/2004/office"'
        f' xmlns:dom="http://www.w3.org/2001/xml-events" office:version="1.2">{scripts}'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    parts = {"content.xml": content.encode(), **(more or {})}
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{each}" manifest:media-type="text/xml"/>'
        for each in parts
    )
    manifest = (
        f'<manifest:manifest xmlns:manifest="{OPEN_DOCUMENT}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>{entries}'
        "</manifest:manifest>"
    )
    return renderings.zipped(
        {"mimetype": kind.encode(), "META-INF/manifest.xml": manifest.encode(), **parts}
    )


def _section(address: str) -> bytes:
    return _odt(
        "<text:p>正文</text:p>"
        f'<text:section text:name="a"><text:section-source xlink:href="{address}"'
        ' xlink:type="simple" xlink:show="embed"/><text:p>一节</text:p></text:section>'
        '<text:section text:name="b"><office:dde-source office:dde-application="soffice"'
        f' office:dde-topic="{address}" office:dde-item="a" office:automatic-update="true"/>'
        "<text:p>二节</text:p></text:section>"
    )


WORDS = ("INCLUDETEXT", "LINK Word.Document.8", "DDEAUTO soffice")


def _fields(path: str, kinds: tuple[str, ...] = WORDS) -> bytes:
    fields = "".join(
        f'{{\\field{{\\*\\fldinst {{{kind} "{path}" \\\\* MERGEFORMAT}}}}{{\\fldrslt old}}}}\\par\n'
        for kind in kinds
    )
    return f"{{\\rtf1\\ansi body\\par\n{fields}}}".encode("ascii")


@needs_office
def test_no_macro_is_run_when_it_opens(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    basic = f'Sub Main\nOpen "{mark}" For Output As #1\nPrint #1, "ran"\nClose #1\nEnd Sub'
    library = (
        '<?xml version="1.0"?><script:module xmlns:script="http://openoffice.org/2000/script"'
        ' script:name="Module1" script:language="StarBasic">'
        f"{basic.replace(chr(34), '&quot;')}</script:module>"
    )
    listing = (
        '<?xml version="1.0"?><library:library xmlns:library="http://openoffice.org/2000/library"'
        ' library:name="Standard" library:readonly="false" library:passwordprotected="false">'
        '<library:element library:name="Module1"/></library:library>'
    )
    libraries = (
        '<?xml version="1.0"?><library:libraries'
        ' xmlns:library="http://openoffice.org/2000/library"'
        ' xmlns:xlink="http://www.w3.org/1999/xlink">'
        '<library:library library:name="Standard" library:link="false"/></library:libraries>'
    )
    listeners = "".join(
        f'<script:event-listener script:language="ooo:script" script:event-name="{event}"'
        ' xlink:href="vnd.sun.star.script:Standard.Module1.Main?language=Basic&amp;'
        'location=document" xlink:type="simple"/>'
        for event in ("dom:load", "office:load-finished", "dom:unload", "office:save-done")
    )
    data = _odt(
        "<text:p>正文</text:p>",
        f"<office:scripts><office:event-listeners>{listeners}</office:event-listeners>"
        "</office:scripts>",
        {
            "Basic/Standard/Module1.xml": library.encode(),
            "Basic/Standard/script-lb.xml": listing.encode(),
            "Basic/script-lc.xml": libraries.encode(),
        },
    )
    assert "正文" in read_document(data, "通知.odt").text
    assert not mark.exists()


@needs_office
def test_no_link_of_a_word_document_is_followed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/a"
        fields = _fields(address, (*WORDS, "INCLUDEPICTURE"))
        assert "body" in read_document(fields, "通知.doc").text
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
