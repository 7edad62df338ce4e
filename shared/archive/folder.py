"""The archive in a folder of this machine. Blocking."""

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shared.archive.address import FolderAddress

SUFFIX: Final = ".parquet"
PARTIAL: Final = ".partial-"


class Folder:
    """Files below `root`, which is made by the first `put`. All raise OSError."""

    def __init__(self, address: FolderAddress) -> None:
        """Nothing is touched yet."""
        self.root = address.path

    def check(self) -> None:
        """A folder is there, or is made."""

    def put(self, name: str, content: memoryview) -> None:
        """Store `content` so that a crash leaves the whole file or none."""
        target = self.root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(dir=target.parent, prefix=PARTIAL)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(target)
        except BaseException:
            Path(partial).unlink(missing_ok=True)
            raise
        for folder in (target.parent, *target.parent.relative_to(self.root).parents):
            _sync_folder(self.root / folder)

    def get(self, name: str) -> bytes | None:
        """What is stored under the name; None without it."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, name: str) -> bool:
        """Delete a file, and folders that are left empty; False when it was not there."""
        path = self.root / name
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        finally:
            self._drop_empty(path.parent)
        return True

    def names(self, older_than_s: float) -> Iterator[str]:
        """Every file of the archive, half-written ones too, last written so long ago."""
        return (name for name in self._names(older_than_s) if name.endswith(SUFFIX) or _is_partial(name))

    def partials(self, older_than_s: float) -> Iterator[str]:
        """Files that were begun, not written since so long ago, and never renamed."""
        return (name for name in self._names(older_than_s) if _is_partial(name))

    def _names(self, older_than_s: float) -> Iterator[str]:
        limit = time.time() - older_than_s
        for path in self.root.rglob("*"):
            with contextlib.suppress(FileNotFoundError):
                if path.is_file() and path.stat().st_mtime <= limit:
                    yield path.relative_to(self.root).as_posix()

    def _drop_empty(self, folder: Path) -> None:
        while folder != self.root and folder.is_relative_to(self.root):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _is_partial(name: str) -> bool:
    return name.rpartition("/")[2].startswith(PARTIAL)


def _sync_folder(folder: Path) -> None:
    """A name that was made lasts only once its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
