"""No field with personal data without purpose, legal basis and retention in the register."""

import re

from django.apps import apps
from django.db import models

from tongzhou.kernel.privacy.fields import (
    EncryptedTextField,
    EncryptedValuesField,
    encrypted_fields,
)
from tongzhou.kernel.privacy.register import NOT_PERSONAL, REGISTER_OF_DATA, Protection

LOOKS_PERSONAL = re.compile(
    r"(^|_)(person|people|phone|mobile|tel|email|mail|id_number|id_card|identity|passport|birth"
    r"|birthday|gender|age|address|contact|username|first_name|last_name|actor|submitter|decider"
    r"|saver|creator|changer|signer|asker|revoker|set_by|handler|donor|patient|volunteer|health"
    r"|symptom|temperature|location)($|_)"
)
TEXT = (models.CharField, models.TextField, models.JSONField)
FIELDS = {
    f"{model._meta.app_label}.{model.__name__}.{field.name}": field
    for model in apps.get_models()
    if model.__module__.startswith("tongzhou.")
    for field in model._meta.local_fields
    if isinstance(field, TEXT)
}


def looks_personal(label: str) -> bool:
    model, _, name = label.rpartition(".")
    if LOOKS_PERSONAL.search(name):
        return True
    # A name beside a phone number or an e-mail address is somebody's.
    return name == "name" and bool({f"{model}.phone", f"{model}.email"} & set(FIELDS))


def test_every_field_that_looks_personal_is_in_the_register() -> None:
    known = {each.field for each in REGISTER_OF_DATA} | set(NOT_PERSONAL)
    missing = [label for label in FIELDS if looks_personal(label) and label not in known]
    assert missing == [], "say purpose, basis and retention in kernel/privacy/register.py"


def test_the_register_names_fields_that_exist_once() -> None:
    named = [each.field for each in REGISTER_OF_DATA]
    assert len(named) == len(set(named))
    assert set(named) | set(NOT_PERSONAL) <= set(FIELDS)
    assert not set(named) & set(NOT_PERSONAL)


def test_what_is_called_encrypted_is_and_what_is_encrypted_is_called_so() -> None:
    called = {each.field for each in REGISTER_OF_DATA if each.protection == Protection.ENCRYPTED}
    texts = {label for label, f in FIELDS.items() if isinstance(f, EncryptedTextField)}
    objects = {label for label, f in FIELDS.items() if isinstance(f, EncryptedValuesField)}
    assert called == texts | objects
    assert len(texts) == len(encrypted_fields())


def test_sensitive_data_is_encrypted() -> None:
    for each in REGISTER_OF_DATA:
        if each.sensitive:
            assert each.protection == Protection.ENCRYPTED, each.field


def test_the_look_for_personal_fields_finds_some() -> None:
    assert looks_personal("kernel.User.phone")
    assert looks_personal("kernel.User.name")
    assert looks_personal("registry.Organ.person")
    assert not looks_personal("registry.Organisation.name")
