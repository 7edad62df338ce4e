"""A real browser, and the web app in a process of its own on a bus without Kafka."""

from collections.abc import Iterator

import pytest

from tests.support.browser import chromium, visit
from tests.support.web_app import Site

__all__ = ["chromium", "visit"]


@pytest.fixture(scope="session")
def fake_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The web app in its own process; NiceGUI can be composed only once in one."""
    site = Site(tmp_path_factory.mktemp("ui"), "tests.support.ui_app")
    site.start()
    try:
        yield site
    finally:
        site.stop()
