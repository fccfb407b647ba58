"""Start-up: after each migration the application's database role gets its rights."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class HouseConfig(AppConfig):
    """Settings, routes and console as a Django app."""

    name = "tongzhou.config"
    label = "config"

    def ready(self) -> None:
        """Grant rights once the kernel's tables, and so everybody's, are migrated."""
        from tongzhou.config.rights import grant

        post_migrate.connect(
            grant, sender=apps.get_app_config("kernel"), dispatch_uid="config.rights"
        )
