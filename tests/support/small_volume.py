"""A volume of 64 MB that can be filled: a tmpfs, which only root may mount."""

import contextlib
import functools
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SIZE: Final = "64m"
BLOCK: Final = bytes(65_536)


class SmallVolume:
    """Mounted at `path`."""

    def __init__(self, path: Path) -> None:
        """Made by `small_volume`."""
        self.path = path
        self._filler = path / "filler"

    def fill(self) -> None:
        """Leave no byte."""
        with contextlib.suppress(OSError), self._filler.open("ab", buffering=0) as file:
            while file.write(BLOCK):
                pass

    def free(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)


@contextlib.contextmanager
def small_volume() -> Iterator[SmallVolume]:
    """Mount one, and unmount it after; it can be entered by every account."""
    with tempfile.TemporaryDirectory(prefix="small-volume-") as folder:
        path = Path(folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder], check=True)
        try:
            path.chmod(0o755)
            yield SmallVolume(path)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


@functools.cache
def missing_of_small_volume() -> str:
    """What this machine lacks for one, empty when nothing."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "root, to mount a tmpfs"
    try:
        with small_volume():
            return ""
    except (OSError, subprocess.CalledProcessError):
        return "the right to mount a tmpfs"
