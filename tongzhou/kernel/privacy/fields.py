"""A field whose text is encrypted in the database: ``phone = EncryptedTextField("手机号")``."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import Field, lookups

from tongzhou.kernel.privacy import cipher


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # text in, text out
    """Text that only this application can read; looked up exactly (``=``, ``in``) and no other way.

    The text is bound to its table and column: copied elsewhere it cannot be opened. Uniqueness
    holds among texts under one key.
    """

    description = "Encrypted text"

    @property
    def place(self) -> str:
        """Return what a stored text is bound to."""
        return f"{self.model._meta.label_lower}.{self.attname}"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        """Return the text of a stored value."""
        return None if value is None else cipher.open_sealed(value, self.place)

    def get_prep_value(self, value: Any) -> Any:
        """Return what is stored for a text."""
        return None if value is None else cipher.seal(str(value), self.place)


class _Exact(lookups.Exact):
    """Equal under any key in use."""

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        field: EncryptedTextField = self.lhs.output_field
        left, params = self.process_lhs(compiler, connection)
        if not self.rhs:
            return f"{left} = ''", [*params]
        wanted = cipher.all_sealed(str(self.rhs), field.place)
        return f"{left} = ANY(%s)", [*params, wanted]


class _In(lookups.In):
    """Among texts, under any key in use."""

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        field: EncryptedTextField = self.lhs.output_field
        left, params = self.process_lhs(compiler, connection)
        wanted = [each for text in self.rhs for each in cipher.all_sealed(str(text), field.place)]
        return f"{left} = ANY(%s)", [*params, wanted]


EncryptedTextField.register_lookup(_Exact)
EncryptedTextField.register_lookup(_In)


def _refuse(name: str) -> type[lookups.Lookup[Any]]:
    class Refused(lookups.Lookup):
        lookup_name = name

        def __init__(self, lhs: Any, rhs: Any) -> None:
            raise FieldError(f"encrypted text cannot be searched by {name}")

    return Refused


for _name in set(EncryptedTextField().get_lookups()) - {"exact", "in", "isnull"}:
    EncryptedTextField.register_lookup(_refuse(_name))


def encrypted_fields() -> list[tuple[type[models.Model], Field[Any, Any]]]:
    """Return every encrypted field of every model."""
    from django.apps import apps

    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField)
    ]
