"""`dex traffic` against the request path and the REST API: visitors are served, mistakes refused."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED
from contracts.serving import Predicted
from services.feature.app import create_app as create_feature
from services.inference.app import create_app as create_inference
from shared.replies import Requester
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.asgi import running
from tests.support.bus import eventually, settings_for, skip_what_others_left
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
            await _first_battle(settings)
            yield member
    finally:
        member.kill()


async def _first_battle(settings: Settings) -> None:
    """Until the model and the Pokédex are read, and features compiled, visitors would wait or be refused."""
    requester = Requester(settings, name="first")
    await requester.start()

    async def is_answered() -> bool:
        battle = BattleRequested(Combatant("pikachu", 50), Combatant("squirtle", 50))
        return isinstance(await requester.ask(BATTLE_REQUESTED, battle, timeout_s=60), Predicted)

    try:
        await eventually(is_answered, "the first battle to be answered", timeout_s=60)
    finally:
        await requester.stop()


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
