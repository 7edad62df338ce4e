"""The PokéAPI source against a real server on loopback."""

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.pokedex import PokedexRefreshCompleted
from services.ingest.completion import Order
from services.ingest.domain import build_records
from services.ingest.names import normalise_names
from services.ingest.run import IngestRun
from services.ingest.snapshot import PACKAGED, Snapshot, load_snapshot
from services.ingest.sources.packaged import SnapshotSource
from services.ingest.sources.pokeapi import PokeApiSource
from services.ingest.sources.pokeapi.fetching import Limits
from services.ingest.sources.port import Finding, Source, SourceFailed
from services.ingest.sources.reconcile import reconcile
from shared.settings import Settings
from tests.support.ingest import FakeRunLog, FakeStore, FakeTopics, ToldSource
from tests.support.pokeapi_server import PokeApi, slow, status, truncated
from tests.support.pokeapi_shapes import CHANGED_SINCE, FEWER_PP_TODAY, pokeapi_resources

SNAPSHOT = load_snapshot()
RESOURCES = pokeapi_resources(SNAPSHOT)
QUICK = Limits(first_pause_s=0.01, longest_pause_s=2.0, request_s=5.0)


def quiet(done: int, total: int, detail: str) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def api() -> Iterator[PokeApi]:
    served = PokeApi(RESOURCES)
    with served.serving():
        yield served


@pytest.fixture
def source(api: PokeApi, tmp_path: Path) -> Callable[..., PokeApiSource]:
    def open_source(limits: Limits = QUICK) -> PokeApiSource:
        return PokeApiSource(Settings(pokeapi_url=api.url, source_cache=tmp_path / "cache"), limits)

    return open_source


def small(*species: str) -> Snapshot:
    """Some species, their forms and what they learn; two types."""
    species = species or ("pikachu", "raichu")
    return dataclasses.replace(
        SNAPSHOT,
        species=tuple(row for row in SNAPSHOT.species if row.slug in species),
        pokemon=tuple(row for row in SNAPSHOT.pokemon if row.species in species),
        moves=(),
        types=SNAPSHOT.types[:2],
    )


SOME = small(*(row.slug for row in SNAPSHOT.species[:40]))


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Finding, ...]:
    """All that the whole PokéAPI says."""
    api = PokeApi(RESOURCES)
    with api.serving():
        settings = Settings(pokeapi_url=api.url, source_cache=tmp_path_factory.mktemp("cache"))
        found = asyncio.run(read_all(PokeApiSource(settings, QUICK)))
        assert api.asked == Counter(RESOURCES.keys()), "each resource once, and no other"
    return found


def told(findings: tuple[Finding, ...], entity: str, slug: str) -> dict[str, object]:
    return {one.field: one.value for one in findings if (one.entity, one.slug) == (entity, slug)}


async def run_ingest(source: Source) -> PokedexRefreshCompleted:
    return await IngestRun(
        Order(run_id="run", refresh_id="refresh", source=source.name),
        source,
        PACKAGED,
        store=FakeStore(),
        run_log=FakeRunLog(),
        topics=FakeTopics(),
        on_step=lambda *_: None,
    )()


async def read_all(source: PokeApiSource, snapshot: Snapshot = SNAPSHOT) -> tuple[Finding, ...]:
    return (*await source.enrich(snapshot, quiet), *await source.learnsets(snapshot, quiet))


def test_it_gives_the_pokedex_of_the_snapshot_and_tells_all_that_differs(
    findings: tuple[Finding, ...],
) -> None:
    reconciled = reconcile(SNAPSHOT, findings)
    assert build_records(reconciled.snapshot, "run") == build_records(normalise_names(SNAPSHOT), "run")
    assert {(one.slug, one.field, one.snapshot, one.source) for one in reconciled.disagreements} == {
        *((move, "pp", "10", "5") for move in FEWER_PP_TODAY),
        ("vice-grip", "name_en", "Vice Grip", "Vise Grip"),
        ("melmetal", "ways", "candy", "other"),
    }
    assert {one.taken for one in reconciled.disagreements} == {"snapshot"}
    assert all(one.rule for one in reconciled.disagreements)


