"""The spider: one request for each learnset page, one line for what became of it."""

from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin

import scrapy
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from services.ingest.sources.pokepedia.messages import Crawl, Page, PageRead
from services.ingest.sources.pokepedia.parsing import parse_page


class LearnsetSpider(scrapy.Spider):
    """Reads the pages of `crawl` and gives each to `tell`."""

    name = "pokepedia"
    handle_httpstatus_list = [HTTPStatus.NOT_FOUND]  # noqa: RUF012 - Scrapy's own attribute

    def __init__(self, crawl: Crawl, tell: Callable[[PageRead], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._crawl = crawl
        self._tell = tell

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for page in self._crawl.pages:
            yield scrapy.Request(
                urljoin(self._crawl.base_url, quote(page.path)),
                callback=self._read,
                errback=self._fail,
                cb_kwargs={"page": page},
            )

    def _read(self, response: Response, page: Page) -> None:
        if response.status == HTTPStatus.NOT_FOUND:
            self._tell(PageRead(page.path, "missing"))
            return
        moves = parse_page(response.text, page.pokemon) if isinstance(response, TextResponse) else ()
        self._tell(PageRead(page.path, "read" if moves else "unreadable", moves))

    def _fail(self, failure: Failure) -> None:
        """Also what robots.txt forbids, which Scrapy says in the error's text."""
        request: scrapy.Request = failure.request  # type: ignore[attr-defined]  # set by Scrapy
        error = failure.value
        status = f"status {error.response.status}" if isinstance(error, HttpError) else ""
        page: Page = request.cb_kwargs["page"]
        self._tell(PageRead(page.path, "failed", error=status or str(error) or type(error).__name__))
