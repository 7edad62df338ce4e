"""Row 3: the process that people ask through is killed while they wait for their replies."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg
import httpx
import msgspec
from aiokafka.admin import AIOKafkaAdminClient

from contracts.access import Scope
from contracts.battle import Combatant
from contracts.channels import BATTLE_REQUESTED
from services.embedded.chromium import find_chromium
from services.gateway.access import HEADER
from tests.faults.asking import random_battle
from tests.faults.entries import Accepted, Answered
from tests.faults.ledger import digest
from tests.faults.running import Row, Run, in_background, until
from tests.support.api_keys import grant_key
from tests.support.bus import read_all
from tests.support.service_process import Member

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PENDING: Final = 100
VISITORS: Final = 20
"""Each is a browser of its own to the web app; a program is a hundred callers more easily."""
PAGE_SECONDS: Final = 30.0
_IS_FAR: Final = re.compile("^https://")
_HAS_ID: Final = re.compile("[?&]id=")


async def asked_through_killed(run: Run) -> None:
    """The REST API, then the web app; where there is no browser the REST API each time."""
    has_browser = find_chromium() is not None and find_spec("playwright") is not None
    doors = (gateway_killed, ui_killed) if has_browser else (gateway_killed,)
    await doors[run.repetition % len(doors)](run)


async def gateway_killed(run: Run) -> None:
    """100 callers wait for their replies when the gateway dies; what they asked is found by its id."""
    groups, began = await _groups(run), await _asked_so_far(run)
    inference = run.scene.members["inference"]
    _, key = await grant_key(run.scene.settings(), Scope.PREDICT)
    async with run.scene.another("gateway") as gateway:
        inference.pause()
        try:
            async with in_background(
                asyncio.gather(*(_post(gateway, key, run) for _ in range(PENDING)))
            ) as posts:
                await _until_asked(run, began, PENDING)
                gateway.kill()
                died = time.monotonic()
            run.check(set(posts.result()) == {None}, f"answered by a dead gateway: {posts.result()}")
        finally:
            inference.resume()
    await run.heal(10, died)
    own = await _tell_what_is_found(run, began)
    run.check(len(set(own)) == len(own) == PENDING, "the gateway gave an id twice")
    run.check(await _groups(run) == groups, "a consumer group of the gateway is left")


async def ui_killed(run: Run) -> None:
    """Visitors wait for their replies when the web app dies; a reload shows each its own answer."""
    visitors = int(run.scaled(3, VISITORS))
    groups, began = await _groups(run), await _asked_so_far(run)
    inference = run.scene.members["inference"]
    async with run.scene.another("ui") as ui, _browser() as browser:
        pages = [await _visit(browser, ui, run) for _ in range(visitors)]
        inference.pause()
        try:
            for page in pages:
                await page.locator(".ask").click()
            await _until_asked(run, began, visitors)
            waiting = {await _id_in_address(page) for page in pages}
            ui.kill()
        finally:
            inference.resume()
        ui.start()
        await ui.wait_ready()
        shown = [await _id_of_answer(page) for page in pages]
        run.check(set(shown) == waiting, f"asked for {waiting}, and shown {shown}")
        await run.heal(10)
    own = await _tell_what_is_found(run, began)
    run.check(set(own) == waiting, f"published {set(own)}, and the visitors wait for {waiting}")
    run.check(len(waiting) == visitors, "the web app gave an id twice")
    run.check(await _groups(run) == groups, "a consumer group of the web app is left")


@asynccontextmanager
async def _browser() -> "AsyncIterator[Browser]":
    # Only the environment of developers has it; the other rows run without.
    from playwright.async_api import async_playwright

    from tests.support.browser import CHROMIUM_FLAGS

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


async def _visit(browser: "Browser", ui: Member, run: Run) -> "Page":
    """The battle page with two sides picked, of a visitor of its own."""
    context = await browser.new_context()
    await context.route(_IS_FAR, lambda route: route.abort())
    page = await context.new_page()
    battle = random_battle(run.draw)
    words = {**_words("a", battle.a), **_words("b", battle.b)}
    await page.goto(f"{ui.address}/battle?{urlencode(words)}")
    await page.locator(".ask").wait_for()
    return page


def _words(side: str, combatant: Combatant) -> dict[str, str]:
    [move] = combatant.moves or ()
    return {side: str(combatant.pokemon), f"level_{side}": str(combatant.level), f"move_{side}": str(move)}


async def _id_in_address(page: "Page") -> str:
    # the browser is told after Kafka is
    await page.wait_for_url(_HAS_ID, timeout=PAGE_SECONDS * 1_000)
    [found] = parse_qs(urlsplit(page.url).query)["id"]
    return found


async def _id_of_answer(page: "Page") -> str:
    """The id of the answer that the page shows once it is loaded again."""
    await _reload(page)
    shown = page.locator(".result__request code")
    await shown.wait_for(timeout=PAGE_SECONDS * 1_000)
    return (await shown.inner_text()).strip()


async def _reload(page: "Page") -> None:
    """As a visitor does; the page, which loads itself again once the new process answers, may be first."""
    from playwright.async_api import Error

    try:
        await page.reload()
    except Error as error:
        if "ERR_ABORTED" not in error.message:
            raise


async def _post(gateway: Member, key: str, run: Run) -> int | None:
    async with httpx.AsyncClient(timeout=30, headers={HEADER: key}) as client:
        try:
            body = msgspec.to_builtins(random_battle(run.draw))
            return (await client.post(f"{gateway.address}/predict/battle", json=body)).status_code
        except httpx.HTTPError:
            return None


async def _asked_so_far(run: Run) -> list[int]:
    return (await run.scene.ends(BATTLE_REQUESTED.name))[BATTLE_REQUESTED.name]


async def _until_asked(run: Run, began: Sequence[int], count: int) -> None:
    async def all_asked() -> bool:
        return sum(await _asked_so_far(run)) - sum(began) == count

    await until(all_asked, f"{count} requests to be published")


async def _tell_what_is_found(run: Run, began: Sequence[int]) -> list[str]:
    """Ids of the requests that were published since `began`; the ledger is told which have a prediction."""
    records = await read_all(run.scene.kafka.bootstrap, BATTLE_REQUESTED.name)
    own = [record for record in records if record.offset >= began[record.partition]]
    connection = await asyncpg.connect(run.scene.database_url.replace("+asyncpg", ""))
    try:
        for one, question in {record.key.decode(): digest(record.value) for record in own}.items():
            run.ids.append(one)
            run.ledger.tell(Accepted(one, question))
            query = "select count(*) from predictions where request_id = $1"
            found = await connection.fetchval(query, one)
            run.ledger.tell(Answered(one, "found" if found == 1 else "not found", 0.0))
    finally:
        await connection.close()
    return [record.key.decode() for record in own]


async def _groups(run: Run) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=run.scene.kafka.bootstrap)
    await admin.start()
    try:
        return {name for name, _ in await admin.list_consumer_groups()}
    finally:
        await admin.close()


ROWS: Final = (
    Row(
        number=3,
        title="kill -9 of `gateway` with 100 replies pending, of `ui` while its visitors wait",
        expected="each prediction is found by its request id; no group or partition is left behind",
        kind="swept",
        run=asked_through_killed,
    ),
)
