"""Row 3: the process that people ask through is killed while they wait for their replies."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from aiokafka.admin import AIOKafkaAdminClient

from contracts.battle import Combatant
from contracts.channels import BATTLE_REQUESTED, REQUEST_ANSWERED
from services.embedded.chromium import find_chromium
from tests.faults.asking import random_battle
from tests.faults.connecting import rest_api
from tests.faults.entries import Accepted, Answered
from tests.faults.ledger import digest
from tests.faults.running import Row, Run, in_background, until
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
    """100 callers wait for their replies when the gateway dies; its successor finds what they asked by id."""
    groups, began = await _groups(run), await _asked_so_far(run)
    inference = run.scene.members["inference"]
    async with rest_api(run) as api:
        inference.pause()
        try:
            async with in_background(asyncio.gather(*(api.ask() for _ in range(PENDING)))) as posts:
                await _until_asked(run, began, PENDING)
                api.gateway.kill()
                died = time.monotonic()
            run.check(set(posts.result()) == {None}, f"answered by a dead gateway: {posts.result()}")
        finally:
            inference.resume()
        own = await _tell_asked(run, began)
        run.check(len(set(own)) == len(own) == PENDING, "the gateway gave an id twice")
        await run.heal(10, died)
        api.gateway.start()
        await api.gateway.wait_ready()

        async def finds() -> bool:
            return await api.history() == 200

        await until(finds, "the gateway to have its database")
        for one in own:
            response = await api.look_up(one)
            found = response.json() if response.is_success else {}
            is_found = found.get("request_id") == one and "win_probability" in found.get("answer", {})
            run.ledger.tell(Answered(one, "found" if is_found else f"status {response.status_code}", 0.0))
    await _check_answered_once(run, own)
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
    own = await _tell_asked(run, began)
    for one in set(own):  # who finds no answer yet asks again, under the same id
        run.ledger.tell(Answered(one, "found" if one in shown else "not shown", 0.0))
    run.check(set(own) == waiting, f"published {set(own)}, and the visitors wait for {waiting}")
    await _check_answered_once(run, own)
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


async def _asked_so_far(run: Run) -> list[int]:
    return (await run.scene.ends(BATTLE_REQUESTED.name))[BATTLE_REQUESTED.name]


async def _until_asked(run: Run, began: Sequence[int], count: int) -> None:
    async def all_asked() -> bool:
        return sum(await _asked_so_far(run)) - sum(began) == count

    await until(all_asked, f"{count} requests to be published")


async def _tell_asked(run: Run, began: Sequence[int]) -> list[str]:
    """Ids of the requests that were published since `began`; the ledger is told of them."""
    records = await read_all(run.scene.kafka.bootstrap, BATTLE_REQUESTED.name)
    own = [record for record in records if record.offset >= began[record.partition]]
    for record in own:
        run.ledger.tell(Accepted(record.key.decode(), digest(record.value)))
    asked = [record.key.decode() for record in own]
    run.ids.extend(set(asked))
    return asked


async def _check_answered_once(run: Run, own: Sequence[str]) -> None:
    """Replies to somebody who is gone: work may be done again, but no request gets two different ones."""
    replies: dict[str, set[bytes]] = {one: set() for one in own}
    for reply in await read_all(run.scene.kafka.bootstrap, REQUEST_ANSWERED.name):
        one = (reply.key or b"").decode("utf-8", "replace")
        if one in replies:
            replies[one].add(reply.value)
    differing = [one for one, values in replies.items() if len(values) > 1]
    run.check(not differing, f"answered in two ways: {differing[:5]}")


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
        expected="each prediction is found by its request id, over REST and on its page; none is answered in "
        "two ways; no group or partition is left behind",
        kind="swept",
        run=asked_through_killed,
    ),
)
