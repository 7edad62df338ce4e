"""Answers of a source on disk: one file each, whole or not there, so that a killed run goes on."""

import asyncio
import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import Final

LONGEST_AGE_S: Final = 7 * 24 * 60 * 60


class DiskCache:
    """Bodies by path below one base address. A body older than a week counts as absent."""

    def __init__(self, folder: Path, base_url: str, longest_age_s: float = LONGEST_AGE_S) -> None:
        """Below `folder`, each base address has a folder of its own. Nothing is made before `put`."""
        self._folder = folder / hashlib.sha256(base_url.encode()).hexdigest()[:16]
        self._longest_age_s = longest_age_s

    async def get(self, path: str) -> bytes | None:
        """The body kept for `path`."""
        return await asyncio.to_thread(self._read, self._file(path))

    async def put(self, path: str, body: bytes) -> None:
        """Keep `body`; a kill leaves the file as it was."""
        await asyncio.to_thread(self._write, self._file(path), body)

    async def forget(self, path: str) -> None:
        """Drop what is kept for `path`."""
        await asyncio.to_thread(self._file(path).unlink, missing_ok=True)

    def _file(self, path: str) -> Path:
        return self._folder / f"{path.strip('/')}.json"

    def _read(self, file: Path) -> bytes | None:
        try:
            age_s = time.time() - file.stat().st_mtime
            return file.read_bytes() if age_s <= self._longest_age_s else None
        except FileNotFoundError:
            return None

    def _write(self, file: Path, body: bytes) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(body)
            temporary.replace(file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
