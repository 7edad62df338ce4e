"""GETs of a JSON source: few at a time, tried again when it may help, kept on disk."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, TypeVar

import httpx
import msgspec

from services.ingest.sources.pokeapi.disk_cache import DiskCache
from services.ingest.sources.port import SourceFailed
from shared.logs import get_logger

Shape = TypeVar("Shape", bound=msgspec.Struct)
RETRIED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How a source is asked. Seconds and bytes are those of one request."""

    in_flight: int = 10
    attempts: int = 5
    first_pause_s: float = 0.5
    longest_pause_s: float = 60.0
    request_s: float = 30.0
    body_bytes: int = 8 * 1024 * 1024


class Fetcher:
    """Resources by path below the client's base address."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        cache: DiskCache,
        limits: Limits,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`jitter`: 0 to 1, which stretches each pause of our own by up to as much again."""
        self._client = client
        self._cache = cache
        self._limits = limits
        self._jitter = jitter
        self._slots = asyncio.Semaphore(limits.in_flight)

    async def get(self, path: str, shape: type[Shape]) -> Shape:
        """What is at `path`, from disk or from the source. Raises SourceFailed."""
        async with self._slots:
            kept = await self._cache.get(path)
            if kept is not None:
                try:
                    return msgspec.json.decode(kept, type=shape)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    _log.warning("kept answer dropped", path=path, error=str(error))
                    await self._cache.forget(path)
            return await self._fetch(path, shape)

    def address(self, path: str) -> str:
        """The whole address, for messages."""
        return str(self._client.base_url.join(path))

    async def _fetch(self, path: str, shape: type[Shape]) -> Shape:
        for attempt in range(1, self._limits.attempts + 1):
            try:
                body = await self._request(path)
                found = self._decode(path, body, shape)
            except _Retry as retry:
                if attempt == self._limits.attempts:
                    raise SourceFailed(
                        f"{self.address(path)}: {retry}, {attempt} times; try again later, what was "
                        "fetched is kept"
                    ) from retry
                pause_s = self._pause(attempt, retry.after_s)
                _log.info("asked again", address=self.address(path), error=str(retry), pause_s=pause_s)
                await asyncio.sleep(pause_s)
            else:
                await self._cache.put(path, body)
                return found
        raise AssertionError("the last attempt returns or raises")

    def _pause(self, attempt: int, after_s: float | None) -> float:
        own = self._limits.first_pause_s * 2.0 ** (attempt - 1) * (1 + self._jitter())
        return min(max(own, after_s or 0.0), self._limits.longest_pause_s)

    async def _request(self, path: str) -> bytes:
        try:
            async with asyncio.timeout(self._limits.request_s), self._client.stream("GET", path) as response:
                self._check(path, response)
                return await self._read(path, response)
        except TimeoutError as error:
            raise _Retry(f"no whole answer within {self._limits.request_s:g} s") from error
        except (httpx.UnsupportedProtocol, httpx.TooManyRedirects) as error:
            raise SourceFailed(
                f"{self.address(path)}: {error}; is PDX_POKEAPI_URL the address of a PokéAPI?"
            ) from error
        except httpx.RequestError as error:
            raise _Retry(str(error) or type(error).__name__) from error

    def _check(self, path: str, response: httpx.Response) -> None:
        if response.status_code in RETRIED:
            after_s = parse_retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            if after_s is not None and after_s > self._limits.longest_pause_s:
                raise SourceFailed(
                    f"{self.address(path)}: status {response.status_code}, asks to wait {after_s:.0f} s; "
                    "try again after that, what was fetched is kept"
                )
            raise _Retry(f"status {response.status_code}", after_s)
        if response.status_code != HTTPStatus.OK:
            raise SourceFailed(
                f"{self.address(path)}: status {response.status_code}; "
                "is PDX_POKEAPI_URL the address of a PokéAPI?"
            )

    async def _read(self, path: str, response: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > self._limits.body_bytes:
                raise SourceFailed(
                    f"{self.address(path)}: more than {self._limits.body_bytes} bytes; "
                    "is PDX_POKEAPI_URL the address of a PokéAPI?"
                )
        return bytes(body)

    def _decode(self, path: str, body: bytes, shape: type[Shape]) -> Shape:
        try:
            return msgspec.json.decode(body, type=shape)
        except msgspec.ValidationError as error:
            raise SourceFailed(
                f"{self.address(path)}: not the shape of {shape.__name__}: {error}; "
                "is PDX_POKEAPI_URL the address of a PokéAPI?"
            ) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _Retry(f"broken JSON: {error}") from error


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` asks for, written as a number or a date; None when it says nothing."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now.timestamp())


class _Retry(Exception):
    def __init__(self, text: str, after_s: float | None = None) -> None:
        super().__init__(text)
        self.after_s = after_s
