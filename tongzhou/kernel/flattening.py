"""Turn a workbook into CSV in a process of its own.

The reader of workbooks holds a whole sheet in memory: half a gigabyte for a million rows. Here it
holds it in a process that ends with its work, so that no worker stays that large, and a workbook
that asks for too much takes nobody with it.
"""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tongzhou.base.errors import Refusal

#: What the process may take, and how long it may work.
MAX_MEMORY_BYTES = 4 * 1024**3
MAX_SECONDS = 900
TICK_SECONDS = 1.0


def flatten(
    source: Path, name: str, target: Path, *, still: Callable[[], None] = lambda: None
) -> None:
    """Write the first sheet of a workbook to ``target`` as CSV, line for line, as it is shown.

    ``still`` is called every second meanwhile; what it raises ends the work. A source that is no
    workbook is refused as :func:`tongzhou.kernel.tables.read_table` refuses it.
    """
    ended = _run([sys.executable, "-m", __name__, str(source), str(target), name], still)
    if ended is not None and ended.returncode == 0:
        return
    if ended is not None and ended.returncode == 3:
        told = json.loads(ended.stdout)
        raise Refusal(
            told["message"],
            params=told["params"],
            code=told["code"],
            field="file",
            way_out=told["way_out"],
        )
    raise Refusal(
        "“%(name)s”太大，表格软件的格式读不下来。",
        params={"name": name},
        code="workbook-too-large",
        field="file",
        way_out="请另存为 .csv，或者分成几个文件上传。",
    )


def _run(
    arguments: list[str], still: Callable[[], None]
) -> subprocess.CompletedProcess[bytes] | None:
    """Return what a process said and how it ended; None if it took too long."""
    deadline = time.monotonic() + MAX_SECONDS
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        try:
            while time.monotonic() < deadline:
                try:
                    told, _ = process.communicate(timeout=TICK_SECONDS)
                except subprocess.TimeoutExpired:
                    still()
                    continue
                return subprocess.CompletedProcess(arguments, process.returncode, told)
            return None
        finally:
            process.kill()


def _limit() -> None:
    try:
        import resource
    except ImportError:  # pragma: no cover - systems without it have no such limits
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def _main(source: str, target: str, name: str) -> int:
    from tongzhou.kernel.tables import list_lines

    _limit()
    try:
        with Path(target).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(list_lines(Path(source), name))
    except Refusal as refusal:
        told = {
            "message": refusal.message,
            "params": dict(refusal.params),
            "code": refusal.code,
            "way_out": refusal.way_out,
        }
        print(json.dumps(told))  # noqa: T201 - read by the process that started this one
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
