"""Each row of the table of faults once, in its short form; `dex faults` runs them at length.

The seed is of the commit: another commit meets other instants, and a failure says which seed it was.
"""

import zlib
from collections.abc import Iterator

import pytest

from tests.faults.results import commit
from tests.faults.running import Row, repeat
from tests.faults.scene import SHORT, Scene
from tests.faults.table import ROWS

SEED = zlib.crc32(commit().encode())
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One broker, one database and one set of services for all rows."""
    made = Scene(tmp_path_factory.mktemp("scene"), SHORT)
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"row_{row.number}")
async def test_the_guarantee_holds(row: Row, scene: Scene) -> None:
    lacking = row.needs()
    if lacking:
        pytest.skip(f"row {row.number} needs {lacking}")
    seed = SEED + row.number
    verdict = await repeat(
        row, scene, scene.directory, seed=seed, repetition=seed % row.repetitions, is_short=True
    )
    assert verdict.holds, f"row {row.number}, seed {seed}: {verdict.lost} lost, " + "\n".join(verdict.wrong)
