"""Encrypts short texts so that they can still be looked up exactly, and by nothing else.

A stored text is ``cipher.key.index.body``. The index is a keyed digest of the text and its place
(the blind index) and the nonce at the same time: equal texts in one place are stored equal, which
a blind index tells anyway, so one column serves look-up, uniqueness and secrecy. ``a1`` is
AES-256-GCM, ``s1`` SM4-GCM with an SM3 index, chosen by ``settings.FIELD_CIPHER``; both are
authenticated and bound to their place.
"""

import base64
import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

from tongzhou.kernel.privacy.keys import FieldKey, current, keys

INDEX_BYTES = 12
TAG_BYTES = 16
CIPHERS = {"AES-256-GCM": "a1", "SM4-GCM": "s1"}


class Unreadable(Exception):
    """A stored text that no key opens: tampered with, moved from its place, or its key is gone."""


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _digest(code: str, key: bytes, text: bytes) -> bytes:
    if code == "s1":
        made = HMAC(key, hashes.SM3())
        made.update(text)
        return made.finalize()
    return hmac.digest(key, text, "sha256")


@lru_cache(maxsize=64)
def _derived(key: FieldKey, purpose: str, length: int) -> bytes:
    return key.derive(purpose, length)


@lru_cache(maxsize=64)
def _aes(key: FieldKey) -> AESGCM:
    return AESGCM(_derived(key, "aes", 32))


def _encrypt(code: str, key: FieldKey, nonce: bytes, text: bytes, place: bytes) -> bytes:
    if code == "a1":
        return _aes(key).encrypt(nonce, text, place)
    made = Cipher(algorithms.SM4(_derived(key, "sm4", 16)), modes.GCM(nonce)).encryptor()
    made.authenticate_additional_data(place)
    return made.update(text) + made.finalize() + made.tag


def _decrypt(code: str, key: FieldKey, nonce: bytes, body: bytes, place: bytes) -> bytes:
    if code == "a1":
        return _aes(key).decrypt(nonce, body, place)
    mode = modes.GCM(nonce, body[-TAG_BYTES:])
    made = Cipher(algorithms.SM4(_derived(key, "sm4", 16)), mode).decryptor()
    made.authenticate_additional_data(place)
    return made.update(body[:-TAG_BYTES]) + made.finalize()


def seal(text: str, place: str, *, key: FieldKey | None = None, code: str = "") -> str:
    """Return what is stored for ``text`` at ``place``; empty stays empty."""
    if not text:
        return ""
    key = key or current()
    code = code or CIPHERS[settings.FIELD_CIPHER]
    bound = f"{code}.{key.name}.{place}".encode()
    data = text.encode()
    index = _digest(code, _derived(key, f"index {code}", 32), bound + b"\0" + data)[:INDEX_BYTES]
    return f"{code}.{key.name}.{_b64(index)}.{_b64(_encrypt(code, key, index, data, bound))}"


def open_sealed(stored: str, place: str) -> str:
    """Return the text; Unreadable when it was tampered with or its key is gone."""
    if not stored:
        return ""
    try:
        code, name, index, body = stored.split(".")
        key = next(each for each in keys() if each.name == name)
        bound = f"{code}.{name}.{place}".encode()
        return _decrypt(code, key, _unb64(index), _unb64(body), bound).decode()
    except (ValueError, StopIteration, InvalidTag) as error:
        raise Unreadable(place) from error


def all_sealed(text: str, place: str) -> list[str]:
    """Return every form in which ``text`` may be stored: one for each key and cipher in use."""
    if not text:
        return [""]
    return [seal(text, place, key=key, code=code) for key in keys() for code in CIPHERS.values()]


def is_current(stored: str) -> bool:
    """Tell whether a stored text is under the present key and cipher."""
    return not stored or stored.startswith(current_prefix())


def current_prefix() -> str:
    """Return how texts under the present key and cipher begin."""
    return f"{CIPHERS[settings.FIELD_CIPHER]}.{current().name}."
