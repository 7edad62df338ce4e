"""Who may import what, and that an import does no work."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.dependencies import undeclared_imports
from tests.support.source_rules import HEAVY, heavy_imports
from tests.support.sources import CHECKOUT, PACKAGES, SERVICES, imports, package_of, parse, sources

LIGHT: Final = tuple(service for service in SERVICES if service != "training")
TRACE: Final = CHECKOUT / "tests" / "support" / "import_trace.py"
SCRIPTS: Final = ("shared.database.migrations",)
"""Alembic runs these as scripts; nothing imports them."""


def import_modules(root: Path, *modules: str) -> dict[str, Any]:
    """What importing them did, in a process without our settings and with the network closed."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PDX_", "MLFLOW_", "COVERAGE"))
    }
    outcome = subprocess.run(
        [sys.executable, str(TRACE), str(root), *modules],
        env={**environment, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    report: dict[str, Any] = json.loads(outcome.stdout.splitlines()[-1])
    return report


def heavy(loaded: list[str]) -> list[str]:
    return sorted(HEAVY.intersection(loaded))


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A tree with a module that does what no import may, and one that does nothing."""
    (tmp_path / "quiet.py").write_text("VALUE = 1\n")
    (tmp_path / "calls.py").write_text("import socket\nsocket.create_connection(('127.0.0.1', 9))\n")
    (tmp_path / "writes.py").write_text("open('left-behind', 'w').close()\n")
    (tmp_path / "starts.py").write_text("import subprocess\nsubprocess.run(['true'])\n")
    (tmp_path / "xgboost.py").write_text("")
    (tmp_path / "carries.py").write_text("import xgboost\n")
    return tmp_path


@pytest.mark.timeout(180)
def test_importing_any_module_does_no_work() -> None:
    modules = [
        source.module
        for source in sources()
        if not source.module.startswith(SCRIPTS) and not source.module.endswith("__main__")
    ]
    assert import_modules(CHECKOUT, *modules)["found"] == []


def test_a_module_that_works_while_it_is_imported_is_found(planted: Path) -> None:
    report = import_modules(planted, "quiet", "calls", "writes", "starts")
    assert [" ".join(finding.split(" ")[:2]) for finding in report["found"]] == [
        "calls: socket.getaddrinfo",
        "calls: ConnectionError:",
        "writes: open",
        "starts: subprocess.Popen",
    ]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("service", LIGHT)
def test_a_service_that_answers_loads_no_training_library(service: str) -> None:
    module = "ui.app" if service == "ui" else f"services.{service}.app"
    report = import_modules(CHECKOUT, module, *(["shared.battle.family"] if service != "ui" else []))
    assert report["found"] == []
    assert heavy(report["loaded"]) == []


def test_a_training_library_that_is_loaded_is_found(planted: Path) -> None:
    assert heavy(import_modules(planted, "carries")["loaded"]) == ["xgboost"]


def test_no_source_of_a_service_that_answers_imports_a_training_library() -> None:
    folders = ["contracts", "shared", *(package_of(service) for service in LIGHT)]
    assert [finding for source in sources(*folders) for finding in heavy_imports(source)] == []


@pytest.mark.parametrize(
    "text", ["import pandas", "def f():\n    from onnx import load", "import mlflow.xgboost"]
)
def test_a_training_library_that_is_imported_is_found(text: str) -> None:
    assert len(heavy_imports(parse(text))) == 1


def test_every_part_imports_only_what_it_installs() -> None:
    assert [finding for source in sources() for finding in undeclared_imports(source)] == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("contracts/x.py", "import sqlalchemy"),
        ("shared/x.py", "def f():\n    import onnxruntime"),
        ("services/feature/x.py", "from fastapi import FastAPI"),
        ("services/inference/x.py", "import asyncpg"),
        ("ui/x.py", "import typer"),
        ("shared/x.py", "import httpx"),
        ("services/feature/x.py", "import parsel"),
        ("services/gateway/x.py", "import scrapy"),
    ],
)
def test_an_import_that_is_not_installed_is_found(path: str, text: str) -> None:
    assert len(undeclared_imports(parse(text, path))) == 1


def test_contracts_need_nothing_but_msgspec() -> None:
    allowed = {"contracts", "msgspec", *sys.stdlib_module_names}
    tops = {name.partition(".")[0] for source in sources("contracts") for _, name in imports(source.tree)}
    assert tops - allowed == set()


# -- import direction: `dex lint` runs it on the project; here its configuration is shown to work ---


def skeleton(root: Path) -> None:
    """The packages of the project without their content, and its import-linter configuration."""
    for package in (*PACKAGES, *(f"services/{folder.name}" for folder in (CHECKOUT / "services").iterdir())):
        if (CHECKOUT / package / "__init__.py").exists():
            (root / package).mkdir(parents=True, exist_ok=True)
            (root / package / "__init__.py").write_text("")
    text = (CHECKOUT / "pyproject.toml").read_text("utf-8")
    assert tomllib.loads(text)["tool"]["importlinter"]["root_packages"] == list(PACKAGES)
    shutil.copy(CHECKOUT / "pyproject.toml", root / "pyproject.toml")


def broken_contracts(root: Path) -> int:
    outcome = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            "--no-cache",
        ],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in outcome.stdout, outcome.stdout + outcome.stderr
    return int(outcome.stdout.split("kept, ")[1].split(" broken")[0])


@pytest.mark.timeout(180)
def test_the_import_contracts_keep_the_direction(tmp_path: Path) -> None:
    skeleton(tmp_path)
    assert broken_contracts(tmp_path) == 0
    (tmp_path / "contracts" / "planted.py").write_text("import shared\n")
    (tmp_path / "services" / "feature" / "planted.py").write_text("import services.inference\n")
    (tmp_path / "ui" / "planted.py").write_text("import pandas\n")
    assert broken_contracts(tmp_path) == 3
