#!/usr/bin/env python3
"""Run Django's management commands on the embedded database or on DATABASE_URL."""

import sys

from tongzhou.config.cli import main

if __name__ == "__main__":
    sys.exit(main(["manage", *sys.argv[1:]]))
