"""The files of the archive, as far as commands look into them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from shared.archive.manifest import ArchivedFile
from shared.archive.store import ArchiveStore
from shared.errors import Misconfigured


def describe_file(store: ArchiveStore, file: ArchivedFile) -> dict[str, Any]:
    """Columns with their types, model versions with their records. Raises Misconfigured when altered."""
    table = store.read(file.path, file.sha256)
    versions = Counter(table["model_version"].to_pylist())
    return {
        "columns": {field.name: str(field.type) for field in table.schema},
        "versions": dict(sorted(versions.items())),
        "requests": len(set(table["request_id"].to_pylist())),
    }


def verify_files(store: ArchiveStore, files: Sequence[ArchivedFile]) -> list[str]:
    """What is wrong with files that count: gone, altered, or other than the manifest says."""
    broken = []
    for file in files:
        try:
            table = store.read(file.path, file.sha256)
        except Misconfigured as error:
            broken.append(str(error))
            continue
        if table.num_rows != file.records:
            broken.append(f"{file.path} has {table.num_rows} records; the manifest says {file.records}")
    return broken
