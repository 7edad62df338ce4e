from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.settings import Settings


def test_paths_are_derived_from_the_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDX_DATA_DIR", "/srv/dex")
    settings = Settings()
    assert settings.signing_key_file == Path("/srv/dex/keys/signing.key")
    assert settings.artifacts == "/srv/dex/artifacts"


def test_a_given_path_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDX_SIGNING_KEY_FILE", "/run/secrets/key")
    assert Settings().signing_key_file == Path("/run/secrets/key")


@pytest.mark.parametrize("scheme", ["postgresql://", "postgres://", "postgresql+asyncpg://"])
def test_a_plain_database_url_gets_its_driver(scheme: str) -> None:
    assert Settings(database_url=scheme + "u@h/d").database_url == "postgresql+asyncpg://u@h/d"


def test_mlflow_has_the_name_that_mlflow_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert Settings().mlflow_tracking_uri == "http://127.0.0.1:5000"


def test_a_port_outside_the_range_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(http_port=70_000)
