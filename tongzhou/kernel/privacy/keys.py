"""The keys of encrypted fields: outside the database, named, more than one at a time.

``TONGZHOU_FIELD_KEYS`` holds ``name:base64`` pairs with commas, or else the file ``field_keys`` in
the data folder, one pair a line, readable by its owner alone. The last one encrypts; all of them
decrypt. Without either, an installation that is not in production makes its file.
"""

import base64
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VARIABLE = "TONGZHOU_FIELD_KEYS"
KEY_BYTES = 32
_NAME = re.compile(r"[a-z0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class FieldKey:
    """One key: its name, and what is derived from it for encrypting and for looking up."""

    name: str
    material: bytes

    def derive(self, purpose: str, length: int) -> bytes:
        """Return ``length`` bytes for one purpose; different purposes share nothing."""
        return HKDF(hashes.SHA256(), length, b"tongzhou.fields", purpose.encode()).derive(
            self.material
        )


def path() -> Path:
    """Return where the file of keys lies."""
    return Path(settings.DATA) / "field_keys"


def _parse(lines: list[str], place: str) -> tuple[FieldKey, ...]:
    found = []
    for line in filter(None, map(str.strip, lines)):
        name, _, text = line.partition(":")
        try:
            material = base64.b64decode(text, validate=True)
        except ValueError:
            material = b""
        if not _NAME.fullmatch(name) or len(material) != KEY_BYTES:
            raise ImproperlyConfigured(f"{place}: {name[:12]!r} is no key of {KEY_BYTES} bytes")
        found.append(FieldKey(name, material))
    if len({each.name for each in found}) != len(found):
        raise ImproperlyConfigured(f"{place}: two keys have the same name")
    return tuple(found)


def _write(lines: list[str]) -> None:
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write("\n".join(lines) + "\n")
    partial.replace(target)


def _fresh(name: str) -> str:
    return f"{name}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


@cache
def keys() -> tuple[FieldKey, ...]:
    """Return all keys, the one that encrypts last; ImproperlyConfigured when there is none."""
    if not os.environ.get(VARIABLE):
        if settings.TESTING:
            return (FieldKey("t1", hashlib.sha256(b"tests").digest()),)
        if not path().exists() and not settings.PRODUCTION:
            _write([_fresh("k1")])
    return read_keys(path())


def read_keys(file: Path) -> tuple[FieldKey, ...]:
    """Return the keys of the environment or of ``file``; makes none and reads no settings.

    ImproperlyConfigured where there is none, or one that is no key or open to others.
    """
    if told := os.environ.get(VARIABLE, ""):
        found, place = _parse(told.split(","), VARIABLE), VARIABLE
    elif not file.exists():
        raise ImproperlyConfigured(f"no field keys: set {VARIABLE} or provide {file}")
    elif file.stat().st_mode & 0o077:
        raise ImproperlyConfigured(f"{file} is open to other users; chmod 600 it")
    else:
        found, place = _parse(file.read_text().splitlines(), str(file)), str(file)
    if not found:
        raise ImproperlyConfigured(f"{place} holds no key")
    return found


def current() -> FieldKey:
    """Return the key that encrypts."""
    return keys()[-1]


def add_key() -> str:
    """Add a new key to the file and let it encrypt from now on; return its name.

    ImproperlyConfigured where the keys come from the environment: add one there instead.
    """
    if os.environ.get(VARIABLE):
        raise ImproperlyConfigured(f"the keys come from {VARIABLE}: append a new one there")
    held = keys()
    name = f"k{len(held) + 1}"
    _write([*path().read_text().split(), _fresh(name)])
    keys.cache_clear()
    return name
