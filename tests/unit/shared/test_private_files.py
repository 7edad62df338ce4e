"""Secrets on disk."""

import stat
from pathlib import Path

import pytest

from shared.private_files import write_private


def test_a_file_is_replaced_whole_and_read_by_one_account(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"before")
    file.chmod(0o644)
    write_private(file, b"after")
    assert file.read_bytes() == b"after"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    victim, file = tmp_path / "victim", tmp_path / "secret"
    victim.write_bytes(b"kept")
    (tmp_path / "secret.partial").symlink_to(victim)
    file.symlink_to(victim)
    write_private(file, b"after")
    assert victim.read_bytes() == b"kept"
    assert not file.is_symlink()


def test_a_folder_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_private(tmp_path / "nowhere" / "secret", b"")
