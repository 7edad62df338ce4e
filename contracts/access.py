"""Who may use the REST API: grants of API keys. A secret never travels, its sha256 does."""

from enum import StrEnum

import msgspec


class Scope(StrEnum):
    """What a key may do. None holds another: a key that may do everything lists all three."""

    PREDICT = "predict"
    """Ask the model."""
    READ = "read"
    """See what was asked with the key, and its answers."""
    ADMIN = "admin"
    """Change what answers: models, dead letters, trainings."""


class AccessGranted(msgspec.Struct, frozen=True, kw_only=True):
    """One API key, `pdx_<key_id>_<secret>`. Record key: the key id.

    `owner` is who it was made for; an owner has at most two keys in force, so that they rotate
    without a pause. `secret_sha256` is in hex. Times are milliseconds since the epoch; a key is
    refused from `expires_at_ms` on, and for ever once `revoked_at_ms` is set.
    """

    key_id: str
    owner: str
    secret_sha256: str
    scopes: tuple[Scope, ...]
    granted_at_ms: int
    expires_at_ms: int | None = None
    revoked_at_ms: int | None = None
