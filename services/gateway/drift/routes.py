"""`GET /drift/windows`, one of them, and its report: how far predictions lie from the reference."""

from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from contracts.drift import DriftLevel
from services.gateway.access import Scope, requires
from services.gateway.drift import texts
from services.gateway.examples import drift as examples
from services.gateway.examples import history as history_examples
from services.gateway.examples import problems
from services.gateway.examples.responses import answer, failures, in_forms
from services.gateway.history.predictions import Text, no_cursor
from services.gateway.negotiation import JSON, preferred
from services.gateway.pokedex.parameters import NoParameters, refuse_repeated
from services.gateway.ports import GatewayPorts
from services.gateway.problems import Draft, ProblemError, problem, shown
from shared.database.drift_windows import StoredReport, StoredWindow, WindowFilters, is_window_id

HTML: Final = "text/html"
MAXIMUM_LIMIT: Final = 100
_DIGITS: Final = 14
"""Of the largest time that a cursor may name, epoch milliseconds."""


class WindowParameters(NoParameters):
    """Which windows, and which part of them."""

    limit: Annotated[int, Field(ge=1, le=MAXIMUM_LIMIT, examples=[20])] = 20
    cursor: Annotated[
        str | None,
        Field(max_length=100, examples=[examples.CURSOR], description="`next_cursor` of the page before"),
    ] = None
    family: Annotated[Text | None, Field(examples=["battle"])] = None
    model_version: Annotated[Text | None, Field(examples=["1"])] = None
    level: Annotated[DriftLevel | None, Field(examples=["alarm"], description="Of the window alone")] = None


class WindowSummary(BaseModel):
    """A closed window. `level` is of it alone, `state` of the release after it."""

    window_id: str
    revision: Annotated[int, Field(description="Above 1: it changed after it was closed")]
    family: str
    model_version: str
    start: str
    end: str
    events: Annotated[int, Field(description="Distinct requests")]
    duplicates: int
    level: DriftLevel
    state: Literal["ok", "warn", "alarm"]
    reason: str
    share_drifting: float
    drifting: list[str]
    is_withdrawn: bool


class WindowPage(BaseModel):
    """Newest first."""

    windows: list[WindowSummary]
    next_cursor: str | None


class Column(BaseModel):
    """One column against the reference. `statistic`: KS of numbers, chi-squared of categories."""

    name: str
    kind: Literal["number", "category"]
    psi: float
    jensen_shannon: float
    wasserstein: Annotated[float | None, Field(description="In standard deviations; null for categories")]
    statistic: float
    p_value: float
    adjusted_p_value: float
    drifts: bool
    missing: float
    outside: float
    unseen: float


class Offsets(BaseModel):
    """Where the window's records lie in a partition of `predictions.made`."""

    partition: int
    first_offset: int
    last_offset: int


class ReportState(BaseModel):
    """The full report of a window, or how far it is; null when nobody wanted one."""

    state: Literal["wanted", "made", "failed"]
    reason: Literal["alarm", "request"]
    wanted_at: str
    made_at: str | None
    error: str | None
    window_sha256: Annotated[str | None, Field(description="Of the revision that it was made of")]
    html_sha256: str | None
    json_sha256: str | None


class Change(BaseModel):
    """A signal of single predictions whose mean changed, as ADWIN saw it: an opinion beside the windows.

    The prediction at `partition` and `offset` of `predictions.made` showed it.
    """

    signal: str
    at: str
    partition: int
    offset: int
    before: Annotated[float, Field(description="Mean until then")]
    after: Annotated[float, Field(description="Mean of the `recent` last predictions")]
    recent: int


class ReliabilityBin(BaseModel):
    """Predictions whose chance is in `[low, high)`: their mean chance, and the share that came true."""

    low: float
    high: float
    predictions: int
    mean_chance: float
    came_true: float


class Estimate(BaseModel):
    """What the chances promise of themselves (CBPE): as good as the calibration is."""

    accuracy: float
    brier: float


class Performance(BaseModel):
    """How good the answers were; grows as outcomes are reported, and is no part of `sha256`.

    `basis` outcomes: of those of `known` predictions. estimate: no outcome is known, and `accuracy` and
    `brier` are those of `estimate`.
    """

    basis: Literal["outcomes", "estimate"]
    predictions: Annotated[
        int, Field(description="Looked at: those that the prediction log has; of a long window each n-th")
    ]
    known: Annotated[int, Field(description="With a reported outcome")]
    decided: Annotated[int, Field(description="Whose outcome is no draw: accuracy is of them")]
    accuracy: float | None
    accuracy_interval: Annotated[list[float] | None, Field(description="Wilson's, 95 %: low, high")]
    brier: float
    calibration_error: float | None
    reliability: list[ReliabilityBin]
    estimate: Estimate


class Window(WindowSummary):
    """With the scores of every column, where its records lie in the log, and how good its answers were."""

    definition: str
    reference: str | None
    sha256: str
    offsets: list[Offsets]
    report: ReportState | None
    changes: Annotated[list[Change], Field(description="In its span; no part of `sha256`")]
    columns: list[Column]
    performance: Annotated[
        Performance | None, Field(description="null: the prediction log has none of its predictions")
    ]


