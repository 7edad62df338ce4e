"""What the ledger holds: one line of JSON an entry, in the order in which it was told."""

from pathlib import Path
from typing import Final

import msgspec

TIMED_OUT: Final = "ReplyTimeout"
OVERLOADED: Final = "Overloaded"
"""A refusal before any work, by the requester itself or by a service."""


class Accepted(msgspec.Struct, frozen=True, tag="accepted"):
    """The broker acknowledged the request. `question` is the sha256 of its body."""

    id: str
    question: str


class Declined(msgspec.Struct, frozen=True, tag="declined"):
    """The request was not accepted, and its caller was told so: `reason` is the type of the error."""

    id: str
    reason: str
    waited_s: float
    deadline_s: float


class Answered(msgspec.Struct, frozen=True, tag="answered"):
    """What was delivered to the caller. `outcome`: predicted, refused, or the type of a failed call.

    found: the caller was gone before its reply, and found its prediction by the request id.
    `foreseen`: the row asked what has to be refused. `deadline_at`: until when the caller waited.
    Instants are those of the monotonic clock.
    """

    id: str
    outcome: str
    waited_s: float
    question: str = ""
    version: str = ""
    pokedex: str = ""
    digest: str = ""
    reason: str = ""
    foreseen: bool = False
    deadline_at: float = 0.0


class Seen(msgspec.Struct, frozen=True, tag="seen"):
    """A record that the ledger read by itself from `topic`. `digest` is of the answer, or of the body.

    `at_ms`: when the broker took it. `deadline_ms`: of a request, 0 without one; both are epoch milliseconds.
    `late`: a prediction that says that it came too late for a reply.
    """

    topic: str
    id: str
    partition: int
    offset: int
    digest: str
    version: str = ""
    at_ms: int = 0
    deadline_ms: int = 0
    late: bool = False


class Cut(msgspec.Struct, frozen=True, tag="cut"):
    """The ledger came too late: so many records of the run were no longer in `topic`."""

    topic: str
    records: int


class Row(msgspec.Struct, frozen=True, tag="row"):
    """A row of the prediction log, read by the ledger by itself; `partition`, `offset` is its source."""

    id: str
    partition: int
    offset: int
    version: str


class Healed(msgspec.Struct, frozen=True, tag="healed"):
    """The system was quiet and ready again so many seconds after the fault was over, at `over_at`."""

    seconds: float
    bound_s: float
    over_at: float = 0.0


class Checked(msgspec.Struct, frozen=True, tag="checked"):
    """What a row looked at besides; `text` says what was wrong when it does not hold."""

    holds: bool
    text: str


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """A figure that a row was judged by; `what` names it and its unit."""

    what: str
    value: float


Entry = Accepted | Declined | Answered | Seen | Cut | Row | Healed | Checked | Measured
_decoder = msgspec.json.Decoder(Entry)


def encode(entry: Entry) -> bytes:
    """One line, with its end."""
    return msgspec.json.encode(entry) + b"\n"


def read(file: Path) -> list[Entry]:
    """All entries of a ledger. Raises msgspec.DecodeError for a line that is none."""
    return [_decoder.decode(line) for line in file.read_bytes().splitlines()]
