"""Make .venv from requirements.lock, once, and again whenever what it depends on changes.

Runs on the machine's own Python, with its standard library alone. A machine may have pip without
the ``ensurepip`` part (Debian without python3-venv): then the machine's pip fills the environment.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
PROJECT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(PROJECT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "tongzhou.stamp")
SOURCES = ("requirements.lock", "pyproject.toml", "tools/environment.py")


def main() -> int:
    """Make the environment if it is not as it should be, and build the messages."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print(
            f"需要 Python 3.11 或更新版本 · Python 3.11 or newer is needed, this is {found} "
            f"({sys.executable}): make PYTHON=/path/to/python3.11",
            file=sys.stderr,
        )
        return 1
    try:
        with open(os.path.join(PROJECT, ".venv.lock"), "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            wanted = fingerprint()
            if not is_made(wanted):
                build()
                with open(STAMP, "w") as stamp:
                    stamp.write(wanted)
        subprocess.run(
            [VENV_PYTHON, os.path.join(PROJECT, "tools", "messages.py"), "compile"], check=True
        )
    except PermissionError as error:
        print(f"无法写入 · cannot write {error.filename}: use a clone of your own", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"环境未能建成 · failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    return 0


def fingerprint() -> str:
    """Return what the environment depends on: the lock, the project file, place and Python."""
    digest = hashlib.sha256(f"{PROJECT}\n{sys.version}\n".encode())
    for name in SOURCES:
        with open(os.path.join(PROJECT, name), "rb") as source:
            digest.update(source.read())
    return digest.hexdigest()


def is_made(wanted: str) -> bool:
    """Tell whether the environment was finished from the same things."""
    try:
        with open(STAMP) as stamp:
            return stamp.read() == wanted and os.access(VENV_PYTHON, os.X_OK)
    except FileNotFoundError:
        return False


def build() -> None:
    """Create or mend the environment and install exactly what the lock names."""
    print("准备运行环境 · preparing .venv (a minute or two the first time) …", flush=True)
    if os.path.exists(STAMP):
        os.unlink(STAMP)
    if not runs(
        [VENV_PYTHON, "-c", f"import sys; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"]
    ):
        shutil.rmtree(VENV, ignore_errors=True)
    has_pip = [VENV_PYTHON, "-m", "pip", "--version"]
    venv = [sys.executable, "-m", "venv"]
    if not runs(has_pip) and not runs([*venv, VENV]):
        subprocess.run([*venv, "--clear", "--without-pip", VENV], check=True)
    pip = [VENV_PYTHON, "-m", "pip"]
    if not runs(has_pip):
        pip = [sys.executable, "-m", "pip", "--python", VENV_PYTHON]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    lock = os.path.join(PROJECT, "requirements.lock")
    install([*pip, "install", *quiet, "--require-hashes", "-r", lock])
    pip = [VENV_PYTHON, "-m", "pip"]  # the lock brings its own
    install([*pip, "install", *quiet, "--no-deps", "--no-build-isolation", "-e", PROJECT])


def install(command: list[str]) -> None:
    """Run pip and show what it said if it failed."""
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        sys.stderr.buffer.write(result.stdout[-6000:])
        raise subprocess.CalledProcessError(result.returncode, command)


def runs(command: list[str]) -> bool:
    """Tell whether ``command`` can be run and ends well."""
    try:
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return False
    return result.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
