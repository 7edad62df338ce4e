"""Notices that the bus went away under a command that waits for something on it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn

from services.cli import texts
from services.cli.reaching import NotRunning, dex
from services.cli.speaking import say
from services.embedded.layout import DataDirectory, default_data_directory
from services.embedded.supervisor import Supervisor
from shared.bootstrap import broker_addresses
from shared.settings import Settings
from shared.wording import Text

LOOK_SECONDS: Final = 1.0
AWAY_SECONDS: Final = 10.0
"""A broker that is started again is back sooner."""

Look = Callable[[], Awaitable[bool]]


class BusWatch:
    """Looks at the broker every second; the clients of Kafka try for ever without a word."""

    def __init__(
        self,
        address: str,
        service: str,
        away_s: float = AWAY_SECONDS,
        answers: Look | None = None,
        runs: Look | None = None,
        look_s: float = LOOK_SECONDS,
    ) -> None:
        """`service` works on what is waited for. `answers`: whether the broker does; `runs`: our stack."""
        self._address = address
        self._service = service
        self._away_s = away_s
        self._answers = answers or (lambda: is_answering(address))
        self._runs = runs or _is_stack_running
        self._look_s = look_s

    @classmethod
    def of(cls, settings: Settings, service: str, away_s: float = AWAY_SECONDS) -> "BusWatch":
        """A watch over the broker of the settings."""
        return cls(settings.kafka_bootstrap, service, away_s)

    async def run(self) -> NoReturn:
        """Raises NotRunning once the stack was stopped, or the broker was away for long."""
        clock = asyncio.get_running_loop().time
        was_ours = await self._runs()
        heard_at = clock()
        while True:
            if await self._answers():
                heard_at = clock()
            elif was_ours and not await self._runs():
                raise self._gone(texts.STACK_STOPPED)
            elif clock() - heard_at > self._away_s:
                raise self._gone(texts.BROKER_AWAY)
            await asyncio.sleep(self._look_s)

    def _gone(self, text: Text) -> NotRunning:
        return NotRunning(say(text.of(address=self._address, service=self._service, up=dex("up"))))


async def is_answering(bootstrap: str) -> bool:
    """Whether one of the brokers takes a connection, within two seconds each. Raises Misconfigured."""
    for host, port in broker_addresses(bootstrap):
        with contextlib.suppress(OSError):
            async with asyncio.timeout(2.0):
                _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return True
    return False


async def _is_stack_running() -> bool:
    supervisor = Supervisor(DataDirectory(default_data_directory()))
    return await asyncio.to_thread(lambda: supervisor.is_alive)
