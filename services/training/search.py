"""Search for parameters on the validation part: Optuna, which gives up poor trials early, or a fixed grid."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import optuna
import xgboost

from services.training.recipe import ROUNDS, Binned, boost

GRID: Final = {"max_depth": (6, 8), "eta": (0.05, 0.1), "subsample": (0.7, 0.9)}
"""Eight combinations."""
WARM_UP_ROUNDS: Final = 20
COMPLETE: Final = optuna.trial.TrialState.COMPLETE
PRUNED: Final = optuna.trial.TrialState.PRUNED

OnSearch = Callable[[float, str], None]
"""Told after every round: the share of the search that is done at least, and what is being tried."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best parameters, their validation loss, and how many trials went to their end or were pruned."""

    parameters: Mapping[str, Any]
    loss: float
    completed: int
    pruned: int


def search_parameters(
    binned: Binned, *, trials: int, grid: bool, seed: int, on_search: OnSearch, rounds: int = ROUNDS
) -> Found:
    """The best of `trials` trials, or of the whole grid. Equal seeds, equal choices."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    names = list(GRID)
    combinations = [dict(zip(names, values, strict=True)) for values in product(*GRID.values())]
    count = len(combinations) if grid else trials
    study = optuna.create_study(
        direction="minimize",
        sampler=optuna.samplers.TPESampler(seed=seed % 2**31),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=WARM_UP_ROUNDS),
    )

    def objective(trial: optuna.Trial) -> float:
        parameters = combinations[trial.number] if grid else _suggest(trial)
        trial.set_user_attr("parameters", parameters)

        def on_round(done: int, loss: float) -> None:
            share = (trial.number + min(1.0, done / rounds)) / count
            words = f"trial {trial.number + 1} of {count}, round {done}, loss {loss:.5f}"
            best = f", best {study.best_value:.5f}" if _of_state(study, COMPLETE) else ""
            on_search(share, words + best)

        booster = boost(binned, parameters, seed=seed, rounds=rounds, callback=_Pruning(trial, on_round))
        return float(booster.best_score)

    study.optimize(objective, n_trials=count)
    return Found(
        parameters=dict(study.best_trial.user_attrs["parameters"]),
        loss=float(study.best_value),
        completed=_of_state(study, COMPLETE),
        pruned=_of_state(study, PRUNED),
    )


def _of_state(study: optuna.Study, state: optuna.trial.TrialState) -> int:
    return len(study.get_trials(deepcopy=False, states=(state,)))


def _suggest(trial: optuna.Trial) -> dict[str, Any]:
    return {
        "max_depth": trial.suggest_int("max_depth", 4, 10),
        "eta": trial.suggest_float("eta", 0.03, 0.2, log=True),
        "min_child_weight": trial.suggest_float("min_child_weight", 0.5, 20, log=True),
        "subsample": trial.suggest_float("subsample", 0.6, 1.0),
        "colsample_bytree": trial.suggest_float("colsample_bytree", 0.3, 1.0),
        "lambda": trial.suggest_float("lambda", 0.1, 10, log=True),
    }


class _Pruning(xgboost.callback.TrainingCallback):
    """Reports each round's validation loss; ends a trial that the pruner gives up."""

    def __init__(self, trial: optuna.Trial, on_round: Callable[[int, float], None]) -> None:
        self._trial = trial
        self._on_round = on_round

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        loss = evals_log["validation"]["logloss"][-1]
        self._on_round(epoch + 1, loss)
        self._trial.report(loss, epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned
        return False
