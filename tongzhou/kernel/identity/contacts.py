"""By what a person can be called when signing in: user name, phone, e-mail, credit code."""

import re
import secrets

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.db.models.functions import Lower
from pypinyin import Style, lazy_pinyin

from tongzhou.base.errors import Refusal
from tongzhou.kernel import sight
from tongzhou.kernel.identity.places import directory
from tongzhou.kernel.models import Assignment, User

_SEPARATORS = re.compile(r"[\s\-()（）]")
_PHONE = re.compile(r"1[3-9]\d{9}")
_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")


def tidy_phone(text: str) -> str:
    """Return a mobile number as eleven digits, empty for none. Raises Refusal for another shape."""
    bare = re.sub(r"^(?:\+|00)?86(?=1)", "", _SEPARATORS.sub("", text))
    if bare and not _PHONE.fullmatch(bare):
        raise Refusal("手机号应当是 11 位数字。", field="phone", code="bad-phone")
    return bare


def tidy_email(text: str) -> str:
    """Return an e-mail address in lower case, empty for none. Raises Refusal for another shape."""
    bare = text.strip().lower()
    if bare:
        try:
            validate_email(bare)
        except ValidationError:
            raise Refusal("邮箱格式不对。", field="email", code="bad-email") from None
    return bare


def tidy(typed: str) -> str:
    """Return what somebody typed to sign in, in the one form under which it is looked up."""
    bare = typed.strip()
    if "@" in bare:
        return bare.lower()
    try:
        return tidy_phone(bare) or bare
    except Refusal:
        return bare.upper() if is_code(bare) else bare


def is_code(typed: str) -> bool:
    """Tell whether this has the shape of a credit code; the check characters are not looked at."""
    return _CODE.fullmatch(typed.strip().upper()) is not None


def find_person(typed: str, name: str, today: object) -> User | None:
    """Return whom a sign-in name means, None for nobody or for more than one.

    A credit code means the one person who acts for that organisation on the day ``today``; where
    several do, ``name`` tells them apart.
    """
    wanted = tidy(typed)
    if "\0" in wanted or len(wanted) > 254:
        return None
    if is_code(wanted):
        return _find_at_organisation(wanted, name.strip(), today)
    people: list[User]
    if "@" in wanted:
        fitting = User.objects.alias(mail=Lower("email")).filter(mail=wanted)
        people = list(fitting[:2])
    elif _PHONE.fullmatch(wanted):
        people = list(User.objects.filter(phone=wanted)[:2])
    else:
        people = list(User.objects.filter(username=wanted)[:2])
    return people[0] if len(people) == 1 else None


def _find_at_organisation(code: str, name: str, today: object) -> User | None:
    with sight.as_system():  # nobody is known yet; only the number is used
        bearer = directory().find_bearer_by_code(code)
    if bearer is None:
        return None
    held = Assignment.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gte=today),
        authority_id__isnull=True,
        organisation_id=bearer[0],
        prov=bearer[1],
        from_on__lte=today,
    )
    people = User.objects.filter(pk__in=held.values("user_id"))
    if name:
        people = people.filter(name=name)
    found = list(people[:2])
    return found[0] if len(found) == 1 else None


def free_username(name: str) -> str:
    """Return an unused user name made of a person's name in pinyin and random digits.

    It is given, not chosen: a name that may be chosen tells which ones are taken.
    """
    stem = re.sub(r"[^a-z]", "", "".join(lazy_pinyin(name, style=Style.NORMAL)).lower())[:20]
    while True:
        wanted = f"{stem or 'ren'}{secrets.randbelow(9_000) + 1_000}"
        if not User.objects.filter(username=wanted).exists():
            return wanted


def free_contacts(phone: str, email: str) -> tuple[str, str]:
    """Return the contacts that nobody uses yet for signing in; taken ones come back empty."""
    if phone and User.objects.filter(phone=phone).exists():
        phone = ""
    if email and User.objects.annotate(mail=Lower("email")).filter(mail=email).exists():
        email = ""
    return phone, email