class Report(BaseModel):
    """`columns`: exact scores; `differs`: columns whose verdict is another than the window's.

    `performance`: by reported outcomes, or estimated (CBPE) where there are none.
    """

    window: dict[str, Any]
    predictions_left: Annotated[int, Field(description="Of the window, in the log when it was read again")]
    rows: Annotated[int, Field(description="That the report looks at")]
    columns: list[dict[str, Any]]
    drifting: list[str]
    share_drifting: float
    differs: list[str]
    performance: dict[str, Any] | None
    evidently: dict[str, Any]


def drift_routes(ports: GatewayPorts) -> APIRouter:
    """The routes that read windows."""
    router = APIRouter(tags=["drift"], dependencies=[Depends(refuse_repeated)])

    @router.get(
        "/drift/windows",
        response_model=WindowPage,
        responses={
            200: answer(examples.PAGE, "A page of windows, newest first"),
            **failures(*problems.MAY_READ, history_examples.NO_CURSOR, problems.NO_DATABASE),
        },
        dependencies=[Depends(requires(Scope.READ))],
    )
    async def list_windows(query: Annotated[WindowParameters, Query()]) -> Response:
        """The windows that were closed, newest first, in pages that new ones do not shift."""
        filters = WindowFilters(
            family=query.family,
            model_version=query.model_version,
            level=query.level,
            before=None if query.cursor is None else _position(query.cursor),
        )
        found = await ports.drift.page(filters, query.limit + 1)
        cursor = _cursor(found[query.limit - 1]) if len(found) > query.limit else None
        page = {"windows": [one.summary() for one in found[: query.limit]], "next_cursor": cursor}
        return Response(msgspec.json.encode(page), media_type="application/json")

    @router.get(
        "/drift/windows/{window_id}",
        response_model=Window,
        responses={
            200: answer(examples.WINDOW, "The window"),
            **failures(*problems.MAY_READ, examples.UNKNOWN, problems.NO_PARAMETERS, problems.NO_DATABASE),
        },
        dependencies=[Depends(requires(Scope.READ))],
    )
    async def show_window(
        window_id: Annotated[str, Path(examples=[examples.WINDOW_ID])], _: Annotated[NoParameters, Query()]
    ) -> Response:
        """The last revision of a window, also of one that was withdrawn."""
        found = await _find(ports, window_id)
        document = {**found.document(), "performance": await ports.drift.performance(found)}
        return Response(msgspec.json.encode(document), media_type="application/json")

    @router.get(
        "/drift/windows/{window_id}/report",
        response_model=Report,
        responses={
            200: in_forms(answer(examples.REPORT, "The report"), {HTML: examples.REPORT_PAGE}),
            **failures(
                *problems.MAY_READ,
                examples.UNKNOWN,
                examples.NOT_ACCEPTABLE_REPORT,
                problems.NO_PARAMETERS,
                problems.NO_DATABASE,
            ),
        },
        dependencies=[Depends(requires(Scope.READ))],
    )
    async def show_report(
        window_id: Annotated[str, Path(examples=[examples.WINDOW_ID])],
        request: Request,
        _: Annotated[NoParameters, Query()],
    ) -> Response:
        """The full report of a window: exact scores from its rows, how good its answers were, Evidently."""
        form = preferred(request.headers.get("accept"), (JSON, HTML))
        report = (await _find(ports, window_id)).report
        digest = None
        if report is not None:
            digest = report.html_sha256 if form == HTML else report.json_sha256
        if report is None or digest is None:
            raise ProblemError(_no_report(window_id, _why_none(report)))
        file = await ports.drift.report_file(digest)
        if isinstance(file, str):
            raise ProblemError(_no_report(window_id, file))
        return Response(file, media_type=form)

    return router


async def _find(ports: GatewayPorts, window_id: str) -> StoredWindow:
    """Raises ProblemError for an id that no window has."""
    found = await ports.drift.find(window_id) if is_window_id(window_id) else None
    if found is None:
        raise ProblemError(
            problem(
                "unknown",
                texts.UNKNOWN_WINDOW,
                404,
                texts.NO_SUCH_WINDOW.of(window_id=shown(window_id)),
                field="window_id",
                value=shown(window_id),
                remedy=texts.WINDOW_REMEDY,
            )
        )
    return found


def _why_none(report: StoredReport | None) -> str:
    if report is None:
        return "nobody wanted one"
    return "it is being made" if report.state == "wanted" else report.error or report.state


def _no_report(window_id: str, why: str) -> Draft:
    return problem(
        "unknown",
        texts.UNKNOWN_REPORT,
        404,
        texts.NO_SUCH_REPORT.of(window_id=window_id, why=why),
        field="window_id",
        value=window_id,
        remedy=texts.REPORT_REMEDY.of(window_id=window_id),
    )


def _cursor(last: StoredWindow) -> str:
    return f"{last.window.start_ms}-{last.window_id}"


def _position(cursor: str) -> tuple[int, str]:
    """Where a page ended. Raises ProblemError for a cursor that none gave."""
    digits, _, window_id = cursor.partition("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS and is_window_id(window_id):
        return int(digits), window_id
    raise ProblemError(no_cursor(cursor))
