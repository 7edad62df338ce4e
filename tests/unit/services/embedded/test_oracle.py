"""What is said where the reference engine cannot be run."""

import shutil
from pathlib import Path

import pytest

from services.embedded.oracle import missing_of_oracle


def test_node_comes_first_then_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert missing_of_oracle(tmp_path).startswith("apt-get install nodejs npm")
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/node")
    assert missing_of_oracle(tmp_path).startswith("(cd tools/oracle && npm install")
    package = tmp_path / "node_modules" / "pokemon-showdown"
    package.mkdir(parents=True)
    (package / "package.json").touch()
    assert missing_of_oracle(tmp_path) == ""
