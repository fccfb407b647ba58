"""Fill the database of DATABASE_URL: ``python -m bench.national ORGANISATIONS IN_FORCE``."""

import sys

from bench.national.size import Size
from tongzhou.config.commands import call


def main() -> None:
    """Migrate the database and fill it with the register, or what is in force on top of it."""
    call("migrate", interactive=False, verbosity=0)
    from bench.national.build import build, enforce
    from tongzhou.kernel import clock

    size = Size(int(sys.argv[1]), in_force=sys.argv[2] == "True")
    (enforce if size.in_force else build)(
        size,
        now=clock.now(),
        say=lambda words: print(f"  … {words}", file=sys.stderr, flush=True),
    )


main()
