"""Every error that may cross a module boundary.

PredictionDexError
├── Misconfigured          start refused: which setting, which value, what to do
├── PoisonMessage          this record can never succeed → dead letter, answered when it can be
├── TransientFailure       may succeed later → retried in place, bounded, then dead letter
│   ├── ProducerBroken     the producer must be made anew first
│   └── ArchiveAway        the archive's folder or bucket; the text says the remedy
├── ModelRejected          artefact not verified or not loadable → the old model stays
└── CallFailed             raised to callers of the requester
    ├── NotReady
    ├── Overloaded
    ├── ReplyTimeout
    └── ShuttingDown
"""

from shared.wording import Text, Words, words


class PredictionDexError(Exception):
    """Base of all errors that we raise."""


class Misconfigured(PredictionDexError):
    """Start is refused. The text names the setting, its value and the remedy, `words` in a language."""

    def __init__(self, message: str | Words) -> None:
        """A plain string is the same in every language."""
        self.words = words(message)
        super().__init__(self.words.say("en"))


class PoisonMessage(PredictionDexError):
    """The record can never succeed."""


class TransientFailure(PredictionDexError):
    """The same record may succeed later."""


class ProducerBroken(TransientFailure):
    """The producer lost its sequence for good; a new one may send the same records."""


class ArchiveAway(TransientFailure):
    """The archive's folder or bucket cannot be reached, or refuses. The text says the remedy."""


class ModelRejected(PredictionDexError):
    """An artefact or a release was not accepted; whatever was loaded before stays."""


class CallFailed(PredictionDexError):
    """A request got no reply. `remedy_words` say what the caller can do."""

    retryable = True
    remedy_words = Text("Try again in a moment.", "Réessayez dans un instant.")

    @property
    def remedy(self) -> str:
        """What the caller can do, in English."""
        return self.remedy_words.en


class NotReady(CallFailed):
    """The requester has no position on its reply partition yet, or lost the broker."""

    remedy_words = Text(
        "The bus is not ready yet: try again in a few seconds, or look at `./dex status`.",
        "Le bus n’est pas encore prêt : réessayez dans quelques secondes, ou regardez `./dex status`.",
    )


class Overloaded(CallFailed):
    """Too much is under way to answer this call before its deadline; it was not worked on.

    `retry_after_s`: seconds after which it is worth another try, at least one.
    """

    remedy_words = Text(
        "The service is busy: try again in a second.",
        "Le service est occupé : réessayez dans une seconde.",
    )

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        """`message` says what is under way."""
        super().__init__(message)
        self.retry_after_s = max(retry_after_s, 1.0)


class ReplyTimeout(CallFailed):
    """No reply before the deadline. The answer may still arrive under the request id."""

    remedy_words = Text(
        "Try again with the same request id, or look at `./dex status` for a part that is down.",
        "Réessayez avec le même identifiant de requête, ou cherchez dans `./dex status` une partie arrêtée.",
    )


class ShuttingDown(CallFailed):
    """The requester was stopped while the call was pending."""
