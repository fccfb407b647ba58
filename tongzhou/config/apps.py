"""Start-up: after each migration the application gets its rights, the planner its settings."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class HouseConfig(AppConfig):
    """Settings, routes and console as a Django app."""

    name = "tongzhou.config"
    label = "config"

    def ready(self) -> None:
        """Do so once the kernel's tables, and so everybody's, are migrated."""
        from tongzhou.config.planner import settle
        from tongzhou.config.rights import grant

        kernel = apps.get_app_config("kernel")
        post_migrate.connect(grant, sender=kernel, dispatch_uid="config.rights")
        post_migrate.connect(settle, sender=kernel, dispatch_uid="config.planner")
