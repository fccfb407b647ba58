"""Have LibreOffice turn old formats into .docx: in a folder, a time and a memory of its own."""

import os
import shutil
import stat
import sys
import threading
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tongzhou.modules.directives.rules.intake import refusals
from tongzhou.modules.directives.rules.intake.process import Halted, run
from tongzhou.modules.directives.rules.intake.sniff import Form

SECONDS = 60.0
PATIENCE = 30.0  # seconds to wait for another conversion of this process
_MOST_OUTPUT = 1 << 20  # of what it says
LAUNCH = Path(__file__).with_name("launch.py")
_FILTERS = {
    Form.OLD_WORD: "MS Word 97",
    Form.RTF: "Rich Text Format",
    Form.ODT: "writer8",
    Form.WORD_XML: "MS Word 2003 XML",
}
# No macros, no links followed, no news fetched: a file may name pictures on any server.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Load">
<prop oor:name="UpdateDocMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Inet/Settings">
<prop oor:name="ooInetProxyType" oor:op="fuse"><value>2</value></prop>
<prop oor:name="ooInetHTTPProxyName" oor:op="fuse"><value>127.0.0.1</value></prop>
<prop oor:name="ooInetHTTPProxyPort" oor:op="fuse"><value>9</value></prop>
<prop oor:name="ooInetHTTPSProxyName" oor:op="fuse"><value>127.0.0.1</value></prop>
<prop oor:name="ooInetHTTPSProxyPort" oor:op="fuse"><value>9</value></prop></item>
</oor:items>
"""
one_at_a_time = threading.Lock()


@cache
def program() -> str | None:
    """Return where LibreOffice is, None when the machine has none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert(data: bytes, form: Form) -> bytes:
    """Return an old document as .docx; Refusal when there is no converter or it fails."""
    office = program()
    if office is None:
        raise refusals.no_converter()
    if not one_at_a_time.acquire(timeout=PATIENCE):
        raise refusals.busy()
    try:
        with TemporaryDirectory(prefix="convert-") as folder:
            return _convert(office, data, form, Path(folder))
    finally:
        one_at_a_time.release()


def _convert(office: str, data: bytes, form: Form, folder: Path) -> bytes:
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
    source = folder / f"document.{form.value}"
    source.write_bytes(data)
    out = folder / "out"
    out.mkdir()
    command = (
        sys.executable, "-I", str(LAUNCH), office,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
        f"--infilter={_FILTERS[form]}",
        "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(out), str(source),
    )  # fmt: skip
    environment = {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    try:
        run(
            command,
            seconds=SECONDS,
            most=_MOST_OUTPUT,
            environment=environment,
            folder=str(folder),
        )
    except Halted as error:
        raise refusals.too_slow() from error
    return _taken(out / "document.docx")


def _taken(made: Path) -> bytes:
    """Return what was written, if it is a file of its own: no link to another file of ours."""
    try:
        number = os.open(made, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise refusals.not_converted() from None
    try:
        about = os.fstat(number)
        fitting = 0 < about.st_size <= refusals.LARGEST_UNPACKED
        if not stat.S_ISREG(about.st_mode) or about.st_nlink > 1 or not fitting:
            raise refusals.not_converted()
        with os.fdopen(number, "rb", closefd=False) as held:
            return held.read()
    finally:
        os.close(number)
