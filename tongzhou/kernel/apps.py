"""Start-up: let the modules' subscribers register themselves."""

import importlib
import importlib.util

from django.apps import AppConfig, apps


class KernelConfig(AppConfig):
    """The kernel as a Django app."""

    name = "tongzhou.kernel"
    label = "kernel"

    def ready(self) -> None:
        """Import every module's ``subscribers.py``; put new sessions into an assignment."""
        from allauth.mfa.signals import authenticator_removed
        from django.contrib.auth.signals import user_logged_in

        from tongzhou.kernel import accounts
        from tongzhou.kernel.identity import factor, telling

        user_logged_in.connect(accounts.choose_first, dispatch_uid="kernel.choose_first")
        user_logged_in.connect(telling.tell_at_sign_in, dispatch_uid="kernel.tell_of_help")
        authenticator_removed.connect(factor.on_removed, dispatch_uid="kernel.factor_removed")
        for config in apps.get_app_configs():
            if config.name.startswith("tongzhou.modules."):
                path = f"{config.name}.subscribers"
                if importlib.util.find_spec(path) is not None:
                    importlib.import_module(path)
