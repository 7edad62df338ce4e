"""The state of every part: asked of supervisord and of the part itself."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from services.embedded.leftovers import memory_bytes
from services.embedded.stack import Part, Stack
from services.embedded.supervisor import ProgramState, Supervisor

State = Literal["ready", "starting", "not ready", "stopped", "failed", "external", "unreachable"]
GOOD: Final = frozenset({"ready", "external"})
MEGABYTE: Final = 1_048_576
STARTING_STATES: Final = frozenset({"STARTING"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PartStatus:
    """One part, as `dex status` shows it. `external`: a server of yours that answers."""

    state: State
    pid: int | None
    memory_mb: int | None
    address: str
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def stack_status(stack: Stack, supervisor: Supervisor | None) -> dict[str, PartStatus]:
    """State by part; all are probed at once. `supervisor` None: nothing of ours runs."""
    states = supervisor.states() if supervisor is not None else {}
    parts = stack.parts()
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        results = pool.map(lambda part: _part_status(part, states.get(part.name)), parts.values())
        return dict(zip(parts, results, strict=True))


def _part_status(part: Part, state: ProgramState | None) -> PartStatus:
    if part.is_external:
        reason = part.probe()
        return PartStatus(
            state="external" if reason is None else "unreachable",
            pid=None,
            memory_mb=None,
            address=part.address,
            reason=reason or "",
        )
    if state is None or not state.is_alive or state.pid is None:
        has_failed = state is not None and state.has_failed
        return PartStatus(
            state="failed" if has_failed else "stopped",
            pid=None,
            memory_mb=None,
            address=part.address,
            reason=f"see `./dex logs {part.name}`" if has_failed else "",
        )
    reason = part.probe()
    not_yet: State = "starting" if state.state in STARTING_STATES else "not ready"
    return PartStatus(
        state="ready" if reason is None else not_yet,
        pid=state.pid,
        memory_mb=round(memory_bytes(state.pid) / MEGABYTE),
        address=part.address,
        reason=reason or "",
    )
