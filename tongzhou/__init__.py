"""Tongzhou: from an official directive to work that gets done."""

__version__ = "0.1.0"
