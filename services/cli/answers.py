"""Answers and refusals as a person reads them, and as JSON."""

from typing import Any

import msgspec
from rich.table import Table

from contracts.battle import BattleAnswer
from contracts.serving import Predicted, Refused
from services.cli.console import output, plain_table
from shared.errors import CallFailed


def answer_json(reply: Predicted) -> dict[str, Any]:
    """One flat object: versions, then what the family says."""
    return {
        "request_id": reply.request_id,
        "model_version": reply.model_version,
        "feature_set": reply.feature_set,
        "pokedex_hash": reply.pokedex_hash,
        **msgspec.json.decode(reply.answer),
    }


def refusal_json(refused: Refused) -> dict[str, Any]:
    """The refusal as it came."""
    refusal: dict[str, Any] = msgspec.to_builtins(refused)
    return refusal


def failure_json(failure: CallFailed) -> dict[str, Any]:
    """No reply: what kind of silence."""
    return {
        "kind": "failed",
        "reason": type(failure).__name__,
        "message": str(failure),
        "remedy": failure.remedy,
        "retryable": failure.retryable,
    }


def print_json(document: Any) -> None:
    """One JSON object, or one list, on standard output."""
    print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def refusal_text(refused: Refused) -> str:
    """Field, value, reason, remedy, suggestions."""
    lines = [f"{refused.field}: {refused.message}", refused.remedy]
    if refused.suggestions:
        lines.append(f"Try one of: {', '.join(refused.suggestions)}")
    return "\n".join(lines)


def refusal_line(refused: Refused) -> str:
    """The same in one line, its kind first, for a cell of a table."""
    near = f" (try one of: {', '.join(refused.suggestions)})" if refused.suggestions else ""
    return f"{refused.reason} {refused.field}: {refused.message}{near}"


def print_duel(reply: Predicted) -> None:
    """Who wins, how sure, and what it rests on."""
    said = msgspec.json.decode(reply.answer, type=BattleAnswer)
    console = output()
    a = f"{_name(said.pokemon_a)} (level {said.level_a}) with {_name(said.recommended_move)}"
    b = f"{_name(said.pokemon_b)} (level {said.level_b}) with {_name(said.best_reply)}"
    first, second = (a, b) if said.winner == "a" else (b, a)
    console.print(f"{first} beats {second}", markup=False)
    _print_certainty(reply, said)


def print_best_move(reply: Predicted) -> None:
    """The move to play, and the table of all that were weighed."""
    said = msgspec.json.decode(reply.answer, type=BattleAnswer)
    console = output()
    move, opponent = _name(said.recommended_move), _name(said.pokemon_b)
    console.print(f"{_name(said.pokemon_a)} plays {move} against {opponent}", markup=False)
    _print_certainty(reply, said)
    console.print(_outlook_table(said))
    for dropped in said.not_scored:
        console.print(f"not weighed: {_name(dropped.move)} ({dropped.side}): {dropped.reason}", markup=False)
    if said.moves_considered_capped:
        console.print("Only the strongest moves were weighed: there were too many pairs.", markup=False)


def _print_certainty(reply: Predicted, said: BattleAnswer) -> None:
    low, high = said.interval
    console = output()
    console.print(
        f"  win probability of {_name(said.pokemon_a)}: {said.win_probability:.3f} "
        f"({low:.3f} to {high:.3f}), {said.verdict}",
        markup=False,
    )
    console.print(f"  model {reply.model_version}, request {reply.request_id}", markup=False)


def _outlook_table(said: BattleAnswer) -> Table:
    table = plain_table("move", "worst case", "on average", "best reply")
    for outlook in sorted(said.moves, key=lambda one: -one.worst_case):
        table.add_row(
            _name(outlook.move),
            f"{outlook.worst_case:.3f}",
            f"{outlook.average_case:.3f}",
            _name(outlook.best_reply),
        )
    return table


def _name(slug: str) -> str:
    return slug.replace("-", " ").title()
