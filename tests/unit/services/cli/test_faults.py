"""`dex faults` hands its options to the code of the checkout."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import faults
from services.cli.app import create_app
from shared.errors import Misconfigured


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    found: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], *, env: dict[str, str], **_: Any) -> subprocess.CompletedProcess[str]:
        found.append((command, env))
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(subprocess, "run", run)
    return found


def test_options_and_exit_code_pass_and_nothing_points_at_a_live_stack(
    started: list[tuple[list[str], dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PDX_KAFKA_BOOTSTRAP", "production:9092")
    result = CliRunner().invoke(
        create_app(),
        [
            "faults",
            "--rows",
            "1,5",
            "--repetitions",
            "2",
            "--seed",
            "7",
            "--json",
            "--short",
            "--out",
            "a.jsonl",
        ],
    )
    assert result.exit_code == 1
    ((command, environment),) = started
    assert command[:3] == [sys.executable, "-m", "tests.faults"]
    assert command[3:] == [
        "--rows=1,5",
        "--repetitions=2",
        "--seed=7",
        "--json",
        "--short",
        f"--out={Path('a.jsonl').absolute()}",
    ]
    assert not [name for name in environment if name.startswith("PDX_")]


def test_without_a_checkout_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(faults, "PACKAGE", tmp_path / "nowhere")
    assert isinstance(CliRunner().invoke(create_app(), ["faults"]).exception, Misconfigured)
