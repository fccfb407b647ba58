"""Encrypted fields, their keys, and small counts."""

import base64
import itertools
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tongzhou.kernel.models import User
from tongzhou.kernel.privacy import cipher, factors, keys, rotating
from tongzhou.kernel.privacy.keys import keys as held_keys
from tongzhou.kernel.privacy.threshold import THRESHOLD, suppress, suppress_table

PHONE = "13800138000"


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that sets the keys by their names."""
    material = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in ("a", "b")}

    def hold(*names: str) -> None:
        told = ",".join(f"{name}:{material[name]}" for name in names)
        monkeypatch.setenv(keys.VARIABLE, told)
        keys.keys.cache_clear()

    yield hold
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    keys.keys.cache_clear()


def stored(user: User) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM kernel_user WHERE id = %s", [user.pk])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["AES-256-GCM", "SM4-GCM"])
def test_the_database_holds_no_phone_number_yet_finds_it(settings: Any, name: str) -> None:
    settings.FIELD_CIPHER = name
    user = User.objects.create(username="a", name="甲", phone=PHONE)
    other = User.objects.create(username="b", name="乙", phone="13900139000")
    nobody = User.objects.create(username="c", name="丙")
    assert PHONE not in stored(user)
    assert stored(user).startswith(f"{cipher.CIPHERS[name]}.")
    assert stored(nobody) == ""
    assert User.objects.get(phone=PHONE).pk == user.pk
    assert User.objects.get(phone=PHONE).phone == PHONE
    assert set(User.objects.filter(phone__in=[PHONE, "13900139000"])) == {user, other}
    assert list(User.objects.filter(phone="")) == [nobody]
    assert set(User.objects.exclude(phone="")) == {user, other}
    assert not User.objects.filter(phone="1380013800").exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(username="d", name="丁", phone=PHONE)


@pytest.mark.parametrize("lookup", ["contains", "icontains", "startswith", "gt", "regex"])
def test_parts_of_encrypted_text_cannot_be_searched(lookup: str) -> None:
    with pytest.raises(FieldError):
        User.objects.filter(**{f"phone__{lookup}": "138"})


@pytest.mark.django_db
def test_a_text_changed_or_copied_elsewhere_does_not_open() -> None:
    place = "kernel.user.phone"
    sealed = cipher.seal(PHONE, place)
    assert cipher.open_sealed(sealed, place) == PHONE
    head, _, body = sealed.rpartition(".")
    for wrong in (
        f"{head}.{'A' if body[0] != 'A' else 'B'}{body[1:]}",
        sealed.replace("a1.", "s1.", 1),
        sealed.replace(".t1.", ".t2.", 1),
        PHONE,
        "a.b.c.d",
    ):
        with pytest.raises(cipher.Unreadable):
            cipher.open_sealed(wrong, place)
    with pytest.raises(cipher.Unreadable):
        cipher.open_sealed(sealed, "kernel.invitation.phone")


@given(text=st.text(min_size=1, max_size=80), code=st.sampled_from(["a1", "s1"]))
def test_every_text_comes_back(text: str, code: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    sealed = cipher.seal(text, "x.y.z", code=code)
    assert cipher.open_sealed(sealed, "x.y.z") == text
    assert sealed in cipher.all_sealed(text, "x.y.z")
    assert len(text) < 4 or text not in sealed


@pytest.mark.django_db
def test_keys_rotate_while_people_work_and_after_an_interruption(
    held: Any, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    held("a")
    people = [
        User.objects.create(username=f"u{n}", name="某", phone=f"138001380{n:02d}")
        for n in range(7)
    ]
    held("a", "b")
    assert User.objects.get(phone="13800138003") == people[3]
    assert rotating.outdated()["kernel.User.phone"] == 7
    monkeypatch.setattr(rotating, "BATCH", 3)

    def stop(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotating.rotate(stop)
    assert rotating.outdated()["kernel.User.phone"] == 4
    assert User.objects.get(phone="13800138003") == people[3]
    assert rotating.rotate() == 4
    assert rotating.rotate() == 0
    assert all(stored(each).startswith("a1.b.") for each in people)
    held("b")  # the old key is gone for good
    assert [User.objects.get(pk=each.pk).phone for each in people][3] == "13800138003"
    settings.FIELD_CIPHER = "SM4-GCM"
    assert rotating.rotate() == 7
    assert User.objects.get(phone="13800138006") == people[6]


def test_the_file_of_keys_is_private_and_only_made_outside_production(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(keys.VARIABLE, raising=False)
    settings.DATA, settings.TESTING = tmp_path, False
    keys.keys.cache_clear()
    try:
        settings.PRODUCTION = True
        with pytest.raises(ImproperlyConfigured):
            keys.keys()
        settings.PRODUCTION = False
        assert keys.current().name == "k1"
        assert stat.S_IMODE(keys.path().stat().st_mode) == 0o600
        assert keys.add_key() == "k2"
        assert [each.name for each in held_keys()] == ["k1", "k2"]
        keys.path().chmod(0o644)
        keys.keys.cache_clear()
        with pytest.raises(ImproperlyConfigured):
            keys.keys()
        monkeypatch.setenv(keys.VARIABLE, "k1:short")
        with pytest.raises(ImproperlyConfigured):
            keys.keys()
    finally:
        keys.keys.cache_clear()


def solutions(shown: dict[int, int | None], total: int) -> list[dict[int, int]]:
    """Return every way to fill the hidden cells so that they add up to the total."""
    hidden = [key for key, count in shown.items() if count is None]
    rest = total - sum(count for count in shown.values() if count is not None)
    return [
        dict(zip(hidden, filled, strict=True))
        for filled in itertools.product(range(rest + 1), repeat=len(hidden))
        if sum(filled) == rest
    ]


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4))
def test_no_small_count_can_be_worked_out_from_the_total(counts: list[int]) -> None:
    cells = dict(enumerate(counts))
    shown = suppress(cells)
    small = {key for key, count in cells.items() if 0 < count < THRESHOLD}
    assert all(shown[key] is None for key in small)
    assert all(shown[key] in {None, count} for key, count in cells.items())
    if not small:
        assert shown == cells
        return
    if sum(counts) < THRESHOLD:
        return  # the total itself is small: its own table hides it
    found = solutions(shown, sum(counts))
    for key in small:
        assert len({each[key] for each in found}) > 1


@given(st.lists(st.lists(st.integers(0, 20), min_size=3, max_size=3), min_size=3, max_size=3))
def test_a_table_hides_two_in_every_row_and_column_that_hides_one(rows: list[list[int]]) -> None:
    table = {(r, c): count for r, row in enumerate(rows) for c, count in enumerate(row)}
    shown = suppress_table(table)
    for axis in (0, 1):
        for line in range(3):
            hidden = [key for key in table if key[axis] == line and shown[key] is None]
            assert len(hidden) != 1
    assert all(shown[key] is None for key, count in table.items() if 0 < count < THRESHOLD)


def test_hidden_cells_hide_enough_people_together() -> None:
    assert suppress({"甲": 1, "乙": 0, "丙": 30}) == {"甲": None, "乙": 0, "丙": None}
    assert suppress({"甲": 1, "乙": 2, "丙": 30}) == {"甲": None, "乙": None, "丙": None}
    assert suppress({"甲": 3, "乙": 4, "丙": 30}) == {"甲": None, "乙": None, "丙": 30}
    assert suppress({"甲": 1, "乙": 30}, total_shown=False) == {"甲": None, "乙": 30}
    assert suppress({"甲": 0, "乙": 30}) == {"甲": 0, "乙": 30}


@pytest.mark.django_db
def test_second_factors_are_encrypted_and_rotate_too(held: Any) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    held("a")
    user = User.objects.create(username="guarded", name="某人")
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(user).get_unused_codes()
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        assert "JBSWY3DP" not in cursor.fetchone()[0]
    held("a", "b")
    assert rotating.outdated()["mfa_authenticator"] == 2
    rotating.rotate()
    assert rotating.outdated()["mfa_authenticator"] == 0
    held("b")
    kept = {each.type: each for each in Authenticator.objects.filter(user=user)}
    assert RecoveryCodes(kept["recovery_codes"]).get_unused_codes() == codes
    totp = TOTP(kept["totp"])
    assert factors.unseal(kept["totp"].data["secret"]) == "JBSWY3DPEHPK3PXP"
    kept["totp"].data["secret"] = "JBSWY3DPEHPK3PXP"  # written past the application
    with pytest.raises(cipher.Unreadable):
        totp.validate_code("000000")
