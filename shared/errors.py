"""Every error that may cross a module boundary.

PredictionDexError
├── Misconfigured          start refused: which setting, which value, what to do
├── PoisonMessage          this record can never succeed → dead letter, answered when it can be
├── TransientFailure       may succeed later → retried in place, bounded, then dead letter
│   └── ProducerBroken     the producer must be made anew first
├── ModelRejected          artefact not verified or not loadable → the old model stays
└── CallFailed             raised to callers of the requester
    ├── NotReady
    ├── Overloaded
    ├── ReplyTimeout
    └── ShuttingDown
"""


class PredictionDexError(Exception):
    """Base of all errors that we raise."""


class Misconfigured(PredictionDexError):
    """Start is refused. The text names the setting, its value and the remedy."""


class PoisonMessage(PredictionDexError):
    """The record can never succeed."""


class TransientFailure(PredictionDexError):
    """The same record may succeed later."""


class ProducerBroken(TransientFailure):
    """The producer lost its sequence for good; a new one may send the same records."""


class ModelRejected(PredictionDexError):
    """An artefact or a release was not accepted; whatever was loaded before stays."""


class CallFailed(PredictionDexError):
    """A request got no reply. `remedy` says what the caller can do."""

    retryable = True
    remedy = "Try again in a moment."


class NotReady(CallFailed):
    """The requester has no position on its reply partition yet, or lost the broker."""

    remedy = "The bus is not ready yet: try again in a few seconds, or look at `./dex status`."


class Overloaded(CallFailed):
    """Too many calls are pending to answer this one before its deadline."""

    remedy = "The service is busy: try again in a second."


class ReplyTimeout(CallFailed):
    """No reply before the deadline. The answer may still arrive under the request id."""

    remedy = "Try again with the same request id, or look at `./dex status` for a part that is down."


class ShuttingDown(CallFailed):
    """The requester was stopped while the call was pending."""
