"""Start a program with little memory, little time and no network.

Run as a script: ``launch.py PROGRAM ARGUMENT…``. It limits itself and then becomes the program,
so that nothing has to run between fork and exec of a server with many threads. Where the system
allows it, the program gets a network of its own with nobody in it.
"""

import ctypes
import os
import resource
import sys

MEMORY = 3 * 1024**3  # bytes
SECONDS = 60  # of processor time
LARGEST_FILE = 200 * 1024**2  # bytes
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000


def main(command: list[str]) -> None:
    """Become ``command``, confined."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        system = ctypes.CDLL(None, use_errno=True)
        if system.unshare(_NEW_NETWORK):
            system.unshare(_NEW_USER | _NEW_NETWORK)
    except (OSError, AttributeError):
        pass  # no such call here; the program's own settings still forbid the network
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
