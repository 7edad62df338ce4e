import os
import shutil
import subprocess
from pathlib import Path

import pytest

from services.embedded import accounts
from services.embedded.accounts import packaged_binaries, remove_server_files, server_account

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")


@pytest.fixture
def server_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/lib/predictiondex."""
    home = tmp_path / "server-home"
    monkeypatch.setattr(accounts, "SERVER_HOME", home)
    return home


def test_an_ordinary_user_runs_the_server_himself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    account = server_account(tmp_path / "database")
    assert account.user is None
    assert account.directory == tmp_path / "database"
    assert account.subprocess_options() == {}


@as_root
def test_root_gets_another_account_and_a_place_that_it_can_reach(tmp_path: Path, server_home: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    account = server_account(closed / "database")
    assert account.user in accounts.CANDIDATES
    assert account.directory.parent == server_home
    assert account.directory.stat().st_uid != 0


@as_root
@pytest.mark.usefixtures("server_home")
def test_the_place_is_found_again_and_removed_with_the_rest(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    place = server_account(closed / "database").directory
    assert server_account(closed / "database").directory == place
    remove_server_files(closed / "database")
    assert not place.exists()
    assert not (closed / "database").exists()


@as_root
@pytest.mark.usefixtures("server_home")
def test_a_backup_with_what_the_link_led_to_is_restored(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    first = server_account(closed / "database")
    (first.directory / "PG_VERSION").write_text("18")
    shutil.copytree(closed / "database", closed / "copy")

    restored = server_account(closed / "copy")

    assert (restored.directory / "PG_VERSION").read_text() == "18"
    assert restored.directory != first.directory
    assert server_account(closed / "copy").directory == restored.directory


@as_root
def test_programs_in_a_closed_home_are_copied_out(
    tmp_path: Path, server_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def can_reach(_: str, path: Path) -> bool:
        asked.append(path)
        return False

    monkeypatch.setattr(accounts, "_can_reach", can_reach)
    account = server_account(tmp_path / "database")
    assert asked[0] == packaged_binaries() / "postgres"
    assert account.binaries.is_relative_to(server_home)
    for program in ("initdb", "postgres"):
        assert (account.binaries / program).stat().st_mode & 0o005 == 0o005
        # its shared libraries must have come along
        subprocess.run([account.binaries / program, "--version"], check=True, capture_output=True)


def test_a_link_to_elsewhere_is_not_followed_out_of_our_place(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    directory = tmp_path / "database"
    directory.mkdir()
    (directory / "elsewhere").symlink_to(thesis)
    remove_server_files(directory)
    assert thesis.exists()
