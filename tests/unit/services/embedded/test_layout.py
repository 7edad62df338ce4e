import fcntl
import os
from pathlib import Path

import pytest

from services.embedded.layout import LOCK, LONGEST_SOCKET_PATH, Busy, DataDirectory
from shared.errors import Misconfigured


@pytest.fixture
def directory(tmp_path: Path) -> DataDirectory:
    directory = DataDirectory(tmp_path / "data")
    directory.create()
    return directory


def test_a_new_directory_is_ours_and_private(directory: DataDirectory) -> None:
    assert directory.exists
    assert directory.root.stat().st_mode & 0o777 == 0o700


def test_each_directory_has_an_id_that_stays(directory: DataDirectory, tmp_path: Path) -> None:
    identity = directory.id
    directory.create()
    other = DataDirectory(tmp_path / "other")
    other.create()
    assert directory.id == identity
    assert other.id != identity


def test_a_folder_with_files_of_others_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Misconfigured, match="not ours"):
        DataDirectory(tmp_path).create()


def test_a_folder_that_is_not_ours_is_never_wiped(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years of work")
    with pytest.raises(Misconfigured, match="not a data directory"):
        DataDirectory(tmp_path).wipe()
    assert thesis.exists()


def test_a_wipe_removes_what_is_inside_and_follows_no_link(directory: DataDirectory, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    (directory.root / "kafka").mkdir()
    (directory.root / "link").symlink_to(outside)
    with directory.lock():
        directory.wipe()
    assert not directory.exists
    assert list(directory.root.iterdir()) == [], "not even the lock is left"
    assert (outside / "kept.txt").exists()


def test_only_one_command_holds_the_lock_and_the_other_learns_who(directory: DataDirectory) -> None:
    with directory.lock(), pytest.raises(Busy) as busy, DataDirectory(directory.root).lock():
        pass
    assert busy.value.pid == os.getpid()


def test_a_lock_that_was_wiped_between_opening_and_locking_is_no_lock(
    directory: DataDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lock_too_late(*_: object) -> None:
        (directory.root / LOCK).unlink()

    monkeypatch.setattr(fcntl, "flock", lock_too_late)
    with pytest.raises(Busy), directory.lock():
        pass


def test_the_lock_is_free_after_use(directory: DataDirectory) -> None:
    with directory.lock():
        pass
    with directory.lock():
        pass


def test_the_socket_of_a_deep_folder_has_a_short_path(tmp_path: Path) -> None:
    deep = DataDirectory(tmp_path / ("d" * 90))
    deep.create()
    assert len(str(deep.socket)) <= LONGEST_SOCKET_PATH
    assert deep.socket.parent != deep.run


def test_folders_are_for_this_account_only(directory: DataDirectory) -> None:
    directory.make_folders()
    for folder in (directory.keys, directory.logs, directory.run):
        assert folder.stat().st_mode & 0o077 == 0


def test_a_planted_runtime_folder_is_refused(directory: DataDirectory, tmp_path: Path) -> None:
    directory.run.symlink_to(tmp_path)
    with pytest.raises(Misconfigured, match="another account"):
        directory.make_folders()


def test_a_wiped_directory_is_made_anew(directory: DataDirectory) -> None:
    before = directory.id
    with directory.lock():
        directory.wipe()
    directory.create()
    assert directory.id != before
