"""`dex bench` hands what was asked to the program in the checkout, and its exit code back."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.cli import bench
from shared.errors import Misconfigured


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Command lines that were run; each ends with 1."""
    lines: list[list[str]] = []

    def run(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        lines.append(arguments)
        return subprocess.CompletedProcess(arguments, 1)

    monkeypatch.setattr(subprocess, "run", run)
    return lines


def invoke(*arguments: str) -> Any:
    app = typer.Typer()
    bench.register(app)
    return CliRunner().invoke(app, arguments)


def test_every_option_reaches_the_program(started: list[list[str]], tmp_path: Path) -> None:
    options = ["--quick", "--scale", "--profile", "--json", "--strict", "--write-readme"]
    named = ["--model-from", str(tmp_path), "--kept", str(tmp_path / "run.json")]
    outcome = invoke("--goals", "P1,P4", "--rounds", "7", *named, *options)
    assert outcome.exit_code == 1
    (line,) = started
    assert line[:3] == [sys.executable, "-m", "tests.benchmarks"]
    assert line[3:] == [
        "--goals=P1,P4",
        "--rounds=7",
        f"--model-from={tmp_path}",
        f"--kept={tmp_path / 'run.json'}",
        *options,
    ]


def test_nothing_asked_is_nothing_said(started: list[list[str]]) -> None:
    invoke()
    assert started[0][3:] == []


def test_without_a_checkout_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bench, "CHECKOUT", tmp_path)
    assert isinstance(invoke().exception, Misconfigured)
