"""The project's own source files, parsed, for the rules of tests/architecture."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("contracts", "shared", "services", "ui")
SERVICES: Final = (
    "drift",
    "feature",
    "gateway",
    "inference",
    "ingest",
    "recorder",
    "training",
    "ui",
)
"""The processes; `cli` and `embedded` are no part of the bus by themselves."""


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file. `path` is relative to the checkout."""

    path: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def at(self, node: ast.AST, text: str) -> str:
        """A finding, with its place."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {text}"


def parse(text: str, path: str = "shared/planted.py") -> Source:
    """A source from text, as the planted violations are."""
    return Source(path, ast.parse(text))


@functools.cache
def sources(*folders: str) -> tuple[Source, ...]:
    """All Python files of the packages, or of these folders below the checkout."""
    files = [
        file for folder in folders or PACKAGES for file in (CHECKOUT / folder).rglob("*.py") if _is_ours(file)
    ]
    return tuple(
        Source(str(file.relative_to(CHECKOUT)), ast.parse(file.read_text("utf-8"))) for file in sorted(files)
    )


def package_of(service: str) -> str:
    """Folder of a process: `ui`, else below `services`."""
    return "ui" if service == "ui" else f"services/{service}"


def documents_strings(tree: ast.Module) -> set[int]:
    """Identities of the docstring nodes."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def dotted(node: ast.expr) -> str:
    """`a.b.c` of a chain of names; empty for anything else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str]]:
    """Each import statement, lazy ones too, with the dotted name that it imports from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node, node.module


def tracked_files() -> list[Path]:
    """What is committed; without git, what lies in the checkout and is not ignored."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
        ).stdout.decode()
        files = [CHECKOUT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        files = [file for file in CHECKOUT.rglob("*") if _is_ours(file)]
    return [file for file in files if file.is_file()]


def _is_ours(file: Path) -> bool:
    parts = file.relative_to(CHECKOUT).parts
    return not any(
        part in ("__pycache__", "node_modules", "htmlcov", "dist")
        or (part.startswith(".") and part[1:] != "ci")
        for part in parts[:-1]
    )
