"""API keys: how one is made, read and judged. Pure but for the drawing of a secret."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Final, Literal

import msgspec

from contracts.access import AccessGranted, Scope
from shared.errors import PredictionDexError

PREFIX: Final = "pdx"
ID_BYTES: Final = 6
SECRET_BYTES: Final = 24
"""192 random bits: too many to be guessed, so that a fast hash keeps them."""
MAXIMUM_KEY_LENGTH: Final = 200
MAXIMUM_IN_FORCE: Final = 2
MAXIMUM_OWNER_LENGTH: Final = 64
_OWNER: Final = re.compile(r"[a-z0-9][a-z0-9.@-]*")
_NOBODY: Final = hashlib.sha256(b"").hexdigest()

State = Literal["in force", "expired", "revoked"]
Verdict = AccessGranted | Literal["unknown", "expired", "revoked"]


class TooManyKeys(PredictionDexError):
    """The owner has two keys in force already."""


class BadOwner(PredictionDexError):
    """The name of an owner has another form."""


def draw_key(
    owner: str,
    scopes: Iterable[Scope],
    *,
    now_ms: int,
    lifetime_ms: int | None,
    grants: Iterable[AccessGranted] = (),
) -> tuple[AccessGranted, str]:
    """A grant and the key in clear, which is nowhere else. `grants`: those that exist.

    Raises BadOwner, and TooManyKeys when `owner` has two keys in force.
    """
    if not _OWNER.fullmatch(owner) or len(owner) > MAXIMUM_OWNER_LENGTH:
        raise BadOwner(
            f"{owner!r} is no name of an owner: write lower-case letters, digits, dots, @ and dashes, "
            f"at most {MAXIMUM_OWNER_LENGTH}."
        )
    held = [one for one in grants if one.owner == owner and state_of(one, now_ms) == "in force"]
    if len(held) >= MAXIMUM_IN_FORCE:
        listed = ", ".join(one.key_id for one in held)
        raise TooManyKeys(
            f"{owner} has {len(held)} keys in force ({listed}), the most there may be: "
            "revoke one with `./dex keys revoke ID`."
        )
    key_id, secret = secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES)
    grant = AccessGranted(
        key_id=key_id,
        owner=owner,
        secret_sha256=hash_secret(secret),
        scopes=tuple(sorted(set(scopes))),
        granted_at_ms=now_ms,
        expires_at_ms=None if lifetime_ms is None else now_ms + lifetime_ms,
    )
    return grant, f"{PREFIX}_{key_id}_{secret}"


def hash_secret(secret: str) -> str:
    """sha256 in hex."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def judge_key(text: str, grants: Mapping[str, AccessGranted], now_ms: int) -> Verdict:
    """The grant of a key that is in force, else why it is not. `grants` is by key id.

    An unknown id costs what a wrong secret costs: both hash and compare. Only the holder of the
    right secret learns that a key expired or was revoked.
    """
    key_id, secret = _parts(text)
    grant = grants.get(key_id)
    expected = _NOBODY if grant is None else grant.secret_sha256
    is_right = hmac.compare_digest(hash_secret(secret), expected)
    if grant is None or not is_right:
        return "unknown"
    state = state_of(grant, now_ms)
    return grant if state == "in force" else state


def _parts(text: str) -> tuple[str, str]:
    prefix, _, rest = text[:MAXIMUM_KEY_LENGTH].partition("_")
    key_id, _, secret = rest.partition("_")
    # What has another form is compared as any key is; its id is one that nobody has.
    return (key_id, secret) if prefix == PREFIX else ("", text[:MAXIMUM_KEY_LENGTH])


def state_of(grant: AccessGranted, now_ms: int) -> State:
    """Whether the grant counts at `now_ms`."""
    if grant.revoked_at_ms is not None:
        return "revoked"
    if grant.expires_at_ms is not None and now_ms >= grant.expires_at_ms:
        return "expired"
    return "in force"


def revoke(grant: AccessGranted, now_ms: int) -> AccessGranted:
    """The grant, revoked; one that was revoked before keeps its time."""
    if grant.revoked_at_ms is not None:
        return grant
    return msgspec.structs.replace(grant, revoked_at_ms=now_ms)
