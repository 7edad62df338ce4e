import json
import shutil
from pathlib import Path

import pytest

from services import launcher


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with locks and an environment whose interpreter is there."""
    monkeypatch.setattr(launcher, "STAMP", tmp_path / ".venv" / "stamp.json")
    monkeypatch.setattr(launcher, "ENVIRONMENT", tmp_path / ".venv")
    for name in ("UV_LOCK", "BASE_LOCK", "DEVELOPMENT_LOCK"):
        lock = tmp_path / f"{name}.lock"
        lock.write_text("uv==1.2.3 \\\n    --hash=sha256:00\n")
        monkeypatch.setattr(launcher, name, lock)
    python = launcher.environment_python()
    python.parent.mkdir(parents=True)
    python.touch()
    return tmp_path


def stamp(with_development_tools: bool) -> None:
    launcher.STAMP.write_text(json.dumps(launcher.wanted_stamp(with_development_tools)))


@pytest.mark.usefixtures("checkout")
def test_a_stamped_environment_needs_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(with_development_tools=False)
    monkeypatch.setattr(launcher, "_install", lambda _: pytest.fail("installed again"))
    launcher.ensure_environment(with_development_tools=False)


@pytest.mark.usefixtures("checkout")
def test_development_tools_are_installed_when_they_are_asked_for() -> None:
    stamp(with_development_tools=False)
    assert not launcher.is_current(launcher.wanted_stamp(True))
    stamp(with_development_tools=True)
    assert launcher.is_current(launcher.wanted_stamp(True))
    assert launcher.is_current(launcher.wanted_stamp(False))


@pytest.mark.usefixtures("checkout")
def test_a_changed_lock_is_installed() -> None:
    stamp(with_development_tools=False)
    launcher.BASE_LOCK.write_text("other==1\n")
    assert not launcher.is_current(launcher.wanted_stamp(False))


@pytest.mark.usefixtures("checkout")
def test_an_interrupted_installation_leaves_no_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    stamp(with_development_tools=False)
    launcher.BASE_LOCK.write_text("other==1\n")

    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(launcher, "_make_environment", interrupted)
    with pytest.raises(KeyboardInterrupt):
        launcher.ensure_environment(with_development_tools=False)
    assert not launcher.STAMP.exists()


@pytest.mark.usefixtures("checkout")
def test_too_little_room_is_said_before_anything_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=1_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(launcher.NotInstalled, match=r"0\.9 GB are free"):
        launcher.ensure_environment(with_development_tools=False)


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("damage", ["", "[]", "{", "null"])
def test_a_damaged_stamp_counts_as_none(damage: str) -> None:
    launcher.STAMP.write_text(damage)
    assert not launcher.is_current(launcher.wanted_stamp(False))


def test_a_failed_download_says_what_is_needed() -> None:
    with pytest.raises(launcher.NotInstalled, match="Needed once") as failure:
        launcher._run(("/bin/sh", "-c", "echo no route to host; exit 1"), "It failed.")
    assert "no route to host" in str(failure.value)


def test_a_mirror_named_for_pip_is_used_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/packages")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert launcher._installer_environment()["UV_DEFAULT_INDEX"] == "https://mirror.example/packages"


@pytest.mark.parametrize(
    ("arguments", "is_needed"),
    [(["test", "unit"], True), (["lint"], True), (["up"], False), ([], False), (["--help"], False)],
)
def test_only_developers_commands_need_development_tools(arguments: list[str], is_needed: bool) -> None:
    assert launcher.needs_development_tools(arguments) is is_needed


def test_libraries_are_compiled_once_even_where_the_environment_forbids_bytecode() -> None:
    environment = launcher.command_environment({"HOME": "/h", "PYTHONDONTWRITEBYTECODE": "1"})
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert environment["HOME"] == "/h"
    assert environment["PYTHONPATH"] == str(launcher.CHECKOUT)
