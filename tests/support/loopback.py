"""A real HTTP server on 127.0.0.1, in a thread of its own."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn

START_SECONDS = 45


@contextmanager
def serving(app: Any, *, lifespan: Literal["on", "off"] = "off") -> Iterator[str]:
    """Serve the ASGI application and yield its address, `http://127.0.0.1:port/`.

    With `lifespan` "on" it is started and stopped as under `dex up`.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan=lifespan))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="loopback")
    thread.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not server.started:
            assert thread.is_alive(), "the loopback server did not start"
            assert time.monotonic() < deadline, f"the loopback server did not start within {START_SECONDS} s"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        server.force_exit = lifespan == "off"
        thread.join(10)
        listener.close()
        assert not thread.is_alive(), "the loopback server did not stop within 10 s"
