import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.embedded.ports import free_port

HEAD = """
import sys
from contextlib import asynccontextmanager
from shared.errors import Misconfigured
from shared.service import run

def app_of(step):
    async def app(scope, receive, send):
        await receive()
        try:
            step()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": "TRACE"})
            raise
        await send({"type": "lifespan.startup.complete"})
        print("ready", flush=True)
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
    return app
"""


def start(body: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HEAD + body],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
        env=os.environ | environment,
    )


def test_a_misconfigured_start_says_why_in_one_line_and_exits_2() -> None:
    process = start(
        "def step(): raise Misconfigured('PDX_X=1 is wrong: set 2')\n"
        "run('test', lambda settings: app_of(step))"
    )
    _, errors = process.communicate(timeout=45)
    assert process.returncode == 2
    assert "PDX_X=1 is wrong: set 2" in errors
    assert "Traceback" not in errors
    assert "TRACE" not in errors


def test_any_other_failed_start_keeps_its_traceback_and_exits_3() -> None:
    process = start("def step(): raise RuntimeError('odd')\nrun('test', lambda settings: app_of(step))")
    _, errors = process.communicate(timeout=45)
    assert process.returncode == 3
    assert "RuntimeError: odd" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_on_request_exits_0(number: signal.Signals) -> None:
    process = start("run('test', lambda settings: app_of(lambda: None))")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    process.communicate(timeout=45)
    assert process.returncode == 0


def test_a_stop_that_is_asked_for_before_the_application_is_made_is_heard() -> None:
    process = start(
        """
import os, signal

def create_app(settings):
    os.kill(os.getpid(), signal.SIGTERM)
    return app_of(lambda: None)

run("test", create_app)
"""
    )
    output, _ = process.communicate(timeout=45)
    assert "ready" not in output
    assert process.returncode == 0


def test_an_application_leaves_while_its_port_is_open() -> None:
    port = free_port()
    body = f"""
import asyncio

class App:
    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await app_of(lambda: None)(scope, receive, send)
            return
        await send({{"type": "http.response.start", "status": 503}})
        await send({{"type": "http.response.body"}})

    async def leave(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", {port})
        writer.write(b"GET / HTTP/1.0\\r\\n\\r\\n")
        print((await reader.readline()).decode().strip(), flush=True)
        writer.close()

run("test", lambda settings: App())
"""
    process = start(body, PDX_HTTP_PORT=str(port))
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=45)
    assert "503" in output
    assert process.returncode == 0


def test_a_bad_setting_is_named() -> None:
    process = start("run('test', lambda settings: app_of(lambda: None))", PDX_HTTP_PORT="many")
    _, errors = process.communicate(timeout=45)
    assert process.returncode == 2
    assert "PDX_HTTP_PORT='many'" in errors
