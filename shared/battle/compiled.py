"""Functions compiled to machine code: loops over duels that NumPy would need hundreds of calls for."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import numba
from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

SOURCES: Final = Path(__file__).parent
"""What compiled functions call and the constants they use lie beside this file."""


def sources_hash() -> str:
    """Hash of the battle sources: the compiler itself would not see that a callee has changed."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def keep_code_in(folder: Path) -> bool:
    """Keep machine code in `folder` for the next process; False where it cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / "writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError:
        return False
    config: Any = numba.config
    config.CACHE_DIR = str(folder)
    return True


_IS_KEPT: Final = keep_code_in(SOURCES / "__pycache__" / f"compiled-{sources_hash()}")


def compiled(function: Function) -> Function:
    """`function` as machine code, compiled at its first call, once for each state of the sources.

    Where no folder can be written to, every process compiles for itself.
    """
    return cast(Function, njit(cache=_IS_KEPT, error_model="numpy", nogil=True)(function))
