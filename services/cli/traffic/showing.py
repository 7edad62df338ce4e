"""The table of a run, while it goes on and at its end."""

import asyncio
import time
from collections import deque
from typing import Final

from rich.live import Live
from rich.table import Table

from services.cli.console import errors, plain_table
from services.cli.traffic.calls import SHIFTED_TYPE, Kind
from services.cli.traffic.plan import Plan
from services.cli.traffic.tally import QUANTILES, BattleMix, Tally

REFRESH_SECONDS: Final = 0.5
LOOK_BACK_SECONDS: Final = 5.0
LINE_SECONDS: Final = 10.0
NAMES: Final[dict[Kind, str]] = {"prediction": "predictions", "read": "Pokédex reads", "bad": "bad requests"}


async def show_while(tally: Tally, plan: Plan) -> None:
    """A live table on a terminal, a line every ten seconds elsewhere, on standard error; until cancelled."""
    started = time.monotonic()
    console = errors()
    if not console.is_terminal:
        while True:
            await asyncio.sleep(LINE_SECONDS)
            console.print(_line(tally, time.monotonic() - started, plan), markup=False)
    recent: deque[tuple[float, int]] = deque()
    with Live(console=console, transient=True, auto_refresh=False) as live:
        while True:
            elapsed = time.monotonic() - started
            recent.append((elapsed, tally.sent))
            while recent[0][0] < elapsed - LOOK_BACK_SECONDS:
                recent.popleft()
            live.update(_live_table(tally, plan, recent), refresh=True)
            await asyncio.sleep(REFRESH_SECONDS)


def _live_table(tally: Tally, plan: Plan, recent: deque[tuple[float, int]]) -> Table:
    table = summary_table(tally, plan)
    span = recent[-1][0] - recent[0][0]
    now = (recent[-1][1] - recent[0][1]) / span if span else 0.0
    state = ", shifted" if plan.is_shifted_at(recent[-1][0]) else ""
    elapsed = recent[-1][0]
    table.title = f"{elapsed:.0f} of {plan.duration_s:g} s, {now:.1f} calls a second now{state}"
    table.title_justify = "left"
    return table


def summary_table(tally: Tally, plan: Plan) -> Table:
    """A row a kind: how many, the planned and the achieved share, rate, quantiles of latency, errors."""
    heads = ("", "sent", "planned", "achieved", "a second", *(f"{name} ms" for name in QUANTILES), "errors")
    table = plain_table(*heads)
    for column in table.columns[1:-1]:
        column.justify = "right"
    for kind, planned in plan.shares.items():
        counted = tally.kinds[kind]
        quantiles = (counted.latencies.quantile(share) for share in QUANTILES.values())
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in counted.errors.most_common())
        table.add_row(
            NAMES[kind],
            f"{counted.sent:,}",
            f"{planned:.0%}",
            f"{tally.share(kind):.1%}",
            f"{tally.rate(counted.sent):.1f}",
            *("–" if at is None else f"{at * 1_000:,.0f}" for at in quantiles),
            reasons or "0",
        )
    return table


def summary_lines(tally: Tally, plan: Plan) -> list[str]:
    """What is said under the table."""
    lines = [
        f"{tally.sent:,} calls in {tally.seconds:.1f} s by {plan.visitors:,} visitors, "
        f"{tally.rate(tally.sent):.1f} a second; {tally.errors:,} errors; seed {plan.seed}"
    ]
    if tally.held_back:
        lines.append(f"{tally.held_back:,} more were due and not sent: too many waited for their answers")
    if plan.shift_after_s is not None:
        lines.append(f"before the shift at {plan.shift_after_s:g} s: {_mix_text(tally.before)}")
        lines.append(f"after it: {_mix_text(tally.after)}")
    return lines


def _mix_text(mix: BattleMix) -> str:
    if not mix.battles:
        return "no battles"
    figures = mix.as_json()
    return (
        f"{mix.battles:,} battles, {figures[f'{SHIFTED_TYPE}_attackers']:.0%} of the attackers Fire, "
        f"level {figures['mean_level']:.0f} on average, {figures['favourite']} attacks in "
        f"{figures['favourite_share']:.0%}"
    )


def _line(tally: Tally, seconds: float, plan: Plan) -> str:
    return (
        f"{seconds:.0f} of {plan.duration_s:g} s: {tally.sent:,} calls, "
        f"{tally.sent / seconds:.1f} a second, {tally.errors:,} errors"
    )
