"""Start the single parts: the web server, or any Django management command."""

from tongzhou.config.places import cores, port


def web(host: str, workers: int | None) -> int:
    """Serve the site until a signal ends it."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "tongzhou.config.wsgi:application",
        address=host,
        port=port(),
        interface=Interfaces.WSGI,
        workers=workers or cores(2),
        blocking_threads=3,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.warning,
    ).serve()
    return 0


def manage(arguments: list[str]) -> int:
    """Run a Django management command as ``manage.py`` would."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tongzhou manage", *arguments])
    return 0
