"""What every model family shares: features, predictions, replies. Nothing here knows a Pokémon.

`request` and `answer` are JSON of the family's own types, carried through undecoded.
"""

from typing import Final, Literal

import msgspec


class FeaturesComputed(msgspec.Struct, frozen=True, kw_only=True):
    """Feature rows of one request, ready to be scored. MessagePack on the bus.

    `block` is `rows` × `columns` float32, little-endian, row-major. `request` is the canonical
    request; `body_hash` is the sha256 of the body as it was received, in hex. `facts` is JSON of the
    family's own type, empty unless the request asks for an explanation.
    """

    request_id: str
    family: str
    request: bytes
    body_hash: str
    model_version: str
    feature_set: str
    pokedex_hash: str
    rows: int
    columns: int
    block: bytes
    facts: bytes = b""


class PredictionMade(msgspec.Struct, frozen=True, kw_only=True):
    """The fact that a request was answered. Key: the request id.

    `features` is the one decisive row (float32, little-endian). `late`: the deadline had passed,
    so no reply was sent. `requester`: id of the API key that asked, empty when none is known.
    """

    request_id: str
    family: str
    request: msgspec.Raw
    body_hash: str
    model_version: str
    feature_set: str
    pokedex_hash: str
    answer: msgspec.Raw
    features: bytes
    late: bool = False
    requester: str = ""


class OutcomeReported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a request in truth. Key: the request id, as of the prediction it speaks of.

    `reporter` is the id of the API key that asked, whichever key of its owner says so; or one of an admin's
    keys, for the request of somebody else. The first report of a reporter counts.
    `outcome` is in the words of the request's family: `a`, `b` or `draw` for a battle.
    """

    request_id: str
    reporter: str
    outcome: str


class Predicted(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="predicted"):
    """The reply to a request that was answered."""

    request_id: str
    family: str
    model_version: str
    feature_set: str
    pokedex_hash: str
    answer: msgspec.Raw


RefusalReason = Literal[
    "malformed",
    "invalid",
    "unknown",
    "not_learnable",
    "not_scored",
    "conflict",
    "expired",
    "unavailable",
    "internal",
]

OVERLOADED: Final = "overloaded"
"""The `cause` of a refusal before any work: what came before takes longer than its deadline."""


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="refused"):
    """The reply to a request that was not answered: which field, which value, why, what to do.

    `field` is a path in the body (`a.moves[1]`) or a header name; `value` is shortened to 200
    characters; `suggestions` are the nearest known names. `message_fr`, `remedy_fr` and `suggestions_fr`
    say the same in French, empty where nobody translated it. `retry_after_s`: refused before any work,
    for its deadline could not be met; seconds after which it can be asked again. `cause` is a word that
    says more than `reason`: `overloaded`, or nothing. More words may come; a reader that does not know one
    goes by `reason`.
    """

    request_id: str
    field: str
    value: str
    reason: RefusalReason
    message: str
    remedy: str
    retryable: bool = False
    suggestions: tuple[str, ...] = ()
    message_fr: str = ""
    remedy_fr: str = ""
    suggestions_fr: tuple[str, ...] = ()
    retry_after_s: float | None = None
    cause: str = ""


Reply = Predicted | Refused