async def test_a_whole_run_from_it_publishes_what_a_run_from_the_snapshot_does(
    findings: tuple[Finding, ...],
) -> None:
    told = ToldSource(
        tuple(one for one in findings if one.entity != "learnset"),
        tuple(one for one in findings if one.entity == "learnset"),
    )
    live, packaged = await run_ingest(told), await run_ingest(SnapshotSource())
    assert live.outcome == packaged.outcome == "published"
    assert (live.pokedex_hash, live.quality) == (packaged.pokedex_hash, packaged.quality)
    assert (live.disagreement_count, packaged.disagreement_count) == (6, 0)


def test_it_speaks_of_every_form_move_type_and_learnset(findings: tuple[Finding, ...]) -> None:
    slugs: dict[str, set[str]] = {}
    for one in findings:
        slugs.setdefault(one.entity, set()).add(one.slug)
    assert {entity: len(found) for entity, found in slugs.items()} == {
        "species": 153,
        "pokemon": 188,
        "type": 18,
        "effectiveness": 324,
        "move": 223,
        "evolution": 73,
        "learnset": 173,
    }


def test_moves_have_the_values_of_lets_go(findings: tuple[Finding, ...]) -> None:
    moves = {row.slug: row for row in SNAPSHOT.moves}
    assert len(CHANGED_SINCE) == 13
    for slug, today in CHANGED_SINCE.items():
        found = told(findings, "move", slug)
        assert {name: found[name] for name in today} == {name: getattr(moves[slug], name) for name in today}
        assert {name: found[name] for name in today} != dict(today)


async def test_a_partner_without_a_picture_has_that_of_its_species(
    source: Callable[..., PokeApiSource],
) -> None:
    findings = await source().enrich(small(), quiet)
    assert str(told(findings, "pokemon", "pikachu-partner")["sprite_url"]).endswith("/pokemon/25.png")
    assert str(told(findings, "pokemon", "raichu-alola")["sprite_url"]).endswith("/pokemon/10100.png")


async def test_a_form_that_it_does_not_list_is_told(
    api: PokeApi, source: Callable[..., PokeApiSource]
) -> None:
    species = RESOURCES["pokemon-species/26/"]
    api.resources["pokemon-species/26/"] = {**species, "varieties": species["varieties"][:1]}
    reconciled = reconcile(SNAPSHOT, await source().enrich(small(), quiet))
    listed = [one for one in reconciled.disagreements if one.entity == "pokemon"]
    assert [(one.slug, one.field, one.snapshot, one.source) for one in listed] == [
        ("raichu-alola", "listed", "yes", "no"),
    ]


async def test_no_more_than_ten_requests_are_in_flight(
    api: PokeApi, source: Callable[..., PokeApiSource]
) -> None:
    api.pause_s = 0.2
    await source().enrich(SOME, quiet)
    assert api.most_in_flight == 10


async def test_progress_ends_with_everything_done(source: Callable[..., PokeApiSource]) -> None:
    seen: list[tuple[int, int]] = []
    await source().enrich(SOME, lambda done, total, _: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][0] == seen[-1][1]


async def test_reading_again_asks_for_nothing(api: PokeApi, source: Callable[..., PokeApiSource]) -> None:
    first = await read_all(source(), SOME)
    asked = api.asked.total()
    assert await read_all(source(), SOME) == first
    assert api.asked.total() == asked == len(api.asked)


async def test_a_run_that_is_cut_short_goes_on_where_it_was(
    api: PokeApi, source: Callable[..., PokeApiSource]
) -> None:
    def cut(done: int, total: int, detail: str) -> None:
        if done == total // 2:
            first.cancel()

    api.pause_s = 0.002
    first = asyncio.create_task(source().enrich(SOME, cut))
    with pytest.raises(asyncio.CancelledError):
        await first
    before = api.asked.total()
    await source().enrich(SOME, quiet)
    assert before < len(api.asked), "it was cut before the end"
    asked_twice = [path for path, times in api.asked.items() if times > 1]
    assert len(asked_twice) <= QUICK.in_flight, "only what was in flight is fetched again"


