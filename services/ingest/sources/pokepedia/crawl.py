"""The spider's process: a `Crawl` on standard input, a `PageRead` a line on standard output.

Scrapy runs on a reactor of its own, so it has a process of its own, too.
"""

import sys
from typing import Any, Final

import msgspec
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import CloseSpider

from services.ingest.sources.pokepedia.messages import Crawl, PageRead
from services.ingest.sources.pokepedia.spider import LearnsetSpider
from services.ingest.sources.port import USER_AGENT

WEEK_S: Final = 7 * 24 * 60 * 60
REQUEST_S: Final = 30
PAGE_BYTES: Final = 8 * 1024 * 1024


def scrapy_settings(crawl: Crawl) -> dict[str, Any]:
    """One page after the other, robots obeyed, pages kept for a week."""
    return {
        "USER_AGENT": USER_AGENT,
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_DELAY": crawl.delay_s,
        "CONCURRENT_REQUESTS": 1,
        "AUTOTHROTTLE_ENABLED": crawl.delay_s > 0,
        "AUTOTHROTTLE_START_DELAY": crawl.delay_s,
        "AUTOTHROTTLE_MAX_DELAY": max(crawl.delay_s, 30.0),
        "HTTPCACHE_ENABLED": True,
        "HTTPCACHE_DIR": crawl.cache_dir,
        "HTTPCACHE_EXPIRATION_SECS": WEEK_S,
        "HTTPCACHE_IGNORE_HTTP_CODES": [403, 404, 408, 429, *range(500, 600)],
        "RETRY_TIMES": 3,
        "RETRY_PRIORITY_ADJUST": 1,  # before the next page, or a site that fails is asked for all pages first
        "DOWNLOAD_TIMEOUT": REQUEST_S,
        "DOWNLOAD_MAXSIZE": PAGE_BYTES,
        "CLOSESPIDER_TIMEOUT": len(crawl.pages) * (crawl.delay_s + REQUEST_S),
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "INFO",
    }


def main() -> None:
    """Crawl until every page is told."""
    crawl = msgspec.json.decode(sys.stdin.buffer.read(), type=Crawl)
    process = CrawlerProcess(scrapy_settings(crawl))
    process.crawl(LearnsetSpider, crawl=crawl, tell=_tell)
    process.start()


def _tell(page: PageRead) -> None:
    """Raises CloseSpider when the service that asked is gone."""
    try:
        sys.stdout.buffer.write(msgspec.json.encode(page) + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise CloseSpider("nobody reads what was found") from error


if __name__ == "__main__":
    main()
