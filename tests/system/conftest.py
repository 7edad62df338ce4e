"""One whole stack for all system tests, started as a user starts it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_stack import FIRST_UP_SECONDS
from tests.support.local_stack import LocalStack as LocalStack  # tests name the fixture's type from here


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(FIRST_UP_SECONDS + 120))


@pytest.fixture(scope="session")
def running_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A stack that is ready, with its first model. A test that stops it starts it again."""
    stack = LocalStack(tmp_path_factory.mktemp("stack") / "data")
    try:
        stack.up(timeout_s=FIRST_UP_SECONDS)
        yield stack
    finally:
        stack.destroy()


@pytest.fixture
def other_stack(tmp_path: Path) -> Iterator[LocalStack]:
    """A stack that was never started, in a directory of its own."""
    stack = LocalStack(tmp_path / "other")
    yield stack
    stack.destroy()
