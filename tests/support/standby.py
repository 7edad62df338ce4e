"""A second PostgreSQL that follows the first one's log, and takes its place and address when that dies."""

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Final

import asyncpg

from services.embedded.ports import LOOPBACK
from services.embedded.postgres import USER, EmbeddedPostgres
from services.embedded.processes import in_thread
from shared.private_files import write_private

FOLLOW_SECONDS: Final = 30.0
PASSWORD_FILE: Final = "password-of-the-primary"


def start_standby(primary: EmbeddedPostgres, directory: Path) -> EmbeddedPostgres:
    """A copy of `primary` that follows it; what is committed from now on is on both. Blocks."""
    directory.mkdir(parents=True)
    # its users are those of the primary, which may be gone one day, its files with it
    write_private(directory / PASSWORD_FILE, primary.password.encode())
    standby = EmbeddedPostgres(directory, password_file=directory / PASSWORD_FILE)
    account = standby.account
    copy = [
        str(account.binaries / "pg_basebackup"),
        *("--host", LOOPBACK, "--port", str(primary.port), "--username", USER),
        *("--pgdata", str(standby.files), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
    ]
    subprocess.run(
        copy, check=True, cwd="/", env={"PGPASSWORD": primary.password}, **account.subprocess_options()
    )
    standby.start()
    in_thread(lambda: asyncio.run(_wait_until_both_keep(primary)))
    return standby


def give_up(standby: EmbeddedPostgres, primary: EmbeddedPostgres) -> None:
    """It is not needed: the primary waits for nobody any more. Blocks."""
    if primary.process.is_running:
        in_thread(lambda: asyncio.run(_set_standbys(primary, "")))
    standby.remove()


async def _wait_until_both_keep(primary: EmbeddedPostgres) -> None:
    deadline = time.monotonic() + FOLLOW_SECONDS
    await _set_standbys(primary, "*")
    connection = await asyncpg.connect(_plain(primary.url("postgres")))
    try:
        query = "select count(*) from pg_stat_replication where sync_state = 'sync'"
        while not await connection.fetchval(query):
            assert time.monotonic() < deadline, "the standby does not follow"
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def _set_standbys(primary: EmbeddedPostgres, names: str) -> None:
    """Whose copy a commit waits for."""
    connection = await asyncpg.connect(_plain(primary.url("postgres")))
    try:
        await connection.execute(f"alter system set synchronous_standby_names = '{names}'")
        await connection.execute("select pg_reload_conf()")
    finally:
        await connection.close()


def take_over(standby: EmbeddedPostgres, primary: EmbeddedPostgres) -> None:
    """The primary is dead: the standby leads, and has its address from now on. Blocks."""
    in_thread(lambda: asyncio.run(_promote(standby)))
    standby.stop()
    standby.port = primary.port
    standby.start()
    primary.remove()


async def _promote(standby: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(_plain(standby.url("postgres")))
    try:
        assert await connection.fetchval("select pg_promote()"), "the standby was not promoted"
    finally:
        await connection.close()


def _plain(url: str) -> str:
    return url.replace("+asyncpg", "")
