"""Files that hold secrets: whole or not there, and readable by one account from their first byte."""

import os
from pathlib import Path


def write_private(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Write `file` beside itself and rename it. Its folder must be there. Raises OSError."""
    partial = file.with_name(f"{file.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
