"""Run a program on a file that nobody vouches for, and let it neither hang nor flood."""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile

from tongzhou.modules.directives.rules.intake.refusals import too_slow

_CHUNK = 1 << 20


class Deadline:
    """Refuse a file that takes longer to read than anybody waits."""

    def __init__(self, seconds: float = 15.0) -> None:
        self.until = time.monotonic() + seconds

    def check(self) -> None:
        """Raise Refusal once the time is up."""
        if time.monotonic() > self.until:
            raise too_slow()


class Halted(Exception):
    """Say that a program was stopped: it ran too long or wrote too much."""


def run(
    command: Sequence[str],
    data: bytes = b"",
    *,
    seconds: float,
    most: int,
    environment: Mapping[str, str] | None = None,
    folder: str | None = None,
) -> tuple[int, bytes]:
    """Return exit code and output of ``command`` fed with ``data``.

    The program leads a group of its own, which is killed after ``seconds`` (wall clock), once it
    wrote more than ``most`` bytes, and in any case at the end. Raises Halted for the first two.
    """
    with TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        process = subprocess.Popen(
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            close_fds=True,
            env=None if environment is None else dict(environment),
            cwd=folder,
        )
    try:
        return _collect(process, time.monotonic() + seconds, most)
    finally:
        _kill(process)
        if process.stdout is not None:
            process.stdout.close()


def _collect(process: "subprocess.Popen[bytes]", until: float, most: int) -> tuple[int, bytes]:
    out = process.stdout
    if out is None:
        raise Halted
    held: list[bytes] = []
    length = 0
    with selectors.DefaultSelector() as waiting:
        waiting.register(out, selectors.EVENT_READ)
        while True:
            if not waiting.select(max(0.0, until - time.monotonic())):
                raise Halted
            piece = os.read(out.fileno(), _CHUNK)
            if not piece:
                break
            held.append(piece)
            length += len(piece)
            if length > most:
                raise Halted
    try:
        code = process.wait(max(0.1, until - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise Halted from error
    return code, b"".join(held)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the whole group, also what the program left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
