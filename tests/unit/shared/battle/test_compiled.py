"""Compiled code: kept for the next process, made anew when any battle source changes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from shared.battle import compiled
from shared.battle.features import feature_rows
from tests.support.battle import real_tables


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = tmp_path / "battle"
    shutil.copytree(compiled.SOURCES, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(compiled, "SOURCES", copy)
    return copy


def test_any_change_of_a_battle_source_names_another_folder(sources: Path) -> None:
    before = compiled.sources_hash()
    assert compiled.sources_hash() == before
    callee = sources / "standing.py"
    callee.write_text(callee.read_text() + "\n")
    assert compiled.sources_hash() != before


def test_where_nothing_can_be_written_the_code_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("in the way")
    assert not compiled.keep_code(file / "folder")


def test_the_probe_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_compiled", [])
    monkeypatch.setattr(compiled.numba.config, "CACHE_DIR", compiled.numba.config.CACHE_DIR)  # type: ignore[attr-defined]
    assert compiled.keep_code(tmp_path / "code")
    assert list((tmp_path / "code").iterdir()) == []


def test_who_answers_never_loads_the_compiler() -> None:
    program = (
        "import services.inference.app, services.gateway.app, ui.app, sys; print('numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.timeout(90)
def test_the_compiled_rows_are_those_of_the_plain_python(tmp_path: Path) -> None:
    tables, generator = real_tables(), np.random.default_rng(8)
    moves = np.flatnonzero(tables.is_simulated[:-1])
    count = 2 * len(moves)
    forms, levels = generator.integers(0, len(tables.form_index), (2, count)), [50] * count
    columns = np.array(
        [forms[0], np.tile(moves, 2), levels, forms[1], generator.choice(moves, count), levels]
    )
    np.save(tmp_path / "columns.npy", columns)
    command = [sys.executable, "-m", "tests.support.interpreted_features"]
    files = [str(tmp_path / "columns.npy"), str(tmp_path / "rows.npy")]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([*command, *files], check=True, env=environment)
    plain, rows = np.load(tmp_path / "rows.npy"), feature_rows(tables, *columns)
    assert rows == pytest.approx(plain, rel=1e-4, abs=1e-5)
