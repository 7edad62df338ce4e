"""The files of the archive, in a folder or a bucket. Blocking: meant for threads and commands."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from shared.archive.address import Address, FolderAddress, parse_address
from shared.archive.folder import Folder
from shared.errors import ArchiveAway, Misconfigured

COMPRESSION: Final = "zstd"
ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is stored, whole."""

    size_bytes: int
    sha256: str


class Place(Protocol):
    """Bytes by name, each whole or not there. All raise OSError."""

    def check(self) -> None:
        """Whether it can be reached."""

    def put(self, name: str, content: memoryview) -> None:
        """Store under a name that nobody else uses."""

    def get(self, name: str) -> bytes | None:
        """What is stored; None without it."""

    def delete(self, name: str) -> bool:
        """Whether it was there."""

    def names(self, older_than_s: float) -> Iterator[str]:
        """All that was last written so long ago."""

    def partials(self, older_than_s: float) -> Iterator[str]:
        """Those of them that a crash left half-written."""


class ArchiveStore:
    """Nothing is created before the first `write`. Which files count, the manifest alone says.

    All raise ArchiveAway when the place cannot be reached, or does not let us: it may later.
    """

    def __init__(self, root: str, *, attempts: int = ATTEMPTS) -> None:
        """`root` as `PDX_ARCHIVE`; `attempts` of each request to a bucket, with pauses between them.

        Raises Misconfigured for an address of another kind.
        """
        self.address = parse_address(root)
        self._place = _place(self.address, attempts)

    def check(self) -> None:
        """Raise ArchiveAway unless a bucket is there; a folder is made when it is needed."""
        with self._reached():
            self._place.check()

    def write(self, name: str, table: pa.Table) -> Written:
        """Store `table` so that a crash leaves the whole file or none. No name is written to twice."""
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression=COMPRESSION)
        content = memoryview(sink.getvalue())
        with self._reached():
            self._place.put(name, content)
        return Written(len(content), hashlib.sha256(content).hexdigest())

    def read(self, name: str, sha256: str) -> pa.Table:
        """The table whose file has that sha256. Raises Misconfigured when it is gone or was altered."""
        with self._reached():
            content = self._place.get(name)
        if content is None:
            raise Misconfigured(f"{self.address}/{name}, which the manifest names, is gone")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Misconfigured(f"{self.address}/{name} was altered: the manifest has another sha256 of it")
        return pq.read_table(pa.BufferReader(content))

    def delete(self, names: Iterable[str]) -> int:
        """Delete files; how many were there. Others may delete them too."""
        with self._reached():
            return sum(self._place.delete(name) for name in names)

    def names(self, *, older_than_s: float = 0.0) -> list[str]:
        """Every file that lies there, counted or not, half-written ones too, last written so long ago."""
        with self._reached():
            return sorted(self._place.names(older_than_s))

    def partials(self, *, older_than_s: float = 0.0) -> list[str]:
        """Those of them that a crash left half-written."""
        with self._reached():
            return sorted(self._place.partials(older_than_s))

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveAway(f"PDX_ARCHIVE={self.address}: {error}") from error


def _place(address: Address, attempts: int) -> Place:
    if isinstance(address, FolderAddress):
        return Folder(address)
    from shared.archive.bucket import Bucket  # S3 is another 100 ms that a folder need not wait

    return Bucket(address, attempts)
