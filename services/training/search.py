"""Search for parameters on the validation part: Optuna, which gives up poor trials early, or a fixed grid."""

from collections.abc import Callable
from itertools import product
from typing import Any, Final

import optuna
import xgboost

from services.training.recipe import ROUNDS, Binned, boost

GRID: Final = {"max_depth": (6, 8), "eta": (0.05, 0.1), "subsample": (0.7, 0.9)}
"""Eight combinations."""
WARM_UP_ROUNDS: Final = 20

OnTrial = Callable[[int, int, float], None]
"""Told: trials done, trials in all, the best validation loss so far."""


def search_parameters(
    binned: Binned, *, trials: int, grid: bool, seed: int, on_trial: OnTrial, rounds: int = ROUNDS
) -> dict[str, Any]:
    """The parameters of the best of `trials` trials, or of the whole grid. Equal seeds, equal choices."""
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
        booster = boost(binned, parameters, seed=seed, rounds=rounds, callback=_Pruning(trial))
        return float(booster.best_score)

    def after_trial(study: optuna.Study, _: optuna.trial.FrozenTrial) -> None:
        done = [one for one in study.trials if one.state == optuna.trial.TrialState.COMPLETE]
        if done:
            on_trial(len(study.trials), count, study.best_value)

    study.optimize(objective, n_trials=count, callbacks=[after_trial])
    return dict(study.best_trial.user_attrs["parameters"])


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

    def __init__(self, trial: optuna.Trial) -> None:
        self._trial = trial

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        self._trial.report(evals_log["validation"]["logloss"][-1], epoch)
        if self._trial.should_prune():
            raise optuna.TrialPruned
        return False
