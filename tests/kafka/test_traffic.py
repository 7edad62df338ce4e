"""`dex traffic` against the request path and the REST API: visitors are served, mistakes refused."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
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


async def test_visitors_are_served_and_their_mistakes_refused(
    gateway: Member, kafka_bootstrap: str, tmp_path: Path
) -> None:
    options = ("--mode", "burst", "--rate", "20", "--duration", "3", "--seed", "1", "--json")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.cli", "traffic", "--gateway", gateway.address, *options),
        env={**os.environ, "PDX_KAFKA_BOOTSTRAP": kafka_bootstrap, "PDX_DATA_DIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, out.decode() + err.decode()
    kinds = json.loads(out)["kinds"]
    assert all(kind["sent"] > 0 and not kind["errors"] for kind in kinds.values()), kinds
    assert kinds["prediction"]["share"] == pytest.approx(0.8, abs=0.12)
