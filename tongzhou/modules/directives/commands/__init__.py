"""Writes of the directives module."""

from tongzhou.modules.directives.commands.loading import (
    NewErratum,
    Wording,
    load_directive,
    record_erratum,
)
from tongzhou.modules.directives.commands.repealing import repeal_expression
from tongzhou.modules.directives.commands.shipped import seed_directives

__all__ = [
    "NewErratum",
    "Wording",
    "load_directive",
    "record_erratum",
    "repeal_expression",
    "seed_directives",
]
