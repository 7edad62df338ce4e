"""`dex traffic` against the request path and the REST API: visitors are served, mistakes refused."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.asgi import running
from tests.support.bus import settings_for, skip_what_others_left
from tests.support.pokedex_topics import publish_packaged_pokedex
from tests.support.released import release_battle_model
from tests.support.service_process import Member

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def gateway(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> AsyncIterator[Member]:
    """The REST API as a process, with the request path behind it."""
    settings = settings_for(kafka_bootstrap, database_url=database_url, data_dir=tmp_path)
    ensure_keys(settings.signing_key_file, settings.verify_key_file)
    await publish_packaged_pokedex(settings)
    await release_battle_model(settings, "traffic")
    await skip_what_others_left(settings, "feature", BATTLE_REQUESTED)
    await skip_what_others_left(settings, "inference", FEATURES_COMPUTED)
    member = Member("gateway", settings, tmp_path / "gateway.log")
    member.start()
    try:
        async with running(create_inference(settings)), running(create_feature(settings)):
            await member.wait_ready()
            yield member
    finally:
        member.kill()


async def dex(gateway: Member, settings: Settings, *arguments: str) -> asyncio.subprocess.Process:
    environment = {"PDX_KAFKA_BOOTSTRAP": settings.kafka_bootstrap, "PDX_DATA_DIR": str(settings.data_dir)}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.cli", "traffic", "--gateway", gateway.address, *arguments),
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_visitors_are_served_and_their_mistakes_refused(
    gateway: Member, kafka_bootstrap: str, tmp_path: Path
) -> None:
    settings = settings_for(kafka_bootstrap, data_dir=tmp_path)
    process = await dex(
        gateway, settings, "--mode", "burst", "--rate", "40", "--duration", "4", "--seed", "1", "--json"
    )
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    figures = json.loads(out)
    assert all(kind["sent"] > 0 and not kind["errors"] for kind in figures["kinds"].values()), figures
    assert figures["kinds"]["prediction"]["share"] == pytest.approx(0.8, abs=0.12)

    process = await dex(gateway, settings, "--mode", "burst", "--rate", "20", "--duration", "3600")
    assert process.stderr is not None
    with contextlib.suppress(TimeoutError):
        line = await asyncio.wait_for(process.stderr.readline(), 60)  # it says how far it is now and then
        assert b"calls" in line
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    assert b"predictions" in out
    assert b"a second" in out
