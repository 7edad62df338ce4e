"""Who asks: the API key of a request, judged in memory, and what it may do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, Protocol

from fastapi import Request, Security
from fastapi.security import APIKeyHeader
from starlette.datastructures import Headers
from starlette.types import Scope as ASGIScope

from contracts.access import AccessGranted, Scope
from services.gateway import texts
from services.gateway.limits import Limits
from services.gateway.problems import ProblemError, problem
from shared.api_keys import Verdict

__all__ = [
    "HEADER",
    "Access",
    "KeySource",
    "Principal",
    "Scope",
    "admit_before_body",
    "charge_questions",
    "requires",
]

HEADER: Final = "X-API-Key"
_ADMITTED: Final = "admitted"
CHALLENGE: Final = {"WWW-Authenticate": f'ApiKey realm="PredictionDex", header="{HEADER}"'}
_KEY: Final = APIKeyHeader(
    name=HEADER,
    scheme_name="API key",
    description="`pdx_…`, made by `./dex keys create`; the first start writes one to `.pdx/keys/api.key`.",
    auto_error=False,
)


class KeySource(Protocol):
    """Knows every key that was granted."""

    def unread(self) -> str | None: ...

    def judge(self, key: str) -> Verdict: ...

    def keys_of(self, owner: str) -> frozenset[str]: ...

    def is_in_force(self, key_id: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a key was granted to. `key_id` names the key in logs and records; it is no secret.

    What an owner asked with one key is found with the next: `KeySource.keys_of` has them all.
    """

    key_id: str
    owner: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class Access:
    """What every protected route needs; lies in the application's state."""

    keys: KeySource
    limits: Limits

    def admit(self, key: str | None) -> AccessGranted:
        """The grant of a key in force, its request counted. Raises ProblemError: 401, 429, 503."""
        found = _identify(self.keys, key)
        self.limits.take_for_key(found.key_id)
        return found


def admit_before_body(scope: ASGIScope) -> None:
    """Judge and count the key of a request whose body is not read yet; the route does not again.

    Raises ProblemError as `Access.admit`.
    """
    access: Access = scope["app"].state.access
    scope["state"][_ADMITTED] = access.admit(Headers(scope=scope).get(HEADER))


def requires(scope: Scope) -> Callable[..., Awaitable[Principal]]:
    """A dependency that returns who asks, when their key holds `scope`.

    It raises ProblemError: 401 without a key in force, 403 without the scope, 429 above the key's
    rate, 503 before the keys are read.
    """

    async def principal(request: Request, key: Annotated[str | None, Security(_KEY)]) -> Principal:
        access: Access = request.app.state.access
        found: AccessGranted = getattr(request.state, _ADMITTED, None) or access.admit(key)
        if scope not in found.scopes:
            raise ProblemError(
                problem(
                    "forbidden",
                    texts.FORBIDDEN,
                    403,
                    texts.SCOPE_MISSING.of(key_id=found.key_id, scope=scope),
                    field=HEADER,
                    value=", ".join(sorted(found.scopes)),
                    remedy=texts.SCOPE_REMEDY.of(scope=scope),
                )
            )
        return Principal(found.key_id, found.owner, frozenset(found.scopes))

    return principal


def charge_questions(request: Request, principal: Principal, questions: int) -> None:
    """Let a request of many questions cost its key as many; nothing when there is none to ask.

    Raises ProblemError (429) when other requests of the key already cost more than its rate allows.
    """
    if questions > 1:
        access: Access = request.app.state.access
        access.limits.charge_key(principal.key_id, questions)


def _identify(keys: KeySource, key: str | None) -> AccessGranted:
    if not key:
        raise _unauthorised(texts.KEY_MISSING.of(header=HEADER))
    if keys.unread() is not None:
        raise ProblemError(
            problem("not-ready", texts.NOT_READY, 503, texts.KEYS_UNREAD, remedy=texts.SOON_REMEDY),
            {"Retry-After": "2"},
        )
    verdict = keys.judge(key)
    if isinstance(verdict, AccessGranted):
        return verdict
    raise _unauthorised(texts.KEY_REFUSED[verdict])


def _unauthorised(detail: texts.Words) -> ProblemError:
    document = problem("unauthorised", texts.UNAUTHORISED, 401, detail, field=HEADER, remedy=texts.KEY_REMEDY)
    return ProblemError(document, CHALLENGE)