async def test_a_busy_server_is_left_alone_as_long_as_it_asks(
    api: PokeApi, source: Callable[..., PokeApiSource]
) -> None:
    api.faults["pokemon/25/"] = [status(429, Retry_After="1")]
    begin = time.monotonic()
    await source().enrich(small(), quiet)
    assert time.monotonic() - begin >= 1.0
    assert api.asked["pokemon/25/"] == 2


@pytest.mark.parametrize("fault", [status(500), status(503), truncated], ids=["500", "503", "truncated"])
async def test_what_may_pass_is_tried_again(
    api: PokeApi, source: Callable[..., PokeApiSource], fault: object
) -> None:
    api.faults["pokemon/25/"] = [fault, fault]  # type: ignore[list-item]
    findings = await source().enrich(small(), quiet)
    assert told(findings, "pokemon", "pikachu")["speed"] == 90
    assert api.asked["pokemon/25/"] == 3


async def test_a_body_that_trickles_is_given_up_and_asked_for_again(
    api: PokeApi, source: Callable[..., PokeApiSource]
) -> None:
    api.faults["pokemon/25/"] = [slow]
    await source(Limits(first_pause_s=0.01, request_s=0.5)).enrich(small(), quiet)
    assert api.asked["pokemon/25/"] == 2


@pytest.mark.parametrize(
    ("fault", "limits", "times", "text"),
    [
        (status(404), QUICK, 1, "status 404"),
        (status(500), QUICK, 5, "status 500, 5 times; try again later"),
        (truncated, QUICK, 5, "broken JSON"),
        (status(429, Retry_After="3600"), QUICK, 1, "asks to wait 3600 s"),
        (slow, Limits(first_pause_s=0.01, attempts=2, request_s=0.2), 2, "no whole answer within 0.2 s"),
    ],
    ids=["404", "500", "truncated", "429", "slow"],
)
async def test_what_does_not_pass_fails_with_address_and_remedy(
    api: PokeApi,
    source: Callable[..., PokeApiSource],
    fault: object,
    limits: Limits,
    times: int,
    text: str,
) -> None:
    api.faults["pokemon/25/"] = [fault] * 9  # type: ignore[list-item]
    with pytest.raises(SourceFailed) as failure:
        await source(limits).enrich(small(), quiet)
    assert str(failure.value).startswith(f"{api.url}pokemon/25/: ")
    assert text in str(failure.value)
    assert api.asked["pokemon/25/"] == times


async def test_another_shape_fails_at_once_and_is_not_kept(
    api: PokeApi, source: Callable[..., PokeApiSource]
) -> None:
    api.resources["pokemon/25/"] = {"id": "twenty-five"}
    with pytest.raises(SourceFailed, match=r"not the shape of PokemonShape: .*PDX_POKEAPI_URL"):
        await source().enrich(small(), quiet)
    api.resources["pokemon/25/"] = RESOURCES["pokemon/25/"]
    await source().enrich(small(), quiet)
    assert api.asked["pokemon/25/"] == 2


async def test_a_body_beyond_the_bound_is_refused(source: Callable[..., PokeApiSource]) -> None:
    with pytest.raises(SourceFailed, match="more than 500 bytes"):
        await source(Limits(body_bytes=500)).enrich(small(), quiet)


async def test_a_server_that_is_not_there_fails_with_its_address(tmp_path: Path) -> None:
    settings = Settings(pokeapi_url="http://127.0.0.1:9/api/", source_cache=tmp_path)
    with pytest.raises(SourceFailed, match=r"http://127.0.0.1:9/api/pokemon-species/\d+/: "):
        await PokeApiSource(settings, QUICK).enrich(small(), quiet)


async def test_an_address_of_another_kind_is_not_tried_again(tmp_path: Path) -> None:
    settings = Settings(pokeapi_url="pokeapi.example/", source_cache=tmp_path)
    with pytest.raises(SourceFailed, match="PDX_POKEAPI_URL"):
        await PokeApiSource(settings, Limits(first_pause_s=60)).enrich(small(), quiet)


async def test_a_cache_that_cannot_be_written_is_named(api: PokeApi, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(pokeapi_url=api.url, source_cache=tmp_path / "file")
    with pytest.raises(SourceFailed, match="PDX_SOURCE_CACHE"):
        await PokeApiSource(settings, QUICK).enrich(small(), quiet)
