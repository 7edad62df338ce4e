"""Functions compiled to machine code: loops over duels that NumPy would need hundreds of calls for."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_compiled: Final[list[Any]] = []

SOURCES: Final = Path(__file__).parent
"""What compiled functions call and the constants they use lie beside this file."""


def sources_hash() -> str:
    """Hash of the battle sources: the compiler itself would not see that a callee has changed."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def keep_code(folder: Path | None = None) -> bool:
    """Keep machine code for the next process, beside the sources by default. Call before the first row.

    False where the folder cannot be written to: then every process compiles for itself. Nothing is
    compiled, and nothing kept, under NUMBA_DISABLE_JIT.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return False
    chosen = folder or SOURCES / "__pycache__" / f"compiled-{sources_hash()}"
    try:
        chosen.mkdir(parents=True, exist_ok=True)
        probe = chosen / f"writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    config: Any = numba.config
    config.CACHE_DIR = str(chosen)
    for function in _compiled:
        function.enable_caching()
    return True


def compiled(function: Function) -> Function:
    """`function` as machine code, compiled at its first call; see `keep_code`."""
    made = njit(error_model="numpy", nogil=True)(function)
    _compiled.append(made)
    return cast(Function, made)
