"""The artefact store: files named by their sha256. A folder now; the URI leaves room for S3."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shared.errors import ModelRejected, TransientFailure

SCHEME: Final = "artefact:"
MAXIMUM_ARTEFACT_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Artefact:
    """A stored file. `uri` is relative to the store, so that it means the same on every machine."""

    uri: str
    sha256: str
    size_bytes: int


class ArtefactStore:
    """Content-addressed files below `root`; blocking, meant for threads and start-up."""

    def __init__(self, root: str) -> None:
        """Nothing is created before the first `put`."""
        self.root = Path(root)

    def put(self, content: bytes) -> Artefact:
        """Store `content` so that a crash leaves the whole file or none."""
        digest = hashlib.sha256(content).hexdigest()
        target = self._path(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not _holds(target, digest):
            descriptor, partial = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(partial).replace(target)
            except BaseException:
                Path(partial).unlink(missing_ok=True)
                raise
        return Artefact(SCHEME + digest, digest, len(content))

    def get(self, uri: str, sha256: str) -> bytes:
        """The content whose sha256 is `sha256`.

        Raises ModelRejected when it was altered or misnamed, TransientFailure when it cannot be read.
        """
        if uri != SCHEME + sha256 or len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
            raise ModelRejected(f"artefact {uri!r} does not name the sha256 {sha256!r}")
        path = self._path(sha256)
        try:
            if path.stat().st_size > MAXIMUM_ARTEFACT_BYTES:
                raise ModelRejected(f"artefact {uri} is larger than {MAXIMUM_ARTEFACT_BYTES} bytes")
            content = path.read_bytes()
        except OSError as error:
            raise TransientFailure(f"artefact {uri} cannot be read from {self.root}: {error}") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise ModelRejected(f"artefact {uri} was altered: its content no longer has that sha256")
        return content

    def is_gone(self, sha256: str) -> bool:
        """Whether the store is there, and has no file of this sha256."""
        return self.root.is_dir() and not self._path(sha256).exists()

    def remove(self, sha256: str) -> None:
        """Delete the file of this sha256, if it is there."""
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self.root / digest[:2] / digest


def _holds(path: Path, digest: str) -> bool:
    """Whether the whole content is there; a file that was altered is written again."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False
