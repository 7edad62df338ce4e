"""What the service and the process that makes a report say to each other. MessagePack in, JSON out."""

from typing import Any

import msgspec

from contracts.models import ModelReleased
from shared.drift.documents import Window


class ReportTask(msgspec.Struct, frozen=True, kw_only=True):
    """Make the report of `window`. `settings`: those of the service, as JSON.

    `offsets`: partition, first and last offset of the window's records. `document`: the window as the
    API shows it. `cell_ms`: width of the cells that it was counted in.
    """

    settings: str
    window: Window
    sha256: str
    document: dict[str, Any]
    offsets: list[dict[str, int]]
    release: ModelReleased
    cell_ms: int


class ReportMade(msgspec.Struct, frozen=True, kw_only=True, tag="made"):
    """Both files lie in the artefact store, named by their sha256."""

    html_sha256: str
    json_sha256: str
    rows: int
    differs: tuple[str, ...] = ()


class ReportFailed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """No report. `may_succeed`: what is to blame may pass."""

    reason: str
    may_succeed: bool = False


Outcome = ReportMade | ReportFailed
