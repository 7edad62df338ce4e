from pathlib import Path

import pytest

from services.cli.reaching import dex
from services.embedded.layout import CHECKOUT


def test_a_command_for_another_directory_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDX_DATA_DIR", str(tmp_path / "my data"))
    assert dex("down") == f"./dex down --data '{tmp_path}/my data'"


def test_a_command_for_the_usual_directory_stays_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PDX_DATA_DIR", raising=False)
    assert dex("down") == "./dex down"
    monkeypatch.setenv("PDX_DATA_DIR", str(CHECKOUT / ".pdx"))
    assert dex("down") == "./dex down"
