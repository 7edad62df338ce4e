"""The files of the archive, below one folder. Blocking: meant for threads and commands."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from shared.errors import Misconfigured, TransientFailure

SUFFIX: Final = ".parquet"
PARTIAL: Final = ".partial-"
COMPRESSION: Final = "zstd"


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is on the disk, whole."""

    size_bytes: int
    sha256: str


class ArchiveStore:
    """Nothing is created before the first `write`. Which files count, the manifest alone says."""

    def __init__(self, root: str) -> None:
        """`root`: a folder. Raises Misconfigured for an address of another kind."""
        if "://" in root:
            raise Misconfigured(f"PDX_ARCHIVE={root}: the archive is a folder of this machine, so far.")
        self.root = Path(root)

    def path(self, name: str) -> Path:
        """Where the file lies."""
        return self.root / name

    def write(self, name: str, table: pa.Table) -> Written:
        """Store `table` so that a crash leaves the whole file or none. Raises TransientFailure."""
        target = self.path(name)
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression=COMPRESSION)
        content = sink.getvalue()
        try:
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
        except OSError as error:
            raise TransientFailure(f"{target} cannot be written: {error}") from error
        return Written(len(content), hashlib.sha256(content).hexdigest())

    def read(self, name: str, sha256: str) -> pa.Table:
        """The table whose file has that sha256. Raises Misconfigured when it is gone or was altered."""
        try:
            content = self.path(name).read_bytes()
        except OSError as error:
            raise Misconfigured(
                f"{self.path(name)}, which the manifest names, cannot be read: {error}"
            ) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Misconfigured(f"{self.path(name)} was altered: the manifest has another sha256 of it")
        return pq.read_table(pa.BufferReader(content))

    def delete(self, names: Iterable[str]) -> int:
        """Delete files, and folders that are left empty; how many were there. Others may delete them too."""
        deleted = 0
        for name in names:
            path = self.path(name)
            try:
                path.unlink()
                deleted += 1
            except FileNotFoundError:
                continue
            finally:
                self._drop_empty(path.parent)
        return deleted

    def names(self, *, older_than_s: float = 0.0) -> Iterator[str]:
        """Every file that lies there, counted or not, half-written ones too, last written so long ago."""
        limit = time.time() - older_than_s
        for path in self.root.rglob("*"):
            try:
                is_ours = path.suffix == SUFFIX or path.name.startswith(PARTIAL)
                if is_ours and path.is_file() and path.stat().st_mtime <= limit:
                    yield path.relative_to(self.root).as_posix()
            except FileNotFoundError:
                continue

    def _drop_empty(self, folder: Path) -> None:
        while folder != self.root and folder.is_relative_to(self.root):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _sync_folder(folder: Path) -> None:
    """A name that was made lasts only once its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
