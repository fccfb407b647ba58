"""Say the registry's codes in the reader's language; both languages come with the code lists."""

from __future__ import annotations

from django.utils.translation import get_language

from tongzhou.modules.registry.rules.attributes import labels


def spoken(kind: str) -> dict[str, str]:
    """Return code → label of a code list in the reader's language."""
    return labels(kind, "en" if (get_language() or "").startswith("en") else "zh")
