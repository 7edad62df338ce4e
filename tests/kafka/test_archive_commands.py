"""`dex archive`: what counts is shown, what is chosen is deleted."""

import asyncio
import json

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner, Result

from contracts.channels import PREDICTIONS_MADE
from services.cli import archive as commands
from shared.archive.manifest import Manifest
from shared.archive.store import ArchiveStore
from shared.errors import Misconfigured
from shared.settings import Settings
from tests.support.archives import batch, engine, in_each_place, later, lay, manifest, settings, writer

__all__ = ["engine", "manifest", "settings"]

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PDX_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PDX_ARCHIVE", settings.archive)


async def dex(*arguments: str, said: str = "") -> Result:
    app = typer.Typer()
    commands.register(app)
    return await asyncio.to_thread(CliRunner().invoke, app, ["archive", *arguments], input=said)


@in_each_place
@pytest.mark.usefixtures("environment")
async def test_the_commands_tell_what_counts_and_delete_what_is_chosen(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = (await writer(manifest, settings)).archive
    early, next_day = batch(3, 4), batch(6)
    next_day[0].record.timestamp += 86_400_000
    await archive([*early, *next_day])
    await archive.write()
    store = ArchiveStore(settings.archive)
    stray = f"{PREDICTIONS_MADE.name}/2026-03-01/battle/0-{9:020d}-{9:020d}-0badcafe.parquet"
    lay(settings.archive, stray, b"left by a crash")
    lay(settings.archive, "sales/2026.parquet", b"of somebody else")
    later(monkeypatch)

    listed = json.loads((await dex("ls", "--json")).stdout)["files"]
    assert [(file["day"], file["first_offset"], file["records"]) for file in listed] == [
        ("2026-03-01", 3, 2),
        ("2026-03-02", 6, 1),
    ]
    assert sum(len(pd.read_parquet(file["file"])) for file in listed) == 3
    shown = await dex("ls", "--until", "2026-03-01")
    assert "3 to 4" in shown.stdout
    assert "1 files" in shown.stdout

    report = json.loads((await dex("describe", "--verify", "--json")).stdout)
    assert report["partitions"] == [{"partition": 0, "first": 3, "covered": 7, "records": 3, "absent": 1}]
    assert (report["families"], report["strays"], report["broken"]) == ({"battle": 3}, [stray], [])
    one = await dex("describe", listed[0]["path"])
    assert "list<" in one.stdout
    assert (await dex("describe", "nothing.parquet")).exit_code == 1
    assert isinstance((await dex("purge")).exception, Misconfigured)
    assert isinstance((await dex("ls", "--since", "May")).exception, Misconfigured)

    assert (await dex("purge", "--before", "2026-03-02", said="n\n")).exit_code == 1
    assert "Would delete 1 files" in (await dex("purge", "--before", "2026-03-02", "--dry-run")).stdout
    assert len(await manifest.files()) == 2
    purged = json.loads((await dex("purge", "--before", "2026-03-02", "--strays", "--yes", "--json")).stdout)
    assert (purged["files"], purged["records"], purged["strays"]) == (1, 2, 1)
    assert store.names() == [*(file.path for file in await manifest.files()), "sales/2026.parquet"]

    lay(settings.archive, listed[1]["path"], b"altered")
    broken = await dex("describe", "--verify")
    assert broken.exit_code == 1
    assert "was altered" in broken.stderr
    assert isinstance((await dex("describe", listed[1]["path"])).exception, Misconfigured)
