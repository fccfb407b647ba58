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
    holds among texts under one key. A column whose texts wait to be moved into another one names
    that as ``bound_to`` (``app.model.field``): the database then compares and copies them as they
    lie.
    """

    description = "Encrypted text"

    def __init__(self, *args: Any, bound_to: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bound_to = bound_to

    def deconstruct(self) -> Any:
        """Return how a migration writes the field."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "bound_to": self.bound_to} if self.bound_to else kwargs

    @property
    def place(self) -> str:
        """Return what a stored text is bound to."""
        return self.bound_to or f"{self.model._meta.label_lower}.{self.attname}"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        """Return the text of a stored value."""
        return None if value is None else cipher.open_sealed(value, self.place)

    def get_prep_value(self, value: Any) -> Any:
        """Return what is stored for a text."""
        return None if value is None else cipher.seal(str(value), self.place)


class EncryptedValuesField(models.JSONField):
    """A flat object whose values are encrypted texts, bound to the column they will be moved to.

    For rows that wait for a short time: what lies in it is not brought under a new key.
    """

    description = "Object with encrypted values"

    def __init__(self, *args: Any, bound_to: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bound_to = bound_to

    def deconstruct(self) -> Any:
        """Return how a migration writes the field."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "bound_to": self.bound_to}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return the object with its values opened."""
        held = super().from_db_value(value, expression, connection)
        return held and {key: cipher.open_sealed(text, self.bound_to) for key, text in held.items()}

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return what is stored for an object."""
        if isinstance(value, dict):
            value = {key: cipher.seal(text, self.bound_to) for key, text in value.items()}
        return super().get_db_prep_value(value, connection, prepared)


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
