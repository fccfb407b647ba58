"""Keeps personal data and keys out of the logs."""

import logging
import re

_PATTERNS = (
    (re.compile(r"tz_[\w-]{20,}"), "tz_…"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 …"),
    (re.compile(r"(?i)((?:password|passwd|secret|token|key|ticket|code)\w*=)[^\s&;,'\"]+"), r"\1…"),
    # One-time links, which stand in addresses that the web server and Django log.
    (re.compile(r"(/(?:invitation|new-password|reset/key)/)[\w-]{8,}"), r"\1…"),
    (re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)"), "1**********"),
    (re.compile(r"(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])"), "******************"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "…@…"),
    (re.compile(r"(\s/[^\s?\"]*)\?[^\s\"]*"), r"\1?…"),
)


def redact(text: str) -> str:
    """Return ``text`` without tokens, passwords, phone and identity numbers, e-mail and queries."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


class RedactingFormatter(logging.Formatter):
    """A line of the log, tracebacks included, without personal data and keys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the whole line, redacted."""
        return redact(super().format(record))
