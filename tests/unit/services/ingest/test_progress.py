from types import SimpleNamespace
from typing import Any, cast

import pytest

from contracts.channels import Channel
from contracts.pokedex import PokedexRefreshProgressed
from services.ingest import progress
from services.ingest.progress import ProgressTeller
from shared.service_app import ServiceBuilder
from tests.support.bus import eventually

SERVICE = cast(ServiceBuilder, SimpleNamespace(producer=None))
LONG_S = 600.0


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[PokedexRefreshProgressed]:
    told: list[PokedexRefreshProgressed] = []

    async def publish(_: object, channel: Channel, message: PokedexRefreshProgressed, **options: Any) -> None:
        assert options["key"] == message.refresh_id
        told.append(message)

    monkeypatch.setattr(progress, "publish", publish)
    return told


async def test_a_run_that_waits_for_its_source_repeats_its_last_word(
    published: list[PokedexRefreshProgressed],
) -> None:
    async with ProgressTeller(SERVICE, "mine", pause_s=0.0, repeat_s=0.01) as tell:
        tell("load", 1, 1, "")
        tell("enrich", 3, 700, "move/3/")
        await eventually(lambda: len(published) >= 5, "the last word to be repeated")
    assert [one.step for one in published[:2]] == ["load", "enrich"]
    last = PokedexRefreshProgressed(refresh_id="mine", step="enrich", done=3, total=700, detail="move/3/")
    assert set(published[2:]) == {last}


async def test_of_what_a_step_says_meanwhile_the_last_is_told_at_the_end(
    published: list[PokedexRefreshProgressed],
) -> None:
    async with ProgressTeller(SERVICE, "mine", pause_s=LONG_S) as tell:
        tell("load", 0, 2, "")
        await eventually(lambda: len(published) == 1, "the first word")
        tell("load", 1, 2, "")
        tell("load", 2, 2, "")
    assert [one.done for one in published] == [0, 2]
