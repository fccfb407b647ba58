"""Writes of the compiler: each wrapped in ``@command``."""
