from collections.abc import Iterator

import pytest

from services.cli import speaking


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands speak English whatever the terminal of whoever runs the tests says."""
    for name in speaking.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    speaking.use_language(None)
