"""Which installed packages a part of the project may import: what pyproject.toml says it installs."""

import functools
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from typing import Any, Final

from packaging.requirements import Requirement

from tests.support.sources import CHECKOUT, PACKAGES, Source, imports

PROJECT: Final = "predictiondex"
EXTRAS_OF: Final = {
    "shared/archive": ("archive",),
    "shared/battle": ("feature",),
    "shared/database": ("database",),
    "shared/drift": ("drift",),
    "services/drift_report": ("drift",),
    "services/cli": ("cli", "database", "dev"),
    "services/embedded": ("local",),
    "services": ("drift", "feature", "gateway", "inference", "ingest", "recorder", "training"),
    "ui": ("ui",),
}
"""Folder → extras that its image or command installs; a folder below `services` has that of its name."""


def undeclared_imports(source: Source) -> list[str]:
    """Imports that are there only because something else happened to be installed too."""
    allowed = _importable(extras_for(source.path))
    return [
        source.at(node, f"imports {name}, which no extra of this part installs")
        for node, name in imports(source.tree)
        if (top := name.partition(".")[0]) not in sys.stdlib_module_names
        and top not in PACKAGES
        and top not in allowed
    ]


def extras_for(path: str) -> tuple[str, ...]:
    """The extras of the part that a file belongs to; none: the base alone."""
    parts = path.split("/")
    folder = "/".join(parts[:2])
    if folder in EXTRAS_OF:
        return EXTRAS_OF[folder]
    if parts[0] == "services":
        return (parts[1],) if parts[1] in EXTRAS_OF["services"] else ()
    return EXTRAS_OF["ui"] if parts[0] == "ui" else ()


@functools.cache
def _importable(extras: tuple[str, ...]) -> frozenset[str]:
    project = _project()
    wanted = list(project["dependencies"])
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    installed = _closure(wanted, project)
    return frozenset(
        name for name, owners in _owners().items() if any(normal(owner) in installed for owner in owners)
    )


def _closure(wanted: Iterable[str], project: dict[str, Any]) -> set[str]:
    found: set[tuple[str, str]] = set()
    pending = [Requirement(text) for text in wanted]
    while pending:
        requirement = pending.pop()
        for extra in ("", *requirement.extras):
            name = normal(requirement.name)
            if (name, extra) in found:
                continue
            found.add((name, extra))
            pending += [Requirement(text) for text in _requirements(name, extra, project)]
    return {name for name, _ in found}


def _requirements(name: str, extra: str, project: dict[str, Any]) -> list[str]:
    if name == PROJECT:
        own: list[str] = project["optional-dependencies"].get(extra, [])
        return own
    try:
        declared = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    return [text for text in declared if _applies(Requirement(text), extra)]


def _applies(requirement: Requirement, extra: str) -> bool:
    marker = requirement.marker
    if marker is None:
        return not extra
    applies = marker.evaluate({"extra": extra})
    return applies and (not extra or not marker.evaluate({"extra": ""}))


@functools.cache
def _project() -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    return project


@functools.cache
def _owners() -> dict[str, list[str]]:
    return {name: list(owners) for name, owners in metadata.packages_distributions().items()}


def normal(name: str) -> str:
    """A distribution's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
