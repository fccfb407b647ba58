"""Reads of duties and reports."""
