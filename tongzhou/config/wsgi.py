"""The web entry for granian."""

import gc
import os
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from tongzhou.kernel import sight

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongzhou.config.settings")

PIECE = 1 << 16
#: After how many new objects rubbish is looked for, and after how many looks further back. Python's
#: own 700 looks several times in each request: a twelfth of its time, for next to nothing found.
COLLECTED = (20_000, 20, 20)


class BoundedInput:
    """The body of a request, where a line is never longer than 64 KiB.

    Django throws away the rest of a refused upload line by line, and a file may well be one line
    of a gigabyte; granian would gather all of it in memory.
    """

    def __init__(self, body: Any) -> None:
        self._body = body
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all there are when it is negative."""
        if size is None or size < 0:
            found, self._rest = self._rest + bytes(self._body.read()), b""
        elif self._rest:
            found, self._rest = self._rest[:size], self._rest[size:]
        else:
            found = bytes(self._body.read(size))
        return found

    def readline(self, size: int = -1) -> bytes:
        """Return a line, or its first 64 KiB."""
        piece = self.read(PIECE if size is None or size < 0 else min(size, PIECE))
        end = piece.find(b"\n") + 1
        if end:
            piece, self._rest = piece[:end], piece[end:] + self._rest
        return piece

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


def settle() -> None:
    """Import every page now instead of with the first request, and spare it from collections.

    What start-up leaves stays for good; looked through in the middle of a request, it took that a
    third of a second.
    """
    _ = get_resolver().reverse_dict
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)


_django = get_wsgi_application()
sight.serve()
settle()


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request."""
    environ["wsgi.input"] = BoundedInput(environ["wsgi.input"])
    return _django(environ, start_response)
