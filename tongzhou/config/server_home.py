"""Choose where the embedded server keeps its files, and which user it runs as."""

import hashlib
import os
import pwd
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongzhou.config.binaries import ServerError

FALLBACKS = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 - folders of our own are made there


@dataclass(frozen=True)
class Account:
    """Name the unprivileged user that the server runs as when root starts it."""

    name: str
    uid: int
    gid: int

    @property
    def options(self) -> dict[str, Any]:
        """Return the arguments that make ``subprocess`` run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "cwd": "/"}

    def can(self, *command: str | Path) -> bool:
        """Tell whether this user can run ``command`` with success."""
        try:
            result = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **self.options,
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return result.returncode == 0

    def can_enter(self, folder: Path) -> bool:
        """Tell whether this user can enter ``folder``."""
        return self.can("/bin/sh", "-c", 'cd "$1"', "sh", folder)


def find_account(owner: int = 0) -> Account | None:
    """Return the user to run the server as: None for ourselves, unless we are root.

    ``owner`` is the user id that existing data belongs to; it goes first.
    """
    if os.geteuid() != 0:
        return None
    entries = []
    if owner:
        with suppress(KeyError):
            entries.append(pwd.getpwuid(owner))
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entries.append(pwd.getpwnam(name))
    for entry in entries:
        account = Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
        if account.can("/bin/sh", "-c", "exit 0"):
            return account
    raise ServerError(
        "无法以非 root 用户运行数据库 · root may not run PostgreSQL and no other user can be "
        "used here (postgres, nobody); run as an ordinary user or set DATABASE_URL"
    )


def choose_home(
    data: Path, fallbacks: tuple[Path, ...] = FALLBACKS
) -> tuple[Path, Account | None, bool]:
    """Return where the server's files lie, its user, and whether that is away from ``data``."""
    usual = data / "postgres"
    cluster = usual / "data"
    account = find_account(cluster.stat().st_uid if cluster.exists() else 0)
    if account is None:
        return usual, None, False
    mark = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:10]
    away = [folder / f"tongzhou-{mark}" for folder in fallbacks]
    for home in away:
        if (home / "data").exists():
            owner = (home / "data").stat().st_uid
            return home, find_account(owner), True
    usual.mkdir(mode=0o711, parents=True, exist_ok=True)
    if account.can_enter(usual):
        return usual, account, False
    if cluster.exists():
        raise ServerError(
            f"用户 {account.name} 进不了数据目录 {usual} · the user {account.name} can no longer "
            f"enter {usual}: allow it again (chmod o+x on the folders above) or move the folder "
            f"to {away[0]}"
        )
    for home in away:
        try:
            home.mkdir(mode=0o711, parents=True, exist_ok=True)
        except OSError:
            continue
        if account.can_enter(home):
            return home, account, True
    raise ServerError(
        f"用户 {account.name} 没有可用的数据目录 · no folder that {account.name} can use "
        f"({', '.join(map(str, away))}); set TONGZHOU_DATA or DATABASE_URL"
    )


def write_private(path: Path, text: str, owner: Account | None = None) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    if owner:
        os.chown(fresh, owner.uid, owner.gid)
    fresh.replace(path)
