"""`dex keys create|list|revoke`: API keys of the REST API."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.access import AccessGranted, Scope
from services.cli import texts
from services.cli.answers import print_json
from services.cli.console import errors, output, plain_table, say_error
from services.cli.granting import keep_key, now_ms, read_grants, write_grants
from services.cli.speaking import say
from shared.api_keys import draw_key, revoke, state_of
from shared.settings import Settings
from shared.wording import Text

DAY_MS: Final = 86_400_000
NO: Final = 1
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="API keys of the REST API.")
    app.add_typer(group, name="keys")
    group.command()(create)
    group.command("list")(show)
    group.command("revoke")(revoke_key)


def create(
    owner: Annotated[str, typer.Argument(help="Who it is for; an owner has at most two keys in force.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it may do, repeatable.")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it counts.")] = 90,
    forever: Annotated[bool, typer.Option("--forever", help="Without an end, instead of --days.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write it to this file (0600), do not print it.")] = None,
    as_json: Json = False,
) -> None:
    """Make an API key and print it, this once; without --scope it may predict and read."""
    settings = Settings()
    now = now_ms()
    grants = asyncio.run(read_grants(settings))
    grant, key = draw_key(
        owner,
        scope or (Scope.PREDICT, Scope.READ),
        now_ms=now,
        lifetime_ms=None if forever else days * DAY_MS,
        grants=grants.values(),
    )
    if out is not None:
        keep_key(out, key)
    asyncio.run(write_grants(settings, [grant]))
    if as_json:
        where = {"key": key} if out is None else {"file": str(out)}
        print_json({**where, **described(grant, now)})
        return
    if out is None:
        output().print(key, markup=False)
    end: Text = texts.FOR_EVER
    said = end if grant.expires_at_ms is None else texts.UNTIL.of(day=_day(grant.expires_at_ms))
    line = texts.KEY_MADE.of(key_id=grant.key_id, owner=grant.owner, scopes=", ".join(grant.scopes), end=said)
    errors().print(say(line), markup=False)
    if out is not None:
        errors().print(say(texts.KEY_WRITTEN.of(file=out)), markup=False)


def show(as_json: Json = False) -> None:
    """Every API key: owner, scopes, state, end. Never a secret: only its hash is kept."""
    now = now_ms()
    grants = _by_age(asyncio.run(read_grants(Settings())))
    if as_json:
        print_json([described(grant, now) for grant in grants])
        return
    table = plain_table(*(say(head) for head in texts.KEY_HEADS))
    for grant in grants:
        table.add_row(
            grant.key_id,
            grant.owner,
            ", ".join(grant.scopes),
            say(texts.STATES[state_of(grant, now)]),
            _day(grant.granted_at_ms),
            "–" if grant.expires_at_ms is None else _day(grant.expires_at_ms),
        )
    output().print(table)


def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the key, as `list` shows it.")],
    as_json: Json = False,
) -> None:
    """End an API key for good; the gateway refuses it at once. Exit code 1: there is none of that id."""
    settings = Settings()
    grants = asyncio.run(read_grants(settings))
    grant = grants.get(key_id)
    if grant is None:
        say_error(f"{say(texts.NO_KEY.of(key_id=key_id))}\n{say(texts.NO_KEY_REMEDY)}")
        raise typer.Exit(NO)
    now = now_ms()
    ended = revoke(grant, now)
    if ended != grant:
        asyncio.run(write_grants(settings, [ended]))
    if as_json:
        print_json(described(ended, now))
        return
    parts = {"key_id": grant.key_id, "owner": grant.owner}
    was_revoked = grant.revoked_at_ms is not None
    text = texts.KEY_WAS_REVOKED.of(day=_day(grant.revoked_at_ms or 0), **parts)
    output().print(say(text if was_revoked else texts.KEY_REVOKED.of(**parts)), markup=False)


def described(grant: AccessGranted, now: int) -> dict[str, Any]:
    """The grant as JSON shows it, without the hash."""
    return {
        "key_id": grant.key_id,
        "owner": grant.owner,
        "scopes": list(grant.scopes),
        "state": state_of(grant, now),
        "granted_at": _instant(grant.granted_at_ms),
        "expires_at": _instant(grant.expires_at_ms),
        "revoked_at": _instant(grant.revoked_at_ms),
    }


def _by_age(grants: Mapping[str, AccessGranted]) -> list[AccessGranted]:
    return sorted(grants.values(), key=lambda grant: (grant.granted_at_ms, grant.key_id))


def _instant(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).isoformat(timespec="seconds")


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).date().isoformat()
