"""The AsyncAPI document, and a page of it that the server renders itself: no script, no CDN."""

from functools import lru_cache
from html import escape
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Response
from starlette.responses import HTMLResponse

from contracts.asyncapi import Document, asyncapi_document
from contracts.schema_snapshot import render

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow: auto; padding: .75rem; border: 1px solid #8886; border-radius: .4rem; }
table { border-collapse: collapse; width: 100%; display: block; overflow-x: auto; }
th, td { text-align: left; vertical-align: top; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }
section { border-top: 2px solid #8886; margin-top: 2rem; }
"""


def asyncapi_routes() -> APIRouter:
    """`/asyncapi` and `/asyncapi.json`."""
    router = APIRouter(tags=["system"])

    @router.get(
        "/asyncapi.json",
        response_class=Response,
        responses={
            200: {
                "description": "AsyncAPI 3.0",
                "content": {"application/json": {"example": {"asyncapi": "3.0.0"}}},
            }
        },
    )
    async def show_document() -> Response:
        """The AsyncAPI 3.0 document of the bus."""
        return Response(_document_text(), media_type="application/json")

    @router.get("/asyncapi", include_in_schema=False)
    async def show_page() -> HTMLResponse:
        return HTMLResponse(_page_text())

    return router


@lru_cache(maxsize=1)
def _document_text() -> str:
    return render(asyncapi_document())


@lru_cache(maxsize=1)
def _page_text() -> str:
    return page(asyncapi_document())


def page(document: Document) -> str:
    """The whole document as one HTML page: channels, who sends and receives, messages, schemas."""
    info = document["info"]
    channels = document["channels"]
    contents = "".join(
        f'<tr><td><a href="#{escape(name)}"><code>{escape(name)}</code></a></td>'
        f"<td>{escape(channel['summary'])}</td></tr>"
        for name, channel in channels.items()
    )
    body = "".join(_channel(document, name, channel) for name, channel in channels.items())
    schemas = "".join(
        f'<section id="schema-{escape(name)}"><h3><code>{escape(name)}</code></h3>{_pre(schema)}</section>'
        for name, schema in document["components"]["schemas"].items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(info['title'])} – AsyncAPI</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} on Kafka</h1><p>{escape(info['description'])}</p>"
        '<p>AsyncAPI 3.0 as <a href="asyncapi.json">JSON</a> · REST interface: <a href="docs">docs</a></p>'
        f"<h2>Channels</h2><table><tbody>{contents}</tbody></table>{body}"
        f"<h2>Schemas</h2>{schemas}</main></body></html>"
    )


def _channel(document: Document, name: str, channel: Document) -> str:
    kafka = channel["bindings"]["kafka"]
    rows = {
        "Sent by": ", ".join(_programs(document, name, "send")) or "–",
        "Received by": ", ".join(_programs(document, name, "receive")) or "–",
        "Partitions": str(kafka["partitions"]),
        **{key: _plain(value) for key, value in kafka["topicConfiguration"].items()},
    }
    table = "".join(
        f'<tr><th scope="row">{escape(key)}</th><td>{escape(value)}</td></tr>' for key, value in rows.items()
    )
    messages = "".join(
        _message(document["components"]["messages"][message]) for message in channel["messages"]
    )
    return (
        f'<section id="{escape(name)}"><h2><code>{escape(name)}</code></h2>'
        f"<p>{escape(channel['summary'])}</p><table><tbody>{table}</tbody></table>{messages}</section>"
    )


def _programs(document: Document, channel: str, action: str) -> list[str]:
    return [
        operation["tags"][0]["name"]
        for operation in document["operations"].values()
        if operation["action"] == action and operation["channel"]["$ref"] == f"#/channels/{channel}"
    ]


def _message(message: Document) -> str:
    payload = message["payload"]
    if "$ref" in payload:
        schema = escape(payload["$ref"].rsplit("/", 1)[1])
        link = f'payload <a href="#schema-{schema}"><code>{schema}</code></a>'
    else:
        link = "payload: the original bytes"
    return (
        f"<h3>{escape(message['title'])}</h3><p>{escape(message['summary'])} "
        f"<code>{escape(message['contentType'])}</code>, {link}</p>"
        f"<details><summary>Headers</summary>{_pre(message['headers'])}</details>"
    )


def _pre(schema: Any) -> str:
    text = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode()
    return f"<pre>{escape(text)}</pre>"


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
