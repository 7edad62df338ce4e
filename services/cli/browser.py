"""`dex open`: the pages of a running stack."""

import contextlib
import os
import sys
import webbrowser
from enum import StrEnum
from typing import Annotated, Final

import typer

from services.cli.console import output
from services.cli.reaching import DataOption, running_stack, use_data
from services.embedded.stack import Stack

ASYNCAPI_PATH: Final = "/asyncapi"


class Page(StrEnum):
    """What can be opened."""

    UI = "ui"
    API = "api"
    MLFLOW = "mlflow"
    ASYNCAPI = "asyncapi"


def address_of(stack: Stack, page: Page) -> str:
    """URL of a page."""
    match page:
        case Page.UI:
            return stack.url_of("ui")
        case Page.API:
            return f"{stack.url_of('gateway')}/docs"
        case Page.MLFLOW:
            return stack.mlflow_url
        case Page.ASYNCAPI:
            return f"{stack.url_of('gateway')}{ASYNCAPI_PATH}"


def has_display() -> bool:
    """Whether a browser window could be seen here."""
    return sys.platform in ("darwin", "win32") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def open_quietly(url: str) -> bool:
    """Open `url` in a browser when there is a display; its absence is no error."""
    if not has_display():
        return False
    with contextlib.suppress(webbrowser.Error):
        return webbrowser.open(url)
    return False


def command(
    page: Annotated[Page, typer.Argument(help="Which page.")] = Page.UI, data: DataOption = None
) -> None:
    """Open a page in the browser, and print its address."""
    use_data(data)
    stack, _ = running_stack()
    url = address_of(stack, page)
    output().print(url)
    open_quietly(url)
