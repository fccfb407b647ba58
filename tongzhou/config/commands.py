"""Call Django's management commands from the console and the launcher."""

import os
from typing import Any


def setup() -> None:
    """Set Django up once; the database is not touched."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongzhou.config.settings")
    if not apps.ready:
        django.setup()


def call(name: str, *arguments: str, **options: Any) -> None:
    """Run one management command and leave no connection open."""
    setup()
    from django.core.management import call_command
    from django.db import connections

    try:
        call_command(name, *arguments, **options)
    finally:
        connections.close_all()
