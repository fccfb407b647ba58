"""A register of national size, invented from a seed and kept as template databases."""

from bench.national.size import NATION, Size, from_environment
from bench.national.store import national_database

__all__ = ["NATION", "Size", "from_environment", "national_database"]
