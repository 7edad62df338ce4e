"""The Poképédia source: its spider in a process of its own, against a real server on loopback."""

import asyncio
import dataclasses
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from services.ingest.snapshot import Snapshot, load_snapshot
from services.ingest.sources.pokepedia import PokepediaSource
from services.ingest.sources.pokepedia.messages import Crawl, Page
from services.ingest.sources.pokepedia.source import MODULE, MOST_ERRORS
from services.ingest.sources.port import SourceFailed
from services.ingest.sources.reconcile import reconcile
from shared.settings import Settings
from tests.support.pokepedia_pages import pokepedia_pages
from tests.support.pokepedia_server import Pokepedia

SNAPSHOT = load_snapshot()
PAGES = pokepedia_pages(SNAPSHOT)
PIKACHU, RAICHU = "Pikachu/Génération_7", "Raichu/Génération_7"
ALOLAN = "Raichu_d'Alola/Génération_7"
pytestmark = pytest.mark.timeout(90)


def small() -> Snapshot:
    """Pikachu with its partner, Raichu with its Alolan form: three pages."""
    pokemon = tuple(row for row in SNAPSHOT.pokemon if row.species in ("pikachu", "raichu"))
    slugs = {row.slug for row in pokemon}
    return dataclasses.replace(
        SNAPSHOT,
        pokemon=pokemon,
        learnsets=tuple(row for row in SNAPSHOT.learnsets if row.pokemon in slugs),
        evolutions=tuple(row for row in SNAPSHOT.evolutions if row.to_slug in slugs),
    )


SMALL = small()


def quiet(done: int, total: int, detail: str) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def wiki() -> Iterator[Pokepedia]:
    served = Pokepedia(PAGES)
    with served.serving():
        yield served


@pytest.fixture
def source(wiki: Pokepedia, tmp_path: Path) -> Callable[..., PokepediaSource]:
    def open_source(delay_s: float = 0.0) -> PokepediaSource:
        settings = Settings(
            pokepedia_url=wiki.url, pokepedia_delay_seconds=delay_s, source_cache=tmp_path / "cache"
        )
        return PokepediaSource(settings)

    return open_source


async def test_it_confirms_all_learnsets_and_french_names(source: Callable[..., PokepediaSource]) -> None:
    wiki_source = source()
    findings = await wiki_source.learnsets(SNAPSHOT, quiet)
    assert len(findings) == 173 * 5
    assert reconcile(SNAPSHOT, findings).disagreements == ()
    names = await wiki_source.enrich(SNAPSHOT, quiet)
    assert len(names) == 223
    reconciled = reconcile(SNAPSHOT, names)
    assert (reconciled.disagreements, reconciled.snapshot) == ((), SNAPSHOT)


async def test_partners_and_alolan_forms_have_their_own(source: Callable[..., PokepediaSource]) -> None:
    findings = await source().learnsets(SMALL, quiet)
    told = {(one.slug, one.field): one.value for one in findings}
    assert told["pikachu-partner", "tutor"] == ("floaty-fall", "splishy-splash", "zippy-zap")
    assert told["pikachu", "tutor"] == ()
    assert told["pikachu-partner", "level"] == told["pikachu", "level"] != ()
    assert "psychic" in told["raichu-alola", "tm"]  # type: ignore[operator]
    assert "psychic" not in told["raichu", "tm"]  # type: ignore[operator]


