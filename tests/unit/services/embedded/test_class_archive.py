"""The archive of Kafka's classes is made once, whole or not at all."""

import errno
from pathlib import Path

import pytest

from services.embedded import class_archive
from services.embedded.processes import PartFailed


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = class_archive.file().parent
    folder.mkdir(parents=True)
    return folder


def test_it_is_made_once() -> None:
    rehearsals: list[Path] = []

    def rehearse(archive: Path) -> None:
        rehearsals.append(archive)
        archive.write_bytes(b"classes")

    class_archive.ensure(rehearse)
    class_archive.ensure(rehearse)
    assert class_archive.file().read_bytes() == b"classes"
    assert len(rehearsals) == 1


def test_a_failed_rehearsal_leaves_nothing_and_is_no_failure(cache: Path) -> None:
    def fail(archive: Path) -> None:
        archive.write_bytes(b"half")
        archive.with_name(f"{archive.name}.config").write_bytes(b"half")
        raise PartFailed("kafka ended")

    class_archive.ensure(fail)
    assert [entry.name for entry in cache.iterdir()] == ["archive.lock"]


def test_a_cache_that_cannot_be_written_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(no_folder))
    class_archive.ensure(lambda archive: pytest.fail(f"there is no place for {archive}"))


def test_a_full_disk_is_no_failure(cache: Path) -> None:
    def fill(archive: Path) -> None:
        archive.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    class_archive.ensure(fill)
    assert [entry.name for entry in cache.iterdir()] == ["archive.lock"]
