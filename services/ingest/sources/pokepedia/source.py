"""Poképédia behind the port: French names of moves, and learnsets."""

import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from contracts.pokedex import SourceName
from services.ingest.snapshot import PokemonRow, Snapshot
from services.ingest.sources.pokepedia.messages import Crawl, Page, PageMove, PageRead
from services.ingest.sources.port import OWN_METHODS, Finding, OnProgress, SourceFailed
from shared.pokedex import fold
from shared.settings import Settings

LINE_BYTES: Final = 1024 * 1024
MOST_ERRORS: Final = 20
STOP_S: Final = 5.0
PAGE_SUFFIX: Final = "Génération_7"
MODULE: Final = "services.ingest.sources.pokepedia.crawl"


class PokepediaSource:
    """What the learnset pages of generation 7 say of Let's Go, read politely, one page at a time."""

    name: SourceName = "pokepedia"

    def __init__(self, settings: Settings) -> None:
        """Nothing is started before it is read."""
        self._base_url = settings.pokepedia_url.rstrip("/") + "/"
        self._delay_s = settings.pokepedia_delay_seconds
        self._folder = settings.source_cache / "pokepedia"
        self._read: dict[tuple[Page, ...], Sequence[PageRead]] = {}

    async def enrich(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """The French names of moves. Raises SourceFailed."""
        pages = await self._crawl(snapshot, on_progress)
        return tuple(name_findings(pages, Moves(snapshot), self._base_url))

    async def learnsets(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """The learnsets of all but Mega forms. Raises SourceFailed."""
        pages = await self._crawl(snapshot, on_progress)
        return tuple(learnset_findings(pages, snapshot, self._base_url))

    async def _crawl(self, snapshot: Snapshot, on_progress: OnProgress) -> Sequence[PageRead]:
        """Each page once in the life of this object: both steps are told of the same pages."""
        wanted = tuple(pages_of(snapshot.pokemon))
        if wanted not in self._read:
            self._read[wanted] = await self._checked(wanted, on_progress)
        return self._read[wanted]

    async def _checked(self, wanted: tuple[Page, ...], on_progress: OnProgress) -> Sequence[PageRead]:
        crawl = Crawl(self._base_url, wanted, str((self._folder / "pages").absolute()), self._delay_s)
        log = self._folder / "spider.log"
        pages = await self._run(crawl, log, on_progress)
        failed = [page for page in pages if page.outcome == "failed"]
        if failed:
            raise SourceFailed(
                f"{self._base_url}{failed[0].path}: {failed[0].error} ({len(failed)} of {len(wanted)} "
                f"pages failed; see {log}); what was fetched is kept, try again later"
            )
        if len(pages) < len(wanted):
            raise SourceFailed(
                f"{self._base_url}: the spider ended after {len(pages)} of {len(wanted)} pages; see {log}"
            )
        if not any(page.outcome == "read" for page in pages):
            raise SourceFailed(
                f"{self._base_url}: none of {len(wanted)} pages has a learnset of Let's Go; "
                "is PDX_POKEPEDIA_URL the address of Poképédia, or has its layout changed?"
            )
        return sorted(pages, key=lambda page: page.path)

    async def _run(self, crawl: Crawl, log: Path, on_progress: OnProgress) -> Sequence[PageRead]:
        try:
            await asyncio.to_thread(log.parent.mkdir, parents=True, exist_ok=True)
            errors = await asyncio.to_thread(log.open, "wb")
        except OSError as error:
            raise SourceFailed(f"PDX_SOURCE_CACHE: what is fetched cannot be kept: {error}") from error
        with errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                MODULE,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=LINE_BYTES,
            )
        try:
            return await _converse(process, crawl, on_progress)
        finally:
            await _end(process)


class Moves:
    """Slugs by the French name, however it is accented or hyphenated."""

    def __init__(self, snapshot: Snapshot) -> None:
        """The moves of `snapshot`."""
        self._slugs = {fold(row.name_fr): row.slug for row in snapshot.moves}

    def slug(self, name: str) -> str | None:
        """None when no move is called so."""
        return self._slugs.get(fold(name))

    def word(self, move: PageMove) -> str:
        """As learnsets are told: `move`, or `move@level`; a name that no move has in quotes."""
        slug = self.slug(move.name) or f"« {move.name} »"
        return slug if move.level is None else f"{slug}@{move.level}"


def pages_of(pokemon: Iterable[PokemonRow]) -> Iterable[Page]:
    """A page for each base and Alolan form; a partner is on the page of its species."""
    for row in pokemon:
        if row.form in ("base", "alola"):
            yield Page(_path(row.name_fr), row.name_fr)


def name_findings(pages: Iterable[PageRead], moves: Moves, base_url: str) -> Iterable[Finding]:
    """How pages write the names of moves; of several spellings, the one that most pages have."""
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    origins: dict[tuple[str, str], str] = {}
    for page in pages:
        for move in page.moves:
            slug = moves.slug(move.name)
            if slug is not None:
                spellings[slug][move.name] += 1
                origins.setdefault((slug, move.name), page.path)
    for slug, counted in sorted(spellings.items()):
        name = min(counted, key=lambda one: (-counted[one], one))
        origin = f"{base_url}{origins[slug, name]}"
        yield Finding(entity="move", slug=slug, field="name_fr", value=name, origin=origin)


def learnset_findings(pages: Iterable[PageRead], snapshot: Snapshot, base_url: str) -> Iterable[Finding]:
    """One per Pokémon and method; of a page that tells nothing, that it does not list the Pokémon."""
    moves = Moves(snapshot)
    read = {page.path: page for page in pages}
    names = {row.slug: row.name_fr for row in snapshot.species}
    for row in snapshot.pokemon:
        if row.form == "mega":
            continue
        page = read[_path(names[row.species] if row.form == "partner" else row.name_fr)]
        origin = f"{base_url}{page.path}"
        if page.outcome != "read":
            yield Finding(entity="learnset", slug=row.slug, field="listed", value="no", origin=origin)
            continue
        for method, words in _by_method(page.moves, moves).items():
            value = words if method != "tutor" or row.form == "partner" else ()
            yield Finding(entity="learnset", slug=row.slug, field=method, value=value, origin=origin)


def _by_method(learnt: Iterable[PageMove], moves: Moves) -> Mapping[str, tuple[str, ...]]:
    words: dict[str, set[str]] = {method: set() for method in OWN_METHODS}
    for move in learnt:
        words[move.method].add(moves.word(move))
    return {method: tuple(sorted(found)) for method, found in words.items()}


def _path(name: str) -> str:
    return f"{name.replace(' ', '_')}/{PAGE_SUFFIX}"


async def _converse(
    process: asyncio.subprocess.Process, crawl: Crawl, on_progress: OnProgress
) -> Sequence[PageRead]:
    """What became of each page, in order; ends early, and the spider with it, when too many failed."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the spider was started without pipes")
    pages: list[PageRead] = []
    failures = 0
    process.stdin.write(msgspec.json.encode(crawl))
    process.stdin.close()
    async for line in process.stdout:
        pages.append(msgspec.json.decode(line, type=PageRead))
        on_progress(len(pages), len(crawl.pages), pages[-1].path)
        failures += pages[-1].outcome == "failed"
        if failures == MOST_ERRORS:
            return pages
    await process.wait()
    return pages


async def _end(process: asyncio.subprocess.Process) -> None:
    """Nothing of the spider outlives the run."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
