"""The load generator: a morning of reports, reviews and readers over real HTTP, reconciled."""