async def test_a_name_that_it_writes_otherwise_is_taken_and_told(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    wiki.pages = {path: page.replace("Fatal-Foudre", "Fatal Foudre") for path, page in PAGES.items()}
    reconciled = reconcile(SMALL, await source().enrich(SMALL, quiet))
    assert [(one.slug, one.snapshot, one.source, one.taken) for one in reconciled.disagreements] == [
        ("thunder", "Fatal-Foudre", "Fatal Foudre", "source"),
    ]
    assert "Fatal Foudre" in {row.name_fr for row in reconciled.snapshot.moves}


async def test_a_move_that_it_has_beside_ours_is_told_and_not_added(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    wiki.pages[RAICHU] = PAGES[RAICHU].replace("Tonnerre", "Tonnerre Bis")
    reconciled = reconcile(SMALL, await source().learnsets(SMALL, quiet))
    differing = [one for one in reconciled.disagreements if (one.slug, one.field) == ("raichu", "tm")]
    assert [(one.snapshot, one.source, one.taken) for one in differing] == [
        ("thunderbolt", "« Tonnerre Bis »", "snapshot")
    ]
    assert reconciled.snapshot == SMALL


async def test_pages_are_asked_for_one_by_one_with_a_pause(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    await source(delay_s=0.4).enrich(SMALL, quiet)
    assert sorted(wiki.paths) == sorted([PIKACHU, RAICHU, ALOLAN])
    pauses = [later - earlier for (_, earlier), (_, later) in pairwise(wiki.asked)]
    assert min(pauses) >= 0.2, "Scrapy varies the pause from half of it up"
    assert wiki.agents == {"PredictionDex"}


async def test_reading_again_asks_for_nothing(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    first = await source().learnsets(SMALL, quiet)
    assert await source().learnsets(SMALL, quiet) == first
    assert len(wiki.asked) == 3


async def test_progress_counts_pages(source: Callable[..., PokepediaSource]) -> None:
    seen: list[tuple[int, int]] = []
    await source().enrich(SMALL, lambda done, total, _: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


async def test_what_robots_txt_forbids_is_not_read(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    wiki.robots = "User-agent: *\nDisallow: /\n"
    with pytest.raises(SourceFailed, match=r"Forbidden by robots\.txt \(3 of 3 pages failed"):
        await source().enrich(SMALL, quiet)
    assert wiki.asked == []


async def test_a_failing_page_is_tried_again(wiki: Pokepedia, source: Callable[..., PokepediaSource]) -> None:
    wiki.faults[RAICHU] = [503, 429]
    findings = await source().enrich(SMALL, quiet)
    assert wiki.paths.count(RAICHU) == 3
    assert await source().enrich(SMALL, quiet) == findings


async def test_a_page_that_stays_away_fails_with_address_and_remedy(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    wiki.faults[RAICHU] = [500] * 9
    with pytest.raises(SourceFailed) as failure:
        await source().enrich(SMALL, quiet)
    assert str(failure.value).startswith(f"{wiki.url}{RAICHU}: status 500 (1 of 3 pages failed; see ")
    assert "try again later" in str(failure.value)


async def test_a_site_that_fails_every_page_is_soon_left_alone(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    wiki.faults = {path: [500] * 9 for path in PAGES}
    with pytest.raises(SourceFailed, match=rf"status 500 \({MOST_ERRORS} of {len(PAGES)} pages failed"):
        await source().enrich(SNAPSHOT, quiet)
    assert MOST_ERRORS <= len(set(wiki.paths)) <= MOST_ERRORS + 10, "a few may be on their way meanwhile"
    assert len(wiki.asked) <= 4 * (MOST_ERRORS + 10), "each is tried four times"


@pytest.mark.parametrize("page", [None, "<h1>Raichu</h1><table><tr><td>rien</td></tr></table>"])
async def test_a_page_that_tells_nothing_is_told(
    wiki: Pokepedia, source: Callable[..., PokepediaSource], page: str | None
) -> None:
    del wiki.pages[RAICHU]
    if page is not None:
        wiki.pages[RAICHU] = page
    reconciled = reconcile(SMALL, await source().learnsets(SMALL, quiet))
    assert [(one.slug, one.field, one.snapshot, one.source) for one in reconciled.disagreements] == [
        ("raichu", "listed", "yes", "no"),
    ]


async def test_a_site_without_any_learnset_fails(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    wiki.pages = {}
    with pytest.raises(SourceFailed, match=r"none of 3 pages has a learnset.*PDX_POKEPEDIA_URL"):
        await source().enrich(SMALL, quiet)


async def test_a_cache_that_cannot_be_written_is_named(wiki: Pokepedia, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(pokepedia_url=wiki.url, source_cache=tmp_path / "file")
    with pytest.raises(SourceFailed, match="PDX_SOURCE_CACHE"):
        await PokepediaSource(settings).enrich(SMALL, quiet)


async def test_a_run_that_is_cut_short_ends_the_spider_and_goes_on_where_it_was(
    wiki: Pokepedia, source: Callable[..., PokepediaSource]
) -> None:
    def cut(done: int, total: int, detail: str) -> None:
        run.cancel()

    run = asyncio.create_task(source(delay_s=0.4).enrich(SMALL, cut))
    with pytest.raises(asyncio.CancelledError):
        await run
    asked = len(wiki.asked)
    assert asked < 3
    await source(delay_s=0.4).enrich(SMALL, quiet)
    assert len(wiki.asked) == 3, "what was fetched is not asked for again"


def test_a_spider_whose_service_is_gone_ends(wiki: Pokepedia, tmp_path: Path) -> None:
    pages = tuple(Page(path, path) for path in list(PAGES)[:40])
    crawl = Crawl(wiki.url, pages, str(tmp_path), 0.0)
    with subprocess.Popen(
        [sys.executable, "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as spider:
        assert spider.stdin is not None
        assert spider.stdout is not None
        spider.stdin.write(msgspec.json.encode(crawl))
        spider.stdin.close()
        spider.stdout.readline()
        spider.stdout.close()
        spider.wait(30)
    assert len(wiki.asked) < len(pages)


def test_the_service_itself_loads_neither_scrapy_nor_a_reactor() -> None:
    code = "import sys, services.ingest.sources; print(*sys.modules)"
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"scrapy", "parsel", "twisted.internet"} & set(outcome.stdout.split()) == set()
