"""A folder for database servers started by tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return an empty folder that the server's user can enter, also when root runs the tests."""
    path = Path(tempfile.mkdtemp(prefix="tongzhou-test-", dir="/var/tmp")).resolve()
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)
