"""Deleting from the archive: first a file counts no more, then it goes."""

import asyncio
from collections.abc import Sequence
from typing import Final

from shared.archive.manifest import Manifest, Selection
from shared.archive.naming import OWN_NAME
from shared.archive.store import ArchiveStore

STRAY_SECONDS: Final = 3_600.0
"""A file that does not count after an hour never will: no write takes so long."""
AT_ONCE: Final = 1_000
REMOVED_AT_ONCE: Final = 50
"""A crash leaves no more strays, and a stop waits for no more requests to a bucket."""


async def remove(manifest: Manifest, store: ArchiveStore, selection: Selection) -> int:
    """Remove what is selected; how many files. A crash leaves files that do not count: strays.

    Raises ArchiveAway before anything is removed when the archive cannot be reached.
    """
    await asyncio.to_thread(store.check)
    removed = 0
    while names := await manifest.remove(selection, at_most=REMOVED_AT_ONCE):
        await asyncio.to_thread(store.delete, names)
        removed += len(names)
    return removed


async def find_strays(
    manifest: Manifest, store: ArchiveStore, *, older_than_s: float = STRAY_SECONDS
) -> list[str]:
    """Files that do not count, and of which no writer is still to say that they do.

    Only those that are named as the recorder names its own: a bucket may hold what is nobody's business.
    """
    found = await asyncio.to_thread(lambda: store.names(older_than_s=older_than_s))
    names = [name for name in found if OWN_NAME.fullmatch(name)]
    strays: list[str] = []
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        counted = await manifest.counted(some)
        strays += [name for name in some if name not in counted]
    return strays


async def delete_strays(manifest: Manifest, store: ArchiveStore, names: Sequence[str]) -> int:
    """Delete those that still do not count; how many."""
    counted = await manifest.counted(names)
    return await asyncio.to_thread(store.delete, [name for name in names if name not in counted])


async def sweep_partials(store: ArchiveStore, *, older_than_s: float = STRAY_SECONDS) -> int:
    """Delete what a crash left half-written; how many.

    Whole files are left: when the manifest was lost, they are all that there is.
    """

    def sweep() -> int:
        return store.delete(store.partials(older_than_s=older_than_s))

    return await asyncio.to_thread(sweep)
